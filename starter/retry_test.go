package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
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
		assert.Equal(t, "dish:r-1-r1", o.ID)
		assert.Equal(t, billCycle, operation)
		assert.Zero(t, o.StartDelay)
		assert.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, o.WorkflowIDReusePolicy)
		assert.Equal(t, map[string]any{"RetryOf": "dish:r-1", "RetriedBy": "sam", "RetryReason": "plan mended"}, o.Memo)
		assertSameJSON(t, `{"reference":"r-1-r1","gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":5,"timings":{"deadline":"48h"}}`, input)
		return nil
	}
	got := try(t, fake, "retry", "dish:r-1", "--reason=plan mended")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Contains(t, got.stdout, "starting  dish:r-1-r1\n")
	assert.Contains(t, got.stdout, "Retry of     dish:r-1\n")
	assert.NotContains(t, got.stdout, "15550100123")

	fake.start = func(o client.StartWorkflowOptions, _, _ string) error {
		assert.Equal(t, 2*time.Hour, o.StartDelay)
		return nil
	}
	got = try(t, fake, "retry", "dish:r-1", "--at=+2h", "--reason=x")
	assert.Contains(t, got.stdout, "scheduled  dish:r-1-r1\n")

	for _, args := range [][]string{{"retry", "dish:r-1"}, {"retry", "dish:r-1", "--reason= "}, {"retry", "dish:r-1", "--reason=x", "--operator= "}} {
		assert.Equal(t, int(exitUsage), try(t, nil, args...).code, "%v", args)
	}
}

// retryRun is dish:r-1-r1, which may be a retry of something.
func retryRun(of string) *fakeTemporal {
	d := described(billCycle, isRunning)
	d.WorkflowExecutionInfo.Execution.WorkflowId = "dish:r-1-r1"
	if of != "" {
		d.WorkflowExecutionInfo.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{"RetryOf": payloads(of).Payloads[0]}}
	}
	return &fakeTemporal{describe: describing(d), history: events(began(billCycle, "", 0))}
}

// A second retry of one run starts nothing, and names the first one. Nothing is sent twice.
func TestRetryOnce(t *testing.T) {
	failedOnce := func() *fakeTemporal {
		return failedRun(t, billCycle, cycleInput, ended(workflows.Failure{Type: workflows.CarrierFailed}), true)
	}
	refused := func(got outcome) {
		t.Helper()
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, "dish:r-1 was retried before: as dish:r-1-r1, 2026-11-22 11:59:00 UTC (1m ago), now running. Nothing was started.")
		assert.Contains(t, got.stderr, `"bin/starter show dish:r-1-r1"`)
		assert.Empty(t, got.stdout)
	}
	fake := failedOnce()
	fake.others = map[string]*fakeTemporal{"dish:r-1-r1": retryRun("dish:r-1")}
	refused(try(t, fake, "retry", "dish:r-1", "--reason=x"))

	// Also when the two are a moment apart, and Temporal refuses the second.
	fake = failedOnce()
	fake.start = func(client.StartWorkflowOptions, string, string) error {
		fake.others = map[string]*fakeTemporal{"dish:r-1-r1": retryRun("dish:r-1")}
		return serviceerror.NewWorkflowExecutionAlreadyStarted("already", "", "run-0")
	}
	refused(try(t, fake, "retry", "dish:r-1", "--reason=x"))

	// An operation that only happens to have the reference is no retry; the next reference is as fixed as the first.
	fake = failedOnce()
	fake.others = map[string]*fakeTemporal{"dish:r-1-r1": retryRun(""), "dish:" + workflows.RetryReferences("r-1")[1]: {describe: notThere}}
	started := ""
	fake.start = func(o client.StartWorkflowOptions, _, _ string) error {
		started = o.ID
		return nil
	}
	assert.Equal(t, int(exitDone), try(t, fake, "retry", "dish:r-1", "--reason=x").code)
	assert.Equal(t, "dish:"+workflows.RetryReferences("r-1")[1], started)

	// When Temporal did not confirm it, the same can be given again.
	fake = failedOnce()
	fake.start = func(client.StartWorkflowOptions, string, string) error { return serviceerror.NewUnavailable("gone") }
	got := try(t, fake, "retry", "dish:r-1", "--reason=x")
	assert.Equal(t, int(exitUnreachable), got.code)
	assert.Contains(t, got.stderr, "the same retry can safely be given again, it never starts twice")
}

