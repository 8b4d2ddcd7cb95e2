package activities

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// The changes of one line are carried out one after the other: each takes the line's turn before it is sent. Who has the turn
// is kept by the workflow of the line, which exists only while somebody has it or waits for it. These are the names of that
// workflow, of its signals, and of the activities that call it.
const (
	// LineType is the type of the workflow of a line.
	LineType = "Line"
	// AskTurnSignal asks for the turn; its payload is an [Asker].
	AskTurnSignal = "ask-turn"
	// ReleaseTurnSignal gives the turn back, or withdraws what was asked; its payload is a [Release].
	ReleaseTurnSignal = "release-turn"

	// TakeTurnName and ReleaseTurnName are local activities, which add one event each. WatchHolderName is an activity of
	// the workflow of the line, EndedName a local one.
	TakeTurnName    = "TakeTurn"
	ReleaseTurnName = "ReleaseTurn"
	WatchHolderName = "WatchHolder"
	EndedName       = "Ended"
)

// HolderMemo is the field of the line's memo with the [Asker] that has the turn. A memo can be read without a worker.
const HolderMemo = "holder"

// Asker is a run that asks for a line's turn, has it, or waits for it.
type Asker struct {
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId,omitempty"`
}

// Release is the payload of [ReleaseTurnSignal].
type Release struct {
	Asker
	// To is the workflow that has the turn from now on; empty when the line is free.
	To string `json:"to,omitempty"`
}

// TurnRequest is the input of TakeTurn. A local activity's input is not part of the history.
type TurnRequest struct {
	Operation string `json:"operation"`
	// Line is the line's identifier; personal.
	Line string `json:"line"`
}

// Turn is what a run knows about its line's turn.
type Turn struct {
	// Line is the workflow id of the line; empty where changes take no turn.
	Line string `json:"line,omitempty"`
	// Granted tells that the run may send.
	Granted bool `json:"granted,omitempty"`
	// Holder is the workflow that has the turn, if another has it.
	Holder string `json:"holder,omitempty"`
}

// LineID is the workflow id of a line: "line:<carrier>:<line key>".
func LineID(c carriers.Carrier, key string) string { return "line:" + string(c) + ":" + key }

// Turns make the activities by which changes take their line's turn.
type Turns struct {
	// Secret is the secret of [carriers.Adapter.LineKey]. Without one changes take no turn, because the line's workflow id
	// would reveal its number.
	Secret string
	// Without lists operation types, and carriers, whose changes take no turn.
	Without []string
}

// Register adds the activities to the worker of the workflows.
func (t Turns) Register(r Registry) {
	r.RegisterActivityWithOptions(t.take, activity.RegisterOptions{Name: TakeTurnName})
	r.RegisterActivityWithOptions(release, activity.RegisterOptions{Name: ReleaseTurnName})
	r.RegisterActivityWithOptions(watchHolder, activity.RegisterOptions{Name: WatchHolderName})
	r.RegisterActivityWithOptions(ended, activity.RegisterOptions{Name: EndedName})
}

// take asks for the turn. Who starts the line's workflow has the turn at once, and no further message is needed. Everybody else
// is told by a signal when it is their turn. Asking again changes nothing.
func (t Turns) take(ctx context.Context, in TurnRequest) (Turn, error) {
	c := carriers.CarrierOf(in.Operation)
	if t.Secret == "" || slices.Contains(t.Without, in.Operation) || slices.Contains(t.Without, string(c)) {
		return Turn{Granted: true}, nil
	}
	adapter, _ := registry.Carrier(c)
	me, line := thisRun(ctx), LineID(c, adapter.LineKey(t.Secret, in.Line))
	started, err := askTurn(ctx, line, me)
	if err != nil || started {
		return Turn{Line: line, Granted: started}, err
	}
	// The answer to a call that was repeated on its way does not say that the first one started the workflow. The memo does.
	holder, err := holderOf(ctx, activity.GetClient(ctx), line, "")
	if err != nil {
		return Turn{}, err
	}
	return Turn{Line: line, Granted: holder == me, Holder: holder.WorkflowID}, nil
}

