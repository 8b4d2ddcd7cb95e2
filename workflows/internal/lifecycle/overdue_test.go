package lifecycle

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// hurried are timings that stay below the ten attempts which the test environment allows an activity.
const hurried = `{"timings":{"pollEvery":"1m","overdueAfter":"5m","overduePollEvery":"10m","deadline":"1h"}}`

// undecidedForEver asks for the next check at the workflow's pace.
func undecidedForEver(_ int, in checkInput) (activities.CheckResult, error) {
	return activities.CheckResult{}, undecided(in.Every.Std())
}

func TestOverdueThenDecided(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 8 {
			return activities.CheckResult{Outcome: done}, nil
		}
		return undecidedForEver(n, in)
	}, nil}).run(hurried)
	require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
	require.Equal(t, [][]string{{"Overdue"}}, h.raised)
	for i, minute := range []time.Duration{1, 2, 3, 4, 5, 5, 15, 25} { // the sixth is the first of the slower ones
		require.Equal(t, minute*time.Minute, h.asked[i].after, i)
	}
	require.Equal(t, []string{"Overdue"}, h.asked[7].Raised)
	require.Equal(t, carriers.Duration(10*time.Minute), h.asked[7].Every)
}

func TestOverdueThenCalledBack(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).calledBack(20*time.Minute, saysFailed).run(hurried)
	require.Equal(t, workflows.ByCallback, h.failed(workflows.CarrierFailed).DecidedBy)
}

func TestUndecidedUntilTheDeadline(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).run(hurried)
	f := h.failed(workflows.DeadlineExceeded)
	require.Equal(t, []string{"Overdue"}, h.attention())
	require.Equal(t, "tx-1", f.TransactionID)
	require.Equal(t, "InProgress", f.Status, "the carrier's latest status")
	require.Equal(t, accepted.At, f.SubmittedAt)
	require.GreaterOrEqual(t, h.times()[len(h.asked)-1], 50*time.Minute)
}

func TestADeadlineBeforeOverdue(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), undecidedForEver, nil}).run(`{"timings":{"pollEvery":"1m","deadline":"3m"}}`)
	h.failed(workflows.DeadlineExceeded)
	require.LessOrEqual(t, h.times()[len(h.asked)-1], 3*time.Minute)
	require.Equal(t, []string{"Overdue"}, h.attention())
}

// A problem that only operators can correct is raised once, and the checks continue at the slow pace.
func TestOperatorsAreToldAndTheWaitGoesOn(t *testing.T) {
	for kind, attention := range map[string]string{activities.UnknownStatus: "UnknownStatus", activities.Unauthorized: "Unauthorized"} {
		t.Run(kind, func(t *testing.T) {
			h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
				switch n {
				case 2:
					return activities.CheckResult{}, problem(kind, 0, activities.Problem{CarrierStatus: "Provisioned"})
				case 4:
					return activities.CheckResult{Outcome: done}, nil
				}
				return undecidedForEver(n, in)
			}, nil}).run(hurried)
			require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
			require.Equal(t, [][]string{{attention}}, h.raised)
			require.Equal(t, []time.Duration{time.Minute, 2 * time.Minute, 2 * time.Minute, 12 * time.Minute}, h.times())
			require.Equal(t, []string{kind}, h.asked[2].Raised, "so that the check continues when the problem occurs again")
		})
	}
}

func TestUnauthorizedUntilTheDeadline(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		p := activities.Problem{Class: carriers.Unauthorized, HTTPStatus: 401}
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unauthorized, 0, p)
		}
		return activities.CheckResult{}, problem(activities.Pending, in.Every.Std(), p)
	}, nil}).run(hurried)
	f := h.failed(workflows.CarrierUnauthorized)
	require.Equal(t, 401, f.HTTPStatus)
	require.Equal(t, []string{"Unauthorized"}, h.attention())
}

// Credentials that were renewed before the deadline are not the reason of the failure.
func TestUnauthorizedForAWhileOnly(t *testing.T) {
	h := newHarness(t, suspend, fakes{acknowledges(accepted), func(n int, in checkInput) (activities.CheckResult, error) {
		if n == 1 {
			return activities.CheckResult{}, problem(activities.Unauthorized, 0, activities.Problem{Class: carriers.Unauthorized})
		}
		return undecidedForEver(n, in)
	}, nil}).run(hurried)
	h.failed(workflows.DeadlineExceeded)
	require.Equal(t, []string{"Unauthorized", "Overdue"}, h.attention())
}

// An operation that was acknowledged at its deadline is still checked once.
func TestAcknowledgedAtTheDeadline(t *testing.T) {
	h := newHarness(t, suspend, fakes{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		if n == 1 {
			return carriers.Acknowledgement{}, problem(activities.Retrying, 58*time.Second, activities.Problem{})
		}
		return accepted, nil
	}, undecidedForEver, nil}).run(`{"timings":{"pollEvery":"1m","deadline":"1m"}}`)
	h.failed(workflows.DeadlineExceeded)
	require.Equal(t, 59*time.Second, h.times()[0])
}

// An attempt that a worker started and never ended, because the worker died or Temporal lost the connection to it, does not
// set the next delay. callTimeout has passed already, so the next attempt follows soon, and not at the pace of the polls,
// unless it happens repeatedly.
func TestALostCheckIsMadeAgainSoon(t *testing.T) {
	lost := errors.New("activity StartToClose timeout")
	h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(lost, lost, undecided(time.Minute), lost, done), nil}).run(`{"timings":{"pollEvery":"5s"}}`)
	require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
	require.Equal(t, []time.Duration{5 * time.Second, 6 * time.Second, 8 * time.Second, 68 * time.Second, 73 * time.Second}, h.times())

	h = newHarness(t, suspend, fakes{acknowledges(accepted), answers(lost, done), nil}).run(`{"timings":{"pollEvery":"100ms"}}`)
	require.Equal(t, []time.Duration{100 * time.Millisecond, 200 * time.Millisecond}, h.times(), "and never later than a poll")
}

// An operation for a later time is not late before it: overdue and deadline count from then.
func TestALaterTimeIsNotLate(t *testing.T) {
	const timings = `"timings":{"pollEvery":"6h","overdueAfter":"12h","overduePollEvery":"6h","deadline":"24h"}}`
	end := func(patch string) []time.Duration {
		h := newHarness(t, "stn.Terminate", fakes{acknowledges(accepted), undecidedForEver, nil}).run(patch)
		h.failed(workflows.DeadlineExceeded)
		require.Equal(t, []string{"Overdue"}, h.attention())
		return h.times()
	}
	now := end(`{"confirm":true,` + timings)
	require.LessOrEqual(t, now[len(now)-1], 24*time.Hour)
	later := end(`{"immediately":null,"wishDate":"` + started.Add(24*time.Hour).Format(time.RFC3339) + `",` + timings)
	require.Greater(t, later[len(later)-1], 36*time.Hour)
	require.LessOrEqual(t, later[len(later)-1], 48*time.Hour)
	past := end(`{"immediately":null,"wishDate":"` + started.Add(-24*time.Hour).Format(time.RFC3339) + `",` + timings)
	require.Equal(t, now, past, "a date in the past is now")
}
