package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// recording reads a history that a real server wrote; package workflows replays the same ones.
func recording(t *testing.T, name string) []*historyEvent {
	t.Helper()
	file, err := os.Open(filepath.Join("../workflows/testdata", name+".json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history.GetEvents()
}

// toldOf is the story of some events.
func toldOf(events []*historyEvent) (steps []step) {
	line := newTimeline(converter.GetDefaultDataConverter())
	for _, e := range events {
		steps = append(steps, line.add(e)...)
	}
	return steps
}

func TestTimelineOfRecordedRuns(t *testing.T) {
	const submitted = "started, submitting, acknowledged, "
	for name, want := range map[string]string{
		"dish.UpdateSubscriptionStatus.callback":          submitted + "checking, callback, checking, checked, completed",
		"dish.UpdateSubscriptionStatus.callback-failed":   submitted + "checking, callback, checking, checked, failed",
		"dish.UpdateSubscriptionStatus.invalid":           "started, failed",
		"dish.UpdateSubscriptionStatus.rejected":          "started, submitting, not taken, failed",
		"dish.UpdateSubscriptionStatus.unauthorized":      "started, submitting, not taken, attention, follow-up, failed",
		"dish.GetSubscription.read":                       "started, checking, checked, completed",
		"stn.SetServices.check":                           submitted + "checking, checked, completed",
		"stn.SetServices.deadline":                        submitted + "checking, checked, attention, checking, checked, follow-up, failed",
		"masmovil.ReplaceSIM.outcome-unknown":             "started, submitting, undecided, attention, checking, checked, follow-up, failed",
		"dish.UpdateSubscriptionStatus.unavailable-first": submitted + "checking, callback, checking, checked, checked, completed",
		"masmovil.ReplaceSIM.review-accepted":             submitted + "attention, checking, checked, attention, completed",
		"FollowUp.seen":                                   "started, callback, order, attention, attention, completed",
		"UnmatchedCallback.seen":                          "started, attention, callback, order, completed",
		"stn.SetServices.resolved-done":                   "started, order, submitting, acknowledged, checking, answer, order, answer, completed",
		"masmovil.ReplaceSIM.risk-denied-by-operator":     "started, order, submitting, acknowledged, attention, checking, answer, order, attention, answer, failed",
	} {
		t.Run(name, func(t *testing.T) {
			var kinds []string
			for _, s := range toldOf(recording(t, name)) {
				kinds = append(kinds, string(s.What))
			}
			assert.Equal(t, want, strings.Join(kinds, ", "))
		})
	}
}

// Whatever there is in a history, its story begins and ends, has a text for every step but the start, in the order of
// time, and no more than the last four characters of anything that names a line.
func TestEveryRecordedRunHasAStory(t *testing.T) {
	files, err := filepath.Glob("../workflows/testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		events := recording(t, name)
		steps := toldOf(events)
		require.GreaterOrEqual(t, len(steps), 2, name)
		assert.Equal(t, stepStarted, steps[0].What, name)
		assert.True(t, state(steps[len(steps)-1].What).final(), name)
		before := time.Time{}
		for i, s := range steps {
			assert.False(t, s.At.Before(before), name)
			before = s.At
			if i > 0 {
				assert.NotEmpty(t, s.words(), "%s: %s", name, s.What)
			}
			for _, number := range numbersIn(events[0]) {
				assert.NotContains(t, s.words(), number, name)
			}
		}
	}
}

// numbersIn are the identifiers in the input that a run was started with.
func numbersIn(started *historyEvent) []string {
	input := string(started.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()[0].GetData())
	return regexp.MustCompile(`[0-9]{6,}`).FindAllString(input, -1)
}

func TestTimelineWords(t *testing.T) {
	steps := toldOf(recording(t, "stn.SetServices.check-failed"))
	assert.Equal(t, "sending the request to sTN", steps[1].words())
	assert.Equal(t, `sTN says "INIT"`, steps[2].words())
	assert.Regexp(t, `^sTN says "ERROR"; attempt \d; before: sTN says "(INIT|BUSY)", which is not final$`, steps[4].words())
	assert.Equal(t, `CarrierFailed: sTN accepted the request and later ended it with "ERROR"; a retry takes a new reference`, steps[5].words())

	// A request that was sent again says so, and why.
	steps = toldOf(recording(t, "dish.UpdateSubscriptionStatus.unavailable-first"))
	assert.Equal(t, `DISH says "Success"; it took 5 attempts; before: DISH does not show the request, which proves nothing yet`, steps[2].words())
	steps = toldOf(recording(t, "masmovil.ReplaceSIM.outcome-unknown"))
	assert.True(t, strings.HasPrefix(steps[2].words(), "the request may have reached MásMóvil, and nothing but the line's card shows"), steps[2].words())

	steps = toldOf(recording(t, "stn.SetServices.resolved-failed"))
	last := steps[len(steps)-1]
	assert.Equal(t, []string{"operator", "recorded"}, []string{last.Operator, last.Reason})
	assert.True(t, strings.HasSuffix(last.words(), ", by operator: recorded"), last.words())
}

// What people and carriers wrote is told without anything that looks personal, and payloads are not told at all.
func TestTimelineTellsNothingPersonal(t *testing.T) {
	const number, iccid, mail = "15550100123", "8901000000000000017", "jane@example.org"
	line := &carriers.Line{Number: number, ICCID: iccid, Status: "Suspended"}
	personal := workflows.Order{Operator: mail, Reason: "call " + number}
	all := events(
		began(activation, map[string]string{"gpsi": number}, 2*time.Hour),
		calling(activities.SubmitName(activation), "Send the request"),
		attempted(2, 3, "refused; next check in 30s"),
		returned(2, carriers.Acknowledgement{Outcome: carriers.Outcome{Status: number, Reason: mail, Line: line}, Before: line}),
		calling(activities.CheckName(activation), "Ask for the outcome"),
		told("callback", workflows.Callback{State: "unknown", Status: iccid, Code: number, Reason: mail}),
		told("other", number),
		orderedBy("resolve", workflows.Resolve{Order: personal, Outcome: carriers.Done}),
		answeredTo(8, &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: payloads(workflows.Standing{Message: "Closed as done."})}}),
		cancelAsked("sam: "+number),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, ""),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, "lookup of "+number),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, ""),
		attempted(5, 1, ""),
		returned(5, activities.CheckResult{Outcome: carriers.Outcome{Status: number, Effect: carriers.Shown, Line: line}}),
		terminatedBecause("asked by "+mail),
		finished(workflows.Result{DecidedBy: "operator", Status: number, Line: line, Resolution: &workflows.Resolution{Order: personal}}),
	)
	steps := toldOf(all)
	var texts []string
	for _, s := range steps {
		texts = append(texts, string(s.What)+": "+s.words())
	}
	assert.Equal(t, []string{
		"started: Suspend line …0123 at DISH; to begin after 2h",
		"submitting: sending the request to DISH",
		`acknowledged: DISH says "…", reason: …; it took 3 attempts; before: refused`,
		"checking: Ask for the outcome",
		`callback: DISH says "…", code …, reason: … (unknown)`,
		"signal: other",
		"order: resolve as done, by …: call …",
		"answer: Closed as done.",
		"cancel: cancellation asked for: sam: …",
		"worker: the worker could not go on: lookup of …",
		"started: the run was reset to here; what follows is new",
		`checked: DISH says "…"; a read shows the change`,
		"terminated: asked by …",
		`completed: decided by operator, "…", by …: call …`,
	}, texts)
	assert.Equal(t, noon.Add(time.Second), steps[1].At)
}

