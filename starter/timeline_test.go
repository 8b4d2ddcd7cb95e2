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
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/workflows"
)

// recording reads a history that a real server wrote; package lifecycle replays the same ones.
func recording(t *testing.T, name string) []*historyEvent {
	t.Helper()
	file, err := os.Open(filepath.Join("../workflows/internal/lifecycle/testdata", name+".json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history.GetEvents()
}

// toldOf is the story of some events.
func toldOf(events []*historyEvent) (steps []timeline.Step) {
	line := timeline.New(converter.GetDefaultDataConverter())
	for _, e := range events {
		steps = append(steps, line.Read(e)...)
	}
	return steps
}

func TestTimelineOfRecordedRuns(t *testing.T) {
	const submitted = "started, sending, acknowledged, "
	for name, want := range map[string]string{
		"dish.UpdateSubscriptionStatus.ordinary":         submitted + "callback, checking, checked, completed",
		"dish.UpdateSubscriptionStatus.delayed-error":    submitted + "callback, checking, checked, failed",
		"dish.ActivateSubscription.invalid":              "started, failed",
		"dish.UpdateSubscriptionStatus.refuse-400":       "started, sending, undecided, sending, not taken, failed",
		"dish.UpdateSubscriptionStatus.unauthorized-401": "started, sending, not taken, attention, follow-up, failed",
		"dish.GetSubscription.read":                      "started, checking, checked, completed",
		"stn.SetServices.ordinary":                       submitted + "checking, checked, completed",
		"stn.SetServices.never-decided":                  submitted + "checking, checked, attention, checking, checked, follow-up, failed",
		"masmovil.ReplaceSIM.reset-before-recording":     "started, sending, undecided, attention, checking, checked, follow-up, failed",
		"dish.UpdateSubscriptionStatus.unavailable-503":  "started, sending, undecided, sending, acknowledged, callback, checking, checked, completed",
		"masmovil.ReplaceSIM.review-accept":              submitted + "attention, checking, checked, settled, completed",
		"FollowUp.seen":                                  "started, callback, action, attention, settled, completed",
		"UnmatchedCallback.seen":                         "started, attention, callback, action, completed",
		"stn.SetServices.resolved-done":                  "started, action, sending, acknowledged, checking, answer, action, answer, completed",
		"masmovil.AddDevice.denied-by-operator":          "started, action, sending, acknowledged, attention, checking, answer, action, settled, answer, failed",
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
	files, err := filepath.Glob("../workflows/internal/lifecycle/testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		events := recording(t, name)
		steps := toldOf(events)
		require.GreaterOrEqual(t, len(steps), 2, name)
		assert.Equal(t, timeline.Started, steps[0].What, name)
		assert.True(t, steps[len(steps)-1].What.Final(), name)
		before := time.Time{}
		for i, s := range steps {
			assert.False(t, s.At.Before(before), name)
			before = s.At
			if i > 0 {
				assert.NotEmpty(t, s.Words(), "%s: %s", name, s.What)
			}
			for _, number := range numbersIn(events[0]) {
				assert.NotContains(t, s.Words(), number, name)
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
	steps := toldOf(recording(t, "stn.SetServices.delayed-error"))
	assert.Equal(t, "sending the request to sTN", steps[1].Words())
	assert.Equal(t, `sTN says "INIT"`, steps[2].Words())
	assert.Regexp(t, `^sTN says "ERROR"; attempt \d; before: sTN says "(INIT|BUSY)"$`, steps[4].Words())
	assert.Equal(t, `CarrierFailed: sTN accepted the request and later ended it with "ERROR"; a retry takes a new reference`, steps[5].Words())

	// A request that was sent again says so, and why.
	steps = toldOf(recording(t, "dish.UpdateSubscriptionStatus.unavailable-503"))
	assert.Equal(t, `DISH answers with HTTP 503, code SERVICE_UNAVAILABLE, reason: a scenario of the sandbox asks for this error`, steps[2].Words())
	steps = toldOf(recording(t, "masmovil.ReplaceSIM.reset-before-recording"))
	assert.True(t, strings.HasPrefix(steps[2].Words(), "the request may have reached MásMóvil, and nothing but the line's card shows"), steps[2].Words())

	steps = toldOf(recording(t, "stn.SetServices.resolved-failed"))
	last := steps[len(steps)-1]
	assert.Equal(t, []string{"operator", "recorded"}, []string{last.Operator, last.Reason})
	assert.True(t, strings.HasSuffix(last.Words(), ", by operator: recorded"), last.Words())
}

// What people and carriers wrote is told without anything that looks personal, and payloads are not told at all.
func TestTimelineTellsNothingPersonal(t *testing.T) {
	const number, iccid, mail = "15550100123", "8901000000000000017", "jane@example.org"
	line := &carriers.Line{Number: number, ICCID: iccid, Status: "Suspended"}
	personal := workflows.OperatorAction{Operator: mail, Reason: "call " + number}
	all := events(
		began(activation, map[string]string{"gpsi": number}, 2*time.Hour),
		calling(activities.SubmitName(activation), "Send the request"),
		attempted(2, 3, "REFUSED"),
		returned(2, carriers.Acknowledgement{Outcome: carriers.Outcome{Status: number, Reason: mail, Line: line}, Before: line}),
		calling(activities.CheckName(activation), "Ask for the outcome"),
		told("callback", workflows.Callback{State: "unknown", Status: iccid, Code: number, Reason: mail}),
		told("other", number),
		orderedBy("resolve", workflows.Resolve{OperatorAction: personal, Outcome: carriers.Done}),
		answeredTo(8, &updatepb.Outcome{Value: &updatepb.Outcome_Success{Success: payloads(workflows.OperationStatus{Message: "Closed as done."})}}),
		cancelAsked("sam: "+number),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND, ""),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, "lookup of "+number),
		taskFailed(enumspb.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW, ""),
		attempted(5, 1, ""),
		returned(5, activities.CheckResult{Outcome: carriers.Outcome{Status: number, Effect: carriers.Shown, Line: line}}),
		terminatedBecause("asked by "+mail),
		finished(workflows.Result{DecidedBy: "operator", Status: number, Line: line, Resolution: &workflows.Resolution{OperatorAction: personal}}),
	)
	steps := toldOf(all)
	var texts []string
	for _, s := range steps {
		texts = append(texts, string(s.What)+": "+s.Words())
	}
	assert.Equal(t, []string{
		"started: Suspend line …0123 at DISH; to begin after 2h",
		"sending: sending the request to DISH",
		`acknowledged: DISH says "…", reason: …; it took 3 attempts; before: DISH says "REFUSED"`,
		"checking: Ask for the outcome",
		`callback: DISH says "…", code …, reason: … (unknown)`,
		"signal: other",
		"action: resolve as done, by …: call …",
		"answer: Closed as done.",
		"cancel: cancellation requested: sam: …",
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
			ScheduledEventId: 2, Failure: &failurepb.Failure{Message: "timeout", Cause: problem(activities.Problem{HTTPStatus: 503, Reason: "busy"})},
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
		orderedBy("extend-deadline", workflows.ExtendDeadline{OperatorAction: workflows.OperatorAction{Operator: "a", Reason: "b"}, By: carriers.Duration(48 * time.Hour)}),
		answeredTo(6, &updatepb.Outcome{Value: &updatepb.Outcome_Failure{Failure: &failurepb.Failure{Message: "too late"}}}),
		odd,
	))
	var texts []string
	for _, s := range steps {
		texts = append(texts, string(s.What)+": "+s.Words())
	}
	assert.Equal(t, []string{
		"started: Suspend line …0123 at DISH", "sending: sending the request to DISH", "not taken: not acknowledged in time; DISH answers with HTTP 503, reason: busy",
		"action: extend-deadline by 2d, by a: b", "answer: extend-deadline: too late", "failed: Odd: what",
	}, texts)
}
