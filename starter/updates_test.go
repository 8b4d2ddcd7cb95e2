package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// waitingRun is a run that takes updates.
func waitingRun() *fakeTemporal {
	return &fakeTemporal{describe: describing(described(activation, isRunning, call("Check", "not final", 3, time.Minute)))}
}

func TestUpdates(t *testing.T) {
	const who = `"operator":"sam","reason":"told by phone"`
	for _, test := range []struct {
		args     []string
		name     string
		argument string
	}{
		{[]string{"check-now"}, "check-now", "{" + who + "}"},
		{[]string{"approve"}, "approve", "{" + who + "}"},
		{[]string{"deny"}, "deny", "{" + who + "}"},
		{[]string{"resolve", "--outcome=done"}, "resolve", "{" + who + `,"outcome":"done"}`},
		{[]string{"resolve", "--outcome=failed"}, "resolve", "{" + who + `,"outcome":"failed"}`},
		{[]string{"extend-deadline", "--by=48h"}, "extend-deadline", "{" + who + `,"by":"48h0m0s"}`},
		{[]string{"extend-deadline", "--by=7d"}, "extend-deadline", "{" + who + `,"by":"168h0m0s"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := waitingRun()
			fake.update = func(o client.UpdateWorkflowOptions) (any, error, error) {
				assert.Equal(t, "dish:r-1", o.WorkflowID)
				assert.Equal(t, "run-1", o.RunID, "not another run that came meanwhile")
				assert.Equal(t, test.name, o.UpdateName)
				assert.Equal(t, client.WorkflowUpdateStageAccepted, o.WaitForStage)
				argument, err := json.Marshal(o.Args[0])
				require.NoError(t, err)
				assertSameJSON(t, test.argument, string(argument))
				return workflows.OperationStatus{Phase: workflows.PhaseWaiting, CarrierStatus: "Success", Deadline: noon, Message: "DISH says nothing."}, nil, nil
			}
			args := append(test.args, "dish:r-1", "--reason= told by phone ")
			got := try(t, fake, args...)
			assert.Equal(t, int(exitDone), got.code, got.stderr)
			assert.Equal(t, "dish:r-1  DISH says nothing.\n", got.stdout)

			got = try(t, fake, append(args, "--output=json")...)
			assertSameJSON(t, `{"workflowId":"dish:r-1","action":"`+test.name+`",`+who+`,"message":"DISH says nothing.",
				"status":{"carrier":"","operation":"","phase":"waiting","carrierStatus":"Success","deadline":"2026-11-22T12:00:00Z","message":"DISH says nothing."}}`, got.stdout)
		})
	}
}

func TestWhoActs(t *testing.T) {
	for _, test := range []struct {
		env  variables
		args []string
		want string
	}{
		{nil, nil, "sam"},
		{variables{"CARRIERFLOW_OPERATOR": "night shift"}, nil, "night shift"},
		{variables{"CARRIERFLOW_OPERATOR": "night shift"}, []string{"--operator=alex"}, "alex"},
	} {
		fake := waitingRun()
		by := ""
		fake.update = func(o client.UpdateWorkflowOptions) (any, error, error) {
			by = o.Args[0].(workflows.OperatorAction).Operator
			return workflows.OperationStatus{}, nil, nil
		}
		tryIn(t.Context(), t, fake, test.env, "", append([]string{"check-now", "dish:r-1", "--reason=x"}, test.args...)...)
		assert.Equal(t, test.want, by)
	}
}

func TestUpdatesThatCannotBeSent(t *testing.T) {
	for _, args := range [][]string{
		{"check-now", "dish:r-1"},
		{"check-now", "dish:r-1", "--reason= "},
		{"check-now", "dish:r-1", "--reason=x", "--operator= "},
		{"check-now", "--reason=x"},
		{"resolve", "dish:r-1", "--reason=x"},
		{"resolve", "dish:r-1", "--reason=x", "--outcome=unknown"},
		{"extend-deadline", "dish:r-1", "--reason=x"},
		{"extend-deadline", "dish:r-1", "--reason=x", "--by=soon"},
	} {
		got := try(t, nil, args...)
		assert.Equal(t, int(exitUsage), got.code, "%v", args)
		assert.NotEmpty(t, got.stderr)
	}
}

func TestUpdatesThatAreNotCarriedOut(t *testing.T) {
	late := client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded)
	refused := temporal.NewNonRetryableApplicationError("check-now: the operation is decided already", workflows.Refused, nil)
	for name, test := range map[string]struct {
		notTaken, notAnswered error
		code                  exitCode
		says                  []string
	}{
		"refused":      {nil, refused, exitUsage, []string{"refused: check-now: the operation is decided already"}},
		"no worker":    {late, nil, exitUnreachable, []string{"no worker has taken it up within 30s", "may still be carried out", "starter show dish:r-1"}},
		"not answered": {nil, late, exitUnreachable, []string{"it was taken up, but is not answered after 1m30s", "starter show dish:r-1"}},
		"just ended":   {serviceerror.NewNotFound("workflow execution already completed"), nil, exitUsage, []string{"dish:r-1 has just ended"}},
		"lost":         {serviceerror.NewUnavailable("gone"), nil, exitUnreachable, []string{"127.0.0.1:7233", "gone"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := waitingRun()
			fake.update = func(client.UpdateWorkflowOptions) (any, error, error) { return nil, test.notTaken, test.notAnswered }
			got := try(t, fake, "check-now", "dish:r-1", "--reason=x")
			assert.Equal(t, int(test.code), got.code)
			assert.Empty(t, got.stdout)
			for _, want := range test.says {
				assert.Contains(t, got.stderr, want)
			}
		})
	}
	ctx, interrupt := context.WithCancel(t.Context())
	fake := waitingRun()
	fake.update = func(client.UpdateWorkflowOptions) (any, error, error) {
		interrupt()
		return nil, late, nil
	}
	got := tryWith(ctx, t, fake, "", "check-now", "dish:r-1", "--reason=x")
	assert.Equal(t, int(exitInterrupted), got.code)
	assert.Contains(t, got.stderr, "check-now may still be carried out")
}

// An update is not even sent where it makes no sense; to a run that has not begun it would begin it.
func TestWhoTakesNoUpdates(t *testing.T) {
	for name, fake := range map[string]*fakeTemporal{
		"has ended: it is completed":                        {describe: describing(described(activation, isComplete))},
		"it is scheduled for 2026-11-22 13:00:00 UTC":       {describe: describing(toBegin(described(activation, isRunning), noon.Add(time.Hour)))},
		"is a dish.GetSubscription, which takes no updates": {describe: describing(described("dish.GetSubscription", isRunning))},
		"is a UnmatchedCallback, which takes no updates":    {describe: describing(described("UnmatchedCallback", isRunning))},
		"there is no operation dish:r-1 in namespace":       {describe: notThere},
	} {
		got := try(t, fake, "resolve", "dish:r-1", "--reason=x", "--outcome="+string(carriers.Done))
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, name)
	}
}

func TestCancel(t *testing.T) {
	for name, test := range map[string]struct {
		fake *fakeTemporal
		says string
	}{
		"scheduled":  {&fakeTemporal{describe: describing(toBegin(described(activation, isRunning), noon.Add(time.Hour)))}, "Nothing was sent and nothing will be"},
		"submitting": {&fakeTemporal{describe: describing(described(activation, isRunning, call("Submit", "", 1, 0)))}, "If nothing has been sent, nothing will be"},
		"waiting":    {waitingRun(), "DISH has the request, and it is not taken back there"},
		"a read":     {&fakeTemporal{describe: describing(described("dish.GetSubscription", isRunning))}, "Nothing changes at a carrier"},
	} {
		t.Run(name, func(t *testing.T) {
			test.fake.cancel = func(o client.CancelWorkflowOptions) error {
				assert.Equal(t, client.CancelWorkflowOptions{WorkflowID: "dish:r-1", RunID: "run-1", Reason: "sam: not wanted"}, o)
				return nil
			}
			got := try(t, test.fake, "cancel", "dish:r-1", "--reason=not wanted")
			assert.Equal(t, int(exitDone), got.code, got.stderr)
			assert.Contains(t, got.stdout, test.says)
			assert.Contains(t, got.stdout, "starter show dish:r-1 --follow")

			var told struct{ WorkflowID, Action, Operator, Reason, Message string }
			require.NoError(t, json.Unmarshal([]byte(try(t, test.fake, "cancel", "dish:r-1", "--reason=not wanted", "--output=json").stdout), &told))
			assert.Equal(t, []string{"dish:r-1", "cancel", "sam", "not wanted"}, []string{told.WorkflowID, told.Action, told.Operator, told.Reason})
			assert.Contains(t, told.Message, test.says)
		})
	}
}

func TestCancelWaits(t *testing.T) {
	err := asClientsSeeIt(t, temporal.NewCanceledError(workflows.Failure{Type: workflows.Canceled, Message: "cancelled before anything was sent"}))
	fake := waitingRun()
	fake.cancel = func(client.CancelWorkflowOptions) error { return nil }
	fake.end = func(context.Context) (string, error) { return "", err }
	got := try(t, fake, "cancel", "dish:r-1", "--reason=x", "--wait")
	assert.Equal(t, int(exitFailed), got.code)
	for _, want := range []string{"Cancellation is requested", "canceled  dish:r-1\n", "cancelled before anything was sent", "nothing was sent; the same request"} {
		assert.Contains(t, got.stdout, want)
	}
}

func TestCancelOfNothing(t *testing.T) {
	got := try(t, &fakeTemporal{describe: describing(described(activation, isFailed))}, "cancel", "dish:r-1", "--reason=x")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "dish:r-1 has ended: it is failed")
	assert.Equal(t, int(exitUsage), try(t, nil, "cancel", "dish:r-1").code, "a reason is needed")

	fake := waitingRun()
	fake.cancel = func(client.CancelWorkflowOptions) error { return errors.New("no") }
	assert.Equal(t, int(exitUnreachable), try(t, fake, "cancel", "dish:r-1", "--reason=x").code)
}
