package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// canceledClean returns the failure of a run that was cancelled with nothing sent, which ends as Canceled.
func (h *harness) canceledClean() *workflows.Failure {
	h.t.Helper()
	err := h.GetWorkflowError()
	require.True(h.t, temporal.IsCanceledError(err), "%v", err)
	f, ok := workflows.AsFailure(err)
	require.True(h.t, ok, "%v", err)
	require.Equal(h.t, workflows.Canceled, f.Type)
	require.Equal(h.t, "r-1", f.Reference)
	require.False(h.t, h.onList)
	return f
}

// checkingOnce answers the single check after a cancellation, and leaves every other check undecided.
func checkingOnce(answer ...any) func(int, checkInput) (activities.CheckResult, error) {
	checks := 0
	return func(n int, in checkInput) (activities.CheckResult, error) {
		if !in.Once {
			return undecidedForEver(n, in)
		}
		checks++
		return answers(answer...)(checks, in)
	}
}

// A run that is cancelled before anything is sent ends as Canceled; later, the carrier is asked.
func TestCancelled(t *testing.T) {
	pending := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Missing, Line: &carriers.Line{Status: "Active"}}
	absent := activities.CheckResult{Presence: carriers.Absent}
	const at = 30 * time.Second

	t.Run("while waiting", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(pending), nil})
		f := h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
		require.Equal(t, []string{"InProgress", "Active", "tx-1"}, []string{f.Status, f.LineStatus, f.TransactionID})
		require.False(t, h.onList, "nothing can be changed about a closed run")
		require.Equal(t, []workflows.Attention{workflows.AttentionOutcomeUnknown}, h.followUps[0].Attention, "an operator has to look at a request that stands at the carrier")
		require.Equal(t, workflows.CanceledAfterSubmit, h.followUps[0].Failure)
		require.Contains(t, f.Message, `the request stands at DISH and is no longer followed: DISH says "InProgress", the line reads "Active", and does not show the change.`)
	})
	t.Run("when it was done already", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(done), nil})
		require.Equal(t, workflows.ByCheck, h.at(at, h.CancelWorkflow).run().completed().DecidedBy)
	})
	t.Run("when it had failed already", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(ended), nil})
		h.at(at, h.CancelWorkflow).run().failed(workflows.CarrierFailed)
	})
	t.Run("while confirming", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(not), nil}).calledBack(20*time.Second, saysDone)
		h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
	})
	t.Run("when the carrier cannot be asked", func(t *testing.T) {
		away := problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503})
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(away, away, pending), nil})
		require.Equal(t, "InProgress", h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit).Status, "asked a few times")

		h = newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(away), nil})
		f := h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
		require.Contains(t, f.Message, "could not be asked what became of it (HTTP 503)")
	})
	t.Run("between attempts to send", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(time.Minute, true), checkingOnce(absent), nil})
		require.Contains(t, h.at(at, h.CancelWorkflow).run().canceledClean().Message, "DISH does not have the request")

		found := accepted
		found.Found = true
		h = newHarness(t, suspend, fakes{unreachable(time.Minute, true), checkingOnce(absent, activities.CheckResult{Outcome: pending, Found: &found}), nil})
		f := h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
		require.Equal(t, "tx-1", f.TransactionID, "a request becomes visible only after a while")
	})
	t.Run("when it is not known whether the carrier has it", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{refuses(lost), checkingOnce(carriers.Outcome{State: carriers.Pending}), nil})
		h.at(at, h.CancelWorkflow).run().failed(workflows.OutcomeUnknown)
		require.Equal(t, []string{"OutcomeUnknown"}, h.attention())
		require.Equal(t, []workflows.Attention{workflows.AttentionOutcomeUnknown}, h.followUps[0].Attention)
	})
	t.Run("a callback comes while the carrier is asked", func(t *testing.T) {
		away := problem(activities.Retrying, time.Minute, activities.Problem{})
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(away, pending), nil})
		h.at(at, h.CancelWorkflow).calledBack(at+5*time.Second, saysFailed).run().failed(workflows.CarrierFailed)

		shown := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Shown, Line: line}
		h = newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(away, shown), nil})
		require.Equal(t, workflows.ByCallback, h.at(at, h.CancelWorkflow).calledBack(at+5*time.Second, saysDone).run().completed().DecidedBy)
	})
	t.Run("a callback came before the acknowledgement", func(t *testing.T) {
		away := problem(activities.Retrying, time.Second, activities.Problem{})
		h := newHarness(t, suspend, fakes{unreachable(time.Minute, true), checkingOnce(away), nil})
		h.calledBack(20*time.Second, saysFailed).at(at, h.CancelWorkflow).run().failed(workflows.CarrierFailed)
	})
	t.Run("the look-up finds the request, and then the carrier does not answer", func(t *testing.T) {
		found := accepted
		found.Found = true
		away := problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503, Found: &found})
		h := newHarness(t, suspend, fakes{refuses(lost), checkingOnce(away), nil})
		require.Equal(t, "tx-1", h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit).TransactionID)
	})
	t.Run("the carrier asks to wait for a day", func(t *testing.T) {
		away := problem(activities.Retrying, 24*time.Hour, activities.Problem{HTTPStatus: 429})
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(away), nil})
		h.at(at, h.CancelWorkflow).run().failed(workflows.CanceledAfterSubmit)
		require.Less(t, h.Now().Sub(started), 10*time.Minute)
	})
	t.Run("the sender of an update is answered", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(time.Minute, false), checkingOnce(absent), nil})
		r := sendUpdate(h, 0, workflows.AcceptedUpdate, workflows.AcceptedQuestion{})
		h.at(at, h.CancelWorkflow).run().canceledClean()
		f, ok := workflows.AsFailure(r.failed)
		require.True(t, ok, "%v", r.failed)
		require.Equal(t, workflows.Canceled, f.Type)
	})
	t.Run("no operator has to look when nothing was sent", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{refuses(lost), checkingOnce(absent), nil})
		h.at(at, h.CancelWorkflow).run().canceledClean()
		require.Equal(t, []string{"OutcomeUnknown"}, h.attention())

		h = newHarness(t, suspend, fakes{unreachable(time.Minute, false), checkingOnce(absent), nil})
		h.at(2*time.Hour, h.CancelWorkflow).run().canceledClean()
		require.Equal(t, []string{"Overdue"}, h.attention())
	})
	t.Run("an update comes too late", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), checkingOnce(problem(activities.Retrying, time.Minute, activities.Problem{}), pending), nil})
		h.at(at, h.CancelWorkflow)
		r := sendUpdate(h, at+5*time.Second, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
		h.run().failed(workflows.CanceledAfterSubmit)
		require.Contains(t, r.refused(t, workflows.Refused), "the run is cancelled")
	})
}
