package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

const shippedPlan = "../docs/examples/plans/onboard-line.json"

// aPlan is what Temporal says of a plan.
func aPlan(status enumspb.WorkflowExecutionStatus, reasons ...string) *workflowservice.DescribeWorkflowExecutionResponse {
	d := described(plans.WorkflowType, status)
	if len(reasons) > 0 {
		d = marked(d, reasons...)
	}
	d.WorkflowExecutionInfo.Execution.WorkflowId = "plan:order-70"
	return d
}

// stoppedPlan is what a plan says of itself that waits for an operator.
func stoppedPlan() *plans.PlanStatus {
	return &plans.PlanStatus{
		Reference: "order-70", Phase: plans.PhaseStopped, Step: "services", NoReturn: true,
		Steps: []plans.StepStatus{
			{Name: "line", Operation: "stn.NewSubscription", State: plans.StepDone, WorkflowID: "stn:order-70-line", Undo: plans.UndoBy, UndoOperation: "stn.Terminate"},
			{Name: "services", Operation: "masmovil.SetBlock", State: plans.StepFailed, WorkflowID: "masmovil:order-70-services", Undo: plans.UndoNothing, Failure: "CarrierRejected"},
		},
		Attention: []workflows.Attention{workflows.AttentionPlanStopped}, Actions: []string{"continue", "skip", "undo", "leave"},
		Message: "Step services ended as CarrierRejected: no.",
	}
}

func TestPlanStart(t *testing.T) {
	var sent map[string]any
	fake := &fakeTemporal{start: func(o client.StartWorkflowOptions, operation, input string) error {
		assert.Equal(t, plans.WorkflowType, operation)
		assert.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, o.WorkflowIDReusePolicy)
		require.NoError(t, json.Unmarshal([]byte(input), &sent))
		assert.Equal(t, "plan:"+sent["reference"].(string), o.ID)
		return nil
	}}
	got := try(t, fake, "plan", "start", shippedPlan)
	require.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Equal(t, "order-70", sent["reference"])
	for _, want := range []string{"starting  plan:order-70\n", "Open a line on a SIM card, with services", "starter plan show plan:order-70", "starter wait plan:order-70"} {
		assert.Contains(t, got.stdout, want)
	}

	// A value keeps the type of the one that it replaces; what is new is text.
	got = try(t, fake, "plan", "start", shippedPlan, "--reference=mine", "--value=card=8931990000000070019", `--value=services={"voiceMail":true}`, "--value=note=5")
	require.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Equal(t, "mine", sent["reference"])
	values := sent["values"].(map[string]any)
	assert.Equal(t, "8931990000000070019", values["card"])
	assert.Equal(t, map[string]any{"voiceMail": true}, values["services"])
	assert.Equal(t, "5", values["note"])

	plan, err := os.ReadFile(shippedPlan)
	require.NoError(t, err)
	var unnamed map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(plan, &unnamed))
	delete(unnamed, "reference")
	text, err := json.Marshal(unnamed)
	require.NoError(t, err)
	require.Equal(t, int(exitDone), tryWith(t.Context(), t, fake, string(text), "plan", "start", "-").code)
	assert.Len(t, sent["reference"], 15, "it is made up")
}

func TestPlanStartRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{shippedPlan, "--value=card=1"}, "the plan is not valid, nothing was started:\n  steps[0].from.simCardNumber: must be a SIM card number"},
		{[]string{shippedPlan, "--reference=a b"}, "reference: must match"},
		{[]string{shippedPlan, "--value=card"}, "--value must be NAME=VALUE"},
		{[]string{"no-such-file.json"}, "reading the plan: "},
		{[]string{"plan.go"}, "plan.go is not a JSON object"},
	} {
		got := try(t, nil, append([]string{"plan", "start"}, test.args...)...)
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, test.want)
		assert.NotContains(t, got.stderr, "8931990000000070001")
	}
	fake := &fakeTemporal{
		start: func(client.StartWorkflowOptions, string, string) error {
			return &serviceerror.WorkflowExecutionAlreadyStarted{RunId: "run-0"}
		},
		describe: describing(aPlan(isRunning)), plan: stoppedPlan(),
	}
	got := try(t, fake, "plan", "start", shippedPlan)
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "reference order-70 was used before")
}