// thisRun is the run whose activity this is.
func thisRun(ctx context.Context) Asker {
	run := activity.GetInfo(ctx).WorkflowExecution
	return Asker{run.ID, run.RunID}
}

// askTurn asks for a line's turn, starts the line's workflow if there is none, and reports whether it did. The client's own method does
// not say that.
func askTurn(ctx context.Context, line string, asker Asker) (started bool, err error) {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(asker)
	if err != nil {
		return false, err
	}
	info := activity.GetInfo(ctx)
	answer, err := activity.GetClient(ctx).WorkflowService().SignalWithStartWorkflowExecution(ctx, &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace: info.Namespace, WorkflowId: line, WorkflowType: &commonpb.WorkflowType{Name: LineType},
		TaskQueue: &taskqueuepb.TaskQueue{Name: info.TaskQueue}, Identity: asker.WorkflowID, RequestId: uuid.NewString(),
		SignalName: AskTurnSignal, SignalInput: payloads,
		WorkflowIdReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Memo:                  &commonpb.Memo{Fields: map[string]*commonpb.Payload{HolderMemo: payloads.GetPayloads()[0]}},
	})
	return answer.GetStarted(), err
}

// release gives the turn back, or withdraws what was asked.
func release(ctx context.Context, line, to string) error {
	err := activity.GetClient(ctx).SignalWorkflow(ctx, line, "", ReleaseTurnSignal, Release{Asker: thisRun(ctx), To: to})
	if _, gone := errors.AsType[*serviceerror.NotFound](err); !gone {
		return err
	}
	if to == "" { // somebody has released it
		return nil
	}
	// The line was terminated: it begins anew with who is to have the turn, unless another has it by now.
	_, err = askTurn(ctx, line, Asker{WorkflowID: to})
	return err
}

// watchHolder returns the holder of the turn once it has ended; before that it fails with Pending, and is repeated. A holder
// that was terminated cannot give the turn back. The current run of its workflow id counts: a reset run continues an earlier one.
func watchHolder(ctx context.Context) (Asker, error) {
	line, temporal := activity.GetInfo(ctx).WorkflowExecution, activity.GetClient(ctx)
	holder, err := holderOf(ctx, temporal, line.ID, line.RunID)
	if err != nil {
		return Asker{}, err
	}
	if holder.WorkflowID != "" {
		open, err := isOpen(ctx, temporal, holder.WorkflowID)
		if err != nil || !open {
			return holder, err
		}
	}
	return Asker{}, applicationError("the holder of the turn, "+holder.WorkflowID+", has not ended", Pending, false, 0, Problem{})
}

// ended returns those of some workflow ids of which no run is open.
func ended(ctx context.Context, workflowIDs []string) ([]string, error) {
	temporal, open := activity.GetClient(ctx), make([]bool, len(workflowIDs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i, id := range workflowIDs {
		group.Go(func() (err error) {
			open[i], err = isOpen(ctx, temporal, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var gone []string
	for i, id := range workflowIDs {
		if !open[i] {
			gone = append(gone, id)
		}
	}
	return gone, nil
}

// isOpen reports whether a run of a workflow id is open.
func isOpen(ctx context.Context, c client.Client, workflowID string) (bool, error) {
	found, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return false, nil
	}
	return found.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, err
}

// holderOf reads from a line's memo who has its turn.
func holderOf(ctx context.Context, c client.Client, line, runID string) (holder Asker, err error) {
	found, err := c.DescribeWorkflowExecution(ctx, line, runID)
	if err != nil {
		return holder, err
	}
	return HolderIn(found.GetWorkflowExecutionInfo().GetMemo())
}

// HolderIn reads from a line's memo who has the turn, or had it last.
func HolderIn(memo *commonpb.Memo) (holder Asker, err error) {
	if field := memo.GetFields()[HolderMemo]; field != nil {
		err = converter.GetDefaultDataConverter().FromPayload(field, &holder)
	}
	return holder, err
}
