package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/carrierflow/carrierflow/workflows"
)

// acknowledgeCommand takes something that an operator has dealt with off the work list.
type acknowledgeCommand struct {
	ID       string `arg:"" name:"id" help:"Workflow id of the operation that has ended (carrier:reference), or of callbacks for no operation (unmatched:carrier:reference)."`
	Reason   string `help:"What was done about it. It is kept; nothing personal belongs in it. Required for operations." placeholder:"TEXT"`
	Operator string `help:"Who has dealt with it; $$CARRIERFLOW_OPERATOR, else your user name, when left out." placeholder:"NAME"`
}

// Run acknowledges and says what that did.
func (c acknowledgeCommand) Run(ctx context.Context, a *app) error {
	seen := workflows.Seen{By: a.operator(c.Operator), Reason: strings.TrimSpace(c.Reason)}
	if seen.By == "" {
		return badUsage("say who you are, with --operator or %s", operatorVariable)
	}
	if strings.HasPrefix(c.ID, unmatchedPrefix) {
		return a.acknowledgeUnmatched(ctx, c.ID, seen)
	}
	if seen.Reason == "" {
		return badUsage("say with --reason what was done about it; it is kept")
	}
	id := c.ID
	if of, ok := workflows.ParseFollowUpID(id); ok {
		id = of
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	f, err := conn.followUpOf(ctx, id)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	text := "Acknowledged. It is off the work list."
	switch {
	case f != nil && !f.State.final():
	case f != nil && f.State == completed:
		by, err := conn.acknowledged(ctx, *f)
		if err != nil {
			return conn.unanswered(ctx, err)
		}
		return badUsage("%s has been acknowledged already, by %s. Nothing was done.", id, by)
	default:
		v, err := conn.find(ctx, id)
		if err != nil {
			return err
		}
		if !v.State.final() {
			return badUsage("%s has not ended: it is %s, and leaves the work list when it is decided. Nothing was done.\n%q shows what to do.",
				id, v.State, a.self.command("show", id))
		}
		if len(left(v)) == 0 {
			return badUsage("%s is not on the work list: it is %s, and has left nothing to be looked at. Nothing was done.", id, v.State)
		}
		text = fmt.Sprintf("Acknowledged. It is off the work list, and %s keeps who has dealt with it.", workflows.FollowUpID(id))
	}
	if err := conn.acknowledge(ctx, id, f, seen); err != nil {
		if isNotFound(err) {
			return badUsage("%s has just been acknowledged by somebody else. %q shows it.", id, a.self.command("show", id))
		}
		return conn.unanswered(ctx, err)
	}
	a.demanded(demand{id, "acknowledge", seen.By, seen.Reason, text, a.self.command("show", id)})
	return nil
}

const unmatchedPrefix = "unmatched:"

func (a *app) acknowledgeUnmatched(ctx context.Context, id string, seen workflows.Seen) error {
	conn, v, err := a.open(ctx, id)
	if err != nil {
		return err
	}
	if v.Operation != workflows.UnmatchedCallbackType {
		return badUsage("%s is a %s, and keeps no callbacks", id, v.Operation)
	}
	bounded, cancel := conn.bounded(ctx)
	defer cancel()
	if err := workflows.SeenSignal.Send(bounded, conn, id, seen); err != nil {
		return conn.unanswered(ctx, err)
	}
	a.demanded(demand{id, "acknowledge", seen.By, seen.Reason, "Marked as seen. It is taken off the list.", a.self.command("show", id)})
	return nil
}

// acknowledge tells the follow-up of an operation that it has been dealt with. Where none is open, because the operation
// was ended by force, it begins one that is acknowledged from the start: the work list then knows.
func (c *connection) acknowledge(ctx context.Context, id string, f *view, seen workflows.Seen) error {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	if f != nil && !f.State.final() {
		return workflows.SeenSignal.Send(bounded, c, f.WorkflowID, seen)
	}
	v, err := c.describe(ctx, id, "")
	if err != nil {
		return err
	}
	_, reference, _ := workflows.ParseWorkflowID(id)
	// Without a reason for attention it is not on the list for a moment, also while no worker runs.
	begun := workflows.FollowUp{
		WorkflowID: id, Carrier: carrierOf(v), Operation: v.Operation, Reference: reference,
		Message: fmt.Sprintf("%s, reference %s: the run was %s, and nobody looked what became of the request", v.Operation, reference, v.State),
	}
	_, err = c.SignalWithStartWorkflow(bounded, workflows.FollowUpID(id), workflows.SeenSignal.Name, seen,
		workflows.FollowUpOptions(begun), workflows.FollowUpType, begun)
	return err
}
