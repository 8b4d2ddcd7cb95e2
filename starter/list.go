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

// listWidth is the most characters a row of the list takes.
const listWidth = 100

// listCommand lists operations.
type listCommand struct {
	Carrier        string        `help:"Only those at one carrier." placeholder:"NAME"`
	State          []string      `help:"Only those in one of these states: scheduled, running, completed, failed, canceled, terminated, timed-out." enum:"scheduled,running,completed,failed,canceled,terminated,timed-out" placeholder:"STATE"`
	NeedsAttention attentionFlag `help:"Only those that need an operator's attention, for any reason or for one." placeholder:"[REASON]"`
	Line           string        `help:"Only those of one line, named as in their input. The number is hashed here and not sent." placeholder:"NUMBER"`
	Since          string        `help:"Only those started since then: 24h, 7d, 2026-11-01." placeholder:"WHEN"`
	Limit          int           `help:"How many at most." default:"20" placeholder:"N"`
}

// Run lists operations, those that are running and the newest others, and callbacks for which there is no operation.
func (l listCommand) Run(ctx context.Context, a *app) error {
	query, err := l.query(a)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	views, err := conn.list(ctx, query, l.Limit)
	if err != nil {
		return conn.unanswered(ctx, err)
	}
	if a.json {
		a.document(views)
		return nil
	}
	if len(views) == 0 {
		fmt.Fprintf(a.out, "No operations found in namespace %s.\n", conn.Namespace)
		if l.Line != "" {
			fmt.Fprintf(a.out, "A line is found by the identifier that the operation was started with, and with the secret that its\n"+
				"caller used: the one of %s here may be another.\n", lineKeyVariable)
		}
		return nil
	}
	table(a.out, rows(views, a.now()), listWidth)
	return nil
}

// query is the visibility query for what is asked for.
func (l listCommand) query(a *app) (query, error) {
	at, err := carriersNamed(l.Carrier)
	if err != nil {
		return nil, err
	}
	q := query{}.at(at)
	if l.Limit < 1 {
		return nil, badUsage("--limit must be at least 1")
	}
	if len(l.State) > 0 {
		q = q.states(l.State, a.now())
	}
	if l.NeedsAttention.given {
		reason, err := l.NeedsAttention.reason()
		if err != nil {
			return nil, err
		}
		q = q.attention(reason)
	}
	if l.Line != "" {
		secret := a.get(lineKeyVariable)
		if secret == "" {
			return nil, badUsage("--line finds a line by a keyed hash of its number, and the key is missing here.\n"+
				"Set %s to the secret that the operations were started with.", lineKeyVariable)
		}
		q = q.lines(secret, l.Line, at)
	}
	if l.Since != "" {
		since, err := past(l.Since, a.now())
		if err != nil {
			return nil, badUsage("--since: %v", err)
		}
		q = q.since(since)
	}
	return q, nil
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
			views = append(views, viewOfInfo(info, c.now()))
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

// table writes rows in columns. When they are wider than width, the last column is cut, and then the one before it; the
// id never is, because it is there to be copied.
func table(w io.Writer, rows [][]string, width int) {
	const gap, narrowest = 2, 9
	widths := make([]int, len(rows[0]))
	total := -gap
	for i := range widths {
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		total += widths[i] + gap
	}
	for i := len(widths) - 1; i >= len(widths)-2 && total > width; i-- {
		narrower := max(widths[i]-(total-width), min(narrowest, widths[i]))
		total -= widths[i] - narrower
		widths[i] = narrower
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s", widths[i]+gap, cut(cell, widths[i]))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
