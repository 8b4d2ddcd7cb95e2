package e2e

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// The secret that lines are hashed with is replaced while changes of a line are under way: the line stays in order, and is found under
// both secrets.
func TestTheLineKeyIsReplaced(t *testing.T) {
	t.Parallel()
	s := ownStack(t)
	require.NoError(t, s.StartServer("--sandbox-decide-after=300ms"))
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	const earlier, later = "CARRIERFLOW_LINE_KEY=earlier", "CARRIERFLOW_LINE_KEY=later"
	const previous = "CARRIERFLOW_LINE_KEY_PREVIOUS=earlier"
	require.NoError(t, s.StartWorker(earlier))
	replaceWorker := func(env ...string) {
		require.NoError(t, s.Worker.Stop(stack.Patience))
		require.NoError(t, s.StartWorker(env...))
	}
	c, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(c.Close)

	kind := subject.Of("masmovil.ChangeProduct") // one whose request cannot be looked up, so that it keeps its turn
	onLine := fresh(kind, subject.ResetRecorded)
	require.NoError(t, s.Direct(sandbox.Rule{Carrier: kind.Carrier(), Line: onLine, Scenario: "late-effect", Delay: carriers.Duration(time.Hour)}))
	lineUnder := func(secret string) string {
		return workflows.LineID(kind.Carrier(), workflows.LineKey(secret, kind.Carrier(), onLine))
	}
	begin := func(secret string) client.WorkflowRun {
		request := kind.Request(reference(t), onLine, map[string]any{"timings": map[string]any{"pollEvery": "1m", "lookupDelay": "1s", "callTimeout": "10s"}})
		options, err := workflows.StartOptions(kind.Type, request, secret)
		require.NoError(t, err)
		run, err := c.ExecuteWorkflow(t.Context(), options, kind.Type, request)
		require.NoError(t, err)
		return run
	}
	reaches := func(run client.WorkflowRun, phase workflows.Phase) (status workflows.OperationStatus) {
		eventually(t, run.GetID()+" is "+string(phase), func() bool {
			var err error
			status, err = workflows.GetStatus(t.Context(), c, run.GetID(), "")
			return err == nil && status.Phase == phase
		})
		return status
	}
	sent := func() int {
		entries, err := s.Ledger(string(kind.Carrier()), "", onLine)
		require.NoError(t, err)
		return len(entries)
	}
	settle := func(run client.WorkflowRun) {
		eventually(t, run.GetID()+" can be settled", func() bool { // it is refused while the request is on its way
			_, err := workflows.ResolveUpdate.Send(t.Context(), c, run.GetID(), workflows.Resolve{
				OperatorAction: workflows.OperatorAction{Operator: "a test", Reason: "the carrier does not have it"}, Outcome: carriers.Failed,
			})
			return err == nil
		})
	}

	first := begin("earlier")
	reaches(first, workflows.PhaseParked)

	replaceWorker(later, previous)
	second := begin("later")
	require.Equal(t, &workflows.TurnStatus{Line: lineUnder("earlier"), Holder: first.GetID()}, reaches(second, workflows.PhaseQueued).Turn)
	require.Equal(t, 1, sent())

	list := exec.CommandContext(t.Context(), s.Starter, "list", "--line", onLine)
	list.Env = append(append(os.Environ(), s.StarterEnv()...), later, previous)
	printed, err := list.CombinedOutput()
	require.NoError(t, err, string(printed))
	require.Contains(t, string(printed), first.GetID())
	require.Contains(t, string(printed), second.GetID())

	settle(first)
	eventually(t, "the second is sent", func() bool { return sent() == 2 })

	replaceWorker(later) // nothing that was sent under the earlier secret alone is under way any more
	third := begin("later")
	require.Equal(t, &workflows.TurnStatus{Line: lineUnder("later"), Holder: second.GetID()}, reaches(third, workflows.PhaseQueued).Turn)
	settle(second)
	eventually(t, "the third is sent", func() bool { return sent() == 3 })
}
