package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// mostAttention is how many runs are looked through for the work list, so that the oldest of them are on it.
const mostAttention = 2000

// What needs an operator without that a workflow could say so.
const (
	// A run that somebody terminated, or that Temporal timed out: nobody looked what became of its request.
	attentionTerminated workflows.Attention = "Terminated"
	attentionTimedOut   workflows.Attention = "TimedOut"
	// attentionUnknownOperation is an open run that is of no type this release knows.
	attentionUnknownOperation workflows.Attention = "UnknownOperation"
)

// wanted says which part of the work list is asked for.
type wanted struct {
	// at are the carriers; none for all, also those of unknown operations.
	at     []carriers.Carrier
	reason workflows.Attention
	// narrower are further conditions.
	narrower query
	// since is when a run may have ended by force.
	since time.Time
}

// open is the query for what is open and has a reason for attention. The runbook gives it for the Web UI.
func (w wanted) open() query {
	q := query{}
	if len(w.at) > 0 {
		q = q.at(w.at)
	}
	return slices.Concat(q.attention(w.reason).running(), w.narrower)
}

// ended is the query for what has ended and may have no follow-up: what ended by force, and what a worker marked that had
// no follow-ups yet.
func (w wanted) ended() query {
	q := query{ours}
	if len(w.at) > 0 {
		q = q.at(w.at)
	}
	return slices.Concat(q, query{
		"(ExecutionStatus IN ('Terminated', 'TimedOut') OR (NeedsAttention IS NOT NULL AND ExecutionStatus IN ('Failed', 'Canceled')))",
		"CloseTime >= " + instant(w.since),
	}, w.narrower)
}

// unknown is the query for open runs of no known type.
func (w wanted) unknown() query {
	return slices.Concat(query{ours}.running(), query{"WorkflowType NOT IN " + values(knownTypes())}, w.narrower)
}

// worklist is what needs an operator, the oldest first: what is open and has a reason, what operations left behind, what ended by
// force, and what no worker knows.
func (c *connection) worklist(ctx context.Context, w wanted) ([]view, error) {
	open, err := c.list(ctx, w.open(), mostAttention)
	if err != nil {
		return nil, err
	}
	all, err := c.underTheirOperation(ctx, open)
	if err != nil {
		return nil, err
	}
	ended, err := c.list(ctx, w.ended(), mostAttention)
	if err != nil {
		return nil, err
	}
	ended, err = c.withoutFollowUp(ctx, ended)
	if err != nil {
		return nil, err
	}
	unknown, err := c.list(ctx, w.unknown(), mostAttention)
	if err != nil {
		return nil, err
	}
	for i := range unknown {
		unknown[i].Attention = []string{string(attentionUnknownOperation)}
	}
	for _, v := range slices.Concat(ended, unknown) {
		if (w.reason == "" || slices.Contains(v.Attention, string(w.reason))) && (len(w.at) == 0 || slices.Contains(w.at, carrierOf(v))) {
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b view) int { return a.Started.Compare(b.Started) })
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(v view) bool {
		again := seen[v.WorkflowID]
		seen[v.WorkflowID] = true
		return again
	}), nil
}

// carrierOf is the carrier that a run is about.
func carrierOf(v view) carriers.Carrier {
	if carrier, _, ok := workflows.ParseWorkflowID(v.WorkflowID); ok {
		return carrier
	}
	return workflows.CarrierOf(v.Operation)
}

// underTheirOperation replaces follow-ups by the operations that they are about, with how those ended.
func (c *connection) underTheirOperation(ctx context.Context, views []view) ([]view, error) {
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
	made := make([]view, len(views))
	for i, v := range views {
		made[i] = v
		id, ok := workflows.ParseFollowUpID(v.WorkflowID)
		if !ok {
			continue
		}
		operation, kept := operations[id]
		if !kept { // the namespace no longer keeps it; the follow-up says what there is to say
			operation = v
			operation.Operation, operation.State, operation.Closed = v.labelled, failed, &v.Started
		}
		operation.Attention, operation.FollowUp, operation.followUpRun = v.Attention, v.WorkflowID, v.RunID
		made[i] = operation
	}
	return made, nil
}

// withoutFollowUp keeps of the runs that have ended those that an operator has yet to look at and that no follow-up stands
// for, and says why. A follow-up that was itself ended by force stands for nothing.
func (c *connection) withoutFollowUp(ctx context.Context, ended []view) ([]view, error) {
	var ids []string
	for i, v := range ended {
		if id, ok := workflows.ParseFollowUpID(v.WorkflowID); ok {
			ended[i].WorkflowID, ended[i].Operation = id, v.labelled
		}
		ids = append(ids, ended[i].WorkflowID)
	}
	followUps, err := c.followUps(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, v := range ended {
		if ended[i].Attention = left(v); followUps[v.WorkflowID].WorkflowID != "" {
			ended[i].Attention = nil
		}
	}
	return slices.DeleteFunc(ended, func(v view) bool { return len(v.Attention) == 0 }), nil
}

// left is why an operator has to look at a run that has ended and that no follow-up stands for; nothing for one that left
// nothing behind.
func left(v view) []string {
	switch {
	case kindOfOperation(v.Operation) != workflows.Change:
		return nil
	case v.State == terminated:
		return append([]string{string(attentionTerminated)}, v.Attention...)
	case v.State == timedOut:
		return append([]string{string(attentionTimedOut)}, v.Attention...)
	}
	return v.Attention
}

// followUps finds the follow-ups of operations, by the ids of the operations: those that are open, and those that were
// acknowledged.
func (c *connection) followUps(ctx context.Context, ids []string) (map[string]view, error) {
	wanted := make([]string, len(ids))
	for i, id := range ids {
		wanted[i] = workflows.FollowUpID(id)
	}
	found, err := c.newest(ctx, query{"ExecutionStatus IN ('Running', 'Completed')"}, wanted)
	if err != nil {
		return nil, err
	}
	made := map[string]view{}
	for id, v := range found {
		operation, _ := workflows.ParseFollowUpID(id)
		made[operation] = v
	}
	return made, nil
}

// newest finds the newest run of each of some workflows that keeps to a query.
func (c *connection) newest(ctx context.Context, q query, ids []string) (map[string]view, error) {
	made := map[string]view{}
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), 100) {
		some = slices.DeleteFunc(slices.Clone(some), func(id string) bool { return !harmless.MatchString(id) }) // it would have to be quoted
		if len(some) == 0 {
			continue
		}
		views, err := c.list(ctx, append(slices.Clone(q), "WorkflowId IN "+values(some)), mostAttention)
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
	types := []string{workflows.UnmatchedCallbackType, workflows.FollowUpType}
	for _, d := range workflows.Operations() {
		types = append(types, d.Type)
	}
	return types
}

// unknownType says what is the matter with an open run of ours that is of no known type, or "".
func unknownType(v view) string {
	if v.queue != workflows.TaskQueue || v.State.final() || slices.Contains(knownTypes(), v.Operation) {
		return ""
	}
	return fmt.Sprintf("%q is no operation that this release knows. Its worker ends such a run as InvalidRequest; "+
		"a newer one may know it", v.Operation)
}
