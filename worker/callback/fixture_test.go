package callback

import (
	"context"
	"encoding/json"
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
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/transport"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	keyA     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	keyB     = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	personal = "15550100123"
	success  = `{"eventId":"e-1","partnerTransactionId":"ref-1","status":"Success","gpsi":"` + personal + `"}`
)

// temporal stands for a Temporal server: open and closed workflows by id, and what it was told.
type temporal struct {
	mu      sync.Mutex
	open    map[string]bool // false for a workflow that is over
	failing error           // what every call fails with
	signals []signal
	kept    []signal // with signal-with-start
	calls   int
	// before, if set, is called at the start of every signal, without the lock.
	before func(context.Context) error
}

type signal struct {
	workflowID string
	callback   workflows.Callback
	unmatched  workflows.Unmatched
}

func (s *temporal) SignalWorkflow(ctx context.Context, workflowID, runID, name string, arg any) error {
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.failing != nil {
		return s.failing
	}
	if !s.open[workflowID] {
		return serviceerror.NewNotFound("the text is not to be relied on")
	}
	if name == workflows.CallbackSignal.Name && runID == "" {
		s.signals = append(s.signals, signal{workflowID: workflowID, callback: arg.(workflows.Callback)})
	}
	return nil
}

func (s *temporal) SignalWithStartWorkflow(_ context.Context, workflowID, name string, arg any,
	options client.StartWorkflowOptions, workflow any, args ...any,
) (client.WorkflowRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.failing != nil {
		return nil, s.failing
	}
	if name == workflows.CallbackSignal.Name && workflow == workflows.UnmatchedCallbackType && options.ID == workflowID {
		s.kept = append(s.kept, signal{workflowID, arg.(workflows.Callback), args[0].(workflows.Unmatched)})
	}
	return nil, nil
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
	info := &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: workflowID}}
	if !open {
		info.CloseTime = timestamppb.Now()
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil
}

func (s *temporal) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = err
}

func (s *temporal) told() (signals, kept []signal, calls int) {
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

// newFixture makes a receiver of DISH's callbacks, with a running operation dish:ref-1. Whatever the test does, its logs
// must not show anything personal or secret.
func newFixture(t testing.TB, auth AuthConfig, change ...func(*Options)) *fixture {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	f := &fixture{temporal: &temporal{open: map[string]bool{"dish:ref-1": true}}, logs: logs, counts: map[string]int{}}
	options := Options{
		Sources:  map[carriers.Carrier]Source{carriers.DISH: {Decode: dishDecoder(t), Auth: authenticator(t, auth)}},
		Temporal: f.temporal,
		Log:      zap.New(core),
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
	_, _, calls := f.temporal.told()
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
	c, err := dish.New(cfg, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return func(body []byte) (Notice, error) {
		got, err := c.DecodeCallback(body)
		return Notice{got.PartnerTransactionID, workflows.Callback{
			State: got.State, Status: got.Status, Code: got.Code, Reason: got.Reason, EventID: got.EventID,
		}}, err
	}
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