// The two know of each other.
func TestRetryIsShownBothWays(t *testing.T) {
	first := endedRun(isFailed, nil)
	first.history = events(began(activation, "", 0))
	first.end = func(context.Context) (string, error) { return "", asClientsSeeIt(t, carrierFailed()) }
	first.others["dish:r-1-r1"] = retryRun("dish:r-1")
	for _, command := range []string{"show", "status"} {
		assert.Contains(t, try(t, first, command, "dish:r-1").stdout, "Retried as   dish:r-1-r1\n")
		assert.Contains(t, try(t, first, command, "dish:r-1-r1").stdout, "Retry of     dish:r-1\n")
	}
	first.others["dish:r-1-r1"] = retryRun("")
	assert.NotContains(t, try(t, first, "show", "dish:r-1").stdout, "Retried as", "it only has the reference")
}

// What was started anew leaves the work list.
func TestRetryAcknowledges(t *testing.T) {
	unknown := ended(workflows.Failure{Type: workflows.OutcomeUnknown})
	want := workflows.Seen{By: "sam", Reason: "retried as dish:r-1-r1: DISH has nothing"}
	for name, test := range map[string]struct {
		status        enumspb.WorkflowExecutionStatus
		followUp      *fakeTemporal
		signal, begun int
	}{
		"a follow-up":                 {isFailed, followUpRun(isRunning, "OutcomeUnknown"), 1, 0},
		"none":                        {isFailed, nil, 0, 0},
		"one that was seen":           {isFailed, followUpRun(isComplete), 0, 0},
		"terminated, none":            {isTerminated, nil, 0, 1},
		"terminated and acknowledged": {isTerminated, followUpRun(isComplete), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake := failedRun(t, billCycle, cycleInput, unknown, true)
			fake.describe = describing(described(billCycle, test.status))
			if test.followUp != nil {
				fake.others = map[string]*fakeTemporal{"follow-up:dish:r-1": test.followUp}
			}
			started, signals, begun := 0, 0, 0
			fake.start = func(client.StartWorkflowOptions, string, string) error { started++; return nil }
			fake.signal = func(id, name string, arg any) error {
				signals++
				assert.Equal(t, 1, started, "first it is started")
				assert.Equal(t, []any{"follow-up:dish:r-1", "seen", want}, []any{id, name, arg})
				return nil
			}
			fake.begun = func(o client.StartWorkflowOptions, _ string, arg, _ any) error {
				begun++
				assert.Equal(t, []any{"follow-up:dish:r-1", want}, []any{o.ID, arg})
				return nil
			}
			got := try(t, fake, "retry", "dish:r-1", "--looked-at-carrier", "--reason=DISH has nothing")
			assert.Equal(t, int(exitDone), got.code, got.stderr)
			assert.Empty(t, got.stderr)
			assert.Equal(t, []int{1, test.signal, test.begun}, []int{started, signals, begun})
		})
	}
	// It is started all the same when that fails, and says what is left to do.
	fake := failedRun(t, billCycle, cycleInput, unknown, true)
	fake.others = map[string]*fakeTemporal{"follow-up:dish:r-1": followUpRun(isRunning, "OutcomeUnknown")}
	fake.start = started
	fake.signal = func(string, string, any) error { return serviceerror.NewUnavailable("gone") }
	got := try(t, fake, "retry", "dish:r-1", "--looked-at-carrier", "--reason=x")
	assert.Equal(t, int(exitDone), got.code)
	assert.Contains(t, got.stderr, "bin/starter acknowledge dish:r-1 --reason='retried as dish:r-1-r1'")
}

