package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

func TestSTNServices(t *testing.T) {
	recorded := func(applied, ignored []string) carriers.Acknowledgement {
		return carriers.Acknowledgement{
			TransactionID: "act-1", HTTPStatus: 200, At: started, Applied: applied, Ignored: ignored,
			Outcome: carriers.Outcome{State: carriers.Pending, Status: "INIT"},
		}
	}
	some := recorded([]string{"voiceMail"}, []string{"voiceMial"})
	busy, ok := undecided(30*time.Second), carriers.Outcome{State: carriers.Done, Status: "DONE", Effect: carriers.Shown}
	for name, c := range map[string]struct {
		ack     carriers.Acknowledgement
		check   any
		failure FailureType
		by      DecidedBy
		asked   int
	}{
		"done":                             {recorded([]string{"voiceMail"}, nil), ok, "", ByCheck, 2},
		"error":                            {recorded([]string{"voiceMail"}, nil), carriers.Outcome{State: carriers.Failed, Status: "ERROR"}, CarrierFailed, ByCheck, 2},
		"some ignored":                     {some, ok, ServicesIgnored, ByCheck, 2},
		"some ignored, then error":         {some, carriers.Outcome{State: carriers.Failed, Status: "ERROR"}, CarrierFailed, ByCheck, 2},
		"some ignored, others not shown":   {some, carriers.Outcome{State: carriers.Done, Status: "DONE", Effect: carriers.Missing}, NotInEffect, ByCheck, 2},
		"all ignored: nothing to await":    {recorded(nil, []string{"voiceMial"}), ok, ServicesIgnored, ByAcknowledgement, 0},
		"found by reference, some ignored": {carriers.Acknowledgement{}, activities.CheckResult{Outcome: ok, Found: &some}, ServicesIgnored, ByCheck, 2},
	} {
		t.Run(name, func(t *testing.T) {
			submit := acknowledges(c.ack)
			if c.ack.TransactionID == "" {
				submit = refuses(lost)
			}
			s := newStage(t, activities.STNSetServices, script{submit, answers(busy, c.check), nil}).run()
			require.Len(t, s.asked, c.asked)
			if c.failure == "" {
				require.Equal(t, "act-1", s.completed().TransactionID)
				return
			}
			f := s.failed(c.failure)
			require.Equal(t, c.by, f.DecidedBy)
			require.Equal(t, "act-1", f.TransactionID)
			if len(c.ack.Ignored) > 0 || c.ack.TransactionID == "" {
				require.Equal(t, []string{"voiceMial"}, f.Ignored)
			}
		})
	}
}

func TestMasMovilRiskReview(t *testing.T) {
	held := carriers.Acknowledgement{
		HTTPStatus: 202, At: started, RiskReview: true, Before: before, Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"},
	}
	denied := carriers.Outcome{State: carriers.Failed, Status: "D", Code: "D", Reason: "the risk decision is negative", RiskDenied: true}
	shown := carriers.Outcome{State: carriers.Done, Status: "A", Effect: carriers.Shown}
	const replace = activities.MasMovilReplaceSIM

	t.Run("accepted", func(t *testing.T) {
		s := newStage(t, replace, script{acknowledges(held), answers(undecided(time.Minute), shown), nil}).run()
		require.Equal(t, ByCheck, s.completed().DecidedBy)
		require.Equal(t, [][]string{{"RiskReview"}}, s.raised)
		require.Equal(t, before, s.asked[0].Acknowledgement.Before)
	})
	t.Run("denied", func(t *testing.T) {
		s := newStage(t, replace, script{acknowledges(held), answers(undecided(time.Minute), denied), nil}).run()
		f := s.failed(RiskDenied)
		require.Equal(t, "D", f.Code)
		require.Equal(t, ByCheck, f.DecidedBy)
	})
	t.Run("denied at once", func(t *testing.T) {
		s := newStage(t, replace, script{acknowledges(carriers.Acknowledgement{HTTPStatus: 201, At: started, Outcome: denied}), nil, nil}).run()
		require.Equal(t, ByAcknowledgement, s.failed(RiskDenied).DecidedBy)
	})
	t.Run("done at once", func(t *testing.T) {
		ack := carriers.Acknowledgement{HTTPStatus: 201, At: started, Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
		s := newStage(t, replace, script{acknowledges(ack), answers(shown), nil}).run()
		require.Equal(t, ByAcknowledgement, s.completed().DecidedBy)
		require.Empty(t, s.raised)
	})
	t.Run("people take their time", func(t *testing.T) {
		s := newStage(t, replace, script{acknowledges(held), answers(undecided(20*time.Hour), shown), nil}).run()
		s.completed()
		require.Equal(t, carriers.Duration(time.Minute), s.asked[0].Every)
		require.Equal(t, []string{"RiskReview"}, s.attention(), "not overdue for a day")
	})
}

// DISH fills in a missing bill cycle day by its own clock; every attempt of ours has to send the same one.
func TestActivationCarriesABillCycleDay(t *testing.T) {
	for patch, day := range map[string]string{`{}`: `4`, `{"billCycleStartDay":28}`: `28`} {
		s := newStage(t, activities.DishActivateSubscription, script{acknowledges(accepted), answers(done), nil}).run(patch)
		s.completed()
		for _, request := range []string{string(s.sent[0].Request), string(s.asked[0].Request)} {
			require.JSONEq(t, `{"subscriberId":"S-1","wholesalePlanId":"P-1","location":{"zip":"80202"},"iccid":"89010000000000000017","billCycleStartDay":`+day+`}`, request)
		}
	}
}

func TestEveryChangeSendsItsRequest(t *testing.T) {
	for _, d := range Operations() {
		if d.Kind != Change || d.Type == activities.DishActivateSubscription {
			continue
		}
		s := newStage(t, d.Type, script{acknowledges(accepted), answers(done), nil}).run(`{"confirm":true,"timings":{"pollEvery":"5s"}}`)
		s.completed()
		request := patched(t, inputs[d.Type], `{"reference":null}`)
		require.JSONEq(t, request, string(s.sent[0].Request), d.Type)
		require.JSONEq(t, request, string(s.asked[0].Request), d.Type)
		require.True(t, s.asked[0].Confirm)
	}
}
