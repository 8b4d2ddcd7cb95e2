package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// Webhooks are the endpoints, and the activities that tell and deliver events.
type Webhooks struct {
	endpoints []Endpoint
	client    *http.Client
}

// On reports whether there are endpoints.
func (w *Webhooks) On() bool { return w != nil && len(w.endpoints) > 0 }

// Wanted reports whether an endpoint wants events of an operation type.
func (w *Webhooks) Wanted(operation string) bool {
	return w != nil && slices.ContainsFunc(w.endpoints, func(e Endpoint) bool { return e.wantsOf(operation) })
}

// Registry is the part of a Temporal worker that takes activities.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// RegisterTelling adds the activities that workflows call, to the worker of the workflows. It is needed without endpoints too, because runs
// may go on that began when there were some.
func (w *Webhooks) RegisterTelling(r Registry) {
	r.RegisterActivityWithOptions(w.tell, activity.RegisterOptions{Name: workflows.TellWebhooksName})
	r.RegisterActivityWithOptions(readEnd, activity.RegisterOptions{Name: workflows.ReadEndName})
}

// RegisterDelivery adds the activity that delivers, to the worker of [workflows.WebhookQueue].
func (w *Webhooks) RegisterDelivery(r Registry) {
	r.RegisterActivityWithOptions(w.deliver, activity.RegisterOptions{Name: workflows.DeliverWebhookName})
}

// tell starts the delivery of an event, if an endpoint wants it. It may be repeated: one event is one workflow.
func (w *Webhooks) tell(ctx context.Context, event workflows.WebhookEvent) error {
	var names []string
	if w != nil {
		for _, e := range w.endpoints {
			if e.wants(event) {
				names = append(names, e.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	run := activity.GetInfo(ctx).WorkflowExecution
	id := workflows.DeliveryID(workflow.Execution(run), event)
	event.ID = workflows.EventID(id)
	_, err := activity.GetClient(ctx).ExecuteWorkflow(ctx, workflows.DeliveryOptions(id, event), workflows.WebhookDeliveryType,
		workflows.WebhookDelivery{Event: event, Endpoints: names})
	if _, told := errors.AsType[*serviceerror.WorkflowExecutionAlreadyStarted](err); told {
		return nil
	}
	return err
}

// closesWithin is how long an attempt waits for a run to close, which it does a moment after its end was told.
const closesWithin = 5 * time.Second

// readEnd completes an event with how its run has ended. While it is open, the error can be repeated.
func readEnd(ctx context.Context, event workflows.WebhookEvent) (workflows.WebhookEvent, error) {
	ctx, stop := context.WithTimeout(ctx, closesWithin)
	defer stop()
	data := &event.Data
	c := activity.GetClient(ctx)
	var result workflows.Result
	err := c.GetWorkflow(ctx, data.WorkflowID, data.RunID).GetWithOptions(ctx, &result, client.WorkflowRunGetOptions{DisableFollowingRuns: true})
	if _, closed := errors.AsType[*temporal.WorkflowExecutionError](err); err != nil && !closed {
		if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
			return event, temporal.NewNonRetryableApplicationError("the run of the operation is no longer kept, so it cannot be told how it ended", "Gone", nil)
		}
		return event, notRead("reading how the operation ended", err)
	}
	described, failure := c.DescribeWorkflowExecution(ctx, data.WorkflowID, data.RunID)
	if failure != nil {
		return event, notRead("reading when the operation ended", failure)
	}
	event.Timestamp = described.GetWorkflowExecutionInfo().GetCloseTime().AsTime()
	set(data, result, err)
	return event, nil
}

// notRead is the error of a look at a run that is open, or that Temporal has not answered. It is repeated.
func notRead(what string, err error) error {
	return temporal.NewApplicationErrorWithOptions(fmt.Sprintf("%s: %v", what, err), "NotRead", temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign,
	})
}

// set fills in how a run ended: with a result, or an error.
func set(data *workflows.WebhookData, result workflows.Result, err error) {
	if err == nil {
		data.Status, data.TransactionID, data.CarrierStatus = workflows.WebhookCompleted, result.TransactionID, result.Status
		return
	}
	data.Status = workflows.WebhookFailed
	_, forced := errors.AsType[*temporal.TerminatedError](err)
	_, late := errors.AsType[*temporal.TimeoutError](err)
	switch {
	case temporal.IsCanceledError(err):
		data.Status = workflows.WebhookCanceled
	case forced || late:
		data.Status = workflows.WebhookTerminated
	}
	if f, ok := workflows.AsFailure(err); ok {
		data.FailureType, data.TransactionID, data.CarrierStatus, data.Code, data.Reason = f.Type, f.TransactionID, f.Status, f.Code, f.Reason
	}
}

// deliver makes one attempt to deliver an event to an endpoint. Its errors are repeated, after the delays of the schedule.
func (w *Webhooks) deliver(ctx context.Context, in workflows.WebhookAttempt) (workflows.WebhookAnswer, error) {
	i := slices.IndexFunc(w.endpoints, func(e Endpoint) bool { return e.Name == in.Endpoint })
	if i < 0 { // another worker may have a newer file
		return "", w.failed(ctx, in, 0, "this worker has no endpoint of that name; to give up what is under way, keep it in "+fileVariable+" with disabled: true")
	}
	if w.endpoints[i].Disabled {
		return w.done(ctx, in, workflows.AnswerDisabled), nil
	}
	got, err := send(ctx, w.client, w.endpoints[i], in.Event)
	switch {
	case err != nil:
		return "", w.failed(ctx, in, 0, err.Error())
	case got.status >= 200 && got.status < 300:
		return w.done(ctx, in, workflows.AnswerDelivered), nil
	case got.status == http.StatusGone:
		return w.done(ctx, in, workflows.AnswerGone), nil
	}
	return "", w.failed(ctx, in, got.retryAfter, fmt.Sprintf("it answered HTTP %d", got.status))
}

func (w *Webhooks) done(ctx context.Context, in workflows.WebhookAttempt, a workflows.WebhookAnswer) workflows.WebhookAnswer {
	count(ctx, in, string(a))
	return a
}

func (w *Webhooks) failed(ctx context.Context, in workflows.WebhookAttempt, asked time.Duration, why string) error {
	count(ctx, in, "failed")
	next := delayAfter(activity.GetInfo(ctx).Attempt, asked)
	message := fmt.Sprintf("delivering %s to the endpoint %s: %s", cmp.Or(in.Event.ID, string(in.Event.Type)), in.Endpoint, why)
	return temporal.NewApplicationErrorWithOptions(message, "NotDelivered", temporal.ApplicationErrorOptions{NextRetryDelay: next})
}

// count counts an attempt by its endpoint and result.
func count(ctx context.Context, in workflows.WebhookAttempt, result string) {
	activity.GetMetricsHandler(ctx).WithTags(map[string]string{"endpoint": in.Endpoint, "result": result}).Counter("carrierflow_webhook_attempts").Inc(1)
}
