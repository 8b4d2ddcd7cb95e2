package activities

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// A window that ended with one look-up that says absent, and then a send: that look-up is about an earlier send, and what the
// attempt that has sent wrote down holds alone.
func TestALookUpBeforeASendDoesNotCountAfterIt(t *testing.T) {
	in := suspend()
	in.Earlier = *sentAndSought()
	b := newBench(t, routes{askStatus: {nowhere}, postStatus: {success}})
	_, err := submit(b, DishUpdateSubscriptionStatus, in, sent(time.Minute))
	require.Equal(t, Retrying, failureIn(t, err).kind)
	require.Equal(t, []string{askStatus, "intent"}, b.ledger, "one look-up proves nothing")
}

// What is stored as the end of the sending is the end of it, however long the storing takes.
func TestTheSendingIsOverWhenTheIntentSays(t *testing.T) {
	b := newBench(t, routes{})
	var until time.Time
	c := change[DishStatusUpdate]{
		carrier: carriers.DISH, operation: DishUpdateSubscriptionStatus, exchange: 10 * time.Second,
		send: func(ctx context.Context, _ SubmitInput[DishStatusUpdate]) (carriers.Acknowledgement, error) {
			until, _ = ctx.Deadline()
			return carriers.Acknowledgement{}, nil
		},
	}
	b.notStored = func(int) error { time.Sleep(50 * time.Millisecond); return nil } // Temporal is slow
	b.env.RegisterActivityWithOptions(c.submit, activity.RegisterOptions{Name: "slow"})
	_, err := run[carriers.Acknowledgement](b, "slow", suspend())
	require.NoError(t, err)
	require.False(t, until.After(b.intents[0].SentUntil.Add(10*time.Millisecond)), "sending until %s, stored is %s", until, b.intents[0].SentUntil)
}

// A bill cycle that was refused is not sent again: once the line is proven to show another one, the refusal stands.
func TestARefusedBillCycleIsNotSentAgain(t *testing.T) {
	const post = "POST /subscription/billCycle"
	request := DishBillCycle{BillCycle: dish.BillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}}
	for name, refusal := range map[string]Refusal{
		"a conflict":                {Class: carriers.Conflict, HTTPStatus: 409, First: true},
		"a refusal of a repetition": {Class: carriers.Rejected, HTTPStatus: 400},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, routes{askLine: {line("Active")}, post: {"409 {}"}})
			intent := sentAndSought()
			intent.Refusal = &refusal
			_, err := submit(b, DishUpdateBillCycle, changing(request), intent)
			require.Equal(t, Rejected, failureIn(t, err).kind)
			require.Equal(t, []string{askLine}, b.ledger)
		})
	}
}

// As long as nothing was sent, the line is read anew before each attempt: what it was before an outage of hours is not what it is
// before the order.
func TestMasMovilReadsAnewAfterAnAttemptThatSentNothing(t *testing.T) {
	b := newBench(t, routes{askDevices: {oneMore}, askRisk: {noRisk}, postDevice: {`202 {"risk_decision":"R"}`}})
	ack, err := submit(b, MasMovilAddDevice, changing(device), &Intent{Before: &carriers.Line{Devices: []string{"1", "2"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, ack.Before.Devices, "the third device is not ours")
}

// The word that is confirmed is remembered as every other: an attempt that cannot ask tells it, and not the one before.
func TestTheWordThatWaitsForItsEffectIsRemembered(t *testing.T) {
	for name, read := range map[string]string{"not shown yet": line("Active"), "not readable": "503 oops"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, routes{askStatus: {success}, askLine: {read}})
			_, err := check(b, DishUpdateSubscriptionStatus, suspended(), &Progress{Word: "InProgress"})
			require.Equal(t, Pending, failureIn(t, err).kind)
			require.Equal(t, "Success", b.memory.Word)
			require.False(t, b.memory.DoneSince.IsZero())
		})
	}
}

// A card that nobody has read before the order shows nothing when it is on the line afterwards.
func TestMasMovilWithoutACardBefore(t *testing.T) {
	b := newBench(t, routes{askSIM: {newSIM}, askRisk: {noRisk}})
	in := asking(swap(newICC), carriers.Acknowledgement{Before: &carriers.Line{}, Outcome: carriers.Outcome{State: carriers.Unknown}})
	in.Unsure = true
	_, err := check(b, MasMovilReplaceSIM, in, nil)
	require.Equal(t, Pending, failureIn(t, err).kind)
}

// A worker that serves the carrier again is a matter that has passed.
func TestACheckThatIsTakenUpAgainRecovers(t *testing.T) {
	b := newBench(t, routes{askStatus: {`200 {"status":"InProgress"}`}})
	in := suspended()
	in.Raised = []string{NotServed}
	_, err := check(b, DishUpdateSubscriptionStatus, in, nil)
	require.Equal(t, Recovered, failureIn(t, err).kind)
}

// What nobody has read before the order cannot be told from what was there: a run that was reset knows no card.
func TestMasMovilWithoutAReadBeforeFindsNothing(t *testing.T) {
	b := newBench(t, routes{askSIM: {newSIM}, postSIM: {"201 {}"}})
	_, err := submit(b, MasMovilReplaceSIM, changing(swap(newICC)), sent(time.Hour))
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind)
	b = newBench(t, routes{askSIM: {newSIM}, postSIM: {"201 {}"}})
	_, err = submit(b, MasMovilReplaceSIM, changing(swap(newICC)), sentBefore(&carriers.Line{ICCID: newICC}))
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind, "nor does a card that was there")
}

