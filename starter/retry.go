package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
)

// retryCommand starts an operation anew that has ended without success.
type retryCommand struct {
	ID              string `arg:"" name:"id" help:"Workflow id of the operation that failed: carrier:reference."`
	Reference       string `help:"Reference of the new operation; made up when left out." placeholder:"TEXT"`
	LookedAtCarrier bool   `help:"You have looked at the carrier, and what the old operation asked for may be sent again. Needed when it may stand there."`
	launch          `embed:""`
}

// Run reads what the old operation was started with, puts in the new reference and starts that.
func (r retryCommand) Run(ctx context.Context, a *app) error {
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	v, err := conn.find(ctx, r.ID)
	if err != nil {
		return err
	}
	definition := workflows.DefinitionOf(v.Operation)
	switch {
	case definition.Type == "":
		return badUsage("%s is a %s and no operation; there is nothing to start anew", r.ID, v.Operation)
	case !v.State.final():
		return badUsage("%s has not ended: it is %s. Nothing was started.", r.ID, v.State)
	case v.State == completed:
		return badUsage("%s has completed; there is nothing to start anew", r.ID)
	}
	input, sent, err := conn.recorded(ctx, v)
	if err != nil {
		return err
	}
	if definition.Kind == workflows.Change && !r.LookedAtCarrier {
		bounded, cancel := conn.bounded(ctx)
		defer cancel()
		e, err := endingOf(bounded, conn.GetWorkflow(ctx, v.WorkflowID, v.RunID), v.Operation)
		if err != nil {
			return conn.unanswered(ctx, err)
		}
		if why := mayStand(e, sent); why != "" {
			return badUsage("%s %s. Nothing was started.\nLook at the carrier first; when it may be sent again, say so with --looked-at-carrier.", r.ID, why)
		}
	}
	if input[referenceFlag] = encode(r.Reference); r.Reference == "" {
		input[referenceFlag] = encode(newReference(a.now()))
	}
	if faults := definition.Validate(encode(input)); len(faults) > 0 {
		named := make([]string, len(faults))
		for i, f := range faults {
			named[i] = "\n  " + f.String()
		}
		return badUsage("%s cannot be started anew as it was, nothing was started:%s\nStart a correct one with %q.", r.ID,
			strings.Join(named, ""), (&command{self: a.self, definition: definition}).name())
	}
	return a.launch(ctx, definition, encode(input), r.launch)
}

// mayStand is why the request of a change that has ended may stand at the carrier, or "". Sent tells that the sending has
// begun. Only what is known to leave nothing behind is taken for harmless; a type of failure that a newer worker has is
// not.
func mayStand(e ending, sent bool) string {
	if e.Failure == nil {
		if sent {
			return fmt.Sprintf("is %s, and nobody has looked what became of its request", e.outcome)
		}
		return ""
	}
	switch e.Failure.Type {
	case workflows.InvalidRequest, workflows.CarrierRejected, workflows.CarrierFailed, workflows.ServicesIgnored,
		workflows.RiskDenied, workflows.ResolvedFailed, workflows.Canceled:
		return ""
	case workflows.CarrierUnauthorized:
		if e.Failure.SubmittedAt.IsZero() {
			return "" // it was the request that was refused
		}
	}
	return fmt.Sprintf("ended as %s: what it asked for may be in effect, or come into effect", e.Failure.Type)
}

// recorded reads what a run was started with, and whether it has begun to send.
func (c *connection) recorded(ctx context.Context, v view) (input document, sent bool, err error) {
	bounded, cancel := c.bounded(ctx)
	defer cancel()
	for event, err := range c.history(bounded, v.WorkflowID, v.RunID, false) {
		if err != nil {
			return nil, false, c.unanswered(ctx, err)
		}
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			input = c.inputIn(event)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			name := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
			sent = sent || name == activities.SubmitName(v.Operation)
		}
	}
	if input == nil {
		return nil, false, badUsage("the input of %s cannot be read; nothing was started", v.WorkflowID)
	}
	return input, sent, nil
}

// inputIn reads the input byte by byte, so that no number in it changes; nil when it cannot be read.
func (c *connection) inputIn(started *historypb.HistoryEvent) (input document) {
	payloads := started.GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()
	var raw json.RawMessage
	if len(payloads) == 0 || c.converter.FromPayload(payloads[0], &raw) != nil || json.Unmarshal(raw, &input) != nil {
		return nil
	}
	return input
}
