package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

var (
	suspend    = []string{"dish", "update-status", "--reference=r-1", "--gpsi=15550100123", "--action=Suspend"}
	isComplete = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
)

const result = `{"carrier":"dish","operation":"dish.UpdateSubscriptionStatus","reference":"r-1","transactionId":"r-1","status":"Success",
	"decidedBy":"callback","effect":"shown","line":{"number":"15550100123","imsi":"310170000000017"},
	"submittedAt":"2026-11-22T11:59:01Z","decidedAt":"2026-11-22T11:59:50Z"}`

// read is what a script reads of an account.
type read struct {
	State   state
	Result  *workflows.Result
	Failure *workflows.Failure
}

func started(client.StartWorkflowOptions, string, string) error { return nil }

func TestStart(t *testing.T) {
	fake := &fakeTemporal{start: func(o client.StartWorkflowOptions, operation, input string) error {
		assert.Equal(t, "dish:r-1", o.ID)
		assert.Equal(t, workflows.TaskQueue, o.TaskQueue)
		assert.Equal(t, "dish.UpdateSubscriptionStatus", operation)
		assertSameJSON(t, `{"reference":"r-1","gpsi":"15550100123","action":"Suspend"}`, input)
		key, ok := o.TypedSearchAttributes.GetKeyword(workflows.LineKeyAttribute)
		assert.True(t, ok)
		assert.Equal(t, workflows.LineKey("secret", "dish", "15550100123"), key)
		return nil
	}}
	got := try(t, fake, suspend...)
	assert.Equal(t, int(exitDone), got.code)
	assert.Empty(t, got.stderr)
	for _, want := range []string{
		"starting  dish:r-1\n", "Suspend line …0123 at DISH", "run-1", "starter status dish:r-1", "starter wait dish:r-1",
		"http://localhost:8233/namespaces/default/workflows/dish:r-1/run-1/history",
	} {
		assert.Contains(t, got.stdout, want)
	}

	got = try(t, fake, append(suspend, "--output=json")...)
	assert.Equal(t, int(exitDone), got.code)
	var told map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &told))
	assert.Equal(t, "r-1", told["reference"])
	assert.Equal(t, "starting", told["state"])
	assert.Equal(t, "dish:r-1", told["workflowId"])
}

func TestMadeUpReferenceIsTold(t *testing.T) {
	var id string
	got := try(t, &fakeTemporal{start: func(o client.StartWorkflowOptions, _, _ string) error {
		id = o.ID
		return nil
	}}, "dish", "update-status", "--gpsi=15550100123", "--action=Suspend")
	_, reference, ok := workflows.ParseWorkflowID(id)
	assert.True(t, ok)
	assert.Contains(t, got.stdout, reference)
}

func TestNotStarted(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		code exitCode
		says []string
	}{
		"used before": {
			serviceerror.NewWorkflowExecutionAlreadyStarted("already", "", "run-0"), exitUsage,
			[]string{"reference r-1 was used before", "started 2026-11-22 11:59:00 UTC (1m ago), now completed", "Nothing was started", "starter status dish:r-1"},
		},
		"namespace": {serviceerror.NewNamespaceNotFound("default"), exitUnreachable, []string{"127.0.0.1:7233", "Namespace default is not found"}},
		"attributes": {
			serviceerror.NewInvalidArgument("no mapping defined for search attribute Carrier"), exitUnreachable, []string{"registers carrierflow's search attributes"},
		},
		"lost": {serviceerror.NewUnavailable("gone"), exitUnreachable, []string{"did not confirm the start of dish:r-1", "starter status dish:r-1", "--reference r-1"}},
		"slow": {context.DeadlineExceeded, exitUnreachable, []string{"did not confirm the start"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, &fakeTemporal{
				start: func(client.StartWorkflowOptions, string, string) error { return test.err },
				describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
					return described("dish.UpdateSubscriptionStatus", isComplete), nil
				},
			}, suspend...)
			assert.Equal(t, int(test.code), got.code)
			assert.Empty(t, got.stdout)
			for _, want := range test.says {
				assert.Contains(t, got.stderr, want)
			}
			certain := name != "lost" && name != "slow"
			assert.Equal(t, !certain, strings.Contains(got.stderr, "did not confirm"), "only a lost answer leaves it open")
		})
	}
}

func TestUnreachable(t *testing.T) {
	began := time.Now()
	_, err := connect(t.Context(), variables{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none"})
	assert.Less(t, time.Since(began), 2*patience)
	var e *exit
	require.ErrorAs(t, err, &e)
	assert.Equal(t, exitUnreachable, e.code)
	for _, want := range []string{"127.0.0.1:1", "make run", "TEMPORAL_ADDRESS"} {
		assert.Contains(t, e.text, want)
	}
	_, err = connect(t.Context(), variables{"TEMPORAL_PROFILE": "nobody's", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none"})
	require.ErrorAs(t, err, &e)
	assert.Equal(t, exitUsage, e.code)
}
