package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
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
	State   runs.State
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
		"namespace": {serviceerror.NewNamespaceNotFound("default"), exitUnreachable, []string{"127.0.0.1:7233", "has no namespace default", "Create it with: temporal operator namespace create --namespace default --retention 72h\n"}},
		"attributes": {
			serviceerror.NewInvalidArgument("no mapping defined for search attribute Carrier"), exitUnreachable,
			[]string{"no worker has ever run in this namespace: start one, it registers the search attributes.\n"},
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

func TestStartLater(t *testing.T) {
	for _, test := range []struct {
		at    string
		delay time.Duration
		says  string
	}{
		{"+2h", 2 * time.Hour, "for 2026-11-22 14:00:00 UTC (in 2h)"},
		{"2026-12-01 09:00", 8*24*time.Hour + 21*time.Hour, "for 2026-12-01 09:00:00 UTC (in 8d 21h)"},
	} {
		fake := &fakeTemporal{start: func(o client.StartWorkflowOptions, _, _ string) error {
			assert.Equal(t, test.delay, o.StartDelay)
			assert.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, o.WorkflowIDReusePolicy)
			return nil
		}}
		got := try(t, fake, append(suspend, "--at", test.at)...)
		assert.Equal(t, int(exitDone), got.code, got.stderr)
		for _, want := range []string{"scheduled  dish:r-1\n", "Scheduled    " + test.says, "starter cancel dish:r-1"} {
			assert.Contains(t, got.stdout, want)
		}
		var told struct {
			State        string
			ScheduledFor time.Time
		}
		require.NoError(t, json.Unmarshal([]byte(try(t, fake, append(suspend, "--output=json", "--at", test.at)...).stdout), &told))
		assert.Equal(t, "scheduled", told.State)
		assert.True(t, noon.Add(test.delay).Equal(told.ScheduledFor))
	}
	// A read that begins later is not waited for unless that is asked for: nobody sits there for days.
	later := []string{"dish", "get-subscription", "--reference=r-1", "--gpsi=15550100123", "--at=+2h"}
	assert.Equal(t, int(exitDone), try(t, &fakeTemporal{start: started}, later...).code)
}

func TestStartsThatCannotBe(t *testing.T) {
	for says, args := range map[string][]string{
		`--at: "2026-11-22 11:59" has passed`:       append(suspend, "--at=2026-11-22 11:59"),
		`--at: "soon" is neither a time`:            append(suspend, "--at=soon"),
		"--until=accepted does not go with --at":    append(suspend, "--at=+2h", "--until=accepted"),
		"--until=accepted is for changes":           {"dish", "get-subscription", "--gpsi=15550100123", "--until=accepted"},
		"--wait and --until can't be used together": append(suspend, "--wait", "--until=accepted"),
		`--until must be one of "accepted","done"`:  append(suspend, "--until=tomorrow"),
	} {
		got := try(t, nil, args...)
		assert.Equal(t, int(exitUsage), got.code, says)
		assert.Contains(t, got.stderr, says)
	}
}

func TestStartUntilAccepted(t *testing.T) {
	const operation = "dish.UpdateSubscriptionStatus"
	until := append(suspend, "--until=accepted")
	fake := &fakeTemporal{
		start: started, describe: describing(described(operation, isRunning)),
		update: func(o client.UpdateWorkflowOptions) (any, error, error) {
			assert.Equal(t, "accepted", o.UpdateName)
			return workflows.Accepted{State: workflows.AcceptedByCarrier, TransactionID: "t-1", Status: "Success", Held: true, SubmittedAt: noon}, nil, nil
		},
	}
	got := try(t, fake, until...)
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	for _, want := range []string{
		"running  dish:r-1\n", `Accepted     yes, DISH has the request and says "Success"; it holds it for a decision`, "Transaction  t-1",
		"Acknowledged 2026-11-22 12:00:00 UTC",
	} {
		assert.Contains(t, got.stdout, want)
	}
	var told struct {
		State    string
		Accepted struct{ State, TransactionID string }
	}
	got = try(t, fake, append(until, "--output=json")...)
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &told))
	assert.Equal(t, "accepted", told.Accepted.State)
	assert.Equal(t, "t-1", told.Accepted.TransactionID)

	fake.update = func(client.UpdateWorkflowOptions) (any, error, error) {
		return workflows.Accepted{State: workflows.AcceptanceUnknown}, nil, nil
	}
	got = try(t, fake, until...)
	assert.Equal(t, int(exitDone), got.code, "whoever takes it for refused sends it a second time")
	assert.Contains(t, got.stdout, "it is not known whether DISH has the request")
}

