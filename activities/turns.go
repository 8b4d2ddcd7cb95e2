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
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// Turns tell which changes take their line's turn, and take it.
type Turns struct {
	// Secret is the secret of [carriers.Adapter.LineKey]. Without one changes take no turn, because the line's workflow id
	// would reveal its number.
	Secret string
	// Previous is the secret before, while it is being replaced: a change takes the turn under both, first under this one. So it
	// waits for changes of workers that have only the one or only the other secret, and they wait for it. Optional.
	Previous string
	// Without lists operation types, and carriers, whose changes take no turn.
	Without []string
}

// Register adds the activities to the worker of the workflows.
func (t Turns) Register(r Registry) {
	lineOf := func(_ context.Context, in LineRequest) (string, error) { return t.LineOf(in), nil }
	r.RegisterActivityWithOptions(lineOf, activity.RegisterOptions{Name: LineOfName})
	r.RegisterActivityWithOptions(t.handTurn, activity.RegisterOptions{Name: HandTurnName})
	r.RegisterActivityWithOptions(watchHolder, activity.RegisterOptions{Name: WatchHolderName})
	r.RegisterActivityWithOptions(ended, activity.RegisterOptions{Name: EndedName})
}

// LineOf is the workflow id of the line of a change, under the current secret; "" for one that takes no turn.
func (t Turns) LineOf(in LineRequest) string {
	lines := t.LinesOf(in)
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// LinesOf are the workflow ids of the line of a change, in the order in which their turns are taken: under the previous secret, if there
// is one, and under the current one. There is none for a change that takes no turn.
func (t Turns) LinesOf(in LineRequest) (lines []string) {
	c := carriers.CarrierOf(in.Operation)
	if in.Line == "" || t.Secret == "" || slices.Contains(t.Without, in.Operation) || slices.Contains(t.Without, string(c)) {
		return nil
	}
	adapter, _ := registry.Carrier(c)
	for _, key := range slices.Backward(adapter.LineKeys(in.Line, t.Secret, t.Previous)) {
		lines = append(lines, LineID(c, key))
	}
	return lines
}

// Take takes the line's turn for the run whose activity calls it. Who starts the line's workflow has the turn at once, and no further
// message is needed. Everybody else is told by a signal when it is their turn. Asking again changes nothing. again tells that the run may
// have the turn already: then the memo is read first, which is no signal.
func (t Turns) Take(ctx context.Context, in LineRequest, again bool) (Turn, error) {
	turn := Turn{Granted: true}
	for _, line := range t.LinesOf(in) { // all take them in this order, so that no two wait for each other
		var err error
		if turn, err = takeTurn(ctx, line, again); err != nil || !turn.Granted {
			return turn, err
		}
	}
	return turn, nil
}

// takeTurn takes the turn under one workflow id of the line.
func takeTurn(ctx context.Context, line string, again bool) (Turn, error) {
	temporal, me := activity.GetClient(ctx), thisRun(ctx)
	if again {
		holder, open, err := holderOf(ctx, temporal, line, "")
		if err != nil || open && holder == me {
			return Turn{Line: line, Granted: err == nil}, err
		}
	}
	started, err := askTurn(ctx, temporal, activity.GetInfo(ctx).Namespace, line, me)
	if err != nil || started {
		return Turn{Line: line, Granted: started}, err
	}
	// The answer to a call that was repeated on its way does not say that the first one started the workflow. The memo does.
	holder, _, err := holderOf(ctx, temporal, line, "")
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

// askTurn asks for a line's turn, starts the line's workflow if there is none, and reports whether it did.
func askTurn(ctx context.Context, temporal client.Client, namespace, line string, asker Asker) (started bool, err error) {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(asker)
	if err != nil {
		return false, err
	}
	call := toLine(namespace, line, asker, AskTurnSignal, payloads)
	call.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	call.WorkflowStartDelay = durationpb.New(LineSleep)
	call.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{HolderMemo: payloads.GetPayloads()[0]}}
	answer, err := temporal.WorkflowService().SignalWithStartWorkflowExecution(ctx, call)
	return answer.GetStarted(), err
}

// toLine is a call that signals a line, and starts its workflow if there is none. Only such a call wakes a line that sleeps, and its answer
// says whether it has started the workflow; that of the client's own method does not.
func toLine(namespace, line string, from Asker, signal string, payloads *commonpb.Payloads) *workflowservice.SignalWithStartWorkflowExecutionRequest {
	return &workflowservice.SignalWithStartWorkflowExecutionRequest{
		Namespace: namespace, WorkflowId: line, WorkflowType: &commonpb.WorkflowType{Name: LineType},
		TaskQueue: &taskqueuepb.TaskQueue{Name: WorkflowQueue}, Identity: from.WorkflowID, RequestId: uuid.NewString(),
		SignalName: signal, SignalInput: payloads,
	}
}

// GiveBack gives the turn of a run back to its line, or withdraws what the run has asked.
func GiveBack(ctx context.Context, temporal client.Client, namespace, line string, run Asker) error {
	_, err := release(ctx, temporal, namespace, line, Release{Asker: run})
	return err
}

// release signals a line that a turn is free, and reports whether the line was open. Where the server no longer knows the line, this starts
// one that ends at once.
func release(ctx context.Context, temporal client.Client, namespace, line string, r Release) (open bool, err error) {
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(r)
	if err != nil {
		return false, err
	}
	call := toLine(namespace, line, r.Asker, ReleaseTurnSignal, payloads)
	call.WorkflowIdReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	answer, err := temporal.WorkflowService().SignalWithStartWorkflowExecution(ctx, call)
	if _, closed := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); closed { // somebody has released it
		return false, nil
	}
	return err == nil && !answer.GetStarted(), err
}

