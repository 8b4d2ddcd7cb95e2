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
	Limit     int    `help:"How many at most." default:"20" placeholder:"N"`
	Carrier   string `help:"Only those at one carrier." placeholder:"NAME"`
	Attention bool   `help:"Only those that need an operator's attention."`
}

// Run lists operations, those that are running and the newest others, and callbacks for which there is no operation.
func (l listCommand) Run(ctx context.Context, a *app) error {
	query, err := l.query()
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
		fmt.Fprintf(a.out, "No operations in namespace %s.\n", conn.namespace)
		return nil
	}
	table(a.out, rows(views, a.now()), listWidth)
	return nil
}

// query is the visibility query for what is asked for.
func (l listCommand) query() (string, error) {
	var names []string
	for _, d := range workflows.Operations() {
		if name := string(d.Carrier()); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case l.Limit < 1:
		return "", badUsage("--limit must be at least 1")
	case l.Carrier != "" && !slices.Contains(names, l.Carrier):
		return "", badUsage("--carrier must be one of %s", strings.Join(names, ", "))
	case l.Carrier != "":
		names = []string{l.Carrier}
	}
	query := fmt.Sprintf("%s IN ('%s')", workflows.CarrierAttribute.GetName(), strings.Join(names, "', '"))
	if l.Attention {
		query += fmt.Sprintf(" AND %s IS NOT NULL AND ExecutionStatus != 'Completed'", workflows.NeedsAttentionAttribute.GetName())
	}
	return query, nil
}

// list returns the newest runs that a query finds, newest first.
func (c *connection) list(ctx context.Context, query string, limit int) ([]view, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	views := []view{}
	var token []byte
	for len(views) < limit {
		page, err := c.ListWorkflow(bounded, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: c.namespace, Query: query, PageSize: int32(min(limit-len(views), 1000)), NextPageToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, info := range page.GetExecutions() {
			views = append(views, viewOfInfo(info))
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
		age, _, _ := strings.Cut(span(now.Sub(v.Started)), " ")
		made = append(made, []string{
			v.WorkflowID, string(v.State), v.Started.In(now.Location()).Format("01-02 15:04"), age,
			operation, strings.Join(v.Attention, ","),
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
