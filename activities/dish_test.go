package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// overdueEffect is the memory of a check that has waited long enough for an effect.
func overdueEffect() *Progress { return &Progress{DoneSince: time.Now().Add(-within.Std())} }

const postActivation = "POST /subscription/activate"

func TestDishActivation(t *testing.T) {
	request := func(change func(*dish.ActivateSubscription)) dish.ActivateSubscription {
		r := dish.ActivateSubscription{
			Customer:     dish.Customer{WholesaleCustomerID: "920000000001"},
			SubscriberID: "S-1", WholesalePlanID: "P-1", Location: carriers.Object(`{"zip":"80202"}`), ICCID: "89010000000000000017", BillCycleStartDay: 4,
		}
		if change != nil {
			change(&r)
		}
		return r
	}
	h := newHarness(t, routes{postActivation: {success}})
	_, err := submit(h, dishActivate, changing(request(nil)), nil)
	require.NoError(t, err)
	require.JSONEq(t, `{"partnerTransactionId":"r-1","subscriberId":"S-1","wholesalePlanId":"P-1","location":{"zip":"80202"},
		"iccid":"89010000000000000017","billCycleStartDay":4}`, h.bodies[0])

	h = newHarness(t, routes{askStatus: {nowhere}, postActivation: {success}})
	_, err = submit(h, dishActivate, changing(request(nil)), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, []string{askStatus, "intent", postActivation}, h.events)
	h = newHarness(t, routes{askStatus: {success}})
	ack, err := submit(h, dishActivate, changing(request(nil)), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, carriers.Pending, ack.Outcome.State, "found, which is not done")

	bySubscriber := func(a *dish.ActivateSubscription) { a.ICCID = "" }
	two := `200 {"subscriberId":"S-1","subscriptions":[{"subscriptionStatus":"Active"},{"subscriptionStatus":"Active"}]}`
	for name, c := range map[string]struct {
		request dish.ActivateSubscription
		line    string
		want    carriers.Effect
		query   string
	}{
		"shown":                         {request(nil), line("Active"), carriers.Shown, "iccid=89010000000000000017"},
		"not active":                    {request(nil), line("Suspended"), carriers.Missing, "iccid=89010000000000000017"},
		"no such line":                  {request(nil), nowhere, carriers.Missing, "iccid=89010000000000000017"},
		"another line":                  {request(func(a *dish.ActivateSubscription) { a.ICCID = "89010000000000000099" }), line("Active"), carriers.Missing, "iccid=89010000000000000099"},
		"by subscriber":                 {request(bySubscriber), line("Active"), carriers.Shown, "subscriberId=S-1"},
		"by subscriber, one of several": {request(bySubscriber), two, carriers.Incomparable, "subscriberId=S-1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {success}, askLine: {c.line}})
			seen, err := check(h, dishActivate, asking(c.request, recorded), overdueEffect())
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, c.want}, []any{seen.State, seen.Effect})
			require.Equal(t, []string{"", c.query}, h.queries)
		})
	}
}

func TestDishStatusEffects(t *testing.T) {
	for action, word := range map[dish.Action]string{dish.Suspend: "Suspended", dish.Resume: "Active", dish.Cease: "Ceased"} {
		h := newHarness(t, routes{askStatus: {success}, askLine: {line(word)}})
		seen, err := check(h, dishStatus, asking(status(action), recorded), nil)
		require.NoError(t, err)
		require.Equal(t, carriers.Shown, seen.Effect, action)
	}
}

// Reactivate is missing from the transactions that can be asked about: the line's state alone decides.
func TestDishReactivate(t *testing.T) {
	strange := carriers.Acknowledgement{TransactionID: "r-1", Outcome: carriers.Outcome{State: carriers.Unknown, Status: "Parked"}}
	for name, c := range map[string]struct {
		ack      carriers.Acknowledgement
		line     string
		callback carriers.State
		kind     string // "" when the check decides
		effect   carriers.Effect
	}{
		"active":                      {recorded, line("Active"), "", "", carriers.Shown},
		"still ceased":                {recorded, line("Ceased"), "", Pending, ""},
		"still ceased, callback done": {recorded, line("Ceased"), carriers.Done, "", carriers.Missing},
		"nothing known of it":         {recorded, nowhere, "", Pending, ""},
		"an unknown acknowledgement":  {strange, line("Ceased"), "", UnknownStatus, ""},
		"and yet active":              {strange, line("Active"), "", "", carriers.Shown},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askLine: {c.line}})
			in := asking(status(dish.Reactivate), c.ack)
			in.CallbackOutcome = carriers.Outcome{State: c.callback}
			seen, err := check(h, dishStatus, in, overdueEffect())
			require.Equal(t, []string{askLine}, h.events)
			if c.kind != "" {
				require.Equal(t, c.kind, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, c.effect}, []any{seen.State, seen.Effect})
		})
	}
}

