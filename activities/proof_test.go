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

// An activity ended after one look-up that says Absent, and then the request was sent. That look-up was made before the
// send; only what the sending attempt stored counts.
func TestALookUpBeforeASendDoesNotCountAfterIt(t *testing.T) {
	in := suspend()
	in.Earlier = *sentAndSought()
	h := newHarness(t, routes{askStatus: {nowhere}, postStatus: {success}})
	_, err := submit(h, dishStatus, in, sent(time.Minute))
	require.Equal(t, Retrying, failureIn(t, err).kind)
	require.Equal(t, []string{askStatus, "intent"}, h.events, "one look-up proves nothing")
}

// The stored end of the sending is the moment at which it ended, however long the storing takes.
func TestTheSendingIsOverWhenTheIntentSays(t *testing.T) {
	h := newHarness(t, routes{})
	var until time.Time
	c := sendingBy(t, func(ctx context.Context) (carriers.Acknowledgement, error) {
		until, _ = ctx.Deadline()
		return carriers.Acknowledgement{}, nil
	})
	h.notStored = func(int) error { time.Sleep(50 * time.Millisecond); return nil } // Temporal is slow
	h.env.RegisterActivityWithOptions(c.submit, activity.RegisterOptions{Name: "slow"})
	_, err := run[carriers.Acknowledgement](h, "slow", suspend())
	require.NoError(t, err)
	require.False(t, until.After(h.intents[0].SentUntil.Add(10*time.Millisecond)), "sending until %s, stored is %s", until, h.intents[0].SentUntil)
}

// A refused bill cycle is not sent again: once the line is proven to show another one, the refusal is believed.
func TestARefusedBillCycleIsNotSentAgain(t *testing.T) {
	const post = "POST /subscription/billCycle"
	request := dish.UpdateBillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}
	for name, refusal := range map[string]Refusal{
		"a conflict":                {Class: carriers.Conflict, HTTPStatus: 409, First: true},
		"a refusal of a repetition": {Class: carriers.Rejected, HTTPStatus: 400},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askLine: {line("Active")}, post: {"409 {}"}})
			intent := sentAndSought()
			intent.Refusal = &refusal
			_, err := submit(h, dishBillCycle, changing(request), intent)
			require.Equal(t, Rejected, failureIn(t, err).kind)
			require.Equal(t, []string{askLine}, h.events)
		})
	}
}

// While nothing was sent, the line is read before each attempt: it may have changed during an outage.
func TestMasMovilReadsAnewAfterAnAttemptThatSentNothing(t *testing.T) {
	h := newHarness(t, routes{askDevices: {oneMore}, askRisk: {noRisk}, postDevice: {`202 {"risk_decision":"R"}`}})
	ack, err := submit(h, masMovilDevice, changing(device), &Intent{Before: &carriers.Line{Devices: []string{"1", "2"}}})
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3"}, ack.Before.Devices, "the third device is not ours")
}

// The status that is being confirmed is remembered like any other: an attempt that cannot ask reports it, and not the one
// before.
func TestTheStatusThatIsConfirmedIsRemembered(t *testing.T) {
	for name, read := range map[string]string{"not shown yet": line("Active"), "not readable": "503 oops"} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {success}, askLine: {read}})
			_, err := check(h, dishStatus, suspended(), &Progress{Status: "InProgress"})
			require.Equal(t, Pending, failureIn(t, err).kind)
			require.Equal(t, "Success", h.memory.Status)
			require.False(t, h.memory.DoneSince.IsZero())
		})
	}
}

// A card on the line shows nothing when the card before the request is not known.
func TestMasMovilWithoutACardBefore(t *testing.T) {
	h := newHarness(t, routes{askSIM: {newSIM}, askRisk: {noRisk}})
	in := asking(swap(newICC), carriers.Acknowledgement{Before: &carriers.Line{}, Outcome: carriers.Outcome{State: carriers.Unknown}})
	in.Unsure = true
	_, err := check(h, masMovilSIM, in, nil)
	require.Equal(t, Pending, failureIn(t, err).kind)
}

// Once a worker serves the carrier again, the attention is cleared.
func TestACheckThatIsStartedAgainRecovers(t *testing.T) {
	h := newHarness(t, routes{askStatus: {`200 {"status":"InProgress"}`}})
	in := suspended()
	in.Raised = []string{NotServed}
	_, err := check(h, dishStatus, in, nil)
	require.Equal(t, Recovered, failureIn(t, err).kind)
}

