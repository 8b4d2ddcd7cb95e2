package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// What an operation waits for is short here, so that a run is. callTimeout is three times the worker's HTTP timeout of 2 s.
const (
	pollEvery        = 500 * time.Millisecond
	overdueAfter     = 20 * time.Second
	overduePollEvery = time.Second
	deadline         = 5 * time.Minute
	soonDeadline     = 40 * time.Second // of an operation that is never decided
	confirmWithin    = 4 * time.Second
	settle           = 2 * time.Second
	callTimeout      = 6 * time.Second
)

func timings(op operation) *workflows.Timings {
	t := &workflows.Timings{
		PollEvery: carriers.Duration(pollEvery), OverdueAfter: carriers.Duration(overdueAfter),
		OverduePollEvery: carriers.Duration(overduePollEvery), Deadline: carriers.Duration(deadline),
		ConfirmWithin: carriers.Duration(confirmWithin), Settle: carriers.Duration(settle), CallTimeout: carriers.Duration(callTimeout),
	}
	if op.code == codeNeverDecided {
		t.Deadline = carriers.Duration(soonDeadline)
	}
	return t
}

func (op operation) input() workflows.Input {
	return kinds[op.kind].input(op.line, workflows.Operation{Reference: op.reference, Timings: timings(op)})
}

func (op operation) workflowID() string {
	return workflows.WorkflowID(kinds[op.kind].carrier, op.reference)
}

// load starts the operations at their times, except those that a fault starts, and returns when all are started.
func (w *world) load(ctx context.Context, p plan, began time.Time) error {
	failed := make(chan error, len(p.operations))
	var starting sync.WaitGroup
	for _, op := range p.operations {
		if op.struck {
			continue
		}
		starting.Go(func() {
			if !pause(ctx, time.Until(began.Add(op.at))) {
				return
			}
			if err := w.start(ctx, op); err != nil {
				failed <- err
			}
		})
	}
	starting.Wait()
	close(failed)
	return <-failed
}

// start starts an operation as every caller should: again and again until Temporal says that it has it.
func (w *world) start(ctx context.Context, op operation) error {
	in := op.input()
	for {
		err := within(ctx, 5*time.Second, func(ctx context.Context) error {
			_, err := w.client.ExecuteWorkflow(ctx, workflows.StartOptions(in, "secret"), in.Type(), in)
			return err
		})
		if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return nil
		}
		if !pause(ctx, 200*time.Millisecond) {
			return fmt.Errorf("starting %s: %w", op.workflowID(), err)
		}
	}
}

// misdirect sends DISH's word about the operation of another carrier that began last, with a good signature: it must not
// touch it. While the receiver is down nobody hears it, which is as well.
func (w *world) misdirect(ctx context.Context, p plan, elapsed time.Duration) error {
	var youngest operation
	for _, op := range p.operations {
		if kinds[op.kind].carrier != carriers.DISH && op.at <= elapsed && op.at >= youngest.at {
			youngest = op
		}
	}
	if youngest.reference == "" {
		return nil // none has begun
	}
	body, err := json.Marshal(map[string]any{
		"eventId": uuid.NewString(), "eventType": "TransactionStatus", "eventTime": time.Now().UTC(),
		"partnerTransactionId": youngest.reference, "status": "Failed",
	})
	if err != nil {
		return err
	}
	return w.callBack(ctx, body)
}

// callBack makes one signed callback; that nobody answers is no error.
func (w *world) callBack(ctx context.Context, body []byte) error {
	webhook, err := standardwebhooks.NewWebhook(w.WebhookSecret)
	if err != nil {
		return err
	}
	id, now := uuid.NewString(), time.Now()
	signature, err := webhook.Sign(id, now, body)
	if err != nil {
		return err
	}
	return within(ctx, 3*time.Second, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.Callbacks+"/callbacks/dish", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set(standardwebhooks.HeaderWebhookID, id)
		request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
		request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil
		}
		defer func() { _ = response.Body.Close() }()
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode/100 == 4 {
			return fmt.Errorf("a signed callback was answered %s", response.Status)
		}
		w.tally.add("… and the receiver answered " + response.Status)
		return nil
	})
}
