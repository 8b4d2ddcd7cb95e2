package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

func newKeyset(t *testing.T) string {
	t.Helper()
	keyset, err := encryption.NewKeyset()
	require.NoError(t, err)
	return string(keyset)
}

// withKeys is a client of a stack with the keys of a keyset.
func withKeys(t *testing.T, s *stack.Stack, keyset string) client.Client {
	t.Helper()
	keys, err := encryption.New(keyset)
	require.NoError(t, err)
	c, err := stack.Dial(s.Temporal, keys.Options)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// serverAlone is a stack of its own, without a worker.
func serverAlone(t *testing.T, args ...string) *stack.Stack {
	t.Helper()
	s := ownStack(t)
	require.NoError(t, s.StartServer(append([]string{"--sandbox-decide-after=200ms"}, args...)...))
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// startWith starts an operation with a client.
func startWith(t *testing.T, c client.Client, operation, input string) client.WorkflowRun {
	t.Helper()
	options, err := workflows.StartOptions(operation, json.RawMessage(input), "secret")
	require.NoError(t, err)
	run, err := c.ExecuteWorkflow(t.Context(), options, operation, json.RawMessage(input))
	require.NoError(t, err)
	return run
}

// waitingRun starts an operation that its carrier does not decide by itself, and waits until it is sent.
func waitingRun(t *testing.T, s *stack.Stack, c client.Client) (run client.WorkflowRun, ref, onLine string) {
	t.Helper()
	kind := subject.Of("stn.SetServices")
	ref, onLine = reference(t), fresh(kind, subject.NeverDecided)
	run = startWith(t, c, kind.Type, string(kind.Request(ref, onLine, map[string]any{"timings": json.RawMessage(fast)})))
	awaitPhase(t, c, run, workflows.PhaseWaiting)
	return run, ref, onLine
}

func awaitPhase(t *testing.T, c client.Client, run client.WorkflowRun, phase workflows.Phase) (status workflows.OperationStatus) {
	t.Helper()
	eventually(t, run.GetID()+" is "+string(phase), func() (is bool) {
		var err error
		status, err = workflows.GetStatus(t.Context(), c, run.GetID(), run.GetRunID())
		return err == nil && status.Phase == phase
	})
	return status
}

// eventsOf are all events of a run.
func eventsOf(t *testing.T, c client.Client, run client.WorkflowRun) (events []*historypb.HistoryEvent) {
	t.Helper()
	for it := c.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(t, err)
		events = append(events, event)
	}
	return events
}

// Temporal's database holds nothing personal of any kind of run: the files are read byte by byte.
func TestTheDatabaseHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	s := serverAlone(t, "--db="+file)
	s.Keyset = newKeyset(t)
	carrier := newEcho(t, s.Carriers)
	require.NoError(t, s.StartWorker(append(carrier.env(t), forEverything()...)...))
	temporal := withKeys(t, s, s.Keyset)
	var terminal output
	runEverything(t, s, temporal, carrier, &terminal, []reaction{passing, refusing, cutOff, failingLater})
	callBack(t, s)

	// A signal, updates and a query, with something personal in all that people type.
	carrier.set(passing)
	run, _, _ := waitingRun(t, s, temporal)
	by := workflows.OperatorAction{Operator: planted["name"], Reason: "called " + planted["phone number"]}
	require.NoError(t, temporal.SignalWorkflow(t.Context(), run.GetID(), "", workflows.CallbackSignal.Name, workflows.Callback{State: carriers.Pending, Status: planted["street"], Reason: planted["e-mail"]}))
	_, err := workflows.CheckNowUpdate.Send(stack.Context(t), temporal, run.GetID(), by)
	require.NoError(t, err)
	eventually(t, "what the check has heard is read with the client's keys", func() bool {
		status, err := workflows.GetStatus(t.Context(), temporal, run.GetID(), "")
		return err == nil && status.Activity != nil && status.Activity.CarrierStatus != ""
	})
	_, err = workflows.ResolveUpdate.Send(stack.Context(t), temporal, run.GetID(), workflows.Resolve{OperatorAction: by, Outcome: carriers.Failed})
	require.NoError(t, err)
	require.Error(t, run.Get(stack.Context(t), nil))
	terminal.run(t, s, "", "show", run.GetID())
	require.Contains(t, terminal.String(), "ResolvedFailed", "the starter has the keys")
	require.NoError(t, s.Worker.Stop(stack.Within(t)))

	// What is not encrypted is found, so the test would find the rest.
	const control = "CONTROL-PLANTED-0042"
	plain, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	defer plain.Close()
	startWith(t, plain, "stn.SetServices", `{"reference":"`+reference(t)+`","subscriptionId":"`+control+`","services":{"voiceMail":false}}`)

	read := func() (all []byte) {
		for _, name := range []string{file, file + "-wal"} {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			all = append(all, content...)
		}
		return all
	}
	running := read()
	require.NoError(t, s.Server.Stop(stack.Within(t)))
	content := append(running, read()...)
	require.Contains(t, string(content), control)
	for name, value := range planted {
		if at := bytes.Index(content, []byte(value)); at >= 0 {
			require.Fail(t, "something personal in the database", "%s: %q", name, content[max(0, at-200):min(len(content), at+100)])
		}
	}
	require.Greater(t, bytes.Count(content, []byte(encryption.Encoding)), 1000, "it is full of encrypted payloads")
}