func TestPlanWait(t *testing.T) {
	failed := asClientsSeeIt(t, temporal.NewApplicationErrorWithOptions("no", string(plans.PlanUndone), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{plans.Failure{
		Type: plans.FailureType(plans.PlanUndone), Operation: plans.WorkflowType, Reference: "order-70",
		Message: "Plan, reference order-70: step services failed; undone: line", Undone: []string{"line"},
		Steps: []plans.StepStatus{{Name: "line", Operation: "stn.NewSubscription", State: plans.StepUndone, WorkflowID: "stn:order-70-line", UndoWorkflowID: "stn:order-70-line-undo"}},
	}}}))
	for _, command := range [][]string{{"wait", "plan:order-70"}, {"plan", "show", "order-70"}, {"status", "plan:order-70"}} {
		fake := &fakeTemporal{
			describe: describing(aPlan(enumspb.WORKFLOW_EXECUTION_STATUS_FAILED)),
			end:      func(context.Context) (string, error) { return "", failed },
		}
		got := try(t, fake, command...)
		for _, want := range []string{"failed  plan:order-70", "line  undone  stn:order-70-line  stn:order-70-line-undo", "PlanUndone", "step services failed; undone: line", "a new try takes a new reference"} {
			assert.Contains(t, got.stdout, want, command)
		}
	}
	fake := &fakeTemporal{start: started, describe: describing(aPlan(isComplete)), end: func(context.Context) (string, error) {
		return `{"reference":"order-70","steps":[{"name":"line","operation":"stn.NewSubscription","state":"done","undo":"operation"}],"results":{"phoneNumber":"06-12345678"},"endedAt":"2026-11-22T11:59:50Z"}`, nil
	}}
	got := try(t, fake, "plan", "start", shippedPlan, "--wait")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Contains(t, got.stdout, "line  done")
	assert.NotContains(t, got.stdout, "06-12345678")
}

func TestPlanShow(t *testing.T) {
	fake := &fakeTemporal{describe: describing(aPlan(isRunning, "PlanStopped")), plan: stoppedPlan()}
	for _, id := range []string{"order-70", "plan:order-70"} {
		got := try(t, fake, "plan", "show", id)
		assert.Equal(t, int(exitDone), got.code, got.stderr)
		for _, want := range []string{
			"stopped  plan:order-70", "PlanStopped", "Step services ended as CarrierRejected: no.", "line      done  stn:order-70-line",
			"services  failed (CarrierRejected)  masmovil:order-70-services", "a step that cannot be undone is in effect, or may be",
			"$ bin/starter plan continue plan:order-70 --step=services --reason='ticket NUMBER'", "$ bin/starter plan leave plan:order-70",
		} {
			assert.Contains(t, got.stdout, want)
		}
	}
	got := try(t, fake, "plan", "show", "order-70", "--output=json")
	var shown struct{ Plan plans.PlanStatus }
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &shown))
	assert.Equal(t, *stoppedPlan(), shown.Plan)

	other := &fakeTemporal{describe: describing(described(activation, isRunning))}
	got = try(t, other, "plan", "show", "dish:r-1")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "and no plan")
}

