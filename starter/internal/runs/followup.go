package runs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/payload"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// Acknowledgement is who has dealt with something, and how.
type Acknowledgement struct {
	By     string `json:"operator"`
	Reason string `json:"reason,omitempty"`
}

// String is "alex: ticket 4711".
func (a Acknowledgement) String() string {
	if a.Reason == "" {
		return a.By
	}
	return a.By + ": " + a.Reason
}

// AfterEnd adds to the view of an operation that has ended what has happened since: its retry, what it left behind, and who has
// acknowledged that.
func (c *Connection) AfterEnd(ctx context.Context, v *View) (seen *Acknowledgement, err error) {
	if !v.State.Final() || !leavesFollowUps(v.Operation) {
		return nil, nil
	}
	if !IsPlan(v.Operation) { // a plan is not retried
		_, retry, err := c.RetryReference(ctx, v.WorkflowID)
		if err != nil {
			return nil, err
		}
		if retry != nil {
			v.RetriedAs = retry.WorkflowID
		}
	}
	f, err := c.FollowUpOf(ctx, v.WorkflowID)
	switch {
	case err != nil:
		return nil, err
	case f == nil, f.State.Final() && f.State != Completed:
		v.Attention = Left(*v)
	case f.State.Final():
		v.Attention, v.FollowUp, v.FollowUpRun = nil, f.WorkflowID, f.RunID
		seen, err = c.Acknowledged(ctx, *f)
	default:
		v.Attention, v.FollowUp, v.FollowUpRun = f.Attention, f.WorkflowID, f.RunID
		var begun workflows.FollowUp
		begun, err = c.FollowUpInput(ctx, f.WorkflowID, f.RunID)
		v.EndedAs = begun.Failure
	}
	v.NothingSent = c.NothingSent(ctx, *v)
	return seen, err
}

// FollowUpOf finds the newest follow-up of an operation, nil when there is none.
func (c *Connection) FollowUpOf(ctx context.Context, id string) (*View, error) {
	return c.LookUp(ctx, workflows.FollowUpID(id))
}

// Acknowledged reads who has acknowledged a follow-up that has ended.
func (c *Connection) Acknowledged(ctx context.Context, f View) (*Acknowledgement, error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	var raw json.RawMessage
	if err := c.GetWorkflow(bounded, f.WorkflowID, f.RunID).Get(bounded, &raw); err != nil {
		return nil, err
	}
	var result workflows.FollowUpResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return nil, err
	}
	return &Acknowledgement{carriers.Redact(result.SeenBy), carriers.Redact(result.Reason)}, nil
}

// FollowUpInput reads what a follow-up was started with.
func (c *Connection) FollowUpInput(ctx context.Context, id, runID string) (f workflows.FollowUp, err error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	for event, err := range c.History(bounded, id, runID, false) {
		if err != nil {
			return f, err
		}
		payload.Decode(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), c.Converter, &f)
		break
	}
	return f, nil
}

// Acknowledge tells the follow-up of an operation that it has been dealt with. Where none is open, because the operation
// was ended by force, it begins one that is acknowledged from the start: then it is off the work list.
func (c *Connection) Acknowledge(ctx context.Context, id string, f *View, seen workflows.Seen) error {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	if f != nil && !f.State.Final() {
		return workflows.SeenSignal.Send(bounded, c, f.WorkflowID, seen)
	}
	v, err := c.Describe(ctx, id, "")
	if err != nil {
		return err
	}
	_, reference, _ := workflows.ParseWorkflowID(id)
	if plan, ok := plans.ParseWorkflowID(id); ok {
		reference = plan
	}
	// Without a reason for attention it is not on the list for a moment, also while no worker runs.
	begun := workflows.FollowUp{
		WorkflowID: id, Carrier: v.Carrier(), Operation: v.Operation, Reference: reference,
		Message: fmt.Sprintf("%s, reference %s: the run was %s, and what became of the request is not known", v.Operation, reference, v.State),
	}
	_, err = c.SignalWithStartWorkflow(bounded, workflows.FollowUpID(id), workflows.SeenSignal.Name, seen,
		workflows.FollowUpOptions(begun), workflows.FollowUpType, begun)
	return err
}