// Of the parts that the carrier ignored, those alone are sent again, under their correct names.
func TestRetryCorrectsParts(t *testing.T) {
	ignored := ended(workflows.Failure{Type: workflows.PartlyTaken, Applied: []string{"voiceMail"}, Ignored: []string{"nosuch", "odd"}})
	const input = `{"reference":"r-1","subscriptionId":"SUB-1","services":{"voiceMail":true,"nosuch":false,"odd":"Limit 12.5"}}`
	run := func(err error) *fakeTemporal { return failedRun(t, "stn.SetServices", input, err, true) }
	for name, test := range map[string]struct {
		flags []string
		sent  string
	}{
		"both":         {[]string{"--part=nosuch=callWaiting", "--part=odd=dataRoamingLimitation"}, `{"callWaiting":false,"dataRoamingLimitation":"Limit 12.5"}`},
		"one left out": {[]string{"--service=nosuch=", "--services", "odd=dataRoamingLimitation"}, `{"dataRoamingLimitation":"Limit 12.5"}`},
	} {
		fake, sent := run(ignored), ""
		fake.start = func(_ client.StartWorkflowOptions, _, in string) error {
			sent = in
			return nil
		}
		got := try(t, fake, append([]string{"retry", "dish:r-1", "--reason=x"}, test.flags...)...)
		assert.Equal(t, int(exitDone), got.code, name+got.stderr)
		assertSameJSON(t, `{"reference":"r-1-r1","subscriptionId":"SUB-1","services":`+test.sent+`}`, sent)
	}
	for says, flags := range map[string][]string{
		"Give the correct name of each, or none to leave it out: --part=nosuch=NAME --part=odd=NAME": nil,
		"to leave it out: --part=odd=NAME":         {"--service=nosuch=callWaiting"},
		`"voiceMail" is none of the ignored parts`: {"--service=voiceMail=x"},
		"must be OLD=NEW":                          {"--service=nosuch"},
		`sTN does not know "odd"`:                  {"--service=odd=odd"},
		"is given twice":                           {"--service=odd=a", "--service=odd=b"},
		`"odd=a" is given twice`:                   {"--service=nosuch=a", "--service=odd=a"},
		"every ignored part is left out":           {"--service=odd=", "--service=nosuch="},
	} {
		got := try(t, run(ignored), append([]string{"retry", "dish:r-1", "--reason=x"}, flags...)...)
		assert.Equal(t, int(exitUsage), got.code, says)
		assert.Contains(t, got.stderr, says)
	}
	got := try(t, run(ended(workflows.Failure{Type: workflows.CarrierFailed})), "retry", "dish:r-1", "--reason=x", "--service=odd=a")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "--part is for operations that failed as PartlyTaken")
	assert.Contains(t, words(try(t, nil, "retry", "--help").stdout), "--part=OLD=NEW")
}

func TestRetryWaits(t *testing.T) {
	// A read leaves nothing behind, however it ended.
	fake := failedRun(t, "dish.GetSubscription", `{"reference":"r-1","gpsi":"15550100123"}`, ended(workflows.Failure{Type: workflows.DeadlineExceeded}), false)
	fake.start = func(client.StartWorkflowOptions, string, string) error {
		fake.others = map[string]*fakeTemporal{"dish:r-1-r1": {describe: describing(described("dish.GetSubscription", isComplete)), end: func(context.Context) (string, error) {
			return `{"subscriberId":"S-1"}`, nil
		}}}
		return nil
	}
	got := try(t, fake, "retry", "dish:r-1", "--reason=x")
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
		"denied":                       {of(workflows.DecisionDenied), true, false},
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
			got := try(t, fake, "retry", "dish:r-1", "--reason=x")
			if !test.needs {
				assert.Equal(t, int(exitDone), got.code, got.stderr)
				assert.Equal(t, 1, starts)
				return
			}
			assert.Equal(t, int(exitUsage), got.code)
			assert.Zero(t, starts)
			assert.Contains(t, got.stderr, "Look at the carrier first")
			assert.Contains(t, got.stderr, "--looked-at-carrier")

			got = try(t, fake, "retry", "dish:r-1", "--reason=x", "--looked-at-carrier")
			assert.Equal(t, int(exitDone), got.code, got.stderr)
			assert.Equal(t, 1, starts)
		})
	}
}

// What the carrier says after the end may contradict how the operation ended.
func TestRetryNeedsALookAfterALateWord(t *testing.T) {
	fake := failedRun(t, billCycle, cycleInput, ended(workflows.Failure{Type: workflows.CarrierFailed}), true)
	fake.others = map[string]*fakeTemporal{"follow-up:dish:r-1": followUpRun(isRunning, "LateCallback")}
	fake.start = started
	fake.signal = func(string, string, any) error { return nil }
	got := try(t, fake, "retry", "dish:r-1", "--reason=x")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "dish:r-1 ended, and the carrier has said something else about it since. Nothing was started.")
	assert.Equal(t, int(exitDone), try(t, fake, "retry", "dish:r-1", "--reason=x", "--looked-at-carrier").code)
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
		"gpsi: must be a phone number":                                  invalid,
		`Start a correct one with "bin/starter dish update-bill-cycle"`: invalid,
		"the input of dish:r-1 cannot be read":                          unreadable,
	} {
		got := try(t, fake, "retry", "dish:r-1", "--reason=x")
		assert.Equal(t, int(exitUsage), got.code, says)
		assert.Contains(t, got.stderr, says)
		assert.Empty(t, got.stdout)
	}
}
