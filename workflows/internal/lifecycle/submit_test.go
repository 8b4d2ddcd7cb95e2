package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestTheCarrierRefusesTheRequest(t *testing.T) {
	for kind, c := range map[string]struct {
		failure   workflows.FailureType
		attention []string
	}{
		activities.Rejected:     {workflows.CarrierRejected, nil},
		activities.Unauthorized: {workflows.CarrierUnauthorized, []string{"Unauthorized"}},
	} {
		refused := problem(kind, 0, activities.Problem{HTTPStatus: 422, Code: "E-7", Reason: "no such plan"})
		h := newHarness(t, suspend, fakes{refuses(refused), answers(done), nil}).run()
		f := h.failed(c.failure)
		require.Equal(t, []any{422, "E-7", "no such plan"}, []any{f.HTTPStatus, f.Code, f.Reason})
		require.Contains(t, f.Message, "HTTP 422, code E-7, reason: no such plan")
		require.True(t, f.SubmittedAt.IsZero())
		require.Equal(t, c.attention, h.attention())
		require.Empty(t, h.asked)
	}
}

// before is a line as a submit read it before it sent.
var before = &carriers.Line{ICCID: "8934030000000000017", Number: "612000111"}

var lost = problem(activities.OutcomeUnknown, 0, activities.Problem{Intent: mayHaveSent(before), HTTPStatus: 504})

func TestItIsNotKnownWhetherTheCarrierHasIt(t *testing.T) {
	found := accepted
	found.Found = true
	for name, c := range map[string]struct {
		check    func(int, checkInput) (activities.CheckResult, error)
		callback *workflows.Callback
		failure  workflows.FailureType
		by       workflows.DecidedBy
		id       string
	}{
		"a check finds it done":               {answers(undecided(10*time.Minute), activities.CheckResult{Outcome: done, Found: &found}), nil, "", workflows.ByCheck, "tx-1"},
		"a check sees the effect":             {answers(done), nil, "", workflows.ByCheck, ""},
		"a check finds it failed":             {answers(ended), nil, workflows.CarrierFailed, workflows.ByCheck, ""},
		"a late callback says done":           {onceCalledBack(done), &saysDone, "", workflows.ByCallback, ""},
		"a late callback says failed":         {undecidedForEver, &saysFailed, workflows.CarrierFailed, workflows.ByCallback, ""},
		"nothing shows it until the deadline": {undecidedForEver, nil, workflows.OutcomeUnknown, "", ""},
		"it is found, but never decided":      {answers(foundPending(&found)), nil, workflows.DeadlineExceeded, "", "tx-1"},
		"an unknown status does not hide it":  {answers(problem(activities.UnknownStatus, 0, activities.Problem{}), done), nil, "", workflows.ByCheck, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, fakes{refuses(lost), c.check, nil})
			if c.callback != nil {
				h.calledBack(15*time.Minute, *c.callback)
			}
			h.run(hurried)
			require.Equal(t, "OutcomeUnknown", h.raised[0][0])
			require.Len(t, h.sent, 1, "never sent again")
			require.True(t, h.asked[0].Unsure)
			require.Equal(t, before, h.asked[0].Acknowledgement.Before)
			require.Equal(t, carriers.Duration(10*time.Minute), h.asked[0].Every, "the slower pace")
			if c.failure != "" {
				f := h.failed(c.failure)
				require.Equal(t, c.by, f.DecidedBy)
				require.Equal(t, c.id, f.TransactionID)
				return
			}
			r := h.completed()
			require.Equal(t, c.by, r.DecidedBy)
			require.Equal(t, c.id, r.TransactionID)
			require.Equal(t, c.id == "", r.SubmittedAt.IsZero())
		})
	}
}

func foundPending(ack *carriers.Acknowledgement) error {
	return problem(activities.Pending, 10*time.Minute, activities.Problem{Found: ack})
}

// unreachable fails every submit, and asks for a pause before the next.
func unreachable(pause time.Duration, maybeSent bool) func(int, submitInput) (carriers.Acknowledgement, error) {
	p := activities.Problem{Class: carriers.Unreachable, Intent: &activities.Intent{}}
	if maybeSent {
		p.Intent = mayHaveSent(nil)
	}
	return refuses(problem(activities.Retrying, pause, p))
}

func TestNotAcknowledgedInTime(t *testing.T) {
	t.Run("then acknowledged", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
			if n < 7 {
				return unreachable(time.Minute, false)(n, submitInput{})
			}
			return accepted, nil
		}, answers(done), nil}).run(hurried)
		h.completed()
		require.Equal(t, []string{"Overdue"}, h.attention())
		require.False(t, h.sent[6].Earlier.MaybeSent(), "nothing was sent before")
	})
	t.Run("then never", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(10*time.Minute, false), answers(done), nil}).run(hurried)
		require.Contains(t, h.failed(workflows.DeadlineExceeded).Message, "nothing was sent")
		require.Empty(t, h.asked)
	})
	t.Run("then never, because it is too early", func(t *testing.T) {
		tooEarly := problem(activities.Retrying, 10*time.Minute, activities.Problem{Class: carriers.NotYet, Intent: &activities.Intent{}})
		h := newHarness(t, suspend, fakes{refuses(tooEarly), answers(done), nil}).run(hurried)
		require.Contains(t, h.failed(workflows.DeadlineExceeded).Message, "does not take such a request yet")
		require.Equal(t, []string{"Overdue"}, h.attention())
		require.Empty(t, h.asked)
	})
	t.Run("then never, and something may have been sent", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(10*time.Minute, true), undecidedForEver, nil}).run(hurried)
		h.failed(workflows.OutcomeUnknown)
		require.Equal(t, []string{"Overdue", "OutcomeUnknown"}, h.attention())
		require.NotEmpty(t, h.asked, "it is looked for at least once")
	})
}

