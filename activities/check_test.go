package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

// line is DISH's answer about one subscription.
func line(status string) string {
	return `200 {"subscriberId":"S-1","subscriptions":[{"subscriptionStatus":"` + status + `","billCycleStartDay":15,
		"resources":[{"iccid":"89010000000000000017","gpsi":15550100123}]}]}`
}

var recorded = carriers.Acknowledgement{TransactionID: "r-1", Outcome: carriers.Outcome{State: carriers.Pending, Status: "Success"}}

func suspended() CheckInput { return asking(status(dish.Suspend), recorded) }

func TestACheckThatDecides(t *testing.T) {
	for name, c := range map[string]struct {
		status, line string
		change       func(*CheckInput)
		want         carriers.Outcome
		asked        int
	}{
		"done and shown":            {success, line("Suspended"), nil, carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Shown}, 2},
		"done, nothing to compare":  {success, line("Parked"), nil, carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Incomparable}, 2},
		"done, not to be confirmed": {success, line("Active"), unconfirmed, carriers.Outcome{State: carriers.Done, Status: "Success"}, 1},
		"failed":                    {`200 {"status":"Failed","code":"E-1","reason":"no"}`, line("Active"), nil, carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-1", Reason: "no"}, 1},
		"failed, although a callback said done": {
			`200 {"status":"Failed"}`, line("Suspended"), calledBackDone, carriers.Outcome{State: carriers.Failed, Status: "Failed"}, 1,
		},
		"callback done, the status is older": {
			`200 {"status":"InProgress"}`, line("Suspended"), calledBackDone, carriers.Outcome{State: carriers.Done, Status: "InProgress", Effect: carriers.Shown}, 2,
		},
		"callback failed, and nothing contradicts it": {
			`200 {"status":"InProgress"}`, line("Active"), calledBackFailed,
			carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-9", Reason: "told", Effect: carriers.Missing},
			2,
		},
		"callback failed, the line cannot be compared": {
			`200 {"status":"InProgress"}`, "400 {}", calledBackFailed,
			carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-9", Reason: "told", Effect: carriers.Incomparable},
			2,
		},
		"callback failed, the status says done, and it is": {
			success, line("Suspended"), calledBackFailed, carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Shown}, 2,
		},
		"callback failed, as the status says": {
			`200 {"status":"Failed","code":"E-1"}`, line("Active"), calledBackFailed, carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-1"}, 1,
		},
		"callback done, the status is not known": {nowhere, line("Suspended"), calledBackDone, carriers.Outcome{State: carriers.Done, Effect: carriers.Shown}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {c.status}, askLine: {c.line}})
			in := suspended()
			if c.change != nil {
				c.change(&in)
			}
			seen, err := check(h, dishStatus, in, nil)
			require.NoError(t, err)
			require.Equal(t, c.asked, len(h.events))
			if c.asked == 2 && seen.Line != nil {
				require.Equal(t, "89010000000000000017", seen.Line.ICCID)
			}
			seen.Line = nil
			require.Equal(t, CheckResult{Outcome: c.want}, seen)
		})
	}
}

func unconfirmed(in *CheckInput)    { in.Confirm = false }
func calledBackDone(in *CheckInput) { in.CallbackOutcome = carriers.Outcome{State: carriers.Done} }

func calledBackFailed(in *CheckInput) {
	in.CallbackOutcome = carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E-9", Reason: "told"}
}

