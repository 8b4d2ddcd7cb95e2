package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

func TestTheCarrierRefusesTheRequest(t *testing.T) {
	for kind, c := range map[string]struct {
		failure   FailureType
		attention []string
	}{
		activities.Rejected:     {CarrierRejected, nil},
		activities.Unauthorized: {CarrierUnauthorized, []string{"Unauthorized"}},
	} {
		refused := problem(kind, 0, activities.Problem{HTTPStatus: 422, Code: "E-7", Reason: "no such plan"})
		s := newStage(t, suspend, script{refuses(refused), answers(done), nil}).run()
		f := s.failed(c.failure)
		require.Equal(t, []any{422, "E-7", "no such plan"}, []any{f.HTTPStatus, f.Code, f.Reason})
		require.Contains(t, f.Message, "HTTP 422, code E-7, reason: no such plan")
		require.True(t, f.SubmittedAt.IsZero())
		require.Equal(t, c.attention, s.attention())
		require.Empty(t, s.asked)
	}
}

// before is a line as a submit read it before it sent.
var before = &carriers.Line{ICCID: "8934030000000000017", Number: "612000111"}

var lost = problem(activities.OutcomeUnknown, 0, activities.Problem{Intent: mayHaveSent(before), HTTPStatus: 504})

func TestNobodyCanTellWhetherTheCarrierHasIt(t *testing.T) {
	found := accepted
	found.Found = true
	for name, c := range map[string]struct {
		check    func(int, checkInput) (activities.CheckResult, error)
		callback *Callback
		failure  FailureType
		by       DecidedBy
		id       string
	}{
		"a check finds it done":           {answers(undecided(10*time.Minute), activities.CheckResult{Outcome: done, Found: &found}), nil, "", ByCheck, "tx-1"},
		"a check sees the effect":         {answers(done), nil, "", ByCheck, ""},
		"a check finds it failed":         {answers(ended), nil, CarrierFailed, ByCheck, ""},
		"a late callback says done":       {onceTold(done), &saysDone, "", ByCallback, ""},
		"a late callback says failed":     {undecidedForEver, &saysFailed, CarrierFailed, ByCallback, ""},
		"nothing shows it until the end":  {undecidedForEver, nil, OutcomeUnknown, "", ""},
		"it is found, but never decided":  {answers(foundPending(&found)), nil, DeadlineExceeded, "", "tx-1"},
		"a strange word does not hide it": {answers(problem(activities.UnknownStatus, 0, activities.Problem{}), done), nil, "", ByCheck, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, suspend, script{refuses(lost), c.check, nil})
			if c.callback != nil {
				s.calledBack(15*time.Minute, *c.callback)
			}
			s.run(hurried)
			require.Equal(t, "OutcomeUnknown", s.raised[0][0])
			require.Len(t, s.sent, 1, "never sent again")
			require.True(t, s.asked[0].Unsure)
			require.Equal(t, before, s.asked[0].Acknowledgement.Before)
			require.Equal(t, carriers.Duration(10*time.Minute), s.asked[0].Every, "the slower pace")
			if c.failure != "" {
				f := s.failed(c.failure)
				require.Equal(t, c.by, f.DecidedBy)
				require.Equal(t, c.id, f.TransactionID)
				return
			}
			r := s.completed()
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
		s := newStage(t, suspend, script{func(n int, _ submitInput) (carriers.Acknowledgement, error) {
			if n < 7 {
				return unreachable(time.Minute, false)(n, submitInput{})
			}
			return accepted, nil
		}, answers(done), nil}).run(hurried)
		s.completed()
		require.Equal(t, []string{"Overdue"}, s.attention())
		require.False(t, s.sent[6].Earlier.MaybeSent(), "nothing was sent before")
	})
	t.Run("then never", func(t *testing.T) {
		s := newStage(t, suspend, script{unreachable(10*time.Minute, false), answers(done), nil}).run(hurried)
		require.Contains(t, s.failed(DeadlineExceeded).Message, "nothing was sent")
		require.Empty(t, s.asked)
	})
	t.Run("then never, and something may have been sent", func(t *testing.T) {
		s := newStage(t, suspend, script{unreachable(10*time.Minute, true), undecidedForEver, nil}).run(hurried)
		s.failed(OutcomeUnknown)
		require.Equal(t, []string{"Overdue", "OutcomeUnknown"}, s.attention())
		require.NotEmpty(t, s.asked, "it is looked for at least once")
	})
}

