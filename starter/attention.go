package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/workflows"
)

// attentionCommand is the operators' work list.
type attentionCommand struct {
	Carrier string `help:"Only those at one carrier." placeholder:"NAME"`
	Since   string `help:"Of those that were ended by force (terminated, timed out), only the ones that ended since then: 24h, 7d, 2026-11-01 (default: ${default})." default:"7d" placeholder:"WHEN"`
	Limit   int    `help:"How many at most (default: ${default})." default:"50" placeholder:"N"`
}

// task is one entry of the work list.
type task struct {
	view
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
// was ended by force a short while ago, and what no worker knows.
func (c attentionCommand) Run(ctx context.Context, a *app) error {
	at, err := carriersNamed(c.Carrier)
	if err != nil {
		return err
	}
	since, err := past(c.Since, a.now())
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
	w := wanted{since: since}
	if c.Carrier != "" {
		w.at = at
	}
	views, err := conn.worklist(ctx, w)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	tasks := a.tasksOf(ctx, conn, views[:min(len(views), c.Limit)])
	if err = a.unserved(ctx, conn, at, views); err == nil {
		err = a.untaken(ctx, conn, at)
	}
	switch {
	case a.json:
		a.document(tasks)
	case len(views) == 0 && err != nil: // something needs it, if no run does
	default:
		a.tasks(tasks, len(views))
	}
	return err
}

// tasksOf says what to do about each of some runs.
func (a *app) tasksOf(ctx context.Context, conn *connection, views []view) []task {
	const atOnce = 8
	tasks := make([]task, len(views))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, v := range views {
		all.Go(func() error {
			v.refused = conn.refusedAtOnce(ctx, v)
			tasks[i] = a.task(v)
			if v.FollowUp == "" {
				return nil
			}
			if f, err := conn.begunWith(ctx, v.FollowUp, v.followUpRun); err == nil { // without it, the rest is still worth reading
				tasks[i].Failure, tasks[i].Message, tasks[i].Operation = f.Failure, said(f), cmp.Or(v.Operation, f.Operation)
			}
			return nil
		})
	}
	_ = all.Wait() // none fails
	return tasks
}

// said is the message of a follow-up without the operation and reference, which stand above it.
func said(f workflows.FollowUp) string {
	return sentence(workflows.Failure{Operation: f.Operation, Reference: f.Reference, Message: f.Message})
}

// tasks writes the work list.
func (a *app) tasks(tasks []task, all int) {
	switch {
	case all == 0:
		fmt.Fprintln(a.out, "Nothing needs attention.")
	case all == 1:
		fmt.Fprintln(a.out, "1 needs attention.")
	default:
		fmt.Fprintf(a.out, "%d need attention, the oldest first.\n", all)
	}
	for _, t := range tasks {
		fmt.Fprintf(a.out, "\n%s  %s\n", a.paint(bold, t.WorkflowID), a.paint(red, strings.Join(t.Attention, ", ")))
		how := age(t.view, a.now())
		if t.Failure != "" {
			how += ", " + string(t.Failure)
		}
		fmt.Fprintf(a.out, "  %s, %s\n", t.Operation, how)
		if t.Message != "" {
			for _, line := range wrapped(t.Message, listWidth-4) {
				fmt.Fprintf(a.out, "    %s\n", line)
			}
		}
		fmt.Fprintf(a.out, "  %s:\n  $ %s\n", t.Todo, t.Command)
		if t.Acknowledge != "" {
			fmt.Fprintf(a.out, "  when nothing is left to do:\n  $ %s\n", t.Acknowledge)
		}
	}
	if more := all - len(tasks); more > 0 {
		fmt.Fprintf(a.out, "\nand %d more; --limit shows them\n", more)
	}
}

// age says for how long a run has been going, or since when it has ended.
func age(v view, now time.Time) string {
	switch {
	case v.Closed != nil:
		return fmt.Sprintf("%s %s ago", v.State, span(now.Sub(*v.Closed)))
	case v.State == scheduled:
		return fmt.Sprintf("%s in %s", v.State, span(v.Begins.Sub(now)))
	}
	return fmt.Sprintf("%s for %s", v.State, span(now.Sub(v.Started)))
}

// remedy is what to do about a reason: in words, and the command, with what stands behind the id.
type remedy struct {
	todo, command string
	flags         []string
}

var (
	reasoned = []string{anyReason}
	looked   = []string{"--looked-at-carrier", anyReason}
)

// reasons are the reasons to call an operator, the most urgent first, each with what to do while the run is open and when
// it has ended.
var reasons = []struct {
	reason      workflows.Attention
	open, ended remedy
}{
	{
		workflows.AttentionOutcomeUnknown,
		remedy{"look at the carrier; when it has done it (else --outcome=failed), close it", "resolve", []string{"--outcome=done", anyReason}},
		remedy{"look at the carrier; if it does not have the request, send it anew", "retry", looked},
	},
	{
		workflows.AttentionNotInEffect,
		remedy{"ask the carrier why it does not show what it says is done", "check-now", reasoned},
		remedy{"ask the carrier why it does not show what it says is done; if it has to be sent again", "retry", looked},
	},
	{
		workflows.AttentionUnauthorized,
		remedy{"renew the credentials for the carrier, then ask it", "check-now", reasoned},
		remedy{"renew the credentials for the carrier; if it does not have the request, send it anew", "retry", looked},
	},
	{
		workflows.AttentionUnknownStatus,
		remedy{"find out what the carrier's word means; the check goes on", "show", nil},
		remedy{"find out what the carrier's word means", "show", nil},
	},
	{
		workflows.AttentionRiskReview,
		remedy{"ask the carrier for its decision; when it is in favour (else deny-risk)", "approve-risk", reasoned},
		remedy{"see how it ended", "show", nil},
	},
	{
		workflows.AttentionOverdue,
		remedy{"ask the carrier why it takes so long; to check at once", "check-now", reasoned},
		remedy{"look at the carrier; if the change is not in effect, send it anew", "retry", looked},
	},
	{
		workflows.AttentionUnconfirmed,
		remedy{"find out why the carrier's read fails; to look at once", "check-now", reasoned},
		remedy{"look at the carrier whether the change is in effect, as it says", "show", nil},
	},
	{
		workflows.AttentionNotServed,
		remedy{"start a worker that serves the carrier, with its base URL; then the request is sent", "show", nil},
		remedy{"start a worker that serves the carrier; if it does not have the request, send it anew", "retry", looked},
	},
	{
		workflows.AttentionContradicted,
		remedy{"see what the carrier has said, and look at the carrier which of it holds", "show", nil},
		remedy{"see what the carrier has said, and look at the carrier which of it holds", "show", nil},
	},
	{
		workflows.AttentionManyCallbacks,
		remedy{"ask the carrier why it calls back so often", "show", nil},
		remedy{"ask the carrier why it calls back so often", "show", nil},
	},
	{
		workflows.AttentionLateCallback,
		remedy{"see what the carrier said after the end, and tell the caller", "show", nil},
		remedy{"see what the carrier said after the end, and tell the caller", "show", nil},
	},
	{
		attentionTerminated,
		remedy{},
		remedy{"nobody has looked what became of it; look at the carrier; to send it anew", "retry", looked},
	},
	{
		attentionTimedOut,
		remedy{},
		remedy{"nobody has looked what became of it; look at the carrier; to send it anew", "retry", looked},
	},
	{
		attentionUnknownOperation,
		remedy{"start a worker of this release, which ends it as InvalidRequest, or of one that knows it", "show", nil},
		remedy{},
	},
	{
		workflows.AttentionUnmatchedCallback,
		remedy{"find out whose callback it is (show tells), then take it off the list", "acknowledge", reasoned},
		remedy{"see what was kept", "show", nil},
	},
}

// task says what to do about a run: what its most urgent reason asks for.
func (p printer) task(v view) task {
	r := remedy{"see what is the matter", "show", nil} // for a reason that a newer worker knows
	for _, known := range reasons {
		if slices.Contains(v.Attention, string(known.reason)) {
			if r = known.open; v.State.final() {
				r = known.ended
			}
			break
		}
	}
	if v.refused {
		r = remedy{"renew the credentials for the carrier, then send it anew; it took nothing", "retry", reasoned}
	}
	if _, ok := workflows.ParseFollowUpID(v.WorkflowID); ok { // its operation is no longer kept
		r = remedy{"look at the carrier what became of it, then take it off the list", "acknowledge", reasoned}
	}
	if v.State == completed && r.command == "retry" { // it cannot be
		r = remedy{"see how it ended, and what the carrier shows", "show", nil}
	}
	t := task{view: v, Todo: r.todo, Command: p.order(r.command, v.WorkflowID, r.flags...)}
	if v.State.final() && r.command != "acknowledge" {
		t.Acknowledge = p.order("acknowledge", v.WorkflowID, anyReason)
	}
	return t
}

// order writes a command about a run. Where nobody knows who sits here, one that wants to know leaves a place for it.
func (p printer) order(command, id string, flags ...string) string {
	words := append([]string{command, id}, flags...)
	if p.unnamed && slices.Contains(flags, anyReason) {
		words = append(words, "--operator=NAME")
	}
	return p.self.command(words...)
}
