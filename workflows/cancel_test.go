package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// canceledClean returns the failure of a run that was cancelled with nothing sent, which ends as Canceled.
func (s *stage) canceledClean() *Failure {
	s.t.Helper()
	err := s.GetWorkflowError()
	require.True(s.t, temporal.IsCanceledError(err), "%v", err)
	f, ok := AsFailure(err)
	require.True(s.t, ok, "%v", err)
	require.Equal(s.t, Canceled, f.Type)
	require.Equal(s.t, "r-1", f.Reference)
	require.False(s.t, s.onList)
	return f
}

// lookingOnce answers the one look after a cancellation, and leaves every other check undecided.
func lookingOnce(answer ...any) func(int, checkInput) (activities.CheckResult, error) {
	looks := 0
	return func(n int, in checkInput) (activities.CheckResult, error) {
		if !in.Once {
			return undecidedForEver(n, in)
		}
		looks++
		return answers(answer...)(looks, in)
	}
}

// A cancelled run does not guess: before anything is sent it ends as Canceled, and afterwards the carrier is asked.
func TestCancelled(t *testing.T) {
	pending := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Missing, Line: &carriers.Line{Status: "Active"}}
	absent := activities.CheckResult{Absent: true}
	const at = 30 * time.Second

	t.Run("while waiting", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(pending), nil})
		f := s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
		require.Equal(t, []string{"InProgress", "Active", "tx-1"}, []string{f.Status, f.LineStatus, f.TransactionID})
		require.Contains(t, f.Message, `the request stands at DISH and nobody waits for it any more: DISH says "InProgress", the line reads "Active", and does not show the change.`)
	})
	t.Run("when it was done already", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(done), nil})
		require.Equal(t, ByCheck, s.at(at, s.CancelWorkflow).run().completed().DecidedBy)
	})
	t.Run("when it had failed already", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(ended), nil})
		s.at(at, s.CancelWorkflow).run().failed(CarrierFailed)
	})
	t.Run("while confirming", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(not), nil}).calledBack(20*time.Second, saysDone)
		s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
	})
	t.Run("when the carrier cannot be asked", func(t *testing.T) {
		away := problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503})
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(away, away, pending), nil})
		require.Equal(t, "InProgress", s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit).Status, "asked a few times")

		s = newStage(t, suspend, script{acknowledges(accepted), lookingOnce(away), nil})
		f := s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
		require.Contains(t, f.Message, "could not be asked what became of it: HTTP 503")
	})
	t.Run("between attempts to send", func(t *testing.T) {
		s := newStage(t, suspend, script{unreachable(time.Minute, true), lookingOnce(absent), nil})
		require.Contains(t, s.at(at, s.CancelWorkflow).run().canceledClean().Message, "DISH does not have the request")

		found := accepted
		found.Found = true
		s = newStage(t, suspend, script{unreachable(time.Minute, true), lookingOnce(absent, activities.CheckResult{Outcome: pending, Found: &found}), nil})
		f := s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
		require.Equal(t, "tx-1", f.TransactionID, "a request becomes visible only after a while")
	})
	t.Run("when nobody can tell", func(t *testing.T) {
		s := newStage(t, suspend, script{refuses(lost), lookingOnce(carriers.Outcome{State: carriers.Pending}), nil})
		s.at(at, s.CancelWorkflow).run().failed(OutcomeUnknown)
		require.Equal(t, []string{"OutcomeUnknown"}, s.attention())
		require.True(t, s.onList)
	})
	t.Run("an order comes too late", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(problem(activities.Retrying, time.Minute, activities.Problem{}), pending), nil})
		s.at(at, s.CancelWorkflow)
		r := ordered(s, at+5*time.Second, ResolveUpdate, Resolve{alex, carriers.Done})
		s.run().failed(CanceledAfterSubmit)
		require.Contains(t, r.refused(t, Refused), "decided already")
	})
}
