package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

// followUpRun is a follow-up of dish:r-1.
func followUpRun(status enumspb.WorkflowExecutionStatus, reasons ...string) *fakeTemporal {
	d := described("FollowUp", status)
	d.WorkflowExecutionInfo.Execution.WorkflowId = "follow-up:dish:r-1"
	if len(reasons) > 0 {
		marked(d, reasons...)
	}
	return &fakeTemporal{
		describe: describing(d),
		end:      func(context.Context) (string, error) { return `{"seenBy":"alex","reason":"asked DISH"}`, nil },
	}
}

// endedRun is dish:r-1, which has ended, with its follow-up if it has one.
func endedRun(status enumspb.WorkflowExecutionStatus, followUp *fakeTemporal) *fakeTemporal {
	fake := &fakeTemporal{describe: describing(described(activation, status)), others: map[string]*fakeTemporal{}}
	if followUp != nil {
		fake.others["follow-up:dish:r-1"] = followUp
	}
	return fake
}

func TestAcknowledge(t *testing.T) {
	seen := workflows.Seen{By: "sam", Reason: "ticket 4711"}
	earlier := endedRun(isFailed, nil)
	marked(mustDescribe(t, earlier), "NotInEffect")
	for name, test := range map[string]struct {
		fake  *fakeTemporal
		begun bool
	}{
		"an open follow-up":                     {endedRun(isFailed, followUpRun(isRunning, "NotInEffect")), false},
		"terminated":                            {endedRun(isTerminated, nil), true},
		"timed out":                             {endedRun(isTimedOut, nil), true},
		"terminated, and its follow-up as well": {endedRun(isTerminated, followUpRun(isTerminated, "NotInEffect")), true},
		"of a worker without follow-ups":        {earlier, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"acknowledge", "dish:r-1"}, {"seen", "dish:r-1"}, {"acknowledge", "follow-up:dish:r-1"}} {
				signals, begun := 0, 0
				test.fake.signal = func(id, name string, arg any) error {
					signals++
					assert.Equal(t, []any{"follow-up:dish:r-1", "seen", seen}, []any{id, name, arg})
					return nil
				}
				test.fake.begun = func(o client.StartWorkflowOptions, name string, arg, input any) error {
					begun++
					assert.Equal(t, []any{"follow-up:dish:r-1", "carrierflow", "seen", seen}, []any{o.ID, o.TaskQueue, name, arg})
					f := input.(workflows.FollowUp)
					assert.Equal(t, "dish:r-1", f.WorkflowID)
					assert.Empty(t, f.Attention, "it is never on the list")
					assert.Empty(t, f.RunID, "a follow-up with a run marks itself")
					_, needs := o.TypedSearchAttributes.GetKeywordList(workflows.NeedsAttentionAttribute)
					assert.False(t, needs)
					return nil
				}
				got := try(t, test.fake, append(args, "--reason=ticket 4711")...)
				assert.Equal(t, int(exitDone), got.code, got.stderr)
				assert.Contains(t, got.stdout, "dish:r-1  Acknowledged. It is off the work list")
				assert.Contains(t, got.stdout, "Next         bin/starter show dish:r-1\n")
				if test.begun {
					assert.Equal(t, []int{0, 1}, []int{signals, begun})
				} else {
					assert.Equal(t, []int{1, 0}, []int{signals, begun})
				}
			}
			var told struct{ WorkflowID, Action, Operator, Reason, Message string }
			require.NoError(t, json.Unmarshal([]byte(try(t, test.fake, "acknowledge", "dish:r-1", "--reason=ticket 4711", "--output=json").stdout), &told))
			assert.Equal(t, []string{"dish:r-1", "acknowledge", "sam", "ticket 4711"}, []string{told.WorkflowID, told.Action, told.Operator, told.Reason})
		})
	}
}

