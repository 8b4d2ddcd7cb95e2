package lifecycle

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/measures"
)

// observed keeps what is reported about a run.
type observed struct {
	mu           sync.Mutex
	ends         []measures.End
	acknowledged []time.Duration
	waits        []bool
	turns        []time.Duration
}

func (o *observed) Ended(end measures.End) { o.ends = append(o.ends, end) }

func (o *observed) Acknowledged(_ string, after time.Duration) {
	o.acknowledged = append(o.acknowledged, after)
}

// TurnAwaited is also called when the test environment drops the run.
func (o *observed) TurnAwaited(_ string, waits bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waits = append(o.waits, waits)
}
func (o *observed) TurnTaken(_ string, after time.Duration) { o.turns = append(o.turns, after) }

// observe reports what happens to the run.
func (h *harness) observe() *observed {
	o := &observed{}
	h.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{measures.Interceptor(o)}})
	return o
}

func TestWhatIsReportedAboutARun(t *testing.T) {
	t.Run("decided by a check", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(time.Minute), done), nil})
		o := h.observe()
		h.run().completed()
		require.Len(t, o.acknowledged, 1)
		require.Len(t, o.ends, 1)
		require.Greater(t, o.ends[0].After, time.Minute)
		o.ends[0].After = 0
		require.Equal(t, measures.End{Operation: suspend, DecidedBy: workflows.ByCheck}, o.ends[0])
		require.Empty(t, o.waits)
	})
	t.Run("failed at the carrier", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(ended), nil})
		o := h.observe()
		h.run().failed(workflows.CarrierFailed)
		require.Equal(t, workflows.CarrierFailed, o.ends[0].Failure)
		require.Equal(t, workflows.ByCheck, o.ends[0].DecidedBy)
	})
	t.Run("not valid", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{})
		o := h.observe()
		h.run(`{"action":"Explode"}`).failed(workflows.InvalidRequest)
		require.Equal(t, measures.End{Operation: suspend, Failure: workflows.InvalidRequest}, o.ends[0])
		require.Empty(t, o.acknowledged)
	})
	t.Run("a read", func(t *testing.T) {
		h := newHarness(t, "dish.GetSubscription", fakes{nil, nil, func(int, readInput) (map[string]any, error) { return nil, nil }})
		o := h.observe()
		h.run()
		require.Equal(t, []measures.End{{Operation: "dish.GetSubscription"}}, o.ends)
	})
	t.Run("a type that is no operation", func(t *testing.T) {
		env := quietSuite().NewTestWorkflowEnvironment()
		o := &observed{}
		env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{measures.Interceptor(o)}})
		RegisterUnknown(env)
		env.ExecuteWorkflow("dish.Nonsense")
		require.Error(t, env.GetWorkflowError())
		require.Equal(t, []measures.End{{Failure: workflows.InvalidRequest}}, o.ends, "its name is not one of the labels")
	})
	t.Run("it waits for the turn of its line", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil}).queuedBehind(other)
		o := h.observe()
		h.at(time.Minute, func() { require.Equal(t, []bool{true}, o.waits) })
		h.told(20*time.Minute, workflows.TurnNotice{Granted: true}).run().completed()
		require.Equal(t, []bool{true, false}, o.waits)
		require.Equal(t, []time.Duration{20 * time.Minute}, o.turns)
		require.Equal(t, 20*time.Minute, o.acknowledged[0])
	})
}

// A run that is made anew from its history was reported before.
func TestAReplayReportsNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/dish.ActivateSubscription.*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.Open(file)
		require.NoError(t, err)
		history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
		require.NoError(t, errors.Join(err, text.Close()))
		o := &observed{}
		replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: []interceptor.WorkerInterceptor{measures.Interceptor(o)}})
		require.NoError(t, err)
		Register(replayer, workflows.Operations())
		id := history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowId()
		require.NoError(t, replayer.ReplayWorkflowHistoryWithOptions(nil, history, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: id}}))
		require.Empty(t, o.acknowledged, file)
		require.Empty(t, o.ends, file)
		require.Empty(t, o.turns, file)
	}
}
