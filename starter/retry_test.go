package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

const billCycle = "dish.UpdateBillCycle"

// failedRun is a run that began with an input and ended with an error.
func failedRun(t *testing.T, operation, input string, err error, sent bool) *fakeTemporal {
	t.Helper()
	all := events(began(operation, json.RawMessage(input), 0))
	if sent {
		all = append(all, calling(activities.SubmitName(operation), ""))
	}
	seen := asClientsSeeIt(t, err)
	return &fakeTemporal{
		describe: describing(described(operation, isFailed)), history: all,
		end: func(context.Context) (string, error) { return "", seen },
	}
}

// ended is the error that a workflow ends with for a failure.
func ended(f workflows.Failure) error {
	return temporal.NewApplicationErrorWithOptions("no", string(f.Type), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{f}})
}

const cycleInput = `{"reference":"r-1","gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":5,"timings":{"deadline":"48h"}}`

func TestRetry(t *testing.T) {
	fake := failedRun(t, billCycle, cycleInput, ended(workflows.Failure{Type: workflows.CarrierFailed}), true)
	fake.start = func(o client.StartWorkflowOptions, operation, input string) error {
		assert.Equal(t, "dish:r-2", o.ID)
		assert.Equal(t, billCycle, operation)
		assert.Zero(t, o.StartDelay)
		assert.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, o.WorkflowIDReusePolicy)
		assertSameJSON(t, `{"reference":"r-2","gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":5,"timings":{"deadline":"48h"}}`, input)
		return nil
	}
	got := try(t, fake, "retry", "dish:r-1", "--reference=r-2")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Contains(t, got.stdout, "starting  dish:r-2\n")
	assert.NotContains(t, got.stdout, "15550100123")

	var made string
	fake.start = func(o client.StartWorkflowOptions, _, _ string) error {
		made = o.ID
		assert.Equal(t, 2*time.Hour, o.StartDelay)
		return nil
	}
	got = try(t, fake, "retry", "dish:r-1", "--at=+2h")
	assert.Contains(t, got.stdout, "scheduled  "+made+"\n", "a reference is made up and told")
	assert.NotEqual(t, "dish:r-1", made)
}

func TestRetryWaits(t *testing.T) {
	// A read leaves nothing behind, however it ended.
	fake := failedRun(t, "dish.GetSubscription", `{"reference":"r-1","gpsi":"15550100123"}`, ended(workflows.Failure{Type: workflows.DeadlineExceeded}), false)
	fake.start = func(client.StartWorkflowOptions, string, string) error {
		fake.end = func(context.Context) (string, error) { return `{"subscriberId":"S-1"}`, nil }
		return nil
	}
	got := try(t, fake, "retry", "dish:r-1")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Contains(t, got.stdout, `"subscriberId": "S-1"`)
}

// Nothing is sent again that may stand at the carrier, unless an operator says to have looked.
func TestRetryNeedsALook(t *testing.T) {
	of := func(kind workflows.FailureType) error { return ended(workflows.Failure{Type: kind}) }
	for name, test := range map[string]struct {
		err   error
		sent  bool
		needs bool
	}{
		"invalid":                      {of(workflows.InvalidRequest), false, false},
		"rejected":                     {of(workflows.CarrierRejected), true, false},
		"failed":                       {of(workflows.CarrierFailed), true, false},
		"ignored":                      {of(workflows.ServicesIgnored), true, false},
		"denied":                       {of(workflows.RiskDenied), true, false},
		"resolved":                     {of(workflows.ResolvedFailed), true, false},
		"not let in":                   {of(workflows.CarrierUnauthorized), true, false},
		"not let in afterwards":        {ended(workflows.Failure{Type: workflows.CarrierUnauthorized, SubmittedAt: noon}), true, true},
		"canceled, nothing sent":       {temporal.NewCanceledError(workflows.Failure{Type: workflows.Canceled}), true, false},
		"canceled":                     {of(workflows.CanceledAfterSubmit), true, true},
		"unknown":                      {of(workflows.OutcomeUnknown), true, true},
		"not in effect":                {of(workflows.NotInEffect), true, true},
		"deadline":                     {of(workflows.DeadlineExceeded), true, true},
		"of a newer worker":            {of("Newer"), true, true},
		"no failure of ours":           {temporal.NewNonRetryableApplicationError("what", "Odd", nil), true, true},
		"no failure of ours, not sent": {temporal.NewNonRetryableApplicationError("what", "Odd", nil), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			starts := 0
			fake := failedRun(t, billCycle, cycleInput, test.err, test.sent)
			fake.start = func(client.StartWorkflowOptions, string, string) error {
				starts++
				return nil
			}
			got := try(t, fake, "retry", "dish:r-1", "--reference=r-2")
			if !test.needs {
				assert.Equal(t, int(exitDone), got.code, got.stderr)
				assert.Equal(t, 1, starts)
				return
			}
			assert.Equal(t, int(exitUsage), got.code)
			assert.Zero(t, starts)
			assert.Contains(t, got.stderr, "Look at the carrier first")
			assert.Contains(t, got.stderr, "--looked-at-carrier")

			got = try(t, fake, "retry", "dish:r-1", "--reference=r-2", "--looked-at-carrier")
			assert.Equal(t, int(exitDone), got.code, got.stderr)
			assert.Equal(t, 1, starts)
		})
	}
}

func TestRetryRefuses(t *testing.T) {
	rejected := ended(workflows.Failure{Type: workflows.CarrierRejected})
	invalid := failedRun(t, billCycle, `{"reference":"r-1","gpsi":"abc","colour":1}`, rejected, false)
	unreadable := failedRun(t, billCycle, `"text"`, rejected, false)
	for says, fake := range map[string]*fakeTemporal{
		"dish:r-1 has not ended: it is running":                         {describe: describing(described(billCycle, isRunning))},
		"dish:r-1 has not ended: it is scheduled":                       {describe: describing(toBegin(described(billCycle, isRunning), noon.Add(time.Hour)))},
		"dish:r-1 has completed":                                        {describe: describing(described(billCycle, isComplete))},
		"dish:r-1 is a UnmatchedCallback and no operation":              {describe: describing(described("UnmatchedCallback", isFailed))},
		"there is no operation dish:r-1":                                {describe: notThere},
		"gpsi: must match":                                              invalid,
		`Start a correct one with "bin/starter dish update-bill-cycle"`: invalid,
		"the input of dish:r-1 cannot be read":                          unreadable,
	} {
		got := try(t, fake, "retry", "dish:r-1")
		assert.Equal(t, int(exitUsage), got.code, says)
		assert.Contains(t, got.stderr, says)
		assert.Empty(t, got.stdout)
	}
	got := try(t, failedRun(t, billCycle, cycleInput, rejected, true), "retry", "dish:r-1", "--reference=no spaces")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "reference: must match")
}
