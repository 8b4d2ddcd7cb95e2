package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
)

func TestStatus(t *testing.T) {
	open := &fakeTemporal{
		details: "- Sent to DISH.\n- Waiting.",
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			return marked(described(activation, isRunning, call("Check", "not final", 3, 20*time.Second)), "Overdue"), nil
		},
	}
	got := try(t, open, "status", "dish:r-1")
	assert.Equal(t, int(exitDone), got.code)
	assert.Equal(t, `overdue  dish:r-1
  Operation    dish.ActivateSubscription
  Attention    Overdue
  Started      2026-11-22 11:59:00 UTC (1m ago)
  Details      - Sent to DISH.
               - Waiting.
  Pending      dish.ActivateSubscription.Check, attempt 3 at 12:00:20 (in 20s)
               not final
  Run          run-1
  Web UI       http://localhost:8233/namespaces/default/workflows/dish:r-1/run-1/history
`, got.stdout)

	err := asClientsSeeIt(t, carrierFailed())
	closed := &fakeTemporal{
		end: func(context.Context) (string, error) { return "", err },
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			return described(activation, enumspb.WORKFLOW_EXECUTION_STATUS_FAILED), nil
		},
	}
	got = try(t, closed, "status", "dish:r-1")
	assert.Equal(t, int(exitDone), got.code, "looking at a failed operation is no failure")
	assert.Contains(t, got.stdout, "E17")
	assert.Contains(t, got.stdout, "after 50s")

	got = try(t, closed, "status", "dish:r-1", "--output=json")
	var told read
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &told))
	assert.Equal(t, workflows.CarrierFailed, told.Failure.Type)
	assert.Equal(t, failed, told.State)

	for _, command := range []string{"status", "wait"} {
		got = try(t, &fakeTemporal{describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			return nil, serviceerror.NewNotFound("no")
		}}, command, "dish:x")
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, "there is no operation dish:x in namespace default")
	}
	got = try(t, &fakeTemporal{describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		return nil, serviceerror.NewPermissionDenied("no", "")
	}}, "status", "dish:x")
	assert.Equal(t, int(exitUnreachable), got.code)

	// What it left behind cannot be looked up.
	closed.others = map[string]*fakeTemporal{"dish:r-1-r1": {describe: func() (*describedRun, error) { return nil, serviceerror.NewUnavailable("gone") }}}
	got = try(t, closed, "status", "dish:r-1")
	assert.Equal(t, int(exitUnreachable), got.code)
	assert.Equal(t, 1, strings.Count(got.stderr, "Temporal at 127.0.0.1:7233"), got.stderr)
}

// The marks are for the Web UI, and the summary stands above.
func TestDetailsArePlainText(t *testing.T) {
	const details = "**Suspend line …0123 at DISH**\n\n- Sent.\n- **Needs attention:** Overdue."
	assert.Equal(t, "- Sent.\n- Needs attention: Overdue.", plainText(details, "Suspend line …0123 at DISH"))
	assert.Equal(t, "Suspend line …0123 at DISH\n\n- Sent.\n- Needs attention: Overdue.", plainText(details, ""))
	assert.Empty(t, plainText("", ""))
	got := try(t, &fakeTemporal{details: details, describe: describing(described(activation, isRunning))}, "status", "dish:r-1")
	assert.NotContains(t, got.stdout, "**")
}

// What to do about an operation that an operator has closed is what the operator said.
func TestAdviceOfTheOperator(t *testing.T) {
	f := workflows.Failure{Type: workflows.ResolvedFailed, Message: "closed", Resolution: &workflows.Resolution{Order: workflows.Order{Operator: "alex", Reason: "order it anew, ticket 4711"}}}
	end := asClientsSeeIt(t, temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{Details: []any{f}}))
	got := try(t, &fakeTemporal{describe: describing(described(activation, isFailed)), end: func(context.Context) (string, error) { return "", end }}, "status", "dish:r-1")
	assert.Contains(t, got.stdout, "What to do   as alex says, who closed it: order it anew, ticket 4711\n")
}

func TestList(t *testing.T) {
	infos := func(n int) (all []*workflowpb.WorkflowExecutionInfo) {
		for range n {
			all = append(all, described(activation, isRunning).WorkflowExecutionInfo)
		}
		return all
	}
	var asked []*workflowservice.ListWorkflowExecutionsRequest
	fake := &fakeTemporal{list: func(r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		asked = append(asked, r)
		return &workflowservice.ListWorkflowExecutionsResponse{Executions: infos(min(int(r.PageSize), 3)), NextPageToken: []byte("more")}, nil
	}}
	got := try(t, fake, "list", "--limit=5", "--output=json")
	assert.Equal(t, int(exitDone), got.code)
	var views []view
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &views))
	assert.Len(t, views, 5)
	require.Len(t, asked, 2)
	assert.Equal(t, "TaskQueue = 'carrierflow' AND WorkflowType != 'FollowUp'", asked[0].Query)
	assert.Equal(t, int32(2), asked[1].PageSize)
	assert.Equal(t, "more", string(asked[1].NextPageToken))

	fake.list = func(*workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return &workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflowpb.WorkflowExecutionInfo{
			toBegin(described(activation, isRunning), noon.Add(9*24*time.Hour)).WorkflowExecutionInfo,
			toBegin(described(activation, isRunning), noon.Add(-time.Second)).WorkflowExecutionInfo,
		}}, nil
	}
	assert.Equal(t, "ID        STATUS     STARTED      AGE    OPERATION             ATTENTION\n"+
		"dish:r-1  scheduled  12-01 12:00  in 9d  ActivateSubscription\n"+
		"dish:r-1  running    11-22 11:59  1m     ActivateSubscription\n", try(t, fake, "list").stdout)

	fake.list = func(*workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return &workflowservice.ListWorkflowExecutionsResponse{}, nil
	}
	assert.Equal(t, "No operations found in namespace default.\n", try(t, fake, "list").stdout)
	assert.Equal(t, "[]\n", try(t, fake, "list", "--output=json").stdout)
	fake.list = func(*workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		return nil, errors.New("no")
	}
	assert.Equal(t, int(exitUnreachable), try(t, fake, "list").code)
}