func TestACheckThatWaitsOrTellsOperators(t *testing.T) {
	for name, c := range map[string]struct {
		status, line string
		raised       []string
		kind         string
		next         time.Duration
		says         string
	}{
		"still being worked on":          {`200 {"status":"InProgress"}`, "", nil, Pending, every.Std(), `says "InProgress"`},
		"not visible yet":                {nowhere, "", nil, Pending, every.Std(), "does not show the outcome yet"},
		"an unknown word":                {`200 {"status":"Provisioned"}`, "", nil, UnknownStatus, 0, `unknown status, "Provisioned"`},
		"an unknown word, raised":        {`200 {"status":"Provisioned"}`, "", []string{UnknownStatus}, Pending, every.Std(), "Provisioned"},
		"done, not in effect yet":        {success, line("Active"), nil, Pending, within.Std() / minConfirmReads, "does not show the change yet"},
		"done, the line cannot be read":  {success, "503 oops", nil, Pending, within.Std() / minConfirmReads, "the read that would show the change fails"},
		"a gateway's 404":                {"404 default backend - 404", "", nil, Pending, every.Std(), "not asked yet"},
		"an unreadable answer":           {"200 <html>", "", nil, UnknownStatus, 0, "not readable"},
		"a known status again":           {`200 {"status":"InProgress"}`, "", []string{UnknownStatus}, Recovered, 0, "its answer is known"},
		"credentials are good again":     {`200 {"status":"InProgress"}`, "", []string{Unauthorized}, Recovered, 0, "its answer is known"},
		"overdue, which does not pass":   {`200 {"status":"InProgress"}`, "", []string{"Overdue"}, Pending, every.Std(), "InProgress"},
		"throttled":                      {"429/60 {}", "", nil, Pending, time.Minute, "not asked yet"},
		"throttled for less than a poll": {"429/5 {}", "", nil, Pending, every.Std(), "not asked yet"},
		"down":                           {"500 oops", "", nil, Pending, every.Std(), "not asked yet"},
		"dropped":                        {reset, "", nil, Pending, every.Std(), "not asked yet"},
		"refused to be asked":            {"400 {}", "", nil, UnknownStatus, 0, "HTTP 400"},
		"refused to be asked, raised":    {"400 {}", "", []string{"Overdue", UnknownStatus}, Pending, every.Std(), "HTTP 400"},
		"conflict":                       {"409 {}", "", nil, UnknownStatus, 0, "HTTP 409"},
		"unauthorized":                   {"401 {}", "", nil, Unauthorized, 0, "HTTP 401"},
		"forbidden, raised":              {"403 {}", "", []string{Unauthorized}, Pending, every.Std(), "HTTP 403"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {c.status}, askLine: {c.line}})
			in := suspended()
			in.Raised = c.raised
			_, err := check(h, dishStatus, in, nil)
			f := failureIn(t, err)
			require.Equal(t, []any{c.kind, c.next, c.kind != Pending}, []any{f.kind, f.next, f.final}, f.text)
			require.Contains(t, f.text, c.says)
			if c.kind == Pending {
				require.Contains(t, f.text, "next check in "+carriers.Duration(c.next).String(), "what an operator reads in the Web UI")
			}
		})
	}
}

// The time for a change to show counts from the first "done", over all attempts; then the effect is reported as missing.
func TestAnEffectIsWaitedForSinceTheFirstDone(t *testing.T) {
	answers := func() routes { return routes{askStatus: {success}, askLine: {line("Active")}} }
	h := newHarness(t, answers())
	start := time.Now()
	_, err := check(h, dishStatus, suspended(), nil)
	require.Equal(t, Pending, failureIn(t, err).kind)
	require.WithinRange(t, h.memory.DoneSince, start, time.Now())

	h = newHarness(t, answers())
	since := time.Now().Add(-within.Std() + 10*time.Second).UTC()
	_, err = check(h, dishStatus, suspended(), &Progress{DoneSince: since})
	require.Equal(t, Pending, failureIn(t, err).kind)
	require.True(t, h.memory.DoneSince.Equal(since), "the time is not counted again")

	h = newHarness(t, answers())
	seen, err := check(h, dishStatus, suspended(), &Progress{DoneSince: time.Now().Add(-within.Std())})
	require.NoError(t, err)
	require.Equal(t, []any{carriers.Done, carriers.Missing}, []any{seen.State, seen.Effect})
	require.Equal(t, "Active", seen.Line.Status)
}

// The carrier's status is kept when the read that confirms it fails. When the read is refused, the effect is incomparable;
// when it only failed, the check continues, and the operators are told.
func TestTheStatusIsKeptWhenTheReadFails(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		raised []string
		kind   string // "" when the check decides
	}{
		"400":               {"400 {}", nil, ""},
		"403":               {"403 {}", nil, ""},
		"a gateway's 404":   {"404 default backend - 404", nil, ""},
		"500":               {"500 oops", nil, Unconfirmed},
		"500, raised":       {"500 oops", []string{Unconfirmed}, Pending},
		"dropped":           {reset, nil, Unconfirmed},
		"401":               {"401 {}", nil, Unconfirmed},
		"a page as a 200":   {"200 <html>", nil, Unconfirmed},
		"throttled for now": {"429 {}", nil, Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, routes{askStatus: {success}, askLine: {c.answer}})
			in := suspended()
			in.Raised = c.raised
			seen, err := check(h, dishStatus, in, overdueEffect())
			if c.kind != "" {
				f := failureIn(t, err)
				require.Equal(t, []any{c.kind, "Success"}, []any{f.kind, f.CarrierStatus}, f.text)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []any{carriers.Done, carriers.Incomparable}, []any{seen.State, seen.Effect})
			require.NotEmpty(t, seen.NotReadable)
		})
	}
}

// An attempt that cannot ask still reports the carrier's latest status.
func TestTheLatestStatusIsRemembered(t *testing.T) {
	h := newHarness(t, routes{askStatus: {`200 {"status":"InProgress"}`}})
	_, err := check(h, dishStatus, suspended(), nil)
	require.Equal(t, "InProgress", failureIn(t, err).CarrierStatus)
	require.Equal(t, "InProgress", h.memory.Status)
	h = newHarness(t, routes{askStatus: {"500 oops"}})
	_, err = check(h, dishStatus, suspended(), &Progress{Status: "InProgress"})
	require.Equal(t, "InProgress", failureIn(t, err).CarrierStatus)
}

