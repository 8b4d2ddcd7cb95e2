package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-resty/resty/v2"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// The contestants on Temporal that are not ours, on a task queue of their own.
const (
	baseQueue      = "bench"
	callbackSignal = "callback"

	emptyFlow     = "bench.Empty"
	bareFlow      = "bench.Bare"
	textbookFlow  = "bench.Textbook"
	timerPollFlow = "bench.TimerPoll"
)

// order is the input of the contestants' workflows.
type order struct {
	Carrier   string        `json:"carrier"`
	Reference string        `json:"reference"`
	Line      string        `json:"line"`
	PollEvery time.Duration `json:"pollEvery,omitempty"`
}

// notice is what a callback says.
type notice struct {
	Reference string `json:"partnerTransactionId"`
	Status    string `json:"status"`
}

// empty returns at once: what Temporal itself costs.
func empty(workflow.Context, order) error { return nil }

// bare waits for one signal.
func bare(ctx workflow.Context, _ order) error {
	var n notice
	workflow.GetSignalChannel(ctx, callbackSignal).Receive(ctx, &n)
	return nil
}

// textbook submits, and waits for the callback's signal or for a timer, as Temporal's samples do.
func textbook(ctx workflow.Context, in order) error {
	if _, err := submit(ctx, in); err != nil {
		return err
	}
	var n notice
	late := true
	timers, cancel := workflow.WithCancel(ctx)
	workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, callbackSignal), func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, &n)
			late = false
			cancel()
		}).
		AddFuture(workflow.NewTimer(timers, 72*time.Hour), func(workflow.Future) {}).
		Select(ctx)
	if late || n.Status != "Success" {
		return temporal.NewApplicationError("the carrier says "+n.Status, "CarrierFailed")
	}
	return nil
}

// timerPoll submits, and asks until it is decided, with a timer before each time.
func timerPoll(ctx workflow.Context, in order) error {
	id, err := submit(ctx, in)
	if err != nil {
		return err
	}
	for {
		if err := workflow.Sleep(ctx, in.PollEvery); err != nil {
			return err
		}
		var status string
		if err := workflow.ExecuteActivity(activityOptions(ctx), "Status", in, id).Get(ctx, &status); err != nil {
			return err
		}
		switch status {
		case "DONE", "Success":
			return nil
		case "ERROR", "Failed":
			return temporal.NewApplicationError("the carrier says "+status, "CarrierFailed")
		}
	}
}

func submit(ctx workflow.Context, in order) (id string, err error) {
	err = workflow.ExecuteActivity(activityOptions(ctx), "Submit", in).Get(ctx, &id)
	return id, err
}

func activityOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 30 * time.Second})
}

// api makes the HTTP requests of all contestants but ours: the same ones, with the same library.
type api struct{ http *resty.Client }

func newAPI(url string) api {
	return api{resty.New().SetBaseURL(url).SetTimeout(10*time.Second).SetHeader("stn-api-key", "sandbox")}
}

// Submit sends the request, and returns the carrier's id of it, if it gives one.
func (a api) Submit(ctx context.Context, in order) (id string, err error) {
	var answer struct{ ID, Status string }
	path, body := "/stn/api/SetServicesSubscription", map[string]any{
		"referenceNumber": in.Reference, "subscriptionId": in.Line, "services": map[string]any{"voiceMail": false},
	}
	if in.Carrier == calling {
		path, body = "/dish/subscription/status", map[string]any{"partnerTransactionId": in.Reference, "iccid": in.Line, "action": "Suspend"}
	}
	response, err := a.http.R().SetContext(ctx).SetBody(body).SetResult(&answer).Post(path)
	if err == nil && response.IsError() {
		err = fmt.Errorf("submitting %s: the carrier answers %s", in.Reference, response.Status())
	}
	return answer.ID, err
}

// Status asks how far the request is.
func (a api) Status(ctx context.Context, in order, id string) (string, error) {
	var one struct{ Status string }
	var list struct{ Results []struct{ Status string } }
	request := a.http.R().SetContext(ctx)
	var response *resty.Response
	var err error
	if in.Carrier == calling {
		response, err = request.SetResult(&one).Get("/dish/transaction/status/" + in.Reference)
	} else {
		response, err = request.SetResult(&list).SetQueryParam("id", id).Get("/stn/api/QueryActivation")
	}
	if err == nil && response.IsError() {
		err = fmt.Errorf("asking about %s: the carrier answers %s", in.Reference, response.Status())
	}
	if len(list.Results) == 1 {
		one = list.Results[0]
	}
	return one.Status, err
}

// register adds the contestants to a worker.
func register(w worker.Worker, a api) {
	for name, flow := range map[string]any{emptyFlow: empty, bareFlow: bare, textbookFlow: textbook, timerPollFlow: timerPoll} {
		w.RegisterWorkflowWithOptions(flow, workflow.RegisterOptions{Name: name})
	}
	w.RegisterActivityWithOptions(a.Submit, activity.RegisterOptions{Name: "Submit"})
	w.RegisterActivityWithOptions(a.Status, activity.RegisterOptions{Name: "Status"})
}
