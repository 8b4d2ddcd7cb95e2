package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// retryCommand starts an operation anew that has ended without success.
type retryCommand struct {
	orderFlags
	LookedAtCarrier bool     `help:"You have looked at the carrier, and what the old operation asked for may be sent again. Needed when it may stand there."`
	Service         []string `help:"Of services that sTN ignored (ServicesIgnored): the correct name of each, or none, as in OLD=, to leave it out. The applied ones are not sent again. Repeat it for each." sep:"none" placeholder:"OLD=NEW" aliases:"services"`
	launch          `embed:""`
}

// retrial is what is known about an operation that is started anew.
type retrial struct {
	of   view
	seen workflows.Seen
}

// memo is what the new operation keeps of it.
func (r retrial) memo() map[string]any {
	return map[string]any{
		workflows.RetryOfMemo: r.of.WorkflowID, workflows.RetriedByMemo: carriers.Redact(r.seen.By), workflows.RetryReasonMemo: carriers.Redact(r.seen.Reason),
	}
}

// Run reads what the old operation was started with, puts in the new reference and starts that. The reference follows from
// the old one, so that the same operation is never started anew twice.
func (r retryCommand) Run(ctx context.Context, a *app) error {
	order, err := r.order(a)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, r.ID)
	if err != nil {
		return err
	}
	definition := workflows.DefinitionOf(v.Operation)
	switch {
	case definition.Type == "":
		return badUsage("%s is a %s and no operation; there is nothing to start anew", r.ID, v.Operation)
	case !v.State.final():
		return badUsage("%s has not ended: it is %s. Nothing was started.", r.ID, v.State)
	case v.State == completed:
		return badUsage("%s has completed; there is nothing to start anew", r.ID)
	}
	reference, later, err := conn.retryReference(ctx, r.ID)
	if err != nil {
		return err
	}
	if later != nil {
		return a.retriedBefore(r.ID, *later)
	}
	input, sent, err := conn.recorded(ctx, v)
	if err != nil {
		return err
	}
	if definition.Kind == workflows.Change {
		bounded, cancel := conn.bounded(ctx)
		defer cancel()
		e, err := endingOf(bounded, conn.GetWorkflow(ctx, v.WorkflowID, v.RunID), v.Operation)
		if err != nil {
			return conn.unanswered(ctx, err)
		}
		why := mayStand(e, sent)
		if f, err := conn.followUpOf(ctx, r.ID); err != nil {
			return conn.unanswered(ctx, err)
		} else if f != nil && slices.Contains(f.Attention, string(workflows.AttentionLateCallback)) {
			why = cmp.Or(why, "ended, and the carrier has said something else about it since")
		}
		if why != "" && !r.LookedAtCarrier {
			return badUsage("%s %s. Nothing was started.\nLook at the carrier first; when it may be sent again, say so with --looked-at-carrier.", r.ID, why)
		}
		if err := r.correct(input, e.Failure, r.ID); err != nil {
			return err
		}
	}
	input[referenceFlag] = encode(reference)
	if faults := definition.Validate(encode(input)); len(faults) > 0 {
		named := make([]string, len(faults))
		for i, f := range faults {
			named[i] = "\n  " + f.String()
		}
		return badUsage("%s cannot be started anew as it was, nothing was started:%s\nStart a correct one with %q.", r.ID,
			strings.Join(named, ""), (&command{self: a.self, definition: definition}).name())
	}
	return a.launch(ctx, definition, encode(input), r.launch, &retrial{v, workflows.Seen{By: order.Operator, Reason: order.Reason}})
}

// retryReference is the reference to start an operation anew with, or the operation that has done so before.
func (c *connection) retryReference(ctx context.Context, id string) (reference string, later *view, err error) {
	carrier, old, ok := workflows.ParseWorkflowID(id)
	if !ok {
		return "", nil, badUsage("%s is not the id of an operation, which is carrier:reference", id)
	}
	for _, reference = range workflows.RetryReferences(old) {
		found, err := c.there(ctx, workflows.WorkflowID(carrier, reference))
		switch {
		case err != nil:
			return "", nil, c.unanswered(ctx, err)
		case found == nil:
			return reference, nil, nil
		case found.RetryOf == id:
			return reference, found, nil
		}
	}
	return "", nil, badUsage("the references that a retry of %s takes are used by other operations: %s. Nothing was started.\n"+
		"Start the operation itself, with another reference.", id, strings.Join(workflows.RetryReferences(old), ", "))
}

// retryOf finds the operation that has started another one anew, nil when none has.
func (c *connection) retryOf(ctx context.Context, id string) (*view, error) {
	if _, _, ok := workflows.ParseWorkflowID(id); !ok {
		return nil, nil
	}
	_, later, err := c.retryReference(ctx, id)
	if e, refused := errors.AsType[*exit](err); refused && e.code == exitUsage {
		return nil, nil // other operations have its references
	}
	return later, err
}

// retriedBefore refuses a second retry.
func (a *app) retriedBefore(id string, later view) error {
	return badUsage("%s was started anew before: as %s, %s, now %s. Nothing was started.\n%q shows it; should that one have failed, start it anew.",
		id, later.WorkflowID, a.ago(later.Started, a.now()), later.State, a.self.command("show", later.WorkflowID))
}