// handTurn gives the turn back; with to, that workflow has it from now on. line is where the run has it, and in names the line, empty
// where that is not known: while the secret is replaced, the turn may be held under another workflow id as well.
func (t Turns) handTurn(ctx context.Context, line, to string, in LineRequest) error {
	lines := t.LinesOf(in)
	if !slices.Contains(lines, line) {
		lines = append([]string{line}, lines...)
	}
	for _, one := range lines {
		if err := handOneTurn(ctx, one, to); err != nil {
			return err
		}
	}
	return nil
}

func handOneTurn(ctx context.Context, line, to string) error {
	temporal, namespace := activity.GetClient(ctx), activity.GetInfo(ctx).Namespace
	open, err := release(ctx, temporal, namespace, line, Release{Asker: thisRun(ctx), To: to})
	if err != nil || open || to == "" {
		return err
	}
	// The line was terminated: it begins anew with who is to have the turn, unless another has it by now.
	_, err = askTurn(ctx, temporal, namespace, line, Asker{WorkflowID: to})
	return err
}

// watchHolder returns the holder of the turn once it has ended; before that it fails with Pending, and is repeated. A holder
// that was terminated cannot give the turn back. The current run of its workflow id counts: a reset run continues an earlier one.
func watchHolder(ctx context.Context) (Asker, error) {
	line, temporal := activity.GetInfo(ctx).WorkflowExecution, activity.GetClient(ctx)
	holder, _, err := holderOf(ctx, temporal, line.ID, line.RunID)
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

// holderOf reads from a line's memo who has its turn, and whether the line is open.
func holderOf(ctx context.Context, c client.Client, line, runID string) (holder Asker, open bool, err error) {
	found, err := c.DescribeWorkflowExecution(ctx, line, runID)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return holder, false, nil
	}
	if err != nil {
		return holder, false, err
	}
	info := found.GetWorkflowExecutionInfo()
	holder, err = HolderIn(info.GetMemo())
	return holder, info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, err
}

// HolderIn reads from a line's memo who has the turn, or had it last.
func HolderIn(memo *commonpb.Memo) (holder Asker, err error) {
	if field := memo.GetFields()[HolderMemo]; field != nil {
		err = converter.GetDefaultDataConverter().FromPayload(field, &holder)
	}
	return holder, err
}
