package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
)

// waitingStatus is what an operation says of itself that waits for the carrier.
func waitingStatus() *workflows.OperationStatus {
	return &workflows.OperationStatus{
		Carrier: "dish", Operation: activation, Reference: "r-1", Phase: workflows.PhaseWaiting, CarrierStatus: "Success", CarrierStatusAt: noon.Add(-30 * time.Second),
		Acknowledgement: &workflows.AcknowledgementStatus{At: noon.Add(-50 * time.Second), TransactionID: "t-1", Status: "Success"},
		Attention:       []workflows.Attention{workflows.AttentionOverdue}, OverdueAt: noon.Add(-10 * time.Second), Deadline: noon.Add(72 * time.Hour),
		Callbacks: 2, LastCallback: &workflows.Callback{State: "pending", Status: "Accepted", ReceivedAt: noon.Add(-20 * time.Second)},
		Actions: []string{"check-now", "resolve"}, Message: "Waiting for DISH's decision.",
	}
}

func TestStatus(t *testing.T) {
	open := &fakeTemporal{status: waitingStatus(), describe: describing(marked(described(activation, isRunning, call("Check", "InProgress", 3, 20*time.Second)), "Overdue"))}
	got := try(t, open, "status", "dish:r-1")
	assert.Equal(t, int(exitDone), got.code)
	assert.Equal(t, `overdue  dish:r-1
  Operation    dish.ActivateSubscription
  Attention    Overdue
  Started      2026-11-22 11:59:00 UTC (1m ago)
  Doing        Waiting for DISH's decision.
  Status       DISH says "InProgress", heard 2026-11-22 11:59:50 UTC (10s ago)
  Acknowledged 2026-11-22 11:59:10 UTC, with "Success"
  Transaction  t-1
  Callbacks    2, the last says "Accepted" (pending) 2026-11-22 11:59:40 UTC
  Overdue      2026-11-22 11:59:50 UTC
  Deadline     2026-11-25 12:00:00 UTC (in 3d)
  Actions      check-now, resolve
  Activity     dish.ActivateSubscription.Check, attempt 3 at 12:00:20 (in 20s)
               some message
  Run          run-1
  Web UI       http://localhost:8233/namespaces/default/workflows/dish:r-1/run-1/history
`, got.stdout)
	var asked struct {
		State  string
		Status workflows.OperationStatus
	}
	require.NoError(t, json.Unmarshal([]byte(try(t, open, "status", "dish:r-1", "--output=json").stdout), &asked))
	assert.Equal(t, "overdue", asked.State)
	assert.Equal(t, workflows.PhaseWaiting, asked.Status.Phase)
	assert.Equal(t, "InProgress", asked.Status.CarrierStatus)
	assert.Equal(t, "t-1", asked.Status.Acknowledgement.TransactionID)
	assert.Equal(t, int32(3), asked.Status.Activity.Attempt)

	// The rest of what an operation can say.
	open.status = &workflows.OperationStatus{Phase: workflows.PhaseParked, ParkedBecause: "HTTP 502", CarrierStatus: "Old", CarrierStatusAt: noon.Add(-time.Minute)}
	open.describe = describing(described(activation, isRunning))
	text := try(t, open, "status", "dish:r-1").stdout
	assert.Contains(t, text, "parked  dish:r-1\n")
	assert.Contains(t, text, "Parked       it is not known whether DISH has the request\n               HTTP 502\n")
	assert.Contains(t, text, `Status       DISH says "Old", heard 2026-11-22 11:59:00 UTC (1m ago)`)
	open.status = &workflows.OperationStatus{Phase: workflows.PhaseWaiting, Held: true, Acknowledgement: &workflows.AcknowledgementStatus{At: noon, Found: true}}
	text = try(t, open, "status", "dish:r-1").stdout
	assert.Contains(t, text, "Held         until it is decided at DISH\n")
	assert.Contains(t, text, "Acknowledged 2026-11-22 12:00:00 UTC; a look-up found the request, it was not sent again\n")
	open.status.Approved = true
	assert.Contains(t, try(t, open, "status", "dish:r-1").stdout, "Held         an operator has recorded that it was approved\n")

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
	assert.Equal(t, runs.Failed, told.State)

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

// Where no worker answers, Temporal's description has to do, and that is said.
func TestStatusWithoutAnAnswer(t *testing.T) {
	fake := &fakeTemporal{describe: describing(marked(described(activation, isRunning, call("Check", "InProgress", 3, 20*time.Second)), "Overdue"))}
	for _, command := range []string{"status", "show"} {
		got := try(t, fake, command, "dish:r-1")
		assert.Equal(t, int(exitDone), got.code)
		for _, want := range []string{
			"overdue  dish:r-1\n", "Activity     dish.ActivateSubscription.Check, attempt 3 at 12:00:20 (in 20s)\n",
			"Worker       no worker has answered within 2s; what is shown comes from Temporal alone\n",
		} {
			assert.Contains(t, got.stdout, want, command)
		}
		var told struct {
			State    string
			Status   *workflows.OperationStatus
			NoAnswer bool
			Activity workflows.ActivityStatus
		}
		require.NoError(t, json.Unmarshal([]byte(try(t, fake, command, "dish:r-1", "--output=json").stdout), &told))
		assert.Equal(t, "overdue", told.State)
		assert.Nil(t, told.Status)
		assert.True(t, told.NoAnswer)
		assert.Equal(t, "InProgress", told.Activity.CarrierStatus)
	}
}

// A worker that does not answer holds up nobody for longer than that.
func TestStatusDoesNotWaitForAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := &runs.Connection{Client: silent{fakeTemporal: &fakeTemporal{}}}
		v := runs.View{Operation: activation, State: runs.Running}
		began := time.Now()
		conn.Ask(t.Context(), &v)
		assert.True(t, v.NoAnswer)
		assert.Equal(t, 2*time.Second, time.Since(began))
	})
}

// silent is a Temporal whose workers do not answer queries.
type silent struct{ *fakeTemporal }

func (silent) QueryWorkflow(ctx context.Context, _, _, _ string, _ ...any) (converter.EncodedValue, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// What to do about an operation that an operator has closed is what the operator said.
func TestAdviceOfTheOperator(t *testing.T) {
	f := workflows.Failure{Type: workflows.ResolvedFailed, Message: "closed", Resolution: &workflows.Resolution{OperatorAction: workflows.OperatorAction{Operator: "alex", Reason: "order it anew, ticket 4711"}}}
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
	var views []runs.View
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &views))
	assert.Len(t, views, 5)
	require.Len(t, asked, 2)
	assert.Equal(t, "TaskQueue = 'carrierflow' AND WorkflowType NOT IN ('FollowUp', 'Line', 'Sweep', 'WebhookDelivery')", asked[0].Query)
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
