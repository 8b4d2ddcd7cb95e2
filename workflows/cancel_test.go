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
	absent := activities.CheckResult{Presence: carriers.Absent}
	const at = 30 * time.Second

	t.Run("while waiting", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(pending), nil})
		f := s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
		require.Equal(t, []string{"InProgress", "Active", "tx-1"}, []string{f.Status, f.LineStatus, f.TransactionID})
		require.False(t, s.onList, "a closed run cannot be taken off the list")
		require.Equal(t, []Attention{AttentionOutcomeUnknown}, s.followUps[0].Attention, "a request that stands is an operator's work")
		require.Equal(t, CanceledAfterSubmit, s.followUps[0].Failure)
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
		require.Contains(t, f.Message, "could not be asked what became of it (HTTP 503)")
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
		require.Equal(t, []Attention{AttentionOutcomeUnknown}, s.followUps[0].Attention)
	})
	t.Run("a callback comes while the carrier is asked", func(t *testing.T) {
		away := problem(activities.Retrying, time.Minute, activities.Problem{})
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(away, pending), nil})
		s.at(at, s.CancelWorkflow).calledBack(at+5*time.Second, saysFailed).run().failed(CarrierFailed)

		shown := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Shown, Line: line}
		s = newStage(t, suspend, script{acknowledges(accepted), lookingOnce(away, shown), nil})
		require.Equal(t, ByCallback, s.at(at, s.CancelWorkflow).calledBack(at+5*time.Second, saysDone).run().completed().DecidedBy)
	})
	t.Run("a callback came before the acknowledgement", func(t *testing.T) {
		away := problem(activities.Retrying, time.Second, activities.Problem{})
		s := newStage(t, suspend, script{unreachable(time.Minute, true), lookingOnce(away), nil})
		s.calledBack(20*time.Second, saysFailed).at(at, s.CancelWorkflow).run().failed(CarrierFailed)
	})
	t.Run("the look finds the request, and then the carrier is away", func(t *testing.T) {
		found := accepted
		found.Found = true
		away := problem(activities.Retrying, time.Second, activities.Problem{HTTPStatus: 503, Found: &found})
		s := newStage(t, suspend, script{refuses(lost), lookingOnce(away), nil})
		require.Equal(t, "tx-1", s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit).TransactionID)
	})
	t.Run("the carrier asks to be left alone for a day", func(t *testing.T) {
		away := problem(activities.Retrying, 24*time.Hour, activities.Problem{HTTPStatus: 429})
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(away), nil})
		s.at(at, s.CancelWorkflow).run().failed(CanceledAfterSubmit)
		require.Less(t, s.Now().Sub(started), 10*time.Minute)
	})
	t.Run("whoever waits for an answer gets one", func(t *testing.T) {
		s := newStage(t, suspend, script{unreachable(time.Minute, false), lookingOnce(absent), nil})
		r := ordered(s, 0, AcceptedUpdate, AcceptedQuestion{})
		s.at(at, s.CancelWorkflow).run().canceledClean()
		f, ok := AsFailure(r.failed)
		require.True(t, ok, "%v", r.failed)
		require.Equal(t, Canceled, f.Type)
	})
	t.Run("what was somebody's work is nobody's when nothing was sent", func(t *testing.T) {
		s := newStage(t, suspend, script{refuses(lost), lookingOnce(absent), nil})
		s.at(at, s.CancelWorkflow).run().canceledClean()
		require.Equal(t, []string{"OutcomeUnknown"}, s.attention())

		s = newStage(t, suspend, script{unreachable(time.Minute, false), lookingOnce(absent), nil})
		s.at(2*time.Hour, s.CancelWorkflow).run().canceledClean()
		require.Equal(t, []string{"Overdue"}, s.attention())
	})
	t.Run("an order comes too late", func(t *testing.T) {
		s := newStage(t, suspend, script{acknowledges(accepted), lookingOnce(problem(activities.Retrying, time.Minute, activities.Problem{}), pending), nil})
		s.at(at, s.CancelWorkflow)
		r := ordered(s, at+5*time.Second, ResolveUpdate, Resolve{alex, carriers.Done})
		s.run().failed(CanceledAfterSubmit)
		require.Contains(t, r.refused(t, Refused), "the run is cancelled")
	})
}
