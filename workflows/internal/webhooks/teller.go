package webhooks

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// firstPause and longestPause are between two tries to store an event, when Temporal does not take it.
	firstPause   = 10 * time.Second
	longestPause = 10 * time.Minute
)

// Teller tells what happens to one operation, in the order in which it happens, and without holding the run up. Nil tells nothing.
type Teller struct {
	about workflows.WebhookData
	// decided tells that it is known whether events are told, and on that they are.
	decided, on bool
	// number is that of the last event, and queue the events that are not stored yet.
	number int
	queue  []workflows.WebhookEvent
	// telling tells that a coroutine stores the queue, and closing that the run waits for it to end.
	telling, closing bool
}

// New makes the teller of an operation. A workflow that is not under the id of its reference is no operation that anybody could know.
func New(about workflows.WebhookData) *Teller {
	if _, _, ok := workflows.ParseWorkflowID(about.WorkflowID); !ok {
		return nil
	}
	return &Teller{about: about}
}

// Enable says that events are told, because the run has recorded it.
func (t *Teller) Enable() {
	if t != nil {
		t.decided, t.on = true, true
	}
}

// Disable says that the run has recorded that events are not told.
func (t *Teller) Disable() {
	if t != nil {
		t.decided = true
	}
}

// On reports whether the run has told anything, or will.
func (t *Teller) On() bool { return t != nil && t.on }

// Accepted tells that the carrier has the request.
func (t *Teller) Accepted(ctx workflow.Context, transactionID, carrierStatus string) {
	if t == nil {
		return
	}
	data := t.about
	data.TransactionID, data.CarrierStatus = transactionID, carrierStatus
	t.tell(ctx, workflows.WebhookAccepted, data)
}

// Raised tells that operators were told of a reason to look.
func (t *Teller) Raised(ctx workflow.Context, a workflows.Attention) {
	t.attention(ctx, workflows.WebhookAttentionRaised, a)
}

// Cleared tells that a reason to look is gone.
func (t *Teller) Cleared(ctx workflow.Context, a workflows.Attention) {
	t.attention(ctx, workflows.WebhookAttentionCleared, a)
}

func (t *Teller) attention(ctx workflow.Context, kind workflows.WebhookType, a workflows.Attention) {
	if t == nil {
		return
	}
	data := t.about
	data.Attention = a
	t.tell(ctx, kind, data)
}

// Ended tells that the operation ends. How it ended is read once it has.
func (t *Teller) Ended(ctx workflow.Context) {
	if t != nil {
		t.tell(ctx, workflows.WebhookEnded, t.about)
	}
}

// Close returns when everything that was told is stored. What Temporal does not take within a minute then is lost, and logged: an
// operation has to end without it.
func (t *Teller) Close(ctx workflow.Context) {
	if t == nil || !t.telling {
		return
	}
	t.closing = true
	ctx, stop := workflow.NewDisconnectedContext(ctx) // a cancelled run tells its end, too
	defer stop()
	_ = workflow.Await(ctx, func() bool { return !t.telling }) // the context does not end
}

func (t *Teller) tell(ctx workflow.Context, kind workflows.WebhookType, data workflows.WebhookData) {
	if !t.decided {
		t.decided, t.on = true, wanted(ctx, t.about.Operation)
	}
	if !t.on {
		return
	}
	t.number++
	data.Number = t.number
	t.queue = append(t.queue, workflows.WebhookEvent{Type: kind, Timestamp: workflow.Now(ctx).UTC(), Data: data})
	if t.telling {
		return
	}
	t.telling = true
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled: what has happened is told
	workflow.Go(ctx, t.store)
}

// store stores the events of the queue.
func (t *Teller) store(ctx workflow.Context) {
	for ; len(t.queue) > 0; t.queue = t.queue[1:] {
		for pause := firstPause; ; pause = min(2*pause, longestPause) {
			last := t.closing
			err := workflow.ExecuteLocalActivity(tellOptions(ctx), workflows.TellWebhooksName, t.queue[0]).Get(ctx, nil)
			if err == nil {
				break
			}
			workflow.GetLogger(ctx).Error("storing a webhook event failed", "error", err)
			if last {
				break
			}
			_, _ = workflow.AwaitWithTimeout(ctx, pause, func() bool { return t.closing })
		}
	}
	t.telling = false
}

// tellOptions are for a short call to Temporal itself. While it is repeated, the workflow task lasts, so that it is not for long.
func tellOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second, ScheduleToCloseTimeout: time.Minute, Summary: "Tell the webhooks",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
	})
}