// Encryption is turned on while runs wait: one for its carrier, the other for the turn of its line. Both go on and complete.
func TestEncryptionIsTurnedOnWithRunsInFlight(t *testing.T) {
	t.Parallel()
	s := serverAlone(t)
	require.NoError(t, s.StartWorker())
	plain := withKeys(t, s, "")
	first, firstRef, onLine := waitingRun(t, s, plain)
	kind, nextRef := subject.Of("stn.SetServices"), reference(t)
	next := startWith(t, plain, kind.Type, string(kind.Request(nextRef, onLine, map[string]any{"timings": json.RawMessage(fast)})))
	awaitPhase(t, plain, next, workflows.PhaseQueued)
	require.NoError(t, s.Worker.Stop(stack.Within(t)))

	s.Keyset = newKeyset(t)
	require.NoError(t, s.StartWorker())
	keyed := withKeys(t, s, s.Keyset)
	var terminal output
	terminal.run(t, s, "", "status", next.GetID())
	require.Contains(t, terminal.String(), first.GetID()+" has it", "what was stored before is read as it is")
	require.NoError(t, s.Decide("stn", firstRef))
	require.NoError(t, keyed.GetWorkflow(t.Context(), first.GetID(), "").Get(stack.Context(t), nil))
	awaitPhase(t, keyed, next, workflows.PhaseWaiting)
	require.NoError(t, s.Decide("stn", nextRef))
	var result workflows.Result
	require.NoError(t, keyed.GetWorkflow(t.Context(), next.GetID(), "").Get(stack.Context(t), &result))
	require.Equal(t, carriers.Shown, result.Effect)
	events := eventsOf(t, keyed, first)
	begun := events[0].GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()[0]
	ended := events[len(events)-1].GetWorkflowExecutionCompletedEventAttributes().GetResult().GetPayloads()[0]
	require.Equal(t, []string{"json/plain", encryption.Encoding}, []string{encodingOf(begun), encodingOf(ended)})
}

func encodingOf(p *commonpb.Payload) string {
	return string(p.GetMetadata()[converter.MetadataEncoding])
}

