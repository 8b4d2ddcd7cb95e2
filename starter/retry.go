package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/form"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
)

// retryCommand starts an operation again that has ended without success.
type retryCommand struct {
	actionFlags
	LookedAtCarrier bool     `help:"You have looked at the carrier, and what the old operation asked for may be sent again. Needed when the carrier may have it."`
	Part            []string `help:"Of the parts of the request that the carrier ignored (PartlyTaken): the correct name of each, or none, as in OLD=, to leave it out. The applied ones are not sent again. Repeat it for each." sep:"none" placeholder:"OLD=NEW" aliases:"service,services"`
	launch          `embed:""`
}

// retryOf is what is known about an operation that is retried.
type retryOf struct {
	of   runs.View
	seen workflows.Seen
}

// memo is what the new operation keeps of it.
func (r retryOf) memo() map[string]any {
	return map[string]any{
		workflows.RetryOfMemo: r.of.WorkflowID, workflows.RetriedByMemo: carriers.Redact(r.seen.By), workflows.RetryReasonMemo: carriers.Redact(r.seen.Reason),
	}
}

// Run reads what the old operation was started with, puts in the new reference and starts that. The reference follows from
// the old one, so that the same operation is never retried twice.
func (r retryCommand) Run(ctx context.Context, a *app) error {
	by, err := r.action(a)
	if err != nil {
		return err
	}
	conn, v, err := a.find(ctx, r.ID)
	if err != nil {
		return err
	}
	operation, known := workflows.OperationOf(v.Operation)
	switch {
	case !known:
		return badUsage("%s is a %s and no operation; there is nothing to retry", r.ID, v.Operation)
	case !v.State.Final():
		return badUsage("%s has not ended: it is %s. Nothing was started.", r.ID, v.State)
	case v.State == runs.Completed:
		return badUsage("%s has completed; there is nothing to retry", r.ID)
	}
	reference, later, err := conn.RetryReference(ctx, r.ID)
	switch {
	case err != nil:
		return conn.Unanswered(ctx, err)
	case later != nil:
		return a.retriedBefore(r.ID, *later)
	case reference == "":
		return badUsage("the references that a retry of %s takes are used by other operations. Nothing was started.\n"+
			"Start the operation itself, with another reference.", r.ID)
	}
	input, sent, err := conn.Recorded(ctx, v)
	if err != nil {
		return err
	}
	info := operation.Info()
	if info.Kind == carriers.KindChange {
		e, err := conn.EndingOf(ctx, v)
		if err != nil {
			return conn.Unanswered(ctx, err)
		}
		why := runs.MayHaveIt(e, sent)
		if f, err := conn.FollowUpOf(ctx, r.ID); err != nil {
			return conn.Unanswered(ctx, err)
		} else if f != nil && slices.Contains(f.Attention, string(workflows.AttentionLateCallback)) {
			why = cmp.Or(why, "ended, and the carrier has said something else about it since")
		}
		if why != "" && !r.LookedAtCarrier {
			return badUsage("%s %s. Nothing was started.\nLook at the carrier first; when it may be sent again, say so with --looked-at-carrier.", r.ID, why)
		}
		if err := r.correct(input, e.Failure, workflows.CarrierName(info.Carrier())); err != nil {
			return err
		}
	}
	input.Set(form.Reference, reference)
	if faults := workflows.Validate(info.Type, input.JSON()); len(faults) > 0 {
		named := ""
		for _, f := range faults {
			named += "\n  " + f.String()
		}
		return badUsage("%s cannot be retried as it was, nothing was started:%s\nStart a correct one with %q.", r.ID,
			named, (&command{program: a.self, info: info}).line())
	}
	return a.launch(ctx, info, input.JSON(), r.launch, &retryOf{v, workflows.Seen{By: by.Operator, Reason: by.Reason}})
}