func TestDishBillCycle(t *testing.T) {
	const post = "POST /subscription/billCycle"
	request := dish.UpdateBillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 15}
	other := request
	other.BillCycleStartDay = 16

	h := newHarness(t, routes{post: {success}})
	ack, err := submit(h, dishBillCycle, changing(request), nil)
	require.NoError(t, err)
	require.Equal(t, carriers.Done, ack.Outcome.State, "answered at once")

	h = newHarness(t, routes{askLine: {line("Active")}, post: {success}})
	ack, err = submit(h, dishBillCycle, changing(request), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, []any{true, carriers.Done}, []any{ack.Found, ack.Outcome.State})
	require.Equal(t, []string{askLine}, h.events)
	h = newHarness(t, routes{askLine: {line("Active")}, post: {success}})
	_, err = submit(h, dishBillCycle, changing(other), sentAndSought())
	require.NoError(t, err)
	require.Equal(t, []string{askLine, "intent", post}, h.events)

	answered := func(state carriers.State, word string) carriers.Acknowledgement {
		return carriers.Acknowledgement{TransactionID: "r-1", Outcome: carriers.Outcome{State: state, Status: word}}
	}
	for name, c := range map[string]struct {
		request dish.UpdateBillCycle
		ack     carriers.Acknowledgement
		confirm bool
		kind    string
		effect  carriers.Effect
	}{
		"shown":                      {request, answered(carriers.Done, "Success"), true, "", carriers.Shown},
		"not shown":                  {other, answered(carriers.Done, "Success"), true, "", carriers.Missing},
		"an unknown word":            {other, answered(carriers.Unknown, "Parked"), false, UnknownStatus, ""},
		"an unknown word, but shown": {request, answered(carriers.Unknown, "Parked"), true, "", carriers.Shown},
		"pending":                    {other, answered(carriers.Pending, "InProgress"), true, Pending, ""},
		"never acknowledged":         {other, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Unknown}}, true, Pending, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askLine: {line("Active")}})
			in := asking(c.request, c.ack)
			in.Confirm = c.confirm
			seen, err := check(h, dishBillCycle, in, overdueEffect())
			if c.kind != "" {
				require.Equal(t, c.kind, failureIn(t, err).kind)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, c.effect}, []any{seen.State, seen.Effect})
		})
	}
}

// Without confirmation, an effect that a check reads as missing does not matter.
func TestAnUnconfirmedChangeIsDoneAtOnce(t *testing.T) {
	h := newHarness(t, routes{askLine: {line("Active")}})
	request := dish.UpdateBillCycle{GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 16}
	in := asking(request, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}})
	in.Confirm = false
	seen, err := check(h, dishBillCycle, in, nil)
	require.NoError(t, err)
	require.Equal(t, carriers.Done, seen.State)
}

// What an error of a read means, by class.
func TestReadErrors(t *testing.T) {
	for answer, c := range map[string]struct {
		kind  string
		final bool
		next  time.Duration
	}{
		"400 {}":     {Rejected, true, 0},
		nowhere:      {Rejected, true, 0},
		"404 {}":     {Retrying, false, 0},
		"409 {}":     {Rejected, true, 0},
		"401 {}":     {Unauthorized, true, 0},
		"403 {}":     {Unauthorized, true, 0},
		"429/60 {}":  {Retrying, false, time.Minute},
		"500 oops":   {Retrying, false, 0},
		"200 <html>": {Retrying, false, 0},
		reset:        {Retrying, false, 0},
	} {
		t.Run(answer, func(t *testing.T) {
			h := newHarness(t, routes{askLine: {answer}})
			_, err := reading(h, dish.GetSubscription{GPSI: "15550100123"})
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.final, c.next, false}, []any{f.kind, f.final, f.next, f.maybeSent()})
		})
	}
}

func TestDishReads(t *testing.T) {
	h := newHarness(t, routes{"GET /transaction/status/act-1": {success}, askLine: {line("Active")}})
	answer, err := reading(h, dish.GetTransactionStatus{PartnerTransactionID: "act-1"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"status": "Success", "state": "done"}, answer)
	answer, err = reading(h, dish.GetSubscription{GPSI: "15550100123"})
	require.NoError(t, err)
	require.Equal(t, "S-1", answer["subscriberId"])
}