// retried takes an operation off the work list that has been started anew.
func (a *app) retried(ctx context.Context, conn *connection, told account) {
	if told.retrial == nil {
		return
	}
	of := told.retrial.of
	err := func() error {
		f, err := conn.followUpOf(ctx, of.WorkflowID)
		switch {
		case err != nil:
			return err
		case f != nil && f.State == completed:
			return nil
		case (f == nil || f.State.final()) && len(left(of)) == 0:
			return nil
		}
		return conn.acknowledge(ctx, of.WorkflowID, f, workflows.Seen{
			By: told.retrial.seen.By, Reason: "retried as " + told.WorkflowID + ": " + told.retrial.seen.Reason,
		})
	}()
	if err != nil && !isNotFound(err) {
		fmt.Fprintf(a.stderr, "starter: %s is started anew as %s, but may still be on the work list (%v).\nTake it off with: %s\n",
			of.WorkflowID, told.WorkflowID, err, a.order("acknowledge", of.WorkflowID, "--reason=retried as "+told.WorkflowID))
	}
}

// correct leaves of the services in an input those that the carrier ignored, under their correct names.
func (r retryCommand) correct(input document, f *workflows.Failure, id string) error {
	if f == nil || f.Type != workflows.ServicesIgnored {
		if len(r.Service) > 0 {
			return badUsage("--service is for operations that failed as ServicesIgnored; %s has not. Nothing was started.", id)
		}
		return nil
	}
	var asked document
	if json.Unmarshal(input["services"], &asked) != nil {
		return badUsage("the services in the input of %s cannot be read; nothing was started", id)
	}
	corrected, given := document{}, map[string]bool{}
	for _, pair := range r.Service {
		old, name, found := strings.Cut(pair, "=")
		switch {
		case !found:
			return badUsage("--service must be OLD=NEW, or OLD= to leave it out, not %q. Nothing was started.", pair)
		case !slices.Contains(f.Ignored, old) || asked[old] == nil:
			return badUsage("--service: %q is none of the ignored services, which are %s. Nothing was started.", old, strings.Join(f.Ignored, ", "))
		case given[old], name != "" && corrected[name] != nil:
			return badUsage("--service: %q is given twice. Nothing was started.", pair)
		case name == old:
			return badUsage("--service: sTN does not know %q; give its correct name. Nothing was started.", old)
		}
		given[old] = true
		if name != "" {
			corrected[name] = asked[old]
		}
	}
	var missing []string
	for _, name := range f.Ignored {
		if !given[name] {
			missing = append(missing, "--service="+name+"=NAME")
		}
	}
	switch {
	case len(missing) > 0:
		return badUsage("%s failed because sTN does not know some of its services. Nothing was started.\n"+
			"Give the correct name of each, or none to leave it out: %s\nOnly these are sent: the others are in effect.", id, strings.Join(missing, " "))
	case len(corrected) == 0:
		return badUsage("every ignored service is left out, so there is nothing to send. Nothing was started.")
	}
	input["services"] = encode(corrected)
	return nil
}

// mayStand is why the request of a change that has ended may stand at the carrier, or "". Sent tells that the sending has
// begun. Only what is known to leave nothing behind is taken for harmless; a type of failure that a newer worker has is
// not.
func mayStand(e ending, sent bool) string {
	if e.Failure == nil {
		if sent {
			return fmt.Sprintf("is %s, and nobody has looked what became of its request", e.outcome)
		}
		return ""
	}
	switch e.Failure.Type {
	case workflows.InvalidRequest, workflows.CarrierRejected, workflows.CarrierFailed, workflows.ServicesIgnored,
		workflows.RiskDenied, workflows.ResolvedFailed, workflows.Canceled:
		return ""
	case workflows.CarrierUnauthorized:
		if e.Failure.SubmittedAt.IsZero() {
			return "" // it was the request that was refused
		}
	}
	return fmt.Sprintf("ended as %s: what it asked for may be in effect, or come into effect", e.Failure.Type)
}

// refusedAtOnce tells whether an operation ended because the carrier refused our credentials for the request itself. Such
// a one may be sent again without a look at the carrier. When it cannot be told, it is not said.
func (c *connection) refusedAtOnce(ctx context.Context, v view) bool {
	if v.State != failed || !slices.Equal(v.Attention, []string{string(workflows.AttentionUnauthorized)}) {
		return false
	}
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	e, err := endingOf(bounded, c.GetWorkflow(ctx, v.WorkflowID, v.RunID), v.Operation)
	return err == nil && e.Failure != nil && e.Failure.Type == workflows.CarrierUnauthorized && mayStand(e, true) == ""
}

// recorded reads what a run was started with, and whether it has begun to send.
func (c *connection) recorded(ctx context.Context, v view) (input document, sent bool, err error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	for event, err := range c.history(bounded, v.WorkflowID, v.RunID, false) {
		if err != nil {
			return nil, false, c.unanswered(ctx, err)
		}
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			input = c.inputIn(event)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			name := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
			sent = sent || name == activities.SubmitName(v.Operation)
		}
	}
	if input == nil {
		return nil, false, badUsage("the input of %s cannot be read; nothing was started", v.WorkflowID)
	}
	return input, sent, nil
}

// inputIn reads the input byte by byte, so that no number in it changes; nil when it cannot be read.
func (c *connection) inputIn(started *historypb.HistoryEvent) (input document) {
	payloads := started.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()
	var raw json.RawMessage
	if len(payloads) == 0 || c.converter.FromPayload(payloads[0], &raw) != nil || json.Unmarshal(raw, &input) != nil {
		return nil
	}
	return input
}