// Only the state shows a Reactivate, so one that would change nothing is not sent.
func TestAReactivateOfAnActiveLineIsNotSent(t *testing.T) {
	b := newBench(t, routes{askLine: {line("Active")}, postStatus: {success}})
	_, err := submit(b, DishUpdateSubscriptionStatus, changing(status(dish.Reactivate)), nil)
	f := failureIn(t, err)
	require.Equal(t, []any{AlreadyInEffect, true}, []any{f.kind, f.final})
	require.Equal(t, []string{askLine}, b.ledger)
	require.Empty(t, b.intents)
}

// The carrier's word stands without the read that would confirm it, also where there is no status to ask for.
func TestTheWordOfAnAnswerIsKeptWhenTheReadFails(t *testing.T) {
	done := carriers.Acknowledgement{TransactionID: "3", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}
	cycle := DishBillCycle{BillCycle: dish.BillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}}
	reactivate := asking(status(dish.Reactivate), recorded)
	reactivate.Told = carriers.Outcome{State: carriers.Done, Status: "Success"}
	for name, ask := range map[string]func(answer string) (CheckResult, error){
		"dish.UpdateBillCycle": func(answer string) (CheckResult, error) {
			return check(newBench(t, routes{askLine: {answer}}), DishUpdateBillCycle, asking(cycle, done), overdueEffect())
		},
		"dish.UpdateSubscriptionStatus, Reactivate": func(answer string) (CheckResult, error) {
			return check(newBench(t, routes{askLine: {answer}}), DishUpdateSubscriptionStatus, reactivate, overdueEffect())
		},
		"masmovil.ReplaceSIM": func(answer string) (CheckResult, error) {
			return check(newBench(t, routes{askSIM: {answer}}), MasMovilReplaceSIM, asking(swap(newICC), done), overdueEffect())
		},
		"masmovil.AddDevice": func(answer string) (CheckResult, error) {
			return check(newBench(t, routes{askDevices: {answer}}), MasMovilAddDevice, asking(device, done), overdueEffect())
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := ask("403 {}")
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, "Success", carriers.Incomparable}, []any{seen.State, seen.Status, seen.Effect})
			require.NotEmpty(t, seen.NotReadable)
			_, err = ask("500 oops")
			f := failureIn(t, err)
			require.Equal(t, []any{Unconfirmed, "Success"}, []any{f.kind, f.CarrierStatus})
		})
	}
}

// A final word of a callback is believed only when nothing that was read contradicts it.
func TestACallbackIsHeldAgainstWhatIsRead(t *testing.T) {
	saysDone, saysFailed := carriers.Outcome{State: carriers.Done, Status: "Success"}, carriers.Outcome{State: carriers.Failed, Status: "Failed"}
	for name, c := range map[string]struct {
		state       carriers.State
		effect      carriers.Effect
		notReadable string
		told        carriers.Outcome
		want        carriers.State
	}{
		"done, and shown":                  {carriers.Pending, carriers.Shown, "", saysDone, carriers.Done},
		"done, not shown":                  {carriers.Pending, carriers.Missing, "", saysDone, carriers.Pending},
		"done, nothing to compare":         {carriers.Pending, carriers.Incomparable, "", saysDone, carriers.Pending},
		"failed, not shown":                {carriers.Pending, carriers.Missing, "", saysFailed, carriers.Failed},
		"failed, nothing to compare":       {carriers.Pending, carriers.Incomparable, "", saysFailed, carriers.Failed},
		"failed, the read is not possible": {carriers.Pending, carriers.Incomparable, "HTTP 403", saysFailed, carriers.Failed},
		"failed, but shown":                {carriers.Pending, carriers.Shown, "", saysFailed, carriers.Pending},
		"failed, the read is down":         {carriers.Pending, carriers.NotRead, "HTTP 503", saysFailed, carriers.Pending},
		"failed, the status says done":     {carriers.Done, carriers.Missing, "", saysFailed, carriers.Done},
		"done, the status says failed":     {carriers.Failed, carriers.Shown, "", saysDone, carriers.Failed},
		"nothing was said":                 {carriers.Pending, carriers.Shown, "", carriers.Outcome{}, carriers.Pending},
		"failed, the status is not known":  {carriers.Unknown, carriers.Missing, "", saysFailed, carriers.Failed},
	} {
		seen := withCallback(carriers.Outcome{State: c.state, Effect: c.effect, NotReadable: c.notReadable}, c.told)
		require.Equal(t, []any{c.want, c.effect}, []any{seen.State, seen.Effect}, name)
	}
}

// A field that is missing in a read says nothing.
func TestABillCycleThatIsNotShownSaysNothing(t *testing.T) {
	request := DishBillCycle{BillCycle: dish.BillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}}
	b := newBench(t, routes{askLine: {`200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"gpsi":15550100123}]}]}`}})
	seen, err := check(b, DishUpdateBillCycle, asking(request, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}), overdueEffect())
	require.NoError(t, err)
	require.Equal(t, carriers.Incomparable, seen.Effect)
}
