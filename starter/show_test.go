package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/workflows"
)

// waitingEvents are the history of a run that waits for the carrier.
func waitingEvents() []*historyEvent {
	return events(
		began(activation, map[string]string{"gpsi": "15550100123"}, 0),
		calling(activities.SubmitName(activation), "Send the request"),
		attempted(2, 1, ""),
		returned(2, carriers.Acknowledgement{Outcome: carriers.Outcome{Status: "Success"}}),
		calling(activities.CheckName(activation), "Ask for the outcome"),
	)
}

func TestShow(t *testing.T) {
	d := marked(described(activation, isRunning, call("Check", "InProgress", 3, 20*time.Second)), "Overdue")
	d.WorkflowExecutionInfo.StartTime = events(began(activation, "", 0))[0].EventTime
	status := workflows.OperationStatus{Phase: workflows.PhaseWaiting, Attention: []workflows.Attention{"Overdue"}, Message: "Waiting for DISH's decision."}
	fake := &fakeTemporal{describe: describing(d), history: waitingEvents(), status: &status}
	got := try(t, fake, "show", "dish:r-1")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Equal(t, `overdue  dish:r-1
  Operation    dish.ActivateSubscription

TIME (UTC)                     EVENT         WHAT
2026-11-22 12:00:00  +0s       started       Suspend line …0123 at DISH
2026-11-22 12:00:01  +1s       sending       sending the request to DISH
2026-11-22 12:00:03  +3s       acknowledged  DISH says "Success"
2026-11-22 12:00:04  +4s       checking      Ask for the outcome

  Doing        Waiting for DISH's decision.
  Status       DISH says "InProgress", heard 2026-11-22 11:59:50 UTC (10s ago)
  Activity     dish.ActivateSubscription.Check, attempt 3 at 12:00:20 (in 20s)
               some message
  Attention    Overdue
  What to do   Ask DISH why it takes so long. check-now makes the next check at once.
               $ bin/starter check-now dish:r-1 --reason='ticket NUMBER'
  Web UI       http://localhost:8233/namespaces/default/workflows/dish:r-1/run-1/history
`, got.stdout)

	var told struct {
		Reference, State string
		Status           workflows.OperationStatus
		Timeline         []struct {
			At       time.Time
			Event    string
			Text     string
			Attempts int
		}
	}
	got = try(t, fake, "show", "dish:r-1", "--output=json")
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &told))
	assert.Equal(t, "r-1", told.Reference)
	assert.Equal(t, "overdue", told.State)
	require.Len(t, told.Timeline, 4)
	assert.Equal(t, "acknowledged", told.Timeline[2].Event)
	assert.Equal(t, 1, told.Timeline[2].Attempts)
	assert.True(t, noon.Add(3*time.Second).Equal(told.Timeline[2].At))
	assert.Equal(t, "InProgress", told.Status.Activity.CarrierStatus)
	assert.NotContains(t, got.stdout, "15550100123")
}

func TestShowOfOneThatHasNotBegun(t *testing.T) {
	got := try(t, &fakeTemporal{
		describe: describing(toBegin(described(activation, isRunning), noon.Add(9*24*time.Hour))),
		history:  events(began(activation, "", 9*24*time.Hour+time.Minute)),
	}, "show", "dish:r-1")
	assert.Contains(t, got.stdout, "scheduled  dish:r-1\n")
	assert.Contains(t, got.stdout, "Scheduled    for 2026-12-01 12:00:00 UTC (in 9d)\n")
	assert.Contains(t, got.stdout, "to begin after 9d")
}

func TestShowFollows(t *testing.T) {
	ending := finished(workflows.Result{DecidedBy: workflows.ByCheck, Status: "Success", Effect: carriers.Shown})
	fake := &fakeTemporal{
		describe: describing(described(activation, isComplete)),
		history:  events(append(waitingEvents(), attempted(5, 2, "not yet"), returned(5, activities.CheckResult{}), ending)...),
	}
	got := try(t, fake, "show", "dish:r-1", "--follow")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.True(t, strings.HasSuffix(got.stdout, `completed     decided by check, "Success"; a read shows the change`+"\n"), got.stdout)

	got = try(t, fake, "show", "dish:r-1", "--live", "--output=json")
	assert.Equal(t, int(exitDone), got.code)
	assert.Contains(t, got.stderr, "decided by check", "the steps are told as they come")
	var told struct{ Timeline []struct{ Event string } }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &told), "one document")
	assert.Len(t, told.Timeline, 6)

	fake.describe = describing(described(activation, isFailed))
	assert.Equal(t, int(exitFailed), try(t, fake, "show", "dish:r-1", "--follow").code, "as wait does")
	assert.Equal(t, int(exitDone), try(t, fake, "show", "dish:r-1").code, "a look is no failure")
}

