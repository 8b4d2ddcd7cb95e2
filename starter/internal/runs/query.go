package runs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Query is a visibility query: conditions that all have to hold. Everything in it is from a fixed list, a time or a hash,
// so nothing needs to be quoted.
type Query []string

// String writes the query as Temporal reads it.
func (q Query) String() string { return strings.Join(q, " AND ") }

func (q Query) at(all []carriers.Carrier) Query {
	return append(q, workflows.CarrierAttribute.GetName()+" IN "+Values(all))
}

// attentionIs keeps what an operator has to look at, for any reason or for one.
func attentionIs(reason workflows.Attention) string {
	if reason == "" {
		return workflows.NeedsAttentionAttribute.GetName() + " IS NOT NULL"
	}
	return workflows.NeedsAttentionAttribute.GetName() + " = '" + string(reason) + "'"
}

const (
	// Ours keeps what runs on the queue of our workflows, also what has no search attributes.
	Ours = "TaskQueue = '" + workflows.TaskQueue + "'"
	// IsOpen keeps what has not ended.
	IsOpen = "ExecutionStatus = 'Running'"
)

// Lines keeps what concerns a line, under any of some secrets; empty ones are left out. Its number is hashed here and goes no further.
func (q Query) Lines(number string, all []carriers.Carrier, secrets ...string) Query {
	var keys []string
	for _, secret := range secrets {
		for _, c := range all {
			if secret != "" {
				keys = append(keys, workflows.LineKey(secret, c, number))
			}
		}
	}
	return append(q, workflows.LineKeyAttribute.GetName()+" IN "+Values(keys))
}

// States keeps what is in one of some states.
func (q Query) States(all []string, now time.Time) Query {
	var conditions []string
	for _, s := range all {
		condition := "ExecutionStatus = '" + Statuses[s] + "'"
		if State(s) == Scheduled {
			condition = fmt.Sprintf("(%s AND ExecutionTime > %s)", condition, Instant(now))
		}
		conditions = append(conditions, condition)
	}
	return append(q, "("+strings.Join(conditions, " OR ")+")")
}

// Statuses are Temporal's words for the states that can be asked for.
var Statuses = map[string]string{
	"scheduled": "Running", "running": "Running", "completed": "Completed", "failed": "Failed",
	"canceled": "Canceled", "terminated": "Terminated", "timed-out": "TimedOut",
}

// Values lists words for IN.
func Values[S ~string](words []S) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + string(w) + "'"
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

func Instant(t time.Time) string { return "'" + t.UTC().Format(time.RFC3339Nano) + "'" }

// List returns the newest runs that a query finds, newest first.
func (c *Connection) List(ctx context.Context, q Query, limit int) ([]View, error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	views := []View{}
	var token []byte
	for len(views) < limit {
		page, err := c.ListWorkflow(bounded, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: c.Namespace, Query: q.String(), PageSize: int32(min(limit-len(views), 1000)), NextPageToken: token,
		})
		if err != nil {
			return nil, err
		}
		for _, info := range page.GetExecutions() {
			views = append(views, viewOfInfo(info, c.Converter, c.Now()))
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			break
		}
	}
	slices.SortStableFunc(views, func(a, b View) int { return cmp.Compare(b.Started.UnixNano(), a.Started.UnixNano()) })
	return views, nil
}
