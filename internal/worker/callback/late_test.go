package callback

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// ended is an error as a client returns it for a run that did not complete. The SDK does not export a way to make one.
type ended struct{ cause error }

func (e ended) Error() string   { return "workflow execution error: " + e.cause.Error() }
func (e ended) Unwrap() []error { return []error{&sdktemporal.WorkflowExecutionError{}, e.cause} }

// endedWith is what a client returns for a run that failed.
func endedWith(kind workflows.FailureType) error {
	failure := workflows.Failure{Type: kind, Message: "what happened"}
	var cause error = sdktemporal.NewNonRetryableApplicationError(failure.Message, string(kind), nil, failure)
	if kind == workflows.Canceled {
		cause = sdktemporal.NewCanceledError(failure)
	}
	return ended{cause}
}

func over(f *fixture, end error) {
	f.temporal.open = map[string]bool{"dish:ref-1": false}
	f.temporal.ends = map[string]error{"dish:ref-1": end}
}

func TestAFinalWordAfterTheEnd(t *testing.T) {
	const done, failed = `{"partnerTransactionId":"ref-1","status":"Success"}`, failedOne
	for _, test := range []struct {
		name         string
		end          error
		done, failed string // what becomes of such a word
	}{
		{"completed", nil, "finished", "late"},
		{"CarrierFailed", endedWith(workflows.CarrierFailed), "late", "finished"},
		{"CarrierRejected", endedWith(workflows.CarrierRejected), "late", "finished"},
		{"DecisionDenied", endedWith(workflows.DecisionDenied), "late", "finished"},
		{"PartlyTaken", endedWith(workflows.PartlyTaken), "late", "finished"},
		{"ResolvedFailed", endedWith(workflows.ResolvedFailed), "late", "finished"},
		{"DeadlineExceeded", endedWith(workflows.DeadlineExceeded), "late", "late"},
		{"OutcomeUnknown", endedWith(workflows.OutcomeUnknown), "late", "late"},
		{"CanceledAfterSubmit", endedWith(workflows.CanceledAfterSubmit), "late", "late"},
		{"NotInEffect", endedWith(workflows.NotInEffect), "late", "late"},
		{"CarrierUnauthorized", endedWith(workflows.CarrierUnauthorized), "late", "late"},
		{"InvalidRequest", endedWith(workflows.InvalidRequest), "late", "late"},
		{"Canceled", endedWith(workflows.Canceled), "late", "late"},
		{"a failure of a newer version", endedWith("Other"), "late", "late"},
		{"terminated", ended{&sdktemporal.TerminatedError{}}, "late", "late"},
		{"timed out", ended{sdktemporal.NewTimeoutError(0, nil)}, "late", "late"},
		{"a panic", ended{sdktemporal.NewApplicationError("x", "PanicError")}, "late", "late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for body, want := range map[string]string{
				done: test.done, failed: test.failed,
				`{"partnerTransactionId":"ref-1","status":"InProgress"}`: "finished",
				`{"partnerTransactionId":"ref-1","status":"?"}`:          "finished",
			} {
				f := newFixture(t, AuthConfig{})
				over(f, test.end)
				got := post(t, f.server(t)+"/callbacks/dish", body, nil)
				assert.Equal(t, want, got.message.Status, body)
				assert.Equal(t, map[string]int{"finished": http.StatusOK, "late": http.StatusAccepted}[want], got.status, body)
				assert.Equal(t, map[string]int{"dish " + want: 1}, f.count())
				signals, kept, _ := f.temporal.received()
				assert.Empty(t, signals)
				assert.Equal(t, want == "late", len(kept) == 1, body)
			}
		})
	}
}

func TestAFinalStatusAfterTheDeadlineIsKept(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	over(f, endedWith(workflows.DeadlineExceeded))
	url := f.server(t) + "/callbacks/dish"
	assert.Equal(t, "late", post(t, url, failedOne, nil).message.Status)
	_, kept, _ := f.temporal.received()
	require.Len(t, kept, 1)
	received := kept[0].callback.ReceivedAt
	assert.Equal(t, signal{
		workflowID: "follow-up:dish:ref-1",
		callback:   workflows.Callback{State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no", ReceivedAt: received},
		followUp: workflows.FollowUp{
			WorkflowID: "dish:ref-1", RunID: "run-1", Carrier: "dish", Operation: "dish.UpdateSubscriptionStatus", Reference: "ref-1",
			Failure: workflows.DeadlineExceeded, Message: "what happened",
		},
	}, kept[0])

	assert.Equal(t, "late", post(t, url, failedOne, nil).message.Status, "the same again")
	assert.Equal(t, "late", post(t, url, `{"partnerTransactionId":"ref-1","status":"Success"}`, nil).message.Status)
	_, kept, _ = f.temporal.received()
	require.Len(t, kept, 2, "the open follow-up hears what is new")

	f.temporal.open["follow-up:dish:ref-1"] = false // it was acknowledged
	assert.Equal(t, http.StatusAccepted, post(t, url, failedOne, nil).status)
	_, kept, _ = f.temporal.received()
	assert.Len(t, kept, 2, "what was acknowledged is not brought up again")
	post(t, url, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2"}`, nil)
	_, kept, _ = f.temporal.received()
	assert.Len(t, kept, 3, "what is new is")
}

// An unmatched callback that an operator has seen is not kept again either.
func TestAnUnmatchedCallbackIsKeptOnce(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	url := f.server(t) + "/callbacks/dish"
	for _, seen := range []bool{false, false, true, true} {
		if seen {
			f.temporal.open["unmatched:dish:ref-2"] = false
		}
		assert.Equal(t, "unmatched", post(t, url, successTwo, nil).message.Status)
	}
	_, kept, _ := f.temporal.received()
	assert.Len(t, kept, 1)
}

// A callback that a run received before it ended is not late when it comes again.
func TestACallbackThatTheRunReceivedIsNotLate(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	url := f.server(t) + "/callbacks/dish"
	post(t, url, failedOne, nil)
	over(f, endedWith(workflows.DeadlineExceeded))
	assert.Equal(t, "stored", post(t, url, failedOne, nil).message.Status)
	_, kept, _ := f.temporal.received()
	assert.Empty(t, kept)
}

func TestAnEndThatCannotBeReadIsUnavailable(t *testing.T) {
	f := newFixture(t, AuthConfig{}, func(o *Options) { o.DeliverTimeout = 60 * time.Millisecond })
	for _, err := range []error{serviceerror.NewUnavailable("down"), errors.New("failed reaching server")} {
		over(f, endedWith(workflows.DeadlineExceeded))
		f.temporal.outcome = err
		got := post(t, f.server(t)+"/callbacks/dish", failedOne, nil)
		assert.Equal(t, http.StatusServiceUnavailable, got.status)
		_, kept, _ := f.temporal.received()
		assert.Empty(t, kept)
	}
	f.temporal.outcome = nil
	assert.Equal(t, "late", post(t, f.server(t)+"/callbacks/dish", failedOne, nil).message.Status)
}

func TestATransientErrorOfTemporalIsRetried(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	faults := []error{serviceerror.NewUnavailable("down"), &serviceerror.ResourceExhausted{Message: "busy"}, serviceerror.NewDeadlineExceeded("slow")}
	f.temporal.before = func(context.Context) (err error) {
		if len(faults) > 0 {
			err, faults = faults[0], faults[1:]
		}
		return err
	}
	assert.Equal(t, http.StatusAccepted, post(t, f.server(t)+"/callbacks/dish", success, nil).status)
	signals, _, _ := f.temporal.received()
	assert.Len(t, signals, 1)
}