func TestAcknowledgeOfNothing(t *testing.T) {
	gone := endedRun(isFailed, followUpRun(isRunning, "NotInEffect"))
	gone.signal = func(string, string, any) error {
		return serviceerror.NewNotFound("workflow execution already completed")
	}
	for says, fake := range map[string]*fakeTemporal{
		"dish:r-1 has been acknowledged already, by alex: asked DISH": endedRun(isFailed, followUpRun(isComplete)),
		"dish:r-1 has not ended: it is running":                       {describe: describing(described(activation, isRunning))},
		"dish:r-1 is not on the work list: it is failed":              endedRun(isFailed, nil),
		"dish:r-1 is not on the work list: it is completed":           endedRun(isComplete, nil),
		"there is no operation dish:r-1":                              {describe: notThere},
		"dish:r-1 has just been acknowledged by somebody else":        gone,
	} {
		got := try(t, fake, "acknowledge", "dish:r-1", "--reason=x")
		assert.Equal(t, int(exitUsage), got.code, says)
		assert.Contains(t, got.stderr, says)
		assert.Empty(t, got.stdout)
	}
	for _, args := range [][]string{{"acknowledge", "dish:r-1"}, {"acknowledge", "dish:r-1", "--reason= "}, {"seen", "dish:r-1"}, {"seen", "dish:r-1", "--reason=x", "--operator= "}} {
		assert.Equal(t, int(exitUsage), try(t, nil, args...).code, "%v", args)
	}
}

func TestAcknowledgeUnmatched(t *testing.T) {
	for _, command := range []string{"seen", "acknowledge"} {
		kept := described("UnmatchedCallback", isRunning)
		kept.WorkflowExecutionInfo.Execution.WorkflowId = "unmatched:dish:x"
		fake := &fakeTemporal{describe: describing(kept), signal: func(id, name string, arg any) error {
			assert.Equal(t, []any{"unmatched:dish:x", "seen", workflows.Seen{By: "alex", Reason: "a test of theirs"}}, []any{id, name, arg})
			return nil
		}}
		got := try(t, fake, command, "unmatched:dish:x", "--operator=alex", "--reason=a test of theirs")
		assert.Equal(t, int(exitDone), got.code, got.stderr)
		assert.Contains(t, got.stdout, "unmatched:dish:x  Acknowledged. It is off the work list")

		fake.signal = func(string, string, any) error { return nil }
		assert.Equal(t, int(exitDone), try(t, fake, command, "unmatched:dish:x").code, "as before, without a reason")
	}
	got := try(t, &fakeTemporal{describe: describing(described("UnmatchedCallback", isComplete))}, "seen", "unmatched:dish:x")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "has ended: it is completed")
}

// What was left behind, and who has dealt with it, is told with the operation.
func TestShowTellsWhatCameAfterTheEnd(t *testing.T) {
	open := followUpRun(isRunning, "NotInEffect", "LateCallback")
	open.history = events(
		began("FollowUp", workflows.FollowUp{WorkflowID: "dish:r-1", Carrier: "dish", Callbacks: []workflows.Callback{{State: "done", Status: "Success"}}}, 0),
		told("callback", workflows.Callback{State: "failed", Status: "Failed", Code: "E-42", Reason: "no such plan"}),
	)
	fake := endedRun(isFailed, open)
	fake.history = events(append(waitingEvents(), finished(nil))...)
	fake.end = func(context.Context) (string, error) { return "", asClientsSeeIt(t, carrierFailed()) }
	text := words(try(t, fake, "show", "dish:r-1").stdout)
	for _, want := range []string{
		`callback DISH says "Failed", code E-42, reason: no such plan (failed)`, "follow-up for an operator to look at", `callback DISH says "Success" (done)`,
		"Attention NotInEffect, LateCallback", "bin/starter acknowledge dish:r-1 --reason='ticket NUMBER'",
	} {
		assert.Contains(t, text, want)
	}
	assert.Contains(t, words(try(t, fake, "status", "dish:r-1").stdout), "Attention NotInEffect, LateCallback")

	closed := followUpRun(isComplete)
	closed.history = events(began("FollowUp", workflows.FollowUp{}, 0), told("seen", workflows.Seen{By: "alex", Reason: "asked DISH"}))
	fake.others["follow-up:dish:r-1"] = closed
	text = words(try(t, fake, "show", "dish:r-1").stdout)
	assert.Contains(t, text, "action acknowledged, by alex: asked DISH")
	assert.Contains(t, text, "Seen by alex: asked DISH")
	assert.NotContains(t, text, "Attention NotInEffect")
	var told struct {
		Acknowledged struct{ Operator, Reason string }
		FollowUp     string
	}
	require.NoError(t, json.Unmarshal([]byte(try(t, fake, "status", "dish:r-1", "--output=json").stdout), &told))
	assert.Equal(t, "alex", told.Acknowledged.Operator)
	assert.Equal(t, "follow-up:dish:r-1", told.FollowUp)
}

func mustDescribe(t *testing.T, fake *fakeTemporal) *describedRun {
	t.Helper()
	d, err := fake.describe()
	require.NoError(t, err)
	return d
}
