package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/timeline"
	"github.com/carrierflow/carrierflow/starter/internal/times"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// atOnce is how many runs are looked at at the same time.
const atOnce = 8

// attentionCommand is the operators' work list.
type attentionCommand struct {
	Carrier *string `help:"Only those at one carrier: ${enum}." enum:"${carriers}" placeholder:"NAME"`
	Since   string  `help:"Of those that were ended by force (terminated, timed out), only the ones that ended since then: 24h, 7d, 2026-11-01 (default: ${default})." default:"7d" placeholder:"WHEN"`
	Limit   int     `help:"How many at most (default: ${default})." default:"50" placeholder:"N"`
}

// task is one entry of the work list.
type task struct {
	runs.View
	// Failure and Message are how it ended, if it has.
	Failure workflows.FailureType `json:"failure,omitempty"`
	Message string                `json:"message,omitempty"`
	// Todo is what to do next, Command the command for it.
	Todo    string `json:"todo"`
	Command string `json:"command"`
	// Acknowledge is the command that takes it off the list, when nothing is left to do.
	Acknowledge string `json:"acknowledge,omitempty"`
}

// Run lists what an operator has to look at: what is open and needs it, what operations left behind when they ended, what
// was ended by force a short while ago, and what is of an unknown type.
func (c attentionCommand) Run(ctx context.Context, a *app) error {
	since, err := times.Past(c.Since, a.now())
	switch {
	case err != nil:
		return badUsage("--since: %v", err)
	case c.Limit < 1:
		return badUsage("--limit must be at least 1")
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	w, at := runs.Wanted{Since: since}, carriersNamed(c.Carrier)
	if c.Carrier != nil {
		w.At = at
	}
	views, err := conn.Worklist(ctx, w)
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	err = a.unserved(ctx, conn, at, views)
	tasks := a.tasksOf(ctx, conn, views[:min(len(views), c.Limit)], err == nil)
	if err == nil {
		err = a.untakenAt(ctx, conn, at)
	}
	switch {
	case a.JSON:
		a.Document(tasks)
	case len(views) == 0 && err != nil: // something needs it, if no run does
	default:
		a.tasks(tasks, len(views))
	}
	return err
}

// tasksOf says what to do about each of some runs. Where workers answer, the open ones are asked how far they are.
func (a *app) tasksOf(ctx context.Context, conn *runs.Connection, views []runs.View, answered bool) []task {
	tasks := make([]task, len(views))
	var silent atomic.Bool // after one that is not answered, the others are not asked
	silent.Store(!answered)
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, v := range views {
		all.Go(func() error {
			if !silent.Load() {
				if conn.Ask(ctx, &v); v.NoAnswer {
					silent.Store(true)
				}
			}
			v.NothingSent = conn.NothingSent(ctx, v)
			message := ""
			if v.FollowUp != "" {
				if f, err := conn.FollowUpInput(ctx, v.FollowUp, v.FollowUpRun); err == nil { // without it, the rest is still worth reading
					v.EndedAs, v.Operation = f.Failure, cmp.Or(v.Operation, f.Operation)
					message = timeline.Sentence(f.Operation, f.Reference, f.Message)
				}
			}
			if v.Plan != nil && message == "" {
				message = v.Plan.Message
			}
			tasks[i] = a.task(v)
			tasks[i].Message = message
			return nil
		})
	}
	_ = all.Wait() // none fails
	return tasks
}

// tasks writes the work list.
func (a *app) tasks(tasks []task, all int) {
	switch all {
	case 0:
		fmt.Fprintln(a.Out, "Nothing needs attention.")
	case 1:
		fmt.Fprintln(a.Out, "1 needs attention.")
	default:
		fmt.Fprintf(a.Out, "%d need attention, the oldest first.\n", all)
	}
	for _, t := range tasks {
		fmt.Fprintf(a.Out, "\n%s  %s\n", a.Paint(terminal.Bold, t.WorkflowID), a.Paint(terminal.Red, strings.Join(t.Attention, ", ")))
		how := age(t.View, a.now())
		if t.Failure != "" {
			how += ", " + string(t.Failure)
		}
		if heard := t.Heard(); heard != "" {
			how += ", " + heard
		}
		fmt.Fprintf(a.Out, "  %s, %s\n", t.Operation, how)
		if t.Message != "" {
			fmt.Fprintf(a.Out, "    %s\n", strings.Join(terminal.Wrapped(t.Message, terminal.Width-4), "\n    "))
		}
		fmt.Fprintf(a.Out, "  %s\n  $ %s\n", strings.Join(terminal.Wrapped(t.Todo, terminal.Width-2), "\n  "), t.Command)
		if t.Acknowledge != "" {
			fmt.Fprintf(a.Out, "  when nothing is left to do:\n  $ %s\n", t.Acknowledge)
		}
	}
	if more := all - len(tasks); more > 0 {
		fmt.Fprintf(a.Out, "\nand %d more; --limit shows them\n", more)
	}
}

// age says when a run began or begins, or when it has ended.
func age(v runs.View, now time.Time) string {
	switch {
	case !v.Closed.IsZero():
		return fmt.Sprintf("%s %s ago", v.State, terminal.Span(now.Sub(v.Closed)))
	case v.State == runs.Scheduled:
		return fmt.Sprintf("%s in %s", v.State, terminal.Span(v.Begins.Sub(now)))
	}
	return fmt.Sprintf("%s, started %s ago", v.State, terminal.Span(now.Sub(v.Started)))
}

// anyReason stands in printed commands for what the operator has to write.
const anyReason = "--reason=ticket NUMBER"

// commandFlags are the flags that the printed commands need.
var commandFlags = map[string][]string{
	"resolve": {"--outcome=done", anyReason}, "retry": {"--looked-at-carrier", anyReason},
	"check-now": {anyReason}, "approve": {anyReason}, "acknowledge": {anyReason},
}

// reasons are the reasons for attention, the most urgent first, each with the command for it while the run is open and when it has
// ended. What to do is in [workflows.Attention.Advice] and [workflows.FailureType.Advice].
var reasons = []struct {
	reason      workflows.Attention
	open, ended string
}{
	{workflows.AttentionOutcomeUnknown, "resolve", "retry"},
	{workflows.AttentionNotInEffect, "check-now", "retry"},
	{workflows.AttentionUnauthorized, "check-now", "retry"},
	{workflows.AttentionUnknownStatus, "show", "show"},
	{workflows.AttentionHeld, "approve", "show"},
	{workflows.AttentionOverdue, "check-now", "retry"},
	{workflows.AttentionUnconfirmed, "check-now", "show"},
	{workflows.AttentionNotServed, "show", "retry"},
	{workflows.AttentionLineBusy, "show", "retry"},
	{workflows.AttentionContradicted, "show", "show"},
	{workflows.AttentionManyCallbacks, "show", "show"},
	{workflows.AttentionLateCallback, "show", "show"},
	{runs.AttentionTerminated, "", "retry"},
	{runs.AttentionTimedOut, "", "retry"},
	{runs.AttentionUnknownOperation, "show", ""},
	{workflows.AttentionUnmatchedCallback, "acknowledge", "show"},
	{workflows.AttentionPlanStopped, "plan show", "plan show"},
	{workflows.AttentionSweepFailing, "show", "show"},
	{workflows.AttentionWebhookFailing, "acknowledge", "show"},
}

// task says what to do about a run: what its most urgent reason asks for.
func (p printer) task(v runs.View) task {
	advice, command := "See what is the matter.", "show" // for a reason that a newer worker has
	for _, known := range reasons {
		if !slices.Contains(v.Attention, string(known.reason)) {
			continue
		}
		if advice, command = adviceAbout(known.reason, v), known.open; v.State.Final() {
			command = known.ended
		}
		break
	}
	flags := commandFlags[command]
	if v.NothingSent {
		advice, command, flags = workflows.CarrierUnauthorized.Advice()+"; nothing was taken, so it can be sent again then", "retry", []string{anyReason}
	}
	if _, ok := workflows.ParseFollowUpID(v.WorkflowID); ok { // its operation is no longer kept
		command, flags = "acknowledge", commandFlags["acknowledge"]
	}
	if (v.State == runs.Completed || runs.IsPlan(v.Operation)) && command == "retry" { // it cannot be
		command, flags = "show", nil
	}
	t := task{View: v, Failure: v.EndedAs, Todo: asSentence(advice), Command: p.command(command, v.WorkflowID, flags...)}
	if v.State.Final() && command != "acknowledge" {
		t.Acknowledge = p.command("acknowledge", v.WorkflowID, anyReason)
	}
	return t
}

// adviceAbout is what an operator should do about a reason, in words.
func adviceAbout(reason workflows.Attention, v runs.View) string {
	switch reason {
	case runs.AttentionTerminated, runs.AttentionTimedOut:
		if runs.IsPlan(v.Operation) {
			return "Look at what the steps have left in effect. The plan was ended by force; an operation that was under way goes on by itself."
		}
		return "Look at the line at " + v.CarrierName() + ": what became of the request? The run was ended by force."
	case runs.AttentionUnknownOperation:
		return "Start a worker of this release, which ends it as InvalidRequest, or a newer one that may have it."
	case workflows.AttentionContradicted, workflows.AttentionLateCallback, workflows.AttentionManyCallbacks:
		return reason.Advice(v.CarrierName())
	}
	if v.State.Final() && runs.IsPlan(v.Operation) {
		return cmp.Or(plans.FailureType(v.EndedAs).Advice(), "the steps say what is in effect")
	}
	if v.State.Final() && v.EndedAs != "" {
		return cmp.Or(v.EndedAs.Advice(), "an operator has to look at it")
	}
	return reason.Advice(v.CarrierName())
}

// asSentence is a text as a sentence: with a capital letter and a full stop.
func asSentence(text string) string {
	return strings.TrimSuffix(terminal.Capitalised(text), ".") + "."
}

// command writes a command about a run. Where the operator's name is not known, one that needs it leaves a place for it.
func (p printer) command(command, id string, flags ...string) string {
	words := append(append(strings.Fields(command), id), flags...)
	if p.unnamed && slices.Contains(flags, anyReason) {
		words = append(words, "--operator=NAME")
	}
	return p.self.Command(words...)
}
