package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc/codes"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
)

const (
	// usualPatience is how long Temporal may take to answer one call before it counts as not reachable, unless
	// patienceVariable says something else.
	usualPatience    = 5 * time.Second
	patienceVariable = "CARRIERFLOW_PATIENCE"
	// localUI is where the development server has its Web UI.
	localUI = "http://localhost:8233"
)

// temporalClient is the part of a Temporal client that this program uses.
type temporalClient interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	NewWithStartWorkflowOperation(options client.StartWorkflowOptions, workflow any, args ...any) client.WithStartWorkflowOperation
	UpdateWithStartWorkflow(ctx context.Context, options client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error)
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
	CancelWorkflowWithOptions(ctx context.Context, options client.CancelWorkflowOptions) error
	SignalWorkflow(ctx context.Context, id, runID, name string, arg any) error
	SignalWithStartWorkflow(ctx context.Context, id, name string, arg any, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	GetWorkflow(ctx context.Context, id, runID string) client.WorkflowRun
	GetWorkflowHistory(ctx context.Context, id, runID string, longPoll bool, filter enumspb.HistoryEventFilterType) client.HistoryEventIterator
	DescribeWorkflowExecution(ctx context.Context, id, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	QueryWorkflow(ctx context.Context, id, runID, query string, args ...any) (converter.EncodedValue, error)
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
	CountWorkflow(ctx context.Context, request *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error)
	DescribeTaskQueue(ctx context.Context, queue string, kind enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error)
	Close()
}

// connection is a connected client with what there is to know about the other end.
type connection struct {
	temporalClient
	temporalerr.Target
	converter converter.DataConverter
	// patience is how long one call may take.
	patience time.Duration
	self     self
	// now tells a run that has begun from one that is scheduled for later.
	now func() time.Time
}

// connect connects as the environment and the Temporal configuration file say, within patience or not at all.
func connect(ctx context.Context, env envconfig.EnvLookup, patience time.Duration) (*connection, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: env})
	if err != nil {
		return nil, badUsage("the Temporal settings (TEMPORAL_*) cannot be used: %v", err)
	}
	options.HostPort = cmp.Or(options.HostPort, client.DefaultHostPort)
	options.Namespace = cmp.Or(options.Namespace, client.DefaultNamespace)
	options.Logger = log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if options.DataConverter == nil {
		options.DataConverter = converter.GetDefaultDataConverter()
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := client.DialContext(bounded, options)
	if ctx.Err() != nil {
		return nil, &exit{exitInterrupted, "interrupted while connecting to Temporal; nothing was started"}
	}
	if err != nil {
		return nil, unusable(temporalerr.Of(options), err)
	}
	return &connection{temporalClient: c, Target: temporalerr.Of(options), converter: options.DataConverter, now: time.Now}, nil
}

// patienceIn reads how long Temporal may take to answer one call.
func patienceIn(env envconfig.EnvLookup) (time.Duration, error) {
	text, _ := env.LookupEnv(patienceVariable)
	if text == "" {
		return usualPatience, nil
	}
	d, err := duration(text)
	if err != nil || d == 0 {
		return 0, badUsage("%s must be a duration such as 5s or 1m, not %q", patienceVariable, text)
	}
	return d, nil
}

// bounded is a context for one call to Temporal.
func (c *connection) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.patience)
}

// unusable is the error of a Temporal that cannot be used: which of the many causes it is, and what to do.
func unusable(at temporalerr.Target, err error) error {
	p := at.Explain(err)
	text := p.What + ".\n" + sentenceCase(p.Do) // a command at its end is there to be copied
	switch {
	case p.Kind == temporalerr.BadAddress && local(at.Address):
		text += "\nOn this machine, \"make run\" starts one."
	case strings.Contains(err.Error(), "search attribute"):
		text = "no worker has ever run in this namespace: start one, it registers the search attributes.\n(" + p.What + ".)"
	}
	return &exit{exitUnreachable, text}
}

// sentenceCase is a text that begins as a sentence does.
func sentenceCase(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// describe reads what is known about a run; an empty run id is the newest.
func (c *connection) describe(ctx context.Context, id, runID string) (view, error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	d, err := c.DescribeWorkflowExecution(bounded, id, runID)
	if err != nil {
		return view{}, err
	}
	return viewOf(d, c.converter, c.now()), nil
}

// there is describe for a workflow that may not be there; then it is nil.
func (c *connection) there(ctx context.Context, id string) (*view, error) {
	v, err := c.describe(ctx, id, "")
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &v, nil
}

// isNotFound reports whether Temporal knows no such run, or only one that is over where an open one is needed.
func isNotFound(err error) bool {
	_, none := errors.AsType[*serviceerror.NotFound](err)
	return none
}

// find is describe for an id that somebody typed.
func (c *connection) find(ctx context.Context, id string) (view, error) {
	v, err := c.there(ctx, id)
	switch {
	case err != nil:
		return view{}, c.unanswered(ctx, err)
	case v == nil:
		return view{}, badUsage("there is no operation %s in namespace %s at %s.\n"+
			"An id is carrier:reference, for example dish:order-17; closed operations are kept for the namespace's retention.", id, c.Namespace, c.Address)
	}
	return *v, nil
}

// unanswered is the error of a call that Temporal did not answer or refused.
func (c *connection) unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exit{exitInterrupted, "interrupted"}
	}
	if said, ok := errors.AsType[*exit](err); ok {
		return said
	}
	return unusable(c.Target, err)
}

// refused tells a call that Temporal turned down from one whose answer is not known.
func refused(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unauthenticated, codes.FailedPrecondition:
		return true
	}
	return false
}

// webURL is the page of a run in the Web UI; "" when nobody said where the Web UI is and it cannot be guessed.
func webURL(base, address, namespace, id, runID string) string {
	if base == "" && local(address) {
		base = localUI
	}
	if base == "" {
		return ""
	}
	page, err := url.JoinPath(base, "namespaces", namespace, "workflows", url.PathEscape(id), runID, "history")
	if err != nil {
		return ""
	}
	return page
}

// local tells whether an address is on this machine.
func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}
