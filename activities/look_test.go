package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// A single check returns what it reads, final or not, and always reads the line.
func TestASingleCheck(t *testing.T) {
	look := func(t *testing.T, change func(*CheckInput), answers routes) (CheckResult, error) {
		t.Helper()
		in := suspended()
		in.Once = true
		if change != nil {
			change(&in)
		}
		return check(newHarness(t, answers), dishStatus, in, nil)
	}
	for name, c := range map[string]struct {
		status, line string
		change       func(*CheckInput)
		state        carriers.State
		effect       carriers.Effect
		lineStatus   string
	}{
		"pending":              {`200 {"status":"InProgress"}`, line("Active"), nil, carriers.Pending, carriers.Missing, "Active"},
		"an unknown word":      {`200 {"status":"Parked"}`, line("Active"), nil, carriers.Unknown, carriers.Missing, "Active"},
		"done, not in effect":  {success, line("Active"), nil, carriers.Done, carriers.Missing, "Active"},
		"done, not to confirm": {success, line("Suspended"), unconfirmed, carriers.Done, carriers.Shown, "Suspended"},
		"failed":               {`200 {"status":"Failed"}`, line("Active"), nil, carriers.Failed, carriers.Missing, "Active"},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := look(t, c.change, routes{askStatus: {c.status}, askLine: {c.line}})
			require.NoError(t, err)
			require.Equal(t, []any{c.state, c.effect, c.lineStatus}, []any{seen.State, seen.Effect, seen.Line.Status})
			require.Empty(t, seen.Presence)
		})
	}
	t.Run("the carrier does not answer", func(t *testing.T) {
		_, err := look(t, nil, routes{askStatus: {"503 oops"}})
		f := failureIn(t, err)
		require.Equal(t, Retrying, f.kind)
		require.Equal(t, 503, f.HTTPStatus)
		require.NotContains(t, f.text, "next check", "there is none")
	})
	unsure := func(in *CheckInput) {
		in.Unsure, in.Acknowledgement = true, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Unknown}}
	}
	t.Run("an unsure request that the carrier has", func(t *testing.T) {
		seen, err := look(t, unsure, routes{askStatus: {`200 {"status":"InProgress"}`}, askLine: {line("Active")}})
		require.NoError(t, err)
		require.Equal(t, "r-1", seen.Found.TransactionID)
		require.Equal(t, carriers.Present, seen.Presence)
	})
	t.Run("an unsure request that the carrier does not have", func(t *testing.T) {
		seen, err := look(t, unsure, routes{askStatus: {nowhere}, askLine: {line("Active")}})
		require.NoError(t, err)
		require.Nil(t, seen.Found)
		require.Equal(t, carriers.Absent, seen.Presence)
	})
	t.Run("the line cannot be read", func(t *testing.T) {
		for _, away := range []string{"500 oops", "403 {}"} {
			seen, err := look(t, nil, routes{askStatus: {`200 {"status":"Failed","code":"E-1"}`}, askLine: {away}})
			require.NoError(t, err, "the carrier has said failed")
			require.Equal(t, carriers.Failed, seen.State)
			seen, err = look(t, unconfirmed, routes{askStatus: {success}, askLine: {away}})
			require.NoError(t, err, "the caller asked for no confirmation")
			require.Equal(t, carriers.Done, seen.State)
			seen, err = look(t, nil, routes{askStatus: {success}, askLine: {away}})
			require.NoError(t, err, "the carrier's status is kept")
			require.Equal(t, []any{carriers.Done, away != "500 oops"}, []any{seen.State, seen.Effect == carriers.Incomparable})
			require.NotEmpty(t, seen.NotReadable)
		}
	})
}

// A recorded bill cycle is in effect at once, so another one on the line shows that it was not recorded. No cycle shows nothing.
func TestABillCycleIsFoundByWhatTheLineShows(t *testing.T) {
	for answer, want := range map[string]carriers.Presence{
		line("Active"): carriers.Absent,
		`200 {"subscriptions":[{"subscriptionStatus":"Active","resources":[{"gpsi":"15550100123"}]}]}`:                         carriers.CannotTell,
		`200 {"subscriptions":[{"subscriptionStatus":"Active","billCycleStartDay":9.0,"resources":[{"gpsi":"15550100123"}]}]}`: carriers.Present,
		`200 {"subscriberId":"S-1","subscriptions":null}`:                                                                      carriers.CannotTell,
	} {
		in := asking(dish.UpdateBillCycle{GPSI: "15550100123", BillCycleStartDay: 9}, carriers.Acknowledgement{})
		in.Unsure, in.Once = true, true
		seen, err := check(newHarness(t, routes{askLine: {answer}}), dishBillCycle, in, nil)
		require.NoError(t, err)
		require.Equal(t, want, seen.Presence, answer)
	}
}