// The next submit activity gets what the last one knew: whether something may have been sent, and the line as it was before.
func TestTheNextWindowKnowsWhatTheLastOneDid(t *testing.T) {
	const secondWindow, thirdWindow = 2, 12 // the test environment allows an activity ten attempts
	sending := func(last error) func(n int, _ submitInput) (carriers.Acknowledgement, error) {
		return func(n int, _ submitInput) (carriers.Acknowledgement, error) {
			switch {
			case n < secondWindow:
				return carriers.Acknowledgement{}, problem(activities.Retrying, 10*time.Minute, activities.Problem{Intent: mayHaveSent(before)})
			case n < thirdWindow:
				return carriers.Acknowledgement{}, problem(activities.Retrying, time.Second, activities.Problem{})
			}
			return accepted, last
		}
	}
	h := newHarness(t, suspend, fakes{sending(nil), answers(done), nil}).run(hurried)
	h.completed()
	require.False(t, h.sent[0].Earlier.MaybeSent())
	require.Len(t, h.sent, thirdWindow)
	for _, in := range h.sent[1:] {
		require.Equal(t, *mayHaveSent(before), in.Earlier)
	}

	h = newHarness(t, suspend, fakes{sending(problem(activities.Retrying, time.Hour, activities.Problem{})), answers(done), nil}).run(hurried)
	h.completed()
	require.True(t, h.asked[0].Unsure)
	require.Equal(t, before, h.asked[0].Acknowledgement.Before, "the check of a parked operation gets it too")
}

// The delay that an activity requests applies although its window is over: a request whose answer was lost is not looked up
// at once, and a carrier that asks to wait an hour is not called for an hour.
func TestAPauseOutlastsTheWindow(t *testing.T) {
	var h *harness
	var at []time.Duration
	h = newHarness(t, suspend, fakes{func(int, submitInput) (carriers.Acknowledgement, error) {
		at = append(at, h.Now().Sub(started))
		return unreachable(20*time.Minute, false)(0, submitInput{})
	}, nil, nil})
	h.run(`{"timings":{"pollEvery":"1m","overdueAfter":"5m","deadline":"50m"}}`)
	h.failed(workflows.DeadlineExceeded)
	require.Equal(t, []time.Duration{0, 20 * time.Minute, 40 * time.Minute}, at)
	require.Equal(t, started.Add(50*time.Minute), h.Now().UTC(), "the operation fails at the deadline, and not before")
}

func TestTheAcknowledgementIsFinal(t *testing.T) {
	ack := func(state carriers.State) carriers.Acknowledgement {
		a := accepted
		a.Outcome = carriers.Outcome{State: state, Status: "Success", Code: "E-42"}
		return a
	}
	const billCycle = "dish.UpdateBillCycle"
	t.Run("done, confirmed by a read", func(t *testing.T) {
		h := newHarness(t, billCycle, fakes{acknowledges(ack(carriers.Done)), answers(done), nil}).run()
		require.Equal(t, workflows.ByAcknowledgement, h.completed().DecidedBy)
		require.Len(t, h.asked, 1)
	})
	t.Run("done, no confirmation wanted", func(t *testing.T) {
		h := newHarness(t, billCycle, fakes{acknowledges(ack(carriers.Done)), answers(not), nil}).run(`{"confirm":false}`)
		require.Equal(t, carriers.NotRead, h.completed().Effect)
		require.Empty(t, h.asked)
	})
	t.Run("done, but not in effect", func(t *testing.T) {
		h := newHarness(t, billCycle, fakes{acknowledges(ack(carriers.Done)), answers(not), nil}).run()
		require.Equal(t, workflows.ByAcknowledgement, h.failed(workflows.NotInEffect).DecidedBy)
		require.Equal(t, []string{"NotInEffect"}, h.attention())
	})
	t.Run("done, and later failed", func(t *testing.T) {
		h := newHarness(t, billCycle, fakes{acknowledges(ack(carriers.Done)), answers(ended), nil}).run()
		require.Equal(t, workflows.ByCheck, h.failed(workflows.CarrierFailed).DecidedBy)
	})
	t.Run("failed", func(t *testing.T) {
		h := newHarness(t, billCycle, fakes{acknowledges(ack(carriers.Failed)), answers(done), nil}).run()
		f := h.failed(workflows.CarrierFailed)
		require.Equal(t, workflows.ByAcknowledgement, f.DecidedBy)
		require.Equal(t, "E-42", f.Code)
		require.Empty(t, h.asked)
	})
}

func TestOverdueThenRefused(t *testing.T) {
	refusal := problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422})
	h := newHarness(t, suspend, fakes{func(n int, in submitInput) (carriers.Acknowledgement, error) {
		if n < 7 {
			return unreachable(time.Minute, false)(n, in)
		}
		return carriers.Acknowledgement{}, refusal
	}, nil, nil}).run(hurried)
	h.failed(workflows.CarrierRejected)
	require.Equal(t, []string{"Overdue"}, h.attention())
	require.False(t, h.onList, "the caller has to correct it")
}

func TestIsReset(t *testing.T) {
	require.False(t, isReset("run-1", "run-1"))
	require.True(t, isReset("run-1", "run-2"))
	require.False(t, isReset("", "run-2"), "the test environment names no original run")
}
