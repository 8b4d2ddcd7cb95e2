package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/workflows"
)

// mostAttention is how many runs are looked through for the work list, so that the oldest of them are on it.
const mostAttention = 2000

// attentionCommand is the operators' work list.
type attentionCommand struct {
	Carrier string `help:"Only those at one carrier." placeholder:"NAME"`
	Since   string `help:"Of those that have ended, only the ones that ended since then: 24h, 7d, 2026-11-01." default:"7d" placeholder:"WHEN"`
	Limit   int    `help:"How many at most." default:"50" placeholder:"N"`
}

// task is one entry of the work list.
type task struct {
	view
	// Todo is what to do next, Command the command for it; one that ends with --reason wants it to be written.
	Todo    string `json:"todo"`
	Command string `json:"command"`
}

// Run lists what an operator has to look at: what is running, and what has ended without success a short while ago.
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
	q := append(query{}.at(at).attention(""),
		fmt.Sprintf("(ExecutionStatus = 'Running' OR (ExecutionStatus != 'Completed' AND CloseTime >= %s))", instant(since)))
	views, err := conn.list(ctx, q, mostAttention)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	slices.Reverse(views) // the oldest first
	tasks := make([]task, 0, len(views))
	for _, v := range views[:min(len(views), c.Limit)] {
		tasks = append(tasks, taskOf(v))
	}
	if a.json {
		a.document(tasks)
		return nil
	}
	a.tasks(tasks, len(views))
	return nil
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
		fmt.Fprintf(a.out, "  %s, %s\n", t.Operation, age(t.view, a.now()))
		fmt.Fprintf(a.out, "  %s:\n  $ %s\n", t.Todo, t.Command)
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

// remedy is what to do about a reason: in words, and the arguments of the starter before and behind the id.
type remedy struct{ todo, before, behind string }

// reasons are the reasons to call an operator, the most urgent first, each with what to do while the run is open and when
// it has ended.
var reasons = []struct {
	reason      workflows.Attention
	open, ended remedy
}{
	{
		workflows.AttentionOutcomeUnknown,
		remedy{"look at the carrier whether it has the request, and close this as done or failed", "resolve", "--outcome=done --reason"},
		remedy{"look at the carrier; if it does not have the request, send it anew", "retry", "--looked-at-carrier"},
	},
	{
		workflows.AttentionNotInEffect,
		remedy{"ask the carrier why it does not show what it says is done", "check-now", "--reason"},
		remedy{"ask the carrier why it does not show what it says is done; if it has to be sent again", "retry", "--looked-at-carrier"},
	},
	{
		workflows.AttentionUnauthorized,
		remedy{"renew the credentials for the carrier, then ask it", "check-now", "--reason"},
		remedy{"renew the credentials for the carrier, then send it anew", "retry", ""},
	},
	{
		workflows.AttentionUnknownStatus,
		remedy{"find out what the carrier's word means; the check goes on", "show", ""},
		remedy{"find out what the carrier's word means", "show", ""},
	},
	{
		workflows.AttentionRiskReview,
		remedy{"ask the carrier for its decision; when it is in favour (else deny-risk)", "approve-risk", "--reason"},
		remedy{"see how it ended", "show", ""},
	},
	{
		workflows.AttentionOverdue,
		remedy{"ask the carrier what keeps it; to look at once", "check-now", "--reason"},
		remedy{"look at the carrier; if the change is not in effect, send it anew", "retry", "--looked-at-carrier"},
	},
	{
		workflows.AttentionUnmatchedCallback,
		remedy{"find out whose callback it is (starter show), then take it off the list", "seen", ""},
		remedy{"see what was kept", "show", ""},
	},
}

// taskOf says what to do about a run: what its most urgent reason asks for.
func taskOf(v view) task {
	r := remedy{"see what is the matter", "show", ""} // for a reason that a newer worker knows
	for _, known := range reasons {
		if slices.Contains(v.Attention, string(known.reason)) {
			if r = known.open; v.State.final() {
				r = known.ended
			}
			break
		}
	}
	return task{v, r.todo, strings.TrimSpace("starter " + r.before + " " + v.WorkflowID + " " + r.behind)}
}
