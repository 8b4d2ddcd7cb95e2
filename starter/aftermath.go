package main

import (
	"context"
	"encoding/json"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// aftermath is what has happened to an operation since it ended.
type aftermath struct {
	// followUp is what it left behind; nil when it left nothing.
	followUp *view
	// Acknowledged is who has dealt with that, and how.
	Acknowledged *acknowledgement `json:"acknowledged,omitempty"`
}

// acknowledgement is an operator's word that something is dealt with.
type acknowledgement struct {
	By     string `json:"operator"`
	Reason string `json:"reason,omitempty"`
}

// String is "alex: ticket 4711".
func (a acknowledgement) String() string {
	if a.Reason == "" {
		return a.By
	}
	return a.By + ": " + a.Reason
}

// aftermathOf looks for what an operation has left behind, and adds to its view what it finds.
func (c *connection) aftermathOf(ctx context.Context, v *view) (after aftermath, err error) {
	if !v.State.final() || kindOfOperation(v.Operation) == "" {
		return after, nil
	}
	later, err := c.retryOf(ctx, v.WorkflowID)
	if err != nil {
		return after, err
	}
	if later != nil {
		v.RetriedAs = later.WorkflowID
	}
	if after.followUp, err = c.followUpOf(ctx, v.WorkflowID); err != nil {
		return after, err
	}
	switch f := after.followUp; {
	case f == nil, f.State.final() && f.State != completed:
		v.Attention = left(*v)
	case f.State.final():
		v.Attention, v.FollowUp = nil, f.WorkflowID
		after.Acknowledged, err = c.acknowledged(ctx, *f)
	default:
		v.Attention, v.FollowUp, v.followUpRun = f.Attention, f.WorkflowID, f.RunID
	}
	return after, err
}

// followUpOf finds the newest follow-up of an operation, nil when there is none.
func (c *connection) followUpOf(ctx context.Context, id string) (*view, error) {
	return c.there(ctx, workflows.FollowUpID(id))
}

// acknowledged reads who has acknowledged a follow-up that has ended.
func (c *connection) acknowledged(ctx context.Context, f view) (*acknowledgement, error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	var raw json.RawMessage
	if err := c.GetWorkflow(bounded, f.WorkflowID, f.RunID).Get(bounded, &raw); err != nil {
		return nil, err
	}
	var result workflows.FollowUpResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return nil, err
	}
	return &acknowledgement{carriers.Redact(result.SeenBy), carriers.Redact(result.Reason)}, nil
}

// begunWith reads what a follow-up was started with.
func (c *connection) begunWith(ctx context.Context, id, runID string) (f workflows.FollowUp, err error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	for event, err := range c.history(bounded, id, runID, false) {
		if err != nil {
			return f, err
		}
		newTimeline(c.converter).decode(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), &f)
		break
	}
	return f, nil
}

// afterwards are the steps of a story that came after its end: late words of the carrier, and what operators did.
func (c *connection) afterwards(ctx context.Context, v view, after aftermath) (steps []step, err error) {
	if after.followUp == nil {
		return nil, nil
	}
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	line := newTimeline(c.converter)
	for event, err := range c.history(bounded, after.followUp.WorkflowID, after.followUp.RunID, false) {
		if err != nil {
			return nil, err
		}
		line.carrier = carrierOf(v) // its type does not name it
		for _, s := range line.add(event) {
			switch s.What {
			case stepCallback, stepOrder, stepAttention:
				steps = append(steps, s)
			case stepStarted:
				var f workflows.FollowUp
				line.decode(event.GetWorkflowExecutionStartedEventAttributes().GetInput(), &f)
				s.What, s.Text = stepFollowUp, "for an operator to look at"
				steps = append(steps, s)
				line.carrier = carrierOf(v)
				for _, c := range f.Callbacks {
					steps = append(steps, step{At: s.At, What: stepCallback, Text: line.callback(c)})
				}
			}
		}
	}
	return steps, nil
}