func TestTimelineOfWhatWentWrong(t *testing.T) {
	timeout := &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
		Attributes: &historypb.HistoryEvent_ActivityTaskTimedOutEventAttributes{ActivityTaskTimedOutEventAttributes: &historypb.ActivityTaskTimedOutEventAttributes{
			ScheduledEventId: 2, Failure: &failurepb.Failure{Message: "timeout", Cause: &failurepb.Failure{Message: "no answer; next check in 9s"}},
		}},
	}
	odd := &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionFailedEventAttributes{WorkflowExecutionFailedEventAttributes: &historypb.WorkflowExecutionFailedEventAttributes{
			Failure: &failurepb.Failure{Message: "what", FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "Odd"}}},
		}},
	}
	steps := toldOf(events(
		began(activation, "", 0), calling(activities.SubmitName(activation), ""), timeout, returned(2, ""), returned(77, ""),
		orderedBy("extend-deadline", workflows.ExtendDeadline{Order: workflows.Order{Operator: "a", Reason: "b"}, By: carriers.Duration(48 * time.Hour)}),
		answeredTo(6, &updatepb.Outcome{Value: &updatepb.Outcome_Failure{Failure: &failurepb.Failure{Message: "too late"}}}),
		odd,
	))
	var texts []string
	for _, s := range steps {
		texts = append(texts, string(s.What)+": "+s.words())
	}
	assert.Equal(t, []string{
		"started: Suspend line …0123 at DISH", "submitting: sending the request to DISH", "not taken: not acknowledged in time; no answer",
		"order: extend-deadline by 2d, by a: b", "answer: extend-deadline: too late", "failed: Odd: what",
	}, texts)
}