// What one window knows is carried into the next: whether something may have been sent, and how the line was before.
func TestTheNextWindowKnowsWhatTheLastOneDid(t *testing.T) {
	const secondWindow, thirdWindow = 2, 12 // the test environment gives an activity up after ten attempts
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
	s := newStage(t, suspend, script{sending(nil), answers(done), nil}).run(hurried)
	s.completed()
	require.False(t, s.sent[0].Earlier.MaybeSent())
	require.Len(t, s.sent, thirdWindow)
	for _, in := range s.sent[1:] {
		require.Equal(t, *mayHaveSent(before), in.Earlier)
	}

	s = newStage(t, suspend, script{sending(problem(activities.Retrying, time.Hour, activities.Problem{})), answers(done), nil}).run(hurried)
	s.completed()
	require.True(t, s.asked[0].Unsure)
	require.Equal(t, before, s.asked[0].Acknowledgement.Before, "and so does the wait without an acknowledgement")
}

// The pause an activity asks for is kept although its window is over: a request whose answer was lost has to settle before
// it is looked up, and a carrier that says "not before an hour" is left alone for an hour.
func TestAPauseOutlastsTheWindow(t *testing.T) {
	var s *stage
	var at []time.Duration
	s = newStage(t, suspend, script{func(int, submitInput) (carriers.Acknowledgement, error) {
		at = append(at, s.Now().Sub(started))
		return unreachable(20*time.Minute, false)(0, submitInput{})
	}, nil, nil})
	s.run(`{"timings":{"pollEvery":"1m","overdueAfter":"5m","deadline":"50m"}}`)
	s.failed(DeadlineExceeded)
	require.Equal(t, []time.Duration{0, 20 * time.Minute, 40 * time.Minute}, at)
	require.Equal(t, started.Add(50*time.Minute), s.Now().UTC(), "and no sooner than the deadline is it given up")
}

func TestTheAcknowledgementIsFinal(t *testing.T) {
	ack := func(state carriers.State) carriers.Acknowledgement {
		a := accepted
		a.Outcome = carriers.Outcome{State: state, Status: "Success", Code: "E-42"}
		return a
	}
	const billCycle = activities.DishUpdateBillCycle
	t.Run("done, confirmed by a read", func(t *testing.T) {
		s := newStage(t, billCycle, script{acknowledges(ack(carriers.Done)), answers(done), nil}).run()
		require.Equal(t, ByAcknowledgement, s.completed().DecidedBy)
		require.Len(t, s.asked, 1)
	})
	t.Run("done, no confirmation wanted", func(t *testing.T) {
		s := newStage(t, billCycle, script{acknowledges(ack(carriers.Done)), answers(not), nil}).run(`{"confirm":false}`)
		require.Equal(t, carriers.NotRead, s.completed().Effect)
		require.Empty(t, s.asked)
	})
	t.Run("done, but not in effect", func(t *testing.T) {
		s := newStage(t, billCycle, script{acknowledges(ack(carriers.Done)), answers(not), nil}).run()
		require.Equal(t, ByAcknowledgement, s.failed(NotInEffect).DecidedBy)
		require.Equal(t, []string{"NotInEffect"}, s.attention())
	})
	t.Run("done, and later failed", func(t *testing.T) {
		s := newStage(t, billCycle, script{acknowledges(ack(carriers.Done)), answers(ended), nil}).run()
		require.Equal(t, ByCheck, s.failed(CarrierFailed).DecidedBy)
	})
	t.Run("failed", func(t *testing.T) {
		s := newStage(t, billCycle, script{acknowledges(ack(carriers.Failed)), answers(done), nil}).run()
		f := s.failed(CarrierFailed)
		require.Equal(t, ByAcknowledgement, f.DecidedBy)
		require.Equal(t, "E-42", f.Code)
		require.Empty(t, s.asked)
	})
}

func TestOverdueThenRefused(t *testing.T) {
	refusal := problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422})
	s := newStage(t, suspend, script{func(n int, in submitInput) (carriers.Acknowledgement, error) {
		if n < 7 {
			return unreachable(time.Minute, false)(n, in)
		}
		return carriers.Acknowledgement{}, refusal
	}, nil, nil}).run(hurried)
	s.failed(CarrierRejected)
	require.Equal(t, []string{"Overdue"}, s.attention())
	require.False(t, s.onList, "it is the caller's to correct")
}