// A worker without the right keys fails no run, loses no signal, and names the key. What waits goes on when a worker with the keys comes.
func TestAWorkerWithoutTheKeyFailsNoRun(t *testing.T) {
	t.Parallel()
	s := serverAlone(t)
	right := newKeyset(t)
	temporal := withKeys(t, s, right)
	kind := subject.Of("stn.SetServices")
	var runs []client.WorkflowRun
	for name, wrong := range map[string]string{"no keys": "", "only key ": newKeyset(t)} {
		s.Keyset = wrong
		require.NoError(t, s.StartWorker())
		run := startWith(t, temporal, kind.Type, string(kind.Request(reference(t), fresh(kind, subject.Ordinary), map[string]any{"timings": json.RawMessage(fast)})))
		awaitTaskFailure(t, temporal, run, "this program has "+name)
		var terminal output
		terminal.run(t, s, "", "status", run.GetID())
		require.Contains(t, terminal.String(), run.GetID(), "a starter without the keys says what it can")
		require.NoError(t, s.Worker.Stop(stack.Within(t)))
		runs = append(runs, run)
	}
	s.Keyset = right
	require.NoError(t, s.StartWorker())
	for _, run := range runs {
		require.NoError(t, run.Get(stack.Context(t), nil))
	}

	// A key encrypts before every program has it: the mistake in a rotation. A callback waits for the key.
	more, id, err := encryption.AddKey([]byte(right))
	require.NoError(t, err)
	promoted, err := encryption.PromoteKey(more, id)
	require.NoError(t, err)
	waiting, ref, _ := waitingRun(t, s, temporal)
	early := withKeys(t, s, string(promoted))
	_, err = early.QueryWorkflow(t.Context(), waiting.GetID(), "", workflows.StatusQuery, "an argument")
	require.ErrorContains(t, err, "a payload is encrypted with key", "a query fails alone")
	_, err = workflows.CheckNowUpdate.Send(stack.Context(t), early, waiting.GetID(), workflows.OperatorAction{Operator: "alex", Reason: "too early"})
	require.ErrorContains(t, err, "a payload is encrypted with key", "so does an update")
	require.NoError(t, early.SignalWorkflow(t.Context(), waiting.GetID(), "", workflows.CallbackSignal.Name, workflows.Callback{State: carriers.Pending, Status: "BUSY"}))
	awaitTaskFailure(t, early, waiting, "a payload is encrypted with key")
	require.NoError(t, s.Worker.Stop(stack.Within(t)))
	s.Keyset = string(promoted)
	require.NoError(t, s.StartWorker())
	eventually(t, "the callback is read", func() bool {
		status, err := workflows.GetStatus(t.Context(), early, waiting.GetID(), "")
		return err == nil && status.Callbacks == 1
	})
	require.NoError(t, s.Decide("stn", ref))
	require.NoError(t, early.GetWorkflow(t.Context(), waiting.GetID(), "").Get(stack.Context(t), nil))
}

// awaitTaskFailure waits until a workflow task of a run has failed, and what is said about it can be read without a key.
func awaitTaskFailure(t *testing.T, c client.Client, run client.WorkflowRun, says string) {
	t.Helper()
	eventually(t, "a workflow task fails: "+says, func() bool {
		return slices.ContainsFunc(eventsOf(t, c, run), func(e *historypb.HistoryEvent) bool {
			failure := e.GetWorkflowTaskFailedEventAttributes().GetFailure()
			return strings.Contains(failure.GetMessage(), says)
		})
	})
	d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus())
}

// The codec endpoint of a worker shows what Temporal stores to whoever has the token.
func TestTheCodecEndpoint(t *testing.T) {
	t.Parallel()
	keyset, address := newKeyset(t), stack.FreeAddress()
	endpoint, err := stack.Launch(world.Binaries.Worker, []string{
		encryption.KeysVariable + "=" + keyset, "CARRIERFLOW_CODEC_ADDRESS=" + address, "CARRIERFLOW_CODEC_TOKEN=" + planted["token"],
	}, "codec")
	require.NoError(t, err)
	require.NoError(t, endpoint.Await(stack.Context(t), "http://"+address+"/healthz"))
	unserved := client.StartWorkflowOptions{ID: reference(t), TaskQueue: "nobody"}
	run, err := withKeys(t, world.Stack, keyset).ExecuteWorkflow(t.Context(), unserved, "stn.SetServices", map[string]string{"subscriptionId": planted["subscription"]})
	require.NoError(t, err)
	stored := eventsOf(t, world.client, run)[0].GetWorkflowExecutionStartedEventAttributes().GetInput()
	body, err := protojson.Marshal(stored)
	require.NoError(t, err)
	require.NotContains(t, stored.String(), planted["subscription"])
	for token, want := range map[string]int{planted["token"]: http.StatusOK, "another": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/decode", bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode)
		if want != http.StatusOK {
			continue
		}
		var decoded commonpb.Payloads
		require.NoError(t, protojson.Unmarshal(answer, &decoded))
		require.Contains(t, string(decoded.GetPayloads()[0].GetData()), planted["subscription"])
	}
	require.NoError(t, endpoint.Stop(stack.Within(t)))
	require.NotContains(t, endpoint.Output(), "PLANTED")
}
