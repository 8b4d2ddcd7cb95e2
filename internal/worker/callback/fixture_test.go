package callback

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	keyA     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	keyB     = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	personal = "15550100123"
	success  = `{"eventId":"e-1","partnerTransactionId":"ref-1","status":"Success","gpsi":"` + personal + `"}`
)

// temporal stands for a Temporal server. It has open and closed workflows by id, and the signals that it received. Like the server
// it drops a signal whose request id a run has received, also when the run has closed (service/history/api/signalworkflow).
type temporal struct {
	mu       sync.Mutex
	open     map[string]bool  // false for a closed workflow
	ends     map[string]error // how the closed workflows ended; nil for completed
	failing  error            // what every call fails with
	failOnly map[string]error // what signals to a workflow fail with
	outcome  error            // what reading how a workflow ended fails with
	had      map[string]bool  // workflow ids and request ids
	requests []string         // the request ids of all signals, also of those that were dropped
	signals  []signal
	kept     []signal // with signal-with-start, and signals to workflows that were started so
	calls    int
	// before, if set, is called at the start of every signal, without the lock.
	before func(context.Context) error
}

type signal struct {
	workflowID string
	callback   workflows.Callback
	unmatched  workflows.Unmatched
	followUp   workflows.FollowUp
}

func (s *temporal) WorkflowService() workflowservice.WorkflowServiceClient { return service{server: s} }

// service is the connection to it.
type service struct {
	workflowservice.WorkflowServiceClient // nil: any other call panics
	server                                *temporal
}

func (c service) SignalWorkflowExecution(ctx context.Context, r *workflowservice.SignalWorkflowExecutionRequest, _ ...grpc.CallOption) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	s := c.server
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	id := r.GetWorkflowExecution().GetWorkflowId()
	switch {
	case s.failing != nil:
		return nil, s.failing
	case s.failOnly[id] != nil:
		return nil, s.failOnly[id]
	case s.had[id+" "+r.GetRequestId()]:
		s.requests = append(s.requests, r.GetRequestId())
		return &workflowservice.SignalWorkflowExecutionResponse{}, nil
	case !s.open[id]:
		return nil, serviceerror.NewNotFound("the text is not to be relied on")
	case r.GetSignalName() != workflows.CallbackSignal.Name, r.GetNamespace() != "carrierflow", r.GetIdentity() == "", r.GetWorkflowExecution().GetRunId() != "":
		return nil, serviceerror.NewInvalidArgument("the signal is not what the SDK would send")
	}
	s.noteRequest(id, r.GetRequestId())
	received := signal{workflowID: id, callback: decoded[workflows.Callback](r.GetInput())}
	if strings.HasPrefix(id, "unmatched:") || strings.HasPrefix(id, "follow-up:") {
		s.kept = append(s.kept, received)
	} else {
		s.signals = append(s.signals, received)
	}
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (s *temporal) noteRequest(workflowID, requestID string) {
	if s.had == nil {
		s.had = map[string]bool{}
	}
	s.had[workflowID+" "+requestID] = true
	s.requests = append(s.requests, requestID)
}

func (c service) SignalWithStartWorkflowExecution(_ context.Context, r *workflowservice.SignalWithStartWorkflowExecutionRequest, _ ...grpc.CallOption) (*workflowservice.SignalWithStartWorkflowExecutionResponse, error) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.failing != nil {
		return nil, s.failing
	}
	received := signal{workflowID: r.GetWorkflowId(), callback: decoded[workflows.Callback](r.GetSignalInput())}
	wanted := client.StartWorkflowOptions{}
	switch r.GetWorkflowType().GetName() {
	case workflows.UnmatchedCallbackType:
		received.unmatched = decoded[workflows.Unmatched](r.GetInput())
		wanted = workflows.UnmatchedOptions(received.unmatched)
	case workflows.FollowUpType:
		received.followUp = decoded[workflows.FollowUp](r.GetInput())
		wanted = workflows.FollowUpOptions(received.followUp)
	}
	attributes := map[string]bool{}
	for key := range wanted.TypedSearchAttributes.GetUntypedValues() {
		attributes[key.GetName()+" "+key.GetValueType().String()] = true
	}
	for name, payload := range r.GetSearchAttributes().GetIndexedFields() {
		delete(attributes, name+" "+string(payload.GetMetadata()["type"]))
	}
	if wanted.ID != r.GetWorkflowId() || wanted.TaskQueue != r.GetTaskQueue().GetName() || wanted.WorkflowIDReusePolicy != r.GetWorkflowIdReusePolicy() ||
		len(attributes) > 0 || r.GetSignalName() != workflows.CallbackSignal.Name || r.GetNamespace() != "carrierflow" || r.GetIdentity() == "" ||
		!strings.Contains(string(r.GetUserMetadata().GetSummary().GetData()), wanted.StaticSummary) {
		return nil, serviceerror.NewInvalidArgument("the start is not what the SDK would send")
	}
	if s.open == nil {
		s.open = map[string]bool{}
	}
	s.open[received.workflowID] = true
	s.noteRequest(received.workflowID, r.GetRequestId())
	s.kept = append(s.kept, received)
	return &workflowservice.SignalWithStartWorkflowExecutionResponse{}, nil
}

func decoded[T any](payloads *commonpb.Payloads) (value T) {
	if err := converter.GetDefaultDataConverter().FromPayloads(payloads, &value); err != nil {
		panic(err)
	}
	return value
}

