package callback

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/tracing"
	"github.com/carrierflow/carrierflow/workflows"
)

// Signaller is the part of a Temporal client that stores callbacks.
type Signaller interface {
	// WorkflowService is the connection below the client. It is needed because the client's own methods choose the request
	// id of a signal themselves.
	WorkflowService() workflowservice.WorkflowServiceClient
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
}

var _ Signaller = client.Client(nil)

// store sends signals with a request id of our choice. The server drops a signal whose request id a run has received
// before, also when the run has closed. So a redelivered callback causes no second signal, whichever process receives it.
type store struct {
	temporal            Signaller
	namespace, identity string
	converter           converter.DataConverter
}

// requestID is the same for a redelivered notice, and another one for any other notice. When it was received does not
// matter.
func requestID(carrier carriers.Carrier, n Notice) string {
	content, err := json.Marshal(struct {
		Carrier   carriers.Carrier
		Reference string
		State     carriers.State
		Status, Code, Reason, EventID,
		At string
	}{carrier, n.Reference, n.State, n.Status, n.Code, n.Reason, n.EventID, n.At.UTC().Format(time.RFC3339Nano)})
	if err != nil {
		panic(err) // texts can always be encoded
	}
	sum := sha256.Sum256(content)
	return "callback-" + hex.EncodeToString(sum[:])
}

// signal signals the current run of a workflow. It returns a NotFound when there is none, or when the run has closed and
// did not receive the same signal before.
func (s *store) signal(ctx context.Context, workflowID, requestID string, c workflows.Callback) error {
	input, err := s.encode(workflowID, c)
	if err != nil {
		return err
	}
	request := &workflowservice.SignalWorkflowExecutionRequest{
		Namespace:         s.namespace,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID},
		SignalName:        workflows.CallbackSignal.Name,
		Input:             input,
		Identity:          s.identity,
		RequestId:         requestID,
		Header:            tracing.SignalHeader(ctx),
	}
	return retryTransient(ctx, func(ctx context.Context) error {
		_, err := s.temporal.WorkflowService().SignalWorkflowExecution(ctx, request)
		return err
	})
}

// keep signals a workflow that keeps callbacks for an operator, and starts it if it is not open. It first tries the signal
// alone: an acknowledged workflow must not be started again by the callback it was acknowledged for.
func (s *store) keep(ctx context.Context, options client.StartWorkflowOptions, workflowType string, input any, requestID string, c workflows.Callback) error {
	err := s.signal(ctx, options.ID, requestID, c)
	if isNotFound(err) {
		err = s.signalWithStart(ctx, options, workflowType, input, requestID, c)
	}
	return err
}

func (s *store) signalWithStart(ctx context.Context, options client.StartWorkflowOptions, workflowType string, input any, requestID string, c workflows.Callback) error {
	arguments, err := s.encode(options.ID, input)
	if err != nil {
		return err
	}
	signal, err := s.encode(options.ID, c)
	if err != nil {
		return err
	}
	summary, err := s.encode(options.ID, options.StaticSummary)
	if err != nil {
		return err
	}
	attributes, err := searchAttributes(options)
	if err != nil {
		return err
	}
	request := &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace:                s.namespace,
		WorkflowId:               options.ID,
		WorkflowType:             &commonpb.WorkflowType{Name: workflowType},
		TaskQueue:                &taskqueuepb.TaskQueue{Name: options.TaskQueue},
		Input:                    arguments,
		Identity:                 s.identity,
		RequestId:                requestID,
		WorkflowIdReusePolicy:    options.WorkflowIDReusePolicy,
		WorkflowIdConflictPolicy: options.WorkflowIDConflictPolicy,
		SignalName:               workflows.CallbackSignal.Name,
		SignalInput:              signal,
		SearchAttributes:         attributes,
		UserMetadata:             &sdkpb.UserMetadata{Summary: summary.Payloads[0]},
	}
	return retryTransient(ctx, func(ctx context.Context) error {
		_, err := s.temporal.WorkflowService().SignalWithStartWorkflowExecution(ctx, request)
		return err
	})
}

// encode encodes a value as the SDK would for this workflow.
func (s *store) encode(workflowID string, value any) (*commonpb.Payloads, error) {
	where := converter.WorkflowSerializationContext{Namespace: s.namespace, WorkflowID: workflowID}
	payloads, err := converter.WithDataConverterSerializationContext(s.converter, where).ToPayloads(value)
	if err != nil {
		return nil, fmt.Errorf("encoding a callback: %w", err)
	}
	return payloads, nil
}

// searchAttributes encodes search attributes as the SDK does: with their types, and with the default converter, because the
// server reads them.
func searchAttributes(options client.StartWorkflowOptions) (*commonpb.SearchAttributes, error) {
	fields := map[string]*commonpb.Payload{}
	for key, value := range options.TypedSearchAttributes.GetUntypedValues() {
		payload, err := converter.GetDefaultDataConverter().ToPayload(value)
		if err != nil {
			return nil, fmt.Errorf("encoding the search attribute %s: %w", key.GetName(), err)
		}
		payload.Metadata["type"] = []byte(key.GetValueType().String())
		fields[key.GetName()] = payload
	}
	return &commonpb.SearchAttributes{IndexedFields: fields}, nil
}

const (
	minRetryPause = 20 * time.Millisecond
	maxRetryPause = time.Second
)

// retryTransient repeats a call until it succeeds, fails permanently, or ctx leaves no time for another attempt. The
// client's own methods do the same. A repetition is safe, because the request id is the same.
func retryTransient(ctx context.Context, call func(context.Context) error) error {
	for pause := minRetryPause; ; pause = min(2*pause, maxRetryPause) {
		err := attempt(ctx, call)
		deadline, bounded := ctx.Deadline()
		if err == nil || !isTransient(err) || ctx.Err() != nil || bounded && time.Until(deadline) <= pause {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// attempt makes one call in half of the remaining time, so that a call that hangs can be repeated.
func attempt(ctx context.Context, call func(context.Context) error) error {
	if deadline, bounded := ctx.Deadline(); bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(time.Until(deadline)/2, minRetryPause))
		defer cancel()
	}
	return call(ctx)
}

// isTransient reports whether the next call may succeed.
func isTransient(err error) bool {
	_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
	_, exhausted := errors.AsType[*serviceerror.ResourceExhausted](err)
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	return unavailable || exhausted || late || errors.Is(err, context.DeadlineExceeded)
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}

// defaultIdentity names this process as the SDK does.
func defaultIdentity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%d@%s@", os.Getpid(), host)
}
