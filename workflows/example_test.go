package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strconv"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows"
)

// Start an operation. A second start with the same reference is refused, and so is an input that is not valid.
func ExampleStart() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	request := dish.UpdateSubscriptionStatus{
		Reference: newReference(), // your own id, for example "order-18"
		ICCID:     newLine("8901", ordinary),
		Action:    dish.Suspend,
	}
	run, err := workflows.Start(ctx, c, request)
	fmt.Println("started:", err == nil && run.GetID() == "dish:"+request.Reference)

	_, err = workflows.Start(ctx, c, request)
	if duplicate, ok := errors.AsType[*workflows.DuplicateError](err); ok {
		fmt.Println("used before, by this run:", duplicate.RunID == run.GetRunID())
	}

	request.Reference, request.Action = "order 18", "Pause"
	_, err = workflows.Start(ctx, c, request)
	if failure, ok := workflows.AsFailure(err); ok {
		for _, fault := range failure.Faults {
			fmt.Println(fault)
		}
	}
	// Output:
	// started: true
	// used before, by this run: true
	// action: must be one of Suspend, Resume, Cease, Reactivate
	// reference: must match ^[A-Za-z0-9._-]{1,36}$
}

// Start an operation at a later time, and cancel it before.
func ExampleStartAt() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	request := dish.UpdateSubscriptionStatus{Reference: newReference(), ICCID: newLine("8901", ordinary), Action: dish.Cease}
	run, err := workflows.Start(ctx, c, request, workflows.StartAt(time.Now().Add(24*time.Hour)))
	if err != nil {
		log.Fatal(err)
	}
	if err := c.CancelWorkflow(ctx, run.GetID(), ""); err != nil {
		log.Fatal(err)
	}
	_, err = workflows.Await(ctx, c, run.GetID())
	if failure, ok := workflows.AsFailure(err); ok {
		fmt.Println(failure.Type) // nothing was sent
	}
	// Output: Canceled
}

// Wait for the outcome. The process that waits may be another one than the one that started.
func ExampleAwait() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	request := dish.UpdateSubscriptionStatus{Reference: newReference(), ICCID: newLine("8901", ordinary), Action: dish.Suspend}
	if _, err := workflows.Start(ctx, c, request); err != nil {
		log.Fatal(err)
	}

	result, err := workflows.Await(ctx, c, workflows.WorkflowID("dish", request.Reference))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Status, result.Effect, result.Line.Status)
	// Output: Success shown Suspended
}

// Read something at a carrier.
func ExampleAwaitAnswer() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	run, err := workflows.Start(ctx, c, dish.GetSubscription{Reference: newReference(), ICCID: newLine("8901", ordinary)})
	if err != nil {
		log.Fatal(err)
	}
	subscriber, err := workflows.AwaitAnswer[dish.Subscriber](ctx, c, run.GetID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(subscriber.Subscriptions[0].SubscriptionStatus)
	// Output: Active
}

// sTN takes a request, and ends it with ERROR later: the operation fails, with sTN's own status.
func ExampleAsFailure() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	request := stn.SetServices{
		Reference: newReference(), SubscriptionID: newLine("SUB-", delayedError), Services: map[string]any{"voiceMail": false},
		Options: carriers.Options{Timings: &carriers.Timings{PollEvery: carriers.Duration(time.Second)}},
	}
	run, err := workflows.Start(ctx, c, request)
	if err != nil {
		log.Fatal(err)
	}

	_, err = workflows.Await(ctx, c, run.GetID())
	failure, ok := workflows.AsFailure(err)
	if !ok {
		log.Fatal(err) // not an outcome: a lost connection, or a run that somebody terminated
	}
	switch failure.Type {
	case workflows.CarrierFailed:
		fmt.Println(failure.Carrier, "accepted it and ended it with", failure.Status)
	case workflows.CarrierRejected, workflows.PartlyTaken:
		fmt.Println("correct it and use a new reference:", failure.Message)
	default: // also one that this program does not know
		fmt.Println("an operator has to look:", failure.Message)
	}
	// Output: stn accepted it and ended it with ERROR
}

// Start an operation and hear at once whether the carrier takes it.
func ExampleStartAccepted() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	for _, scenario := range []string{ordinary, refused} {
		accepted, _, err := workflows.StartAccepted(ctx, c, stn.SetServices{
			Reference: newReference(), SubscriptionID: newLine("SUB-", scenario), Services: map[string]any{"voiceMail": false},
		})
		if failure, ok := workflows.AsFailure(err); ok {
			fmt.Println(failure.Type, failure.HTTPStatus)
			continue
		} else if err != nil {
			log.Fatal(err)
		}
		fmt.Println(accepted.State, accepted.Status)
	}
	// Output:
	// accepted INIT
	// CarrierRejected 400
}

// An operator closes an operation that sTN never decides. Another update is refused, because it is not possible there.
func ExampleUpdate_Send() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	_, run, err := workflows.StartAccepted(ctx, c, stn.SetServices{
		Reference: newReference(), SubscriptionID: newLine("SUB-", neverDecided), Services: map[string]any{"voiceMail": false},
	})
	if err != nil {
		log.Fatal(err)
	}

	action := workflows.OperatorAction{Operator: "alex", Reason: "sTN says on the phone that it is done"}
	_, err = workflows.DenyUpdate.Send(ctx, c, run.GetID(), action)
	if refused, ok := errors.AsType[*workflows.RefusedError](err); ok {
		fmt.Println(refused)
	}

	status, err := workflows.ResolveUpdate.Send(ctx, c, run.GetID(), workflows.Resolve{OperatorAction: action, Outcome: carriers.Done})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ended:", status.Ended())

	result, err := workflows.Await(ctx, c, run.GetID())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("by", result.DecidedBy, result.Resolution.Operator)
	// Output:
	// deny was refused: sTN does not hold this request for a decision
	// ended: true
	// by operator alex
}

// Ask how far an operation is. It needs no more than the id of its run.
func ExampleGetStatus() {
	ctx, c := context.Background(), dial()
	defer c.Close()

	_, run, err := workflows.StartAccepted(ctx, c, stn.SetServices{
		Reference: newReference(), SubscriptionID: newLine("SUB-", neverDecided), Services: map[string]any{"voiceMail": false},
	})
	if err != nil {
		log.Fatal(err)
	}
	status, err := workflows.GetStatus(ctx, c, run.GetID(), "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.Phase, status.Acknowledgement.Status, status.Actions)
	// Output: waiting INIT [check-now resolve extend-deadline]
}

// dial connects as the temporal CLI does: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and so on.
func dial() client.Client {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		log.Fatal(err)
	}
	options.Logger = sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.Dial(options)
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// newReference makes a new reference, so that the examples can be run repeatedly.
func newReference() string { return "ex-" + strconv.FormatInt(time.Now().UnixNano(), 36) }

// newLine makes up a line. At the sandbox, its last two digits choose what happens to it: see docs/sandbox.md.
func newLine(prefix, scenario string) string {
	return fmt.Sprintf("%s%014d%s", prefix, time.Now().UnixNano()%1e14, scenario)
}

const (
	ordinary     = "00"
	delayedError = "59"
	neverDecided = "63"
	refused      = "70"
)