func (s *temporal) DescribeWorkflowExecution(_ context.Context, workflowID, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	open, found := s.open[workflowID]
	switch {
	case s.failing != nil:
		return nil, s.failing
	case !found:
		return nil, serviceerror.NewNotFound("the text is not to be relied on")
	}
	info := &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: "run-1"},
		Type:      &commonpb.WorkflowType{Name: "dish.UpdateSubscriptionStatus"},
		Status:    enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}
	if !open {
		info.CloseTime = timestamppb.Now()
		info.Status = statusOf(s.ends[workflowID])
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil
}

// statusOf is the status of a run that ended with an error of a client, or completed.
func statusOf(end error) enumspb.WorkflowExecutionStatus {
	if end == nil {
		return enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	}
	_, canceled := errors.AsType[*sdktemporal.CanceledError](end)
	_, terminated := errors.AsType[*sdktemporal.TerminatedError](end)
	_, timedOut := errors.AsType[*sdktemporal.TimeoutError](end)
	switch {
	case canceled:
		return enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED
	case terminated:
		return enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	case timedOut:
		return enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT
	}
	return enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
}

func (s *temporal) GetWorkflow(_ context.Context, workflowID, _ string) client.WorkflowRun {
	return run{temporal: s, id: workflowID}
}

type run struct {
	client.WorkflowRun // nil: any other call panics
	*temporal
	id string
}

func (r run) Get(context.Context, any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outcome != nil {
		return r.outcome
	}
	return r.ends[r.id]
}

func (s *temporal) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *temporal) received() (signals, kept []signal, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signals, s.kept, s.calls
}

// fixture is a receiver with everything around it.
type fixture struct {
	*Receiver
	temporal *temporal
	logs     *observer.ObservedLogs
	mu       sync.Mutex
	counts   map[string]int // by "carrier result"
}

// newFixture makes a receiver of DISH's callbacks, with a running operation dish:ref-1. Its logs must never contain
// anything personal or secret.
func newFixture(t testing.TB, auth AuthConfig, change ...func(*Options)) *fixture {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	f := &fixture{temporal: &temporal{open: map[string]bool{"dish:ref-1": true}}, logs: logs, counts: map[string]int{}}
	options := Options{
		Sources:  map[carriers.Carrier]Source{"dish": {Decode: dishDecoder(t), Auth: authenticator(t, auth)}},
		Temporal: f.temporal, Namespace: "carrierflow",
		Log: zap.New(core),
		Count: func(carrier, result string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.counts[carrier+" "+result]++
		},
	}
	for _, c := range change {
		c(&options)
	}
	receiver, err := New(options)
	require.NoError(t, err)
	f.Receiver = receiver
	t.Cleanup(func() {
		for _, entry := range logs.All() {
			line, err := json.Marshal(entry.ContextMap())
			require.NoError(t, err)
			for _, hidden := range []string{personal, keyA[6:], keyB[6:], "pa55word", "t0ken"} {
				assert.NotContains(t, entry.Message+string(line), hidden)
			}
		}
	})
	return f
}

// count waits for nothing: a request is counted before it is answered.
func (f *fixture) count() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.counts
}

// refusedAll asserts that nothing was passed on.
func (f *fixture) refusedAll(t *testing.T) {
	t.Helper()
	_, _, calls := f.temporal.received()
	assert.Zero(t, calls, "Temporal must not hear of a refused request")
}

func (f *fixture) server(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(f.Handler())
	t.Cleanup(server.Close)
	return server.URL
}

func authenticator(t testing.TB, cfg AuthConfig) Authenticator {
	t.Helper()
	a, err := cfg.Authenticator()
	require.NoError(t, err)
	return a
}

func dishDecoder(t testing.TB) Decoder {
	t.Helper()
	var cfg dish.Config
	require.NoError(t, kong.ApplyDefaults(&cfg))
	cfg.BaseURL = "http://carrier.invalid"
	c, err := cfg.Connect(nil, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return DecoderOf(c.(carriers.CallbackReader))
}

// sent is what came back.
type sent struct {
	status  int
	header  http.Header
	message struct{ Status, Message string }
	raw     string
}

func post(t *testing.T, url, body string, header http.Header) sent {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header = http.Header{"Content-Type": {"application/json"}}
	for name, values := range header {
		request.Header[name] = values
	}
	return do(t, request)
}

func do(t *testing.T, request *http.Request) sent {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Do(request)
	require.NoError(t, err)
	return read(t, answer)
}

func read(t *testing.T, answer *http.Response) sent {
	t.Helper()
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	got := sent{status: answer.StatusCode, header: answer.Header, raw: string(body)}
	if assert.Equal(t, "application/json", answer.Header.Get("Content-Type")) && len(body) > 0 {
		require.NoError(t, json.Unmarshal(body, &got.message), got.raw)
		assert.NotEmpty(t, got.message.Status)
		assert.NotEmpty(t, got.message.Message)
	}
	return got
}

// sign makes the header of a Standard Webhooks message.
func sign(t testing.TB, key, id string, at time.Time, body string) http.Header {
	t.Helper()
	webhook, err := standardwebhooks.NewWebhook(key)
	require.NoError(t, err)
	signature, err := webhook.Sign(id, at, []byte(body))
	require.NoError(t, err)
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature},
	}
}

func signedWith(keys ...transport.Secret) AuthConfig {
	return AuthConfig{Auth: StandardWebhooks, WebhookSecrets: keys}
}