// retriedBefore refuses a second retry.
func (a *app) retriedBefore(id string, later runs.View) error {
	return badUsage("%s was retried before: as %s, %s, now %s. Nothing was started.\n%q shows it; if that one has failed, retry it.",
		id, later.WorkflowID, a.Ago(later.Started, a.now()), later.State, a.self.Command("show", later.WorkflowID))
}

// acknowledgeRetried takes an operation that has been retried off the work list.
func (a *app) acknowledgeRetried(ctx context.Context, conn *runs.Connection, r report) {
	if r.retry == nil {
		return
	}
	of := r.retry.of
	err := func() error {
		f, err := conn.FollowUpOf(ctx, of.WorkflowID)
		switch {
		case err != nil:
			return err
		case f != nil && f.State == runs.Completed:
			return nil
		case (f == nil || f.State.Final()) && len(runs.Left(of)) == 0:
			return nil
		}
		return conn.Acknowledge(ctx, of.WorkflowID, f, workflows.Seen{
			By: r.retry.seen.By, Reason: "retried as " + r.WorkflowID + ": " + r.retry.seen.Reason,
		})
	}()
	if err != nil && !runs.IsNotFound(err) {
		fmt.Fprintf(a.stderr, "starter: %s is retried as %s, but may still be on the work list (%v).\nTake it off with: %s\n",
			of.WorkflowID, r.WorkflowID, err, a.command("acknowledge", of.WorkflowID, "--reason=retried as "+r.WorkflowID))
	}
}

// correct leaves of an input the parts that the carrier ignored, under their correct names. They are keys of one object in it.
func (r retryCommand) correct(input form.Document, f *workflows.Failure, carrier string) error {
	if f == nil || f.Type != workflows.PartlyTaken {
		if len(r.Part) > 0 {
			return badUsage("--part is for operations that failed as PartlyTaken; %s has not. Nothing was started.", r.ID)
		}
		return nil
	}
	field, asked := partsIn(input, f.Ignored)
	if field == "" {
		return badUsage("the input of %s does not name the parts that %s ignored (%s); nothing was started", r.ID, carrier, strings.Join(f.Ignored, ", "))
	}
	corrected, given := form.Document{}, map[string]bool{}
	for _, pair := range r.Part {
		old, name, found := strings.Cut(pair, "=")
		switch {
		case !found:
			return badUsage("--part must be OLD=NEW, or OLD= to leave it out, not %q. Nothing was started.", pair)
		case !slices.Contains(f.Ignored, old):
			return badUsage("--part: %q is none of the ignored parts, which are %s. Nothing was started.", old, strings.Join(f.Ignored, ", "))
		case given[old], name != "" && corrected[name] != nil:
			return badUsage("--part: %q is given twice. Nothing was started.", pair)
		case name == old:
			return badUsage("--part: %s does not know %q; give its correct name. Nothing was started.", carrier, old)
		}
		given[old] = true
		if name != "" {
			corrected[name] = asked[old]
		}
	}
	missing := ""
	for _, name := range f.Ignored {
		if !given[name] {
			missing += " --part=" + name + "=NAME"
		}
	}
	switch {
	case missing != "":
		return badUsage("%s failed because %s does not know some of its parts. Nothing was started.\n"+
			"Give the correct name of each, or none to leave it out:%s\nOnly these are sent: the others are in effect.", r.ID, carrier, missing)
	case len(corrected) == 0:
		return badUsage("every ignored part is left out, so there is nothing to send. Nothing was started.")
	}
	input[field] = corrected.JSON()
	return nil
}

// partsIn finds the object in an input that has all of some parts, and its name; "" when there is none.
func partsIn(input form.Document, parts []string) (name string, object form.Document) {
	for name, value := range input {
		var object form.Document
		if json.Unmarshal(value, &object) == nil && !slices.ContainsFunc(parts, func(part string) bool { return object[part] == nil }) && object != nil {
			return name, object
		}
	}
	return "", nil
}
