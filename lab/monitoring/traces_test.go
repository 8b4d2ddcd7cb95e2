package monitoring

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// collector takes traces over HTTP, as an OpenTelemetry collector does.
type collector struct {
	mu    sync.Mutex
	spans []*tracepb.Span
	text  strings.Builder
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collectorpb.ExportTraceServiceRequest
	if r.URL.Path != "/v1/traces" || err != nil || proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text.WriteString(protojson.Format(&request))
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// named are the spans of a name, in one trace where that is not empty.
func (c *collector) named(name, inTrace string) (found []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if span.GetName() == name && (inTrace == "" || hex.EncodeToString(span.GetTraceId()) == inTrace) {
			found = append(found, span)
		}
	}
	return found
}

// awaits waits for a span.
func (c *collector) awaits(t *testing.T, name, inTrace string) *tracepb.Span {
	t.Helper()
	require.Eventually(t, func() bool { return len(c.named(name, inTrace)) > 0 }, stack.Within(t), 50*time.Millisecond, "%s in %s", name, inTrace)
	return c.named(name, inTrace)[0]
}

func attributes(of *tracepb.Span) map[string]string {
	found := map[string]string{}
	for _, one := range of.GetAttributes() {
		found[one.GetKey()] = one.GetValue().GetStringValue()
	}
	return found
}

// One trace goes from the command that starts an operation through the calls to its carrier to the callback. Nothing in it is personal.
func TestOneTraceForOneOperation(t *testing.T) {
	taken := &collector{}
	endpoint := httptest.NewServer(taken)
	defer endpoint.Close()
	env := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint.URL, "OTEL_BSP_SCHEDULE_DELAY=100"}
	s := stack.New(binaries)
	require.NoError(t, s.StartServer("--sandbox-decide-after=1s"))
	require.NoError(t, s.StartWorker(append(env, "CARRIERFLOW_LOG_LEVEL=debug")...))
	t.Cleanup(func() { require.NoError(t, s.Stop()) })

	card, reference := line("8901", 14, 0), fmt.Sprintf("trace-%d", numbers.Add(1))
	starter, err := stack.Launch(s.Starter, append(s.StarterEnv(), env...),
		"dish", "update-subscription-status", "--reference", reference, "--iccid", card, "--action", "Suspend", "--poll-every", "5m")
	require.NoError(t, err)
	require.Zero(t, starter.Wait(), starter.Output())

	const operation = "dish.UpdateSubscriptionStatus"
	began := taken.awaits(t, "StartWorkflow:"+operation, "")
	trace := hex.EncodeToString(began.GetTraceId())
	workflow := taken.awaits(t, "RunWorkflow:"+operation, trace)
	require.Equal(t, began.GetSpanId(), workflow.GetParentSpanId())
	submit := taken.awaits(t, "RunActivity:"+operation+".Submit", trace)
	call := taken.awaits(t, "dish: update subscription status", trace)
	require.Equal(t, submit.GetSpanId(), call.GetParentSpanId())
	about := attributes(call)
	require.Equal(t, "dish:"+reference, about["temporalWorkflowID"])
	require.Equal(t, carriers.CorrelationID("dish", reference), about["correlation_id"])
	require.Equal(t, "dish", about["carrier"])
	require.NotContains(t, about["url.template"], card)

	// The carrier's call is a trace of its own; the operation's trace links to it.
	received := taken.awaits(t, "receive callback", "")
	require.Equal(t, "dish:"+reference, attributes(received)["temporalWorkflowID"])
	callback := taken.awaits(t, "callback", trace)
	require.Equal(t, workflow.GetSpanId(), callback.GetParentSpanId())
	require.Len(t, callback.GetLinks(), 1)
	require.Equal(t, received.GetSpanId(), callback.GetLinks()[0].GetSpanId())

	said := 0
	for line := range strings.Lines(s.Worker.Output()) {
		if strings.Contains(line, reference) {
			require.Contains(t, line, `"WorkflowID":"dish:`+reference+`"`, "every line about an operation has its workflow id")
			said++
		}
		require.NotContains(t, line, card)
	}
	require.Greater(t, said, 3, "calls, the callback, the SDK's own lines")

	taken.mu.Lock()
	defer taken.mu.Unlock()
	require.NotContains(t, taken.text.String(), card)
	require.NotContains(t, taken.text.String(), card[len(card)-4:]+`"`)
	require.Contains(t, taken.text.String(), "carrierflow-worker")
	require.Contains(t, taken.text.String(), "carrierflow-starter")
}
