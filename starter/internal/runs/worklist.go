package runs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// mostAttention is how many runs are looked through for the work list, so that the oldest of them are on it.
const mostAttention = 2000

// What needs an operator without that a workflow could say so.
const (
	// A run that somebody terminated, or that Temporal timed out: what became of its request is not known.
	AttentionTerminated workflows.Attention = "Terminated"
	AttentionTimedOut   workflows.Attention = "TimedOut"
	// AttentionUnknownOperation is an open run of a type that this release does not have.
	AttentionUnknownOperation workflows.Attention = "UnknownOperation"
)

// Wanted says which part of the work list is asked for.
type Wanted struct {
	// At are the carriers; none for all, also those of unknown operations.
	At     []carriers.Carrier
	Reason workflows.Attention
	// Narrower are further conditions.
	Narrower Query
	// Since is when a run may have ended by force.
	Since time.Time
}

// Query is conditions, of the carriers and the lines that are asked for.
func (w Wanted) Query(conditions ...string) Query {
	q := Query{}
	if len(w.At) > 0 {
		q = q.at(w.At)
	}
	return slices.Concat(q, conditions, w.Narrower)
}

// queries find what is open and has a reason for attention (the runbook gives this one for the Web UI), what has ended and may have
// no follow-up, and what is open and of no known type.
func (w Wanted) queries() []Query {
	return []Query{
		w.Query(attentionIs(w.Reason), IsOpen),
		w.Query(Ours, "(ExecutionStatus IN ('Terminated', 'TimedOut') OR (NeedsAttention IS NOT NULL AND ExecutionStatus IN ('Failed', 'Canceled')))",
			"CloseTime >= "+Instant(w.Since)),
		slices.Concat(Query{Ours, IsOpen, "WorkflowType NOT IN " + Values(knownTypes())}, w.Narrower),
	}
}

// Worklist is what needs an operator, the oldest first: what is open and has a reason, what operations left behind, what ended by
// force, and what is of an unknown type.
func (c *Connection) Worklist(ctx context.Context, w Wanted) ([]View, error) {
	var all []View
	for _, q := range w.queries() {
		views, err := c.List(ctx, q, mostAttention)
		if err == nil {
			views, err = c.underTheirOperation(ctx, views)
		}
		if err == nil {
			err = c.AddAttention(ctx, views)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, views...)
	}
	slices.SortStableFunc(all, func(a, b View) int { return a.Started.Compare(b.Started) })
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v View) bool {
		asked := (w.Reason == "" || slices.Contains(v.Attention, string(w.Reason))) && (len(w.At) == 0 || slices.Contains(w.At, v.Carrier()))
		again := seen[v.WorkflowID]
		seen[v.WorkflowID] = true
		return again || len(v.Attention) == 0 || !asked
	}), nil
}

// AddAttention says of runs that have ended why an operator has to look at them, and marks the open ones of an unknown type. An
// open follow-up says it for its operation, one that was acknowledged says that nothing is left to do, and one that was itself
// ended by force says nothing.
func (c *Connection) AddAttention(ctx context.Context, views []View) error {
	var ids []string
	for _, v := range views {
		if v.State.Final() && leavesFollowUps(v.Operation) {
			ids = append(ids, workflows.FollowUpID(v.WorkflowID))
		}
	}
	followUps, err := c.newest(ctx, Query{"ExecutionStatus IN ('Running', 'Completed')"}, ids)
	if err != nil {
		return err
	}
	for i := range views {
		v := &views[i]
		switch f, found := followUps[workflows.FollowUpID(v.WorkflowID)]; {
		case found:
			v.Attention, v.FollowUp, v.FollowUpRun = nil, f.WorkflowID, f.RunID
			if !f.State.Final() {
				v.Attention = f.Attention
			}
		case v.State.Final() && v.FollowUp == "":
			v.Attention = Left(*v)
		case UnknownType(*v) != "":
			v.Attention = []string{string(AttentionUnknownOperation)}
		}
	}
	return nil
}

// underTheirOperation replaces follow-ups by the operations that they are about, with how those ended.
func (c *Connection) underTheirOperation(ctx context.Context, views []View) ([]View, error) {
	var ids []string
	for _, v := range views {
		if id, ok := workflows.ParseFollowUpID(v.WorkflowID); ok {
			ids = append(ids, id)
		}
	}
	operations, err := c.newest(ctx, nil, ids)
	if err != nil {
		return nil, err
	}
	for i, v := range views {
		id, ok := workflows.ParseFollowUpID(v.WorkflowID)
		if !ok {
			continue
		}
		operation, kept := operations[id]
		switch {
		case v.State.Final(): // it was ended by force
			operation = v
			operation.WorkflowID, operation.Operation = id, v.labelled
		case !kept: // the namespace no longer keeps it; the follow-up says what there is to say
			operation = v
			operation.Operation, operation.State, operation.Closed = v.labelled, Failed, v.Started
			fallthrough
		default:
			operation.Attention, operation.FollowUp, operation.FollowUpRun = v.Attention, v.WorkflowID, v.RunID
		}
		views[i] = operation
	}
	return views, nil
}

// Left is why an operator has to look at a run that has ended and that no follow-up stands for; nothing for one that left
// nothing behind.
func Left(v View) []string {
	switch {
	case !needsLookAfterForce(v.Operation):
		return nil
	case v.State == Terminated:
		return append([]string{string(AttentionTerminated)}, v.Attention...)
	case v.State == TimedOut:
		return append([]string{string(AttentionTimedOut)}, v.Attention...)
	}
	return v.Attention
}

// newest finds the newest run of each of some workflows that keeps to a query.
func (c *Connection) newest(ctx context.Context, q Query, ids []string) (map[string]View, error) {
	made := map[string]View{}
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), 100) {
		some = slices.DeleteFunc(slices.Clone(some), func(id string) bool { return !terminal.NeedsNoQuotes(id) }) // it would have to be quoted
		if len(some) == 0 {
			continue
		}
		views, err := c.List(ctx, append(slices.Clone(q), "WorkflowId IN "+Values(some)), mostAttention)
		if err != nil {
			return nil, err
		}
		for _, v := range views { // the newest first
			if _, newer := made[v.WorkflowID]; !newer {
				made[v.WorkflowID] = v
			}
		}
	}
	return made, nil
}

// knownTypes are the workflow types that this release has.
func knownTypes() []string {
	types := []string{workflows.UnmatchedCallbackType, workflows.FollowUpType, workflows.LineType, workflows.SweepType, workflows.WebhookDeliveryType, plans.WorkflowType}
	for _, o := range workflows.Operations() {
		types = append(types, o.Info().Type)
	}
	return types
}

// UnknownType says what is the matter with an open run of ours that is of no known type, or "".
func UnknownType(v View) string {
	if v.Queue != workflows.TaskQueue || v.State.Final() || slices.Contains(knownTypes(), v.Operation) {
		return ""
	}
	return fmt.Sprintf("%q is not an operation of this release. Its worker ends such a run as InvalidRequest; "+
		"a newer release may have it", v.Operation)
}