func TestPlanUpdates(t *testing.T) {
	const who = `"operator":"sam","reason":"ticket 1"`
	for _, test := range []struct {
		args           []string
		name, argument string
	}{
		{[]string{"confirm", "--step=services"}, "confirm", "{" + who + `,"step":"services"}`},
		{[]string{"continue"}, "continue", "{" + who + "}"},
		// blockId is a number in the schema of the step's operation; reason is text.
		{[]string{"continue", "--step=services", "--set=blockId=7", "--set=active=true", "--set=reason=12", "--set=note="}, "continue", "{" + who + `,"step":"services","set":{"blockId":7,"active":true,"reason":"12","note":null}}`},
		{[]string{"skip", "--step=services"}, "skip", "{" + who + `,"step":"services"}`},
		{[]string{"undo"}, "undo", "{" + who + `,"unclear":"leave"}`},
		{[]string{"undo", "--unclear=undo"}, "undo", "{" + who + `,"unclear":"undo"}`},
		{[]string{"leave"}, "leave", "{" + who + "}"},
	} {
		fake := &fakeTemporal{describe: describing(aPlan(isRunning, "PlanStopped")), plan: stoppedPlan()}
		fake.update = func(o client.UpdateWorkflowOptions) (any, error, error) {
			assert.Equal(t, "plan:order-70", o.WorkflowID)
			assert.Equal(t, test.name, o.UpdateName)
			argument, err := json.Marshal(o.Args[0])
			require.NoError(t, err)
			assertSameJSON(t, test.argument, string(argument))
			return plans.PlanStatus{Phase: plans.PhaseRunning, Message: "Going on."}, nil, nil
		}
		got := try(t, fake, append(append([]string{"plan"}, test.args...), "order-70", "--reason=ticket 1")...)
		assert.Equal(t, int(exitDone), got.code, got.stderr)
		assert.Contains(t, got.stdout, "plan:order-70  Going on.\n")
	}
}

func TestPlanUpdatesAreRefused(t *testing.T) {
	refused := &fakeTemporal{describe: describing(aPlan(isRunning)), plan: stoppedPlan()}
	refused.update = func(client.UpdateWorkflowOptions) (any, error, error) {
		return nil, temporal.NewNonRetryableApplicationError("skip: step services is under way", workflows.Refused, nil), nil
	}
	ended := &fakeTemporal{describe: describing(aPlan(isComplete)), end: func(context.Context) (string, error) { return `{}`, nil }}
	open := &fakeTemporal{describe: describing(aPlan(isRunning)), plan: stoppedPlan()}
	for _, test := range []struct {
		fake *fakeTemporal
		args []string
		want string
	}{
		{refused, []string{"plan", "skip", "order-70"}, "refused: skip: step services is under way"},
		{ended, []string{"plan", "skip", "order-70"}, "has ended: it is completed"},
		{open, []string{"plan", "continue", "order-70", "--set=blockId"}, "--set must be FIELD=VALUE"},
		{open, []string{"check-now", "plan:order-70"}, `is a plan; the commands for it are those of "plan"`},
		{ended, []string{"retry", "plan:order-70"}, "there is nothing to retry"},
	} {
		got := try(t, test.fake, append(test.args, "--reason=r")...)
		assert.Equal(t, int(exitUsage), got.code, test.args)
		assert.Contains(t, got.stderr, test.want)
	}
	cancelled := &fakeTemporal{describe: describing(aPlan(isRunning)), plan: stoppedPlan(), cancel: func(client.CancelWorkflowOptions) error { return nil }}
	assert.Contains(t, try(t, cancelled, "cancel", "plan:order-70", "--reason=r").stdout, "nothing is undone")
}

func TestPlansOnTheWorkList(t *testing.T) {
	info := func(status enumspb.WorkflowExecutionStatus, reasons ...string) *workflowpb.WorkflowExecutionInfo {
		i := needing("plan:order-70", status, time.Hour, reasons...)
		i.Type = &commonpb.WorkflowType{Name: plans.WorkflowType}
		return i
	}
	var asked []string
	fake := visibility(&asked, info(isRunning, "PlanStopped"))
	fake.plan = stoppedPlan()
	got := try(t, fake, "attention")
	for _, want := range []string{"plan:order-70  PlanStopped", "step services: CarrierRejected", "$ bin/starter plan show plan:order-70"} {
		assert.Contains(t, got.stdout, want)
	}
	got = try(t, visibility(&asked, info(isTerminated)), "attention")
	assert.Contains(t, got.stdout, "plan:order-70  Terminated")
	assert.Contains(t, got.stdout, "$ bin/starter show plan:order-70\n")
}
