package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// listWidth is the width that texts are broken to fit in.
const listWidth = 100

// listCommand lists operations.
type listCommand struct {
	Carrier        string        `help:"Only those at one carrier." placeholder:"NAME"`
	State          []string      `help:"Only those in one of these states: scheduled, running, completed, failed, canceled, terminated, timed-out." enum:"scheduled,running,completed,failed,canceled,terminated,timed-out" placeholder:"STATE"`
	NeedsAttention attentionFlag `help:"Only those that need an operator's attention, for any reason or for one." placeholder:"[REASON]"`
	Line           string        `help:"Only those of one line, named by the identifier that their input gives, in any spelling. It is hashed here and not sent." placeholder:"NUMBER"`
	Since          string        `help:"Only those started since then: 24h, 7d, 2026-11-01. Without it, what was ended by force needs attention for 7d." placeholder:"WHEN"`
	Limit          int           `help:"How many at most (default: ${default})." default:"20" placeholder:"N"`
}

// Run lists operations, those that are running and the newest others, and callbacks for which there is no operation.
func (l listCommand) Run(ctx context.Context, a *app) error {
	at, asked, err := l.asked(a)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	views, err := l.views(ctx, conn, asked)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	switch {
	case a.json:
		a.document(views)
	case len(views) == 0:
		fmt.Fprintf(a.out, "No operations found in namespace %s.\n", conn.Namespace)
		if l.Line != "" {
			fmt.Fprintf(a.out, "A line is found by the identifier that the operation was started with, and with the secret that its\n"+
				"caller used: the one of %s here may be another.\n", lineKeyVariable)
		}
	default:
		table(a.out, rows(views, a.now()))
	}
	return a.unserved(ctx, conn, at, views)
}

// views are the runs that are asked for, the newest first.
func (l listCommand) views(ctx context.Context, conn *connection, asked wanted) ([]view, error) {
	if l.NeedsAttention.given {
		views, err := conn.worklist(ctx, asked)
		if err != nil {
			return nil, err
		}
		views = slices.DeleteFunc(views, func(v view) bool { return len(l.State) > 0 && !slices.ContainsFunc(l.State, v.is) })
		slices.Reverse(views)
		return views[:min(len(views), l.Limit)], nil
	}
	q := query{ours}
	if len(asked.at) > 0 {
		q = query{}.at(asked.at)
	}
	q = append(q, "WorkflowType != '"+workflows.FollowUpType+"'") // it is shown with its operation
	if len(l.State) > 0 {
		q = q.states(l.State, conn.now())
	}
	views, err := conn.list(ctx, slices.Concat(q, asked.narrower), l.Limit)
	if err != nil {
		return nil, err
	}
	return views, conn.addAttention(ctx, views)
}

// addAttention says of runs that have ended why an operator has to look at them, and marks the open ones that nobody knows.
func (c *connection) addAttention(ctx context.Context, views []view) error {
	var ids []string
	for _, v := range views {
		if v.State.final() && kindOfOperation(v.Operation) != "" {
			ids = append(ids, v.WorkflowID)
		}
	}
	followUps, err := c.followUps(ctx, ids)
	if err != nil {
		return err
	}
	for i, v := range views {
		switch f, stands := followUps[v.WorkflowID]; {
		case stands:
			views[i].Attention, views[i].FollowUp = nil, f.WorkflowID
			if !f.State.final() {
				views[i].Attention = f.Attention
			}
		case v.State.final():
			views[i].Attention = left(v)
		case unknownType(v) != "":
			views[i].Attention = []string{string(attentionUnknownOperation)}
		}
	}
	return nil
}

// asked reads the flags. at are the carriers that the answer is about, all of them if none is named.
func (l listCommand) asked(a *app) (at []carriers.Carrier, w wanted, err error) {
	if at, err = carriersNamed(l.Carrier); err != nil {
		return at, w, err
	}
	if l.Carrier != "" {
		w.at = at
	}
	if l.Limit < 1 {
		return at, w, badUsage("--limit must be at least 1")
	}
	if l.NeedsAttention.given {
		if w.reason, err = l.NeedsAttention.reason(); err != nil {
			return at, w, err
		}
	}
	if l.Line != "" {
		secret := a.get(lineKeyVariable)
		if secret == "" {
			return at, w, badUsage("--line finds a line by a keyed hash of its number, and the key is missing here.\n"+
				"Set %s to the secret that the operations were started with.", lineKeyVariable)
		}
		w.narrower = w.narrower.lines(secret, l.Line, at)
	}
	w.since = a.now().Add(-7 * 24 * time.Hour)
	if l.Since != "" {
		if w.since, err = past(l.Since, a.now()); err != nil {
			return at, w, badUsage("--since: %v", err)
		}
		w.narrower = w.narrower.since(w.since)
	}
	return at, w, nil
}

// list returns the newest runs that a query finds, newest first.
func (c *connection) list(ctx context.Context, q query, limit int) ([]view, error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	views := []view{}
	var token []byte
	for len(views) < limit {
		page, err := c.ListWorkflow(bounded, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: c.Namespace, Query: q.String(), PageSize: int32(min(limit-len(views), 1000)), NextPageToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, info := range page.GetExecutions() {
			views = append(views, viewOfInfo(info, c.converter, c.now()))
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			break
		}
	}
	slices.SortStableFunc(views, func(a, b view) int { return cmp.Compare(b.Started.UnixNano(), a.Started.UnixNano()) })
	return views, nil
}

// rows are the list as text, with its heading.
func rows(views []view, now time.Time) [][]string {
	made := [][]string{{"ID", "STATUS", "STARTED", "AGE", "OPERATION", "ATTENTION"}}
	for _, v := range views {
		operation := strings.TrimPrefix(v.Operation, string(carrierIn(v.WorkflowID))+".")
		at, age := v.Started, shortSpan(now.Sub(v.Started))
		if v.State == scheduled {
			at, age = *v.Begins, "in "+shortSpan(v.Begins.Sub(now))
		}
		made = append(made, []string{
			v.WorkflowID, string(v.State), at.In(now.Location()).Format("01-02 15:04"), age, operation, strings.Join(v.Attention, ","),
		})
	}
	return made
}

func carrierIn(id string) carriers.Carrier {
	carrier, _, _ := workflows.ParseWorkflowID(id)
	return carrier
}

// table writes rows in columns. Nothing is cut: an id is there to be copied, and a reason for attention to be read.
func table(w io.Writer, rows [][]string) {
	const gap = 2
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s", widths[i]+gap, cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