// Attempts leave no event in a history: what they hear is a part of the status, once each.
func TestShowFollowsAttempts(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	looks := 0
	got := tryWith(ctx, t, &fakeTemporal{
		history: waitingEvents(),
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			last := problem(activities.Problem{CarrierStatus: "InProgress"})
			switch looks++; {
			case looks == 3:
				return nil, serviceerror.NewUnavailable("gone")
			case looks == 6:
				interrupt()
				fallthrough
			case looks == 5:
				last = problem(activities.Problem{HTTPStatus: 503, CarrierStatus: "InProgress"})
			}
			check := call("Check", "", int32(looks), 30*time.Second)
			check.LastFailure = last
			return described(activation, isRunning, check), nil
		},
	}, "", "show", "dish:r-1", "--follow")
	assert.Equal(t, int(exitInterrupted), got.code)
	assert.Contains(t, got.stderr, "interrupted; dish:r-1 goes on")
	assert.Equal(t, 1, strings.Count(words(got.stdout), `waiting DISH says "InProgress"`), got.stdout)
	assert.Equal(t, 1, strings.Count(words(got.stdout), `waiting DISH answers with HTTP 503; attempt 5 at 12:00:30`))
}

func TestShowLosesTemporal(t *testing.T) {
	gone := &fakeTemporal{
		describe: describing(described(activation, isRunning)),
		broken:   serviceerror.NewUnavailable("gone"),
	}
	for _, args := range [][]string{{"show", "dish:r-1"}, {"show", "dish:r-1", "--follow"}} {
		got := try(t, gone, args...)
		assert.Equal(t, int(exitUnreachable), got.code)
		assert.Contains(t, got.stderr, "gone")
	}
}

func TestTimelinesFit(t *testing.T) {
	var out strings.Builder
	lines := &timelineLines{printer: printer{Printer: terminal.Printer{Out: &out, Zone: time.UTC}}, began: noon.Add(-23*time.Hour - 59*time.Minute)}
	lines.write(timeline.Step{
		At: noon.Add(400 * 24 * time.Hour), What: timeline.Acknowledged, Text: strings.Repeat("nothing to be seen ", 20), Attempts: 12345,
		Before: "again", Operator: "sam", Reason: "because",
	})
	for line := range strings.Lines(out.String()) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), terminal.Width)
	}
	assert.Contains(t, words(out.String()), "it took 12345 attempts; before: again, by sam: because")
}

// What operators are needed for because of something stands in the line of that, and is told apart in JSON.
func TestOneFactIsOneLine(t *testing.T) {
	var out strings.Builder
	lines := &timelineLines{printer: printer{Printer: terminal.Printer{Out: &out, Zone: time.UTC}}, began: noon}
	at := func(after time.Duration, what timeline.Kind, text string) {
		lines.show(timeline.Step{At: noon.Add(after), What: what, Text: text})
	}
	at(0, timeline.Checked, "BUSY")
	at(time.Millisecond, timeline.Attention, "Overdue")
	at(time.Second, timeline.Checking, "Ask for the outcome")
	at(2*time.Second, timeline.Checked, "DONE")
	at(2*time.Second, timeline.Settled, "Overdue")
	at(3*time.Second, timeline.Undecided, "nobody can tell")
	at(5*time.Second, timeline.Attention, "OutcomeUnknown")
	at(5*time.Second, timeline.Settled, "Overdue")
	at(6*time.Second, timeline.Checked, "nothing")
	lines.flush()
	lines.flush()
	assert.Equal(t, `2026-11-22 12:00:00  +0s       checked       BUSY; needs attention: Overdue
2026-11-22 12:00:01  +1s       checking      Ask for the outcome
2026-11-22 12:00:02  +2s       checked       DONE; settled: Overdue
2026-11-22 12:00:03  +3s       undecided     nobody can tell
2026-11-22 12:00:05  +5s       attention     OutcomeUnknown
2026-11-22 12:00:05  +5s       settled       Overdue
2026-11-22 12:00:06  +6s       checked       nothing
`, out.String())
}