func TestPolls(t *testing.T) {
	p := Pace{Every: every, Longest: carriers.Duration(10 * time.Minute), Since: started}
	for after, want := range map[time.Duration]time.Duration{
		0: 30 * time.Second, 5 * time.Minute: 30 * time.Second, 10 * time.Minute: time.Minute, 30 * time.Minute: 3 * time.Minute,
		5 * time.Hour: 10 * time.Minute,
	} {
		require.Equal(t, want, p.At(started.Add(after)), after)
	}
	require.Equal(t, every.Std(), Pace{Every: every}.At(started.Add(time.Hour)), "steady")

	for _, answer := range []string{`200 {"status":"InProgress"}`, "503 oops"} {
		h := newHarness(t, routes{askStatus: {answer}})
		in := suspended()
		in.Pace = Pace{Every: every, Longest: carriers.Duration(10 * time.Minute), Since: time.Now().Add(-20 * time.Minute)}
		_, err := check(h, dishStatus, in, nil)
		require.InDelta(t, 2*time.Minute, failureIn(t, err).next, float64(5*time.Second), "a check uses it")
	}
}

// A request that may not have reached the carrier is looked up first; once it is found, the check goes on as if it was acknowledged.
func TestAnUnsureRequestIsLookedUp(t *testing.T) {
	unsure := suspended()
	unsure.Unsure, unsure.Acknowledgement = true, carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Unknown}}

	h := newHarness(t, routes{askStatus: {nowhere}})
	_, err := check(h, dishStatus, unsure, nil)
	f := failureIn(t, err)
	require.Equal(t, Pending, f.kind)
	require.Nil(t, f.Found)

	h = newHarness(t, routes{askStatus: {`200 {"status":"InProgress"}`}})
	_, err = check(h, dishStatus, unsure, nil)
	f = failureIn(t, err)
	require.Equal(t, []any{Found, true}, []any{f.kind, f.final}, "reported at once")
	require.Equal(t, "r-1", f.Found.TransactionID)
	require.True(t, f.Found.Found)

	h = newHarness(t, routes{askStatus: {success}, askLine: {"503 oops"}})
	_, err = check(h, dishStatus, unsure, nil)
	require.NotNil(t, failureIn(t, err).Found, "also when the rest cannot be asked")

	h = newHarness(t, routes{askStatus: {success}, askLine: {line("Suspended")}})
	seen, err := check(h, dishStatus, unsure, nil)
	require.NoError(t, err)
	require.Equal(t, carriers.Done, seen.State)
	require.Equal(t, "r-1", seen.Found.TransactionID)

	h = newHarness(t, routes{askStatus: {"401 {}"}})
	_, err = check(h, dishStatus, unsure, nil)
	require.Equal(t, Unauthorized, failureIn(t, err).kind)
}

// The last check is made just before the window closes, whatever wait the carrier asks for.
func TestInWindow(t *testing.T) {
	for name, c := range map[string]struct {
		next, passed, want time.Duration
	}{
		"well inside":                   {30 * time.Second, time.Minute, 30 * time.Second},
		"beyond":                        {time.Hour, time.Minute, 8*time.Minute + 15*time.Second},
		"just beyond":                   {9 * time.Minute, time.Minute, 8*time.Minute + 15*time.Second},
		"near the end":                  {time.Hour, 9*time.Minute + 30*time.Second, 15 * time.Second},
		"the last check was made":       {time.Hour, 9*time.Minute + 59*time.Second, time.Hour},
		"a poll that would be too late": {30 * time.Second, 9*time.Minute + 40*time.Second, 10 * time.Second},
		"after the window":              {time.Hour, 11 * time.Minute, time.Hour},
	} {
		info := activity.Info{ScheduledTime: started, ScheduleToCloseTimeout: 10 * time.Minute, StartToCloseTimeout: 45 * time.Second}
		require.Equal(t, c.want, inWindow(c.next, info, started.Add(c.passed)), name)
	}
	require.Equal(t, time.Hour, inWindow(time.Hour, activity.Info{ScheduledTime: started}, started.Add(time.Hour)), "no window")

	h := newHarness(t, routes{askStatus: {"429/3600 {}"}}) // the test environment's window is ten minutes
	in := suspended()
	_, err := check(h, dishStatus, in, nil)
	require.InDelta(t, (5 * time.Minute).Seconds(), failureIn(t, err).next.Seconds(), 10, "half of what is left of it")
}

func TestUndecided(t *testing.T) {
	for _, c := range []struct {
		said carriers.Outcome
		want carriers.State
	}{
		{carriers.Outcome{State: carriers.Pending, Status: "R"}, carriers.Pending},
		{carriers.Outcome{State: carriers.Unknown, Status: "X"}, carriers.Unknown},
		{carriers.Outcome{State: carriers.Unknown}, carriers.Pending}, // without any status
		{carriers.Outcome{}, carriers.Pending},
	} {
		require.Equal(t, c.want, carriers.Acknowledgement{Outcome: c.said}.Undecided())
	}
}
