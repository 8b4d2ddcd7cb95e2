package lifecycle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

func TestARequestThatIsPartlyTaken(t *testing.T) {
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
		failure workflows.FailureType
		by      workflows.DecidedBy
		asked   int
	}{
		"done":                             {recorded([]string{"voiceMail"}, nil), ok, "", workflows.ByCheck, 2},
		"error":                            {recorded([]string{"voiceMail"}, nil), carriers.Outcome{State: carriers.Failed, Status: "ERROR"}, workflows.CarrierFailed, workflows.ByCheck, 2},
		"some ignored":                     {some, ok, workflows.PartlyTaken, workflows.ByCheck, 2},
		"some ignored, then error":         {some, carriers.Outcome{State: carriers.Failed, Status: "ERROR"}, workflows.CarrierFailed, workflows.ByCheck, 2},
		"some ignored, others not shown":   {some, carriers.Outcome{State: carriers.Done, Status: "DONE", Effect: carriers.Missing}, workflows.NotInEffect, workflows.ByCheck, 2},
		"all ignored: nothing to await":    {recorded(nil, []string{"voiceMial"}), ok, workflows.PartlyTaken, workflows.ByAcknowledgement, 0},
		"found by reference, some ignored": {carriers.Acknowledgement{}, activities.CheckResult{Outcome: ok, Found: &some}, workflows.PartlyTaken, workflows.ByCheck, 2},
	} {
		t.Run(name, func(t *testing.T) {
			submit := acknowledges(c.ack)
			if c.ack.TransactionID == "" {
				submit = refuses(lost)
			}
			h := newHarness(t, "stn.SetServices", fakes{submit, answers(busy, c.check), nil}).run()
			require.Len(t, h.asked, c.asked)
			if c.failure == "" {
				require.Equal(t, "act-1", h.completed().TransactionID)
				return
			}
			f := h.failed(c.failure)
			require.Equal(t, c.by, f.DecidedBy)
			require.Equal(t, "act-1", f.TransactionID)
			if len(c.ack.Ignored) > 0 || c.ack.TransactionID == "" {
				require.Equal(t, []string{"voiceMial"}, f.Ignored)
			}
		})
	}
}

func TestAHeldRequest(t *testing.T) {
	held := carriers.Acknowledgement{
		HTTPStatus: 202, At: started, Held: true, Before: before, Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"},
	}
	denied := carriers.Outcome{State: carriers.Failed, Status: "D", Code: "D", Reason: "the risk decision is negative", Denied: true}
	shown := carriers.Outcome{State: carriers.Done, Status: "A", Effect: carriers.Shown}
	const replace = "masmovil.ReplaceSIM"

	t.Run("accepted", func(t *testing.T) {
		h := newHarness(t, replace, fakes{acknowledges(held), answers(undecided(time.Minute), shown), nil}).run()
		require.Equal(t, workflows.ByCheck, h.completed().DecidedBy)
		require.Equal(t, [][]string{{"Held"}}, h.raised)
		require.Equal(t, before, h.asked[0].Acknowledgement.Before)
	})
	t.Run("denied", func(t *testing.T) {
		h := newHarness(t, replace, fakes{acknowledges(held), answers(undecided(time.Minute), denied), nil}).run()
		f := h.failed(workflows.DecisionDenied)
		require.Equal(t, "D", f.Code)
		require.Equal(t, workflows.ByCheck, f.DecidedBy)
	})
	t.Run("denied at once", func(t *testing.T) {
		h := newHarness(t, replace, fakes{acknowledges(carriers.Acknowledgement{HTTPStatus: 201, At: started, Outcome: denied}), nil, nil}).run()
		require.Equal(t, workflows.ByAcknowledgement, h.failed(workflows.DecisionDenied).DecidedBy)
	})
	t.Run("done at once", func(t *testing.T) {
		ack := carriers.Acknowledgement{HTTPStatus: 201, At: started, Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
		h := newHarness(t, replace, fakes{acknowledges(ack), answers(shown), nil}).run()
		require.Equal(t, workflows.ByAcknowledgement, h.completed().DecidedBy)
		require.Empty(t, h.raised)
	})
	t.Run("decisions take hours", func(t *testing.T) {
		h := newHarness(t, replace, fakes{acknowledges(held), answers(undecided(20*time.Hour), shown), nil}).run()
		h.completed()
		require.Equal(t, carriers.Duration(time.Minute), h.asked[0].Every)
		require.Equal(t, []string{"Held"}, h.attention(), "not overdue for a day")
	})
}

// DISH fills in a missing bill cycle day by its own clock; every attempt must send the same one.
func TestActivationCarriesABillCycleDay(t *testing.T) {
	for patch, day := range map[string]string{`{}`: `4`, `{"billCycleStartDay":28}`: `28`} {
		h := newHarness(t, "dish.ActivateSubscription", fakes{acknowledges(accepted), answers(done), nil}).run(patch)
		h.completed()
		for _, request := range []string{string(h.sent[0].Request), string(h.asked[0].Request)} {
			require.JSONEq(t, `{"reference":"r-1","subscriberId":"SUB-000042","wholesalePlanId":"PLAN-BASIC","location":{"zip":"80202"},"iccid":"89010000000000000017","billCycleStartDay":`+day+`}`, request)
		}
	}
}

func TestEveryChangeSendsItsRequest(t *testing.T) {
	const options = `{"confirm":true,"timings":{"pollEvery":"5s"}}`
	for _, operation := range typesOf(carriers.KindChange) {
		if operation == "dish.ActivateSubscription" {
			continue
		}
		h := newHarness(t, operation, fakes{acknowledges(accepted), answers(done), nil}).run(options)
		h.completed()
		request := string(samples.Request(t, operation, options))
		require.JSONEq(t, request, string(h.sent[0].Request), operation)
		require.JSONEq(t, request, string(h.asked[0].Request), operation)
		require.True(t, h.asked[0].Confirm)
	}
}
