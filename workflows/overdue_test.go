package workflows

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// hurried are timings that stay below the ten attempts which the test environment allows an activity.
const hurried = `{"timings":{"pollEvery":"1m","overdueAfter":"5m","overduePollEvery":"10m","deadline":"1h"}}`

// undecidedForEver asks for the next check at the pace of the workflow.
func undecidedForEver(_ int, in checkInput) (activities.CheckResult, error) {
	return activities.CheckResult{}, undecided(in.Every.Std())
}

func TestOverdueThenDecided(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 8 {
			return activities.CheckResult{Outcome: done}, nil
		}
		return undecidedForEver(n, in)
	}, nil}).run(hurried)
	require.Equal(t, ByCheck, s.completed().DecidedBy)
	require.Equal(t, [][]string{{"Overdue"}}, s.raised)
	for i, minute := range []time.Duration{0, 1, 2, 3, 4, 5, 5, 15} { // the seventh is the first of the slower ones
		require.Equal(t, minute*time.Minute, s.asked[i].after, i)
	}
	require.Equal(t, []string{"Overdue"}, s.asked[7].Raised)
	require.Equal(t, carriers.Duration(10*time.Minute), s.asked[7].Every)
}

func TestOverdueThenCalledBack(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil}).calledBack(20*time.Minute, saysFailed).run(hurried)
	require.Equal(t, ByCallback, s.failed(CarrierFailed).DecidedBy)
}

func TestUndecidedUntilTheDeadline(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil}).run(hurried)
	f := s.failed(DeadlineExceeded)
	require.Equal(t, []string{"Overdue"}, s.attention())
	require.Equal(t, "tx-1", f.TransactionID)
	require.Equal(t, "InProgress", f.Status, "the carrier's last word")
	require.Equal(t, accepted.At, f.SubmittedAt)
	require.GreaterOrEqual(t, s.times()[len(s.asked)-1], 50*time.Minute)
}

func TestADeadlineBeforeOverdue(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), undecidedForEver, nil}).run(`{"timings":{"pollEvery":"1m","deadline":"3m"}}`)
	s.failed(DeadlineExceeded)
	require.LessOrEqual(t, s.times()[len(s.asked)-1], 3*time.Minute)
	require.Equal(t, []string{"Overdue"}, s.attention())
}

// What only operators can mend is raised once, and the wait goes on, more slowly.
func TestOperatorsAreCalledAndTheWaitGoesOn(t *testing.T) {
	for kind, attention := range map[string]string{activities.UnknownStatus: "UnknownStatus", activities.Unauthorized: "Unauthorized"} {
		t.Run(kind, func(t *testing.T) {
			s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
				switch n {
				case 2:
					return activities.CheckResult{}, problem(kind, 0, activities.Problem{CarrierStatus: "Provisioned"})
				case 4:
					return activities.CheckResult{Outcome: done}, nil
				}
				return undecidedForEver(n, in)
			}, nil}).run(hurried)
			require.Equal(t, ByCheck, s.completed().DecidedBy)
			require.Equal(t, [][]string{{attention}}, s.raised)
			require.Equal(t, []time.Duration{0, time.Minute, time.Minute, 11 * time.Minute}, s.times())
			require.Equal(t, []string{kind}, s.asked[2].Raised, "so that the check goes on when it meets the same again")
		})
	}
}

func TestUnauthorizedUntilTheDeadline(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		p := activities.Problem{Class: carriers.Unauthorized, HTTPStatus: 401}
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unauthorized, 0, p)
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
	}, nil}).run(hurried)
	f := s.failed(CarrierUnauthorized)
	require.Equal(t, 401, f.HTTPStatus)
	require.Equal(t, []string{"Unauthorized"}, s.attention())
}

// Credentials that were mended before the deadline are not its reason.
func TestUnauthorizedForAWhileOnly(t *testing.T) {
	s := newStage(t, suspend, script{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unauthorized, 0, activities.Problem{Class: carriers.Unauthorized})
		}
		return undecidedForEver(n, in)
	}, nil}).run(hurried)
	s.failed(DeadlineExceeded)
	require.Equal(t, []string{"Unauthorized", "Overdue"}, s.attention())
}

// An operation that was acknowledged when its time was up is still looked at once.
func TestAcknowledgedAtTheDeadline(t *testing.T) {
	s := newStage(t, suspend, script{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, problem(activities.Retrying, time.Minute, activities.Problem{})
		}
		return accepted, nil
	}, undecidedForEver, nil}).run(`{"timings":{"pollEvery":"1m","deadline":"1m"}}`)
	s.failed(DeadlineExceeded)
	require.Equal(t, []time.Duration{time.Minute}, s.times())
}

// An attempt that was given to a worker and never came back, because that worker died or Temporal lost sight of it, says nothing
// about when the carrier is to be asked again. It has taken its time already: the next follows soon, and not at the pace
// of the polls, unless it happens again and again.
func TestALostCheckIsMadeAgainSoon(t *testing.T) {
	lost := errors.New("activity StartToClose timeout")
	s := newStage(t, suspend, script{acknowledges(accepted), answers(lost, lost, undecided(time.Minute), lost, done), nil}).run(`{"timings":{"pollEvery":"5s"}}`)
	require.Equal(t, ByCheck, s.completed().DecidedBy)
	require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 63 * time.Second, 68 * time.Second}, s.times())

	s = newStage(t, suspend, script{acknowledges(accepted), answers(lost, done), nil}).run(`{"timings":{"pollEvery":"100ms"}}`)
	require.Equal(t, []time.Duration{0, 100 * time.Millisecond}, s.times(), "and never later than a poll")
}