func TestStartNotAccepted(t *testing.T) {
	const operation = "dish.UpdateSubscriptionStatus"
	until := append(suspend, "--until=accepted")
	refused := temporal.NewApplicationErrorWithOptions("no", "CarrierRejected", temporal.ApplicationErrorOptions{
		NonRetryable: true, Details: []any{workflows.Failure{Type: workflows.CarrierRejected, Code: "E7"}},
	})
	end := asClientsSeeIt(t, refused)
	late := client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded)
	for name, test := range map[string]struct {
		start, notTaken, notAnswered error
		code                         exitCode
		says                         string
	}{
		"refused":   {nil, nil, refused, exitFailed, ""},
		"used":      {serviceerror.NewWorkflowExecutionAlreadyStarted("already", "", "run-0"), nil, nil, exitUsage, "reference r-1 was used before"},
		"no worker": {nil, late, nil, exitUnreachable, "no worker has taken up dish:r-1 within 30s. Is one running?\nIt is started, and goes on"},
		"lost":      {nil, nil, serviceerror.NewUnavailable("gone"), exitUnreachable, "dish:r-1 goes on"},
		"not begun": {serviceerror.NewUnavailable("gone"), nil, nil, exitUnreachable, "did not confirm the start of dish:r-1"},
	} {
		t.Run(name, func(t *testing.T) {
			got := try(t, &fakeTemporal{
				start:    func(client.StartWorkflowOptions, string, string) error { return test.start },
				update:   func(client.UpdateWorkflowOptions) (any, error, error) { return nil, test.notTaken, test.notAnswered },
				end:      func(context.Context) (string, error) { return "", end },
				describe: describing(described(operation, isRunning)),
			}, until...)
			assert.Equal(t, int(test.code), got.code, got.stderr)
			assert.Contains(t, got.stderr, test.says)
			if test.code == exitFailed {
				assert.Contains(t, got.stdout, "CarrierRejected")
				assert.Contains(t, got.stdout, "E7")
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	_, err := runs.Connect(t.Context(), variables{"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none"}, time.Minute, time.Now)
	assert.Equal(t, exitUnreachable, printError(io.Discard, err))
	for _, want := range []string{"127.0.0.1:1", "make run", "TEMPORAL_ADDRESS"} {
		assert.ErrorContains(t, err, want)
	}
	_, err = runs.Connect(t.Context(), variables{"TEMPORAL_PROFILE": "nobody's", "TEMPORAL_CONFIG_FILE": t.TempDir() + "/none"}, time.Minute, time.Now)
	assert.Equal(t, exitUsage, printError(io.Discard, err))
}

// How long Temporal may take is a setting, because a busy machine takes longer than an operator wants to wait.
func TestPatience(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 5 * time.Second, "1m": time.Minute, "90s": 90 * time.Second} {
		given := time.Duration(0)
		env := variables{"CARRIERFLOW_PATIENCE": text}
		got := run(t.Context(), []string{"list"}, surroundings{
			env: env, user: func() string { return "sam" }, stdout: io.Discard, stderr: io.Discard, now: time.Now,
			connect: func(_ context.Context, _ envconfig.EnvLookup, patience time.Duration, _ func() time.Time) (*runs.Connection, error) {
				given = patience
				return nil, badUsage("this is enough")
			},
		})
		assert.Equal(t, int(exitUsage), got)
		assert.Equal(t, want, given)
	}
	for _, text := range []string{"soon", "-1s", "0s"} {
		got := tryIn(t.Context(), t, nil, variables{"CARRIERFLOW_PATIENCE": text}, "", "list")
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, "CARRIERFLOW_PATIENCE must be a duration")
	}
	assert.Contains(t, try(t, nil, "--help").stdout, "CARRIERFLOW_PATIENCE   how long Temporal may take to answer one call; without it 5s")
	// One that does not answer is given up then.
	fake := &fakeTemporal{list: func(*workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return nil, context.DeadlineExceeded
	}}
	got := tryIn(t.Context(), t, fake, variables{"CARRIERFLOW_PATIENCE": "10ms"}, "", "list")
	assert.Equal(t, int(exitUnreachable), got.code)
}

// The secrets of the starter may be in files; what cannot be read is bad usage, and nothing is started.
func TestSecretsOfTheStarterMayBeInFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	assert.NoError(t, os.WriteFile(path, []byte("secret\n"), 0o600))
	var asked string
	fake := &fakeTemporal{list: func(r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		asked = r.GetQuery()
		return &workflowservice.ListWorkflowExecutionsResponse{}, nil
	}}
	got := tryIn(t.Context(), t, fake, variables{"CARRIERFLOW_LINE_KEY_FILE": path}, "", "list", "--carrier=dish", "--line=15550100123")
	assert.Equal(t, int(exitDone), got.code, got.stderr)
	assert.Contains(t, asked, workflows.LineKey("secret", "dish", "15550100123"))
	for _, env := range []variables{
		{"CARRIERFLOW_LINE_KEY_FILE": path, "CARRIERFLOW_LINE_KEY": "other"}, {"CARRIERFLOW_LINE_KEY_FILE": "/no/such/file"}, {"TEMPORAL_API_KEY_FILE": "/no/such/file"},
	} {
		got = tryIn(t.Context(), t, nil, env, "", "list")
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, "_FILE")
	}
	assert.Equal(t, int(exitDone), tryIn(t.Context(), t, nil, variables{"CARRIERFLOW_LINE_KEY_FILE": "/no/such/file"}, "", "--help").code)
}
