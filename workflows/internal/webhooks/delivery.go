package webhooks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

const (
	// attempts is how often a webhook is delivered before it is given up: that is three days, by the delays that the activity sets.
	attempts = 10
	// attemptTimeout bounds one attempt; the exchange itself has a shorter timeout. takenWithin bounds all of them, so that a delivery
	// that no worker takes up is noticed.
	attemptTimeout = 30 * time.Second
	takenWithin    = 5 * 24 * time.Hour
	// longestEnd is the longest pause between two looks whether a run has closed. Usually it closes at once.
	longestEnd = 10 * time.Minute
)

// delivery is the state of the workflow that delivers one event.
type delivery struct {
	workflows.WebhookDelivery
	result workflows.WebhookDeliveryResult
	// left are the endpoints that have not taken it, in the order of the input.
	left []string
	// problems say by endpoint why.
	problems map[string]string
	raised   bool
}

// deliver delivers an event to each endpoint that wants it, until each has taken it, or an operator says that it need not.
func deliver(ctx workflow.Context, in workflows.WebhookDelivery) (workflows.WebhookDeliveryResult, error) {
	d := &delivery{WebhookDelivery: in, left: in.Endpoints, problems: map[string]string{}}
	d.result.Endpoints = map[string]workflows.WebhookAnswer{}
	for _, name := range in.Endpoints {
		d.result.Endpoints[name] = workflows.AnswerNone
	}
	if in.Event.Type == workflows.WebhookEnded {
		if err := d.awaitEnd(ctx); err != nil {
			return d.result, err
		}
	}
	for {
		d.attempt(ctx)
		if ctx.Err() != nil {
			return d.result, ctx.Err()
		}
		if len(d.left) == 0 {
			break
		}
		d.raise(ctx)
		again, err := d.awaitOperator(ctx)
		if err != nil {
			return d.result, err
		}
		if !again {
			break
		}
		d.describe(ctx)
	}
	if d.raised {
		operators.UnsetAttention(ctx)
	}
	d.describe(ctx)
	return d.result, nil
}

// awaitEnd completes the event with how the run ended, once it has. The event was told before that was stored, and would be told anew,
// and perhaps otherwise, if it was not.
func (d *delivery) awaitEnd(ctx workflow.Context) error {
	options := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: 10 * time.Second, Summary: "Read how it ended",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second},
	})
	for pause := time.Second; ; pause = min(2*pause, longestEnd) {
		var ended workflows.WebhookEvent
		err := workflow.ExecuteLocalActivity(options, workflows.ReadEndName, d.Event).Get(ctx, &ended)
		if err == nil {
			d.Event = ended
			return nil
		}
		if temporal.IsCanceledError(err) || final(err) {
			return err
		}
		workflow.SetCurrentDetails(ctx, d.title()+"\n\n- Waits until "+d.Event.Data.WorkflowID+" is closed.")
		if err := workflow.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// attempt delivers to the endpoints that are left, to all at the same time.
func (d *delivery) attempt(ctx workflow.Context) {
	running := map[string]workflow.Future{}
	for _, name := range d.left {
		options := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			TaskQueue: workflows.WebhookQueue, StartToCloseTimeout: attemptTimeout, ScheduleToCloseTimeout: takenWithin, Summary: "Deliver to " + name,
			// The activity sets the delays itself; this is after an attempt whose worker was lost.
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumInterval: time.Hour, MaximumAttempts: attempts},
		})
		running[name] = workflow.ExecuteActivity(options, workflows.DeliverWebhookName, workflows.WebhookAttempt{Endpoint: name, Event: d.Event})
	}
	var left []string
	for _, name := range d.left {
		var answer workflows.WebhookAnswer
		if err := running[name].Get(ctx, &answer); err != nil {
			left = append(left, name)
			d.problems[name] = problemIn(err)
			continue
		}
		d.result.Endpoints[name], d.problems[name] = answer, ""
	}
	d.left = left
}

// raise tells the operators.
func (d *delivery) raise(ctx workflow.Context) {
	about := workflows.OperationAttributes(d.Event.Data.Operation, "")
	raised := append(slices.Clone(about), workflows.NeedsAttentionAttribute.ValueSet(workflows.AttentionWords([]workflows.Attention{workflows.AttentionWebhookFailing})))
	if err := workflow.UpsertTypedSearchAttributes(ctx, raised...); err != nil {
		workflow.GetLogger(ctx).Error("setting NeedsAttention failed", "error", err)
	}
	d.raised = true
	d.describe(ctx)
}

// awaitOperator waits for an operator, and reports whether the event is to be delivered again.
func (d *delivery) awaitOperator(ctx workflow.Context) (again bool, err error) {
	decided := false
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(workflows.RedeliverSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s workflows.Seen
		channel.ReceiveAsync(&s) // who asks for it is in the history
		decided, again = true, true
	})
	selector.AddReceive(workflows.SeenSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s workflows.Seen
		if channel.ReceiveAsync(&s) {
			d.result.SeenBy, d.result.Reason = s.By, carriers.Redact(s.Reason)
		}
		decided, again = true, false
	})
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	for !decided && ctx.Err() == nil {
		selector.Select(ctx)
	}
	return again, ctx.Err()
}

func (d *delivery) title() string {
	return fmt.Sprintf("**Webhook %s of %s**", d.Event.Type, d.Event.Data.WorkflowID)
}

// describe is what the Web UI shows of a delivery that has not succeeded at once.
func (d *delivery) describe(ctx workflow.Context) {
	if !d.raised {
		return
	}
	lines := []string{d.title(), ""}
	for _, name := range d.Endpoints {
		lines = append(lines, fmt.Sprintf("- %s: %s%s", name, d.result.Endpoints[name], d.problems[name]))
	}
	switch {
	case d.result.SeenBy != "":
		lines = append(lines, "- Acknowledged by "+d.result.SeenBy+".")
	case len(d.left) > 0:
		lines = append(lines, "- **Needs attention:** "+workflows.AttentionWebhookFailing.Advice(workflows.CarrierName(d.Event.Data.Carrier))+
			fmt.Sprintf(` In the Web UI: Send a Signal, %q or %q, {"by":"your name","reason":"what was done about it"}.`, workflows.RedeliverSignal.Name, workflows.SeenSignal.Name))
	}
	workflow.SetCurrentDetails(ctx, strings.Join(lines, "\n"))
}