// Without a read before the request, a card on the line shows nothing: a run that was reset knows none.
func TestMasMovilWithoutAReadBeforeFindsNothing(t *testing.T) {
	h := newHarness(t, routes{askSIM: {newSIM}, postSIM: {"201 {}"}})
	_, err := submit(h, masMovilSIM, changing(swap(newICC)), sent(time.Hour))
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind)
	h = newHarness(t, routes{askSIM: {newSIM}, postSIM: {"201 {}"}})
	_, err = submit(h, masMovilSIM, changing(swap(newICC)), sentBefore(&carriers.Line{ICCID: newICC}))
	require.Equal(t, OutcomeUnknown, failureIn(t, err).kind, "nor does a card that was there")
}

// Only the state shows a Reactivate, so one that would change nothing is not sent.
func TestAReactivateOfAnActiveLineIsNotSent(t *testing.T) {
	h := newHarness(t, routes{askLine: {line("Active")}, postStatus: {success}})
	_, err := submit(h, dishStatus, changing(status(dish.Reactivate)), nil)
	f := failureIn(t, err)
	require.Equal(t, []any{PrecheckFailed, true}, []any{f.kind, f.final})
	require.Equal(t, []string{askLine}, h.events)
	require.Empty(t, h.intents)
}

// The carrier's status is kept without the read that would confirm it, also where there is no status to ask for.
func TestTheStatusOfAnAnswerIsKeptWhenTheReadFails(t *testing.T) {
	done := carriers.Acknowledgement{TransactionID: "3", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}
	cycle := dish.UpdateBillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}
	reactivate := asking(status(dish.Reactivate), recorded)
	reactivate.CallbackOutcome = carriers.Outcome{State: carriers.Done, Status: "Success"}
	for name, ask := range map[string]func(answer string) (CheckResult, error){
		"dish.UpdateBillCycle": func(answer string) (CheckResult, error) {
			return check(newHarness(t, routes{askLine: {answer}}), dishBillCycle, asking(cycle, done), overdueEffect())
		},
		"dish.UpdateSubscriptionStatus, Reactivate": func(answer string) (CheckResult, error) {
			return check(newHarness(t, routes{askLine: {answer}}), dishStatus, reactivate, overdueEffect())
		},
		"masmovil.ReplaceSIM": func(answer string) (CheckResult, error) {
			return check(newHarness(t, routes{askSIM: {answer}}), masMovilSIM, asking(swap(newICC), done), overdueEffect())
		},
		"masmovil.AddDevice": func(answer string) (CheckResult, error) {
			return check(newHarness(t, routes{askDevices: {answer}}), masMovilDevice, asking(device, done), overdueEffect())
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

// A final outcome of a callback is believed only when nothing that was read contradicts it.
func TestACallbackIsComparedWithWhatIsRead(t *testing.T) {
	saysDone, saysFailed := carriers.Outcome{State: carriers.Done, Status: "Success"}, carriers.Outcome{State: carriers.Failed, Status: "Failed"}
	for name, c := range map[string]struct {
		state       carriers.State
		effect      carriers.Effect
		notReadable string
		callback    carriers.Outcome
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
		seen := withCallback(carriers.Outcome{State: c.state, Effect: c.effect, NotReadable: c.notReadable}, c.callback)
		require.Equal(t, []any{c.want, c.effect}, []any{seen.State, seen.Effect}, name)
	}
}

// A field that is missing in a read cannot be compared.
func TestABillCycleThatIsNotShownIsIncomparable(t *testing.T) {
	request := dish.UpdateBillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}
	h := newHarness(t, routes{askLine: {`200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"gpsi":15550100123}]}]}`}})
	seen, err := check(h, dishBillCycle, asking(request, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}), overdueEffect())
	require.NoError(t, err)
	require.Equal(t, carriers.Incomparable, seen.Effect)
}

// A refusal of something that is only too early is not final, and nothing is known to be sent after it.
func TestTooEarlyIsTriedAgain(t *testing.T) {
	h := newHarness(t, routes{})
	c := sendingBy(t, func(context.Context) (carriers.Acknowledgement, error) {
		return carriers.Acknowledgement{}, &carriers.Error{Call: "cancel", Reference: "r-1", Class: carriers.NotYet, HTTPStatus: 400}
	})
	h.env.RegisterActivityWithOptions(c.submit, activity.RegisterOptions{Name: "early"})
	_, err := run[carriers.Acknowledgement](h, "early", suspend())
	f := failureIn(t, err)
	require.Equal(t, []any{Retrying, false, carriers.NotYet, false}, []any{f.kind, f.final, f.Class, f.maybeSent()})
	require.Equal(t, []string{"intent", "intent taken back"}, h.events)
}
