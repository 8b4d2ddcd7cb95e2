package lifecycle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// reply is the answer or the error of an update.
type reply struct {
	rejected, failed error
	answer           any
	accepted, ended  bool
}

// refused returns the reason of a refusal.
func (r *reply) refused(t *testing.T, kind string) string {
	t.Helper()
	require.Error(t, r.rejected)
	application, ok := errors.AsType[*temporal.ApplicationError](r.rejected)
	require.True(t, ok, "%v", r.rejected)
	require.Equal(t, kind, application.Type())
	require.False(t, r.accepted)
	return application.Message()
}

// sendUpdate sends an update at a time after the start.
func sendUpdate[I, O any](h *harness, after time.Duration, u workflows.Update[I, O], argument any) *reply {
	r := &reply{}
	h.at(after, func() {
		h.UpdateWorkflow(u.Name, fmt.Sprintf("%s-%s", u.Name, after), &testsuite.TestUpdateCallback{
			OnAccept:   func() { r.accepted = true },
			OnReject:   func(err error) { r.rejected = err },
			OnComplete: func(answer any, err error) { r.answer, r.failed, r.ended = answer, err, true },
		}, argument)
	})
	return r
}

// answerOf is the answer of an update that was taken.
func answered[O any](t *testing.T, r *reply) O {
	t.Helper()
	require.NoError(t, r.rejected)
	require.NoError(t, r.failed)
	require.True(t, r.ended, "an update is answered before its run ends")
	answer, ok := r.answer.(O)
	require.True(t, ok, "%T", r.answer)
	return answer
}

var (
	alex         = workflows.OperatorAction{Operator: "alex", Reason: "DISH said so on the phone"}
	neverDecided = fakes{acknowledges(accepted), undecidedForEver, nil}
)

func TestResolve(t *testing.T) {
	t.Run("done", func(t *testing.T) {
		h := newHarness(t, suspend, neverDecided)
		r := sendUpdate(h, time.Minute, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
		result := h.run().completed()
		require.Equal(t, workflows.ByOperator, result.DecidedBy)
		require.Equal(t, &workflows.Resolution{OperatorAction: alex, At: started.Add(time.Minute)}, result.Resolution)
		require.Equal(t, carriers.NotRead, result.Effect, "no read was made")
		status := answered[workflows.OperationStatus](t, r)
		require.True(t, status.Ended())
		require.Equal(t, "Closed as done.", status.Message)
	})
	t.Run("failed", func(t *testing.T) {
		h := newHarness(t, suspend, neverDecided)
		sendUpdate(h, time.Hour, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Failed})
		f := h.run().failed(workflows.ResolvedFailed)
		require.Equal(t, &workflows.Resolution{OperatorAction: alex, At: started.Add(time.Hour)}, f.Resolution)
		require.Equal(t, workflows.ByOperator, f.DecidedBy)
		require.Equal(t, "tx-1", f.TransactionID)
		require.Contains(t, f.Message, "an operator closed it")
		require.NotContains(t, f.Message, alex.Operator, "names are in the details only")
		require.False(t, h.onList, "overdue before, decided now")
	})
	t.Run("with a number in the reason", func(t *testing.T) {
		h := newHarness(t, suspend, neverDecided)
		sendUpdate(h, time.Minute, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: workflows.OperatorAction{Operator: "alex", Reason: "customer 15550100123 called"}, Outcome: carriers.Failed})
		require.Equal(t, "customer … called", h.run().failed(workflows.ResolvedFailed).Resolution.Reason)
	})
	t.Run("of an operation that may not have reached the carrier", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{refuses(lost), undecidedForEver, nil})
		sendUpdate(h, time.Hour, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
		require.Equal(t, workflows.ByOperator, h.run().completed().DecidedBy)
	})
}

// An update that is not possible now, or that cannot be read, is refused with the reason and changes nothing.
func TestUpdatesThatAreRefused(t *testing.T) {
	argument := map[string]any{"operator": "alex", "reason": "why"}
	with := func(key string, value any) map[string]any {
		changed := map[string]any{"operator": "alex", "reason": "why"}
		changed[key] = value
		return changed
	}
	t.Run("for what they say", func(t *testing.T) {
		for name, c := range map[string]struct {
			send func(h *harness) *reply
			says []string
		}{
			"resolve without an outcome":    {giving(workflows.ResolveUpdate, argument), []string{"outcome: is required"}},
			"resolve as something else":     {giving(workflows.ResolveUpdate, with("outcome", "pending")), []string{"outcome: must be one of done, failed"}},
			"resolve with nothing":          {giving(workflows.ResolveUpdate, nil), []string{"operator: is required", "outcome: is required", "reason: is required"}},
			"resolve with another field":    {giving(workflows.ResolveUpdate, with("force", true)), []string{"force: is not a field"}},
			"check-now without an operator": {giving(workflows.CheckNowUpdate, with("operator", "")), []string{"operator: must have at least 1"}},
			"check-now without a reason":    {giving(workflows.CheckNowUpdate, map[string]any{"operator": "alex"}), []string{"reason: is required"}},
			"check-now, reason too long":    {giving(workflows.CheckNowUpdate, with("reason", strings.Repeat("x", 501))), []string{"reason: must have at most 500"}},
			"approve without an operator":   {giving(workflows.ApproveUpdate, map[string]any{"reason": "why"}), []string{"operator: is required"}},
			"deny without a reason":         {giving(workflows.DenyUpdate, map[string]any{"operator": "alex"}), []string{"reason: is required"}},
			"extend-deadline by nothing":    {giving(workflows.ExtendDeadlineUpdate, argument), []string{"by: is required"}},
			"extend-deadline by a number":   {giving(workflows.ExtendDeadlineUpdate, with("by", 48)), []string{"by: must be of type string"}},
			"accepted with an argument":     {giving(workflows.AcceptedUpdate, argument), []string{"operator: is not a field"}},
		} {
			t.Run(name, func(t *testing.T) {
				h := newHarness(t, suspend, neverDecided)
				r := c.send(h)
				h.run(hurried).failed(workflows.DeadlineExceeded)
				reason := r.refused(t, string(workflows.InvalidRequest))
				for _, text := range c.says {
					require.Contains(t, reason, text)
				}
			})
		}
	})
	t.Run("for the moment", func(t *testing.T) {
		never := fakes{unreachable(time.Minute, false), nil, nil}
		held := fakes{acknowledges(heldRequest), undecidedForEver, nil}
		for name, c := range map[string]struct {
			play fakes
			send func(h *harness) *reply
			says string
		}{
			"check-now before it is acknowledged": {never, giving(workflows.CheckNowUpdate, argument), "has not acknowledged the request yet"},
			"resolve before it is acknowledged":   {never, giving(workflows.ResolveUpdate, with("outcome", "failed")), "cancel the run"},
			"deny before it is acknowledged":      {never, giving(workflows.DenyUpdate, argument), "has not acknowledged"},
			"approve of what is not held":         {neverDecided, giving(workflows.ApproveUpdate, argument), "does not hold this request for a decision"},
			"deny of what is not held":            {neverDecided, giving(workflows.DenyUpdate, argument), "does not hold this request for a decision"},
			"extend-deadline by no time":          {neverDecided, giving(workflows.ExtendDeadlineUpdate, with("by", "0s")), "above 0"},
			"extend-deadline by more than a year": {neverDecided, giving(workflows.ExtendDeadlineUpdate, with("by", "9000h")), "more than a year"},
			"approve of what is approved": {held, func(h *harness) *reply {
				giving(workflows.ApproveUpdate, argument)(h)
				return sendUpdate(h, 2*time.Minute, workflows.ApproveUpdate, argument)
			}, "approved already"},
		} {
			t.Run(name, func(t *testing.T) {
				h := newHarness(t, suspend, c.play)
				r := c.send(h)
				h.run(hurried)
				require.Error(t, h.GetWorkflowError())
				require.Contains(t, r.refused(t, workflows.Refused), c.says)
			})
		}
	})
	t.Run("for their number", func(t *testing.T) {
		h := newHarness(t, suspend, neverDecided)
		for i := range maxChecksRequested {
			sendUpdate(h, time.Minute+time.Duration(i)*time.Second, workflows.CheckNowUpdate, alex)
		}
		r := sendUpdate(h, 10*time.Minute, workflows.CheckNowUpdate, alex)
		h.run(hurried)
		require.Contains(t, r.refused(t, workflows.Refused), "100 checks were requested")
	})
}

// giving sends an update a minute after the start.
func giving[I, O any](u workflows.Update[I, O], argument any) func(h *harness) *reply {
	return func(h *harness) *reply { return sendUpdate(h, time.Minute, u, argument) }
}

func TestCheckNow(t *testing.T) {
	inProgress := carriers.Outcome{State: carriers.Pending, Status: "InProgress", Effect: carriers.Missing, Line: &carriers.Line{Status: "Active"}}
	// onLook answers only the checks that were asked for.
	onLook := func(answer func() (activities.CheckResult, error)) func(int, checkInput) (activities.CheckResult, error) {
		return func(n int, in checkInput) (activities.CheckResult, error) {
			if in.Once {
				return answer()
			}
			return undecidedForEver(n, in)
		}
	}
	t.Run("not decided yet", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: inProgress}, nil
		}), nil})
		r := sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		h.run(hurried).failed(workflows.DeadlineExceeded)
		status := answered[workflows.OperationStatus](t, r)
		require.Equal(t, `DISH says "InProgress", the line reads "Active", and does not show the change.`, status.Message)
		require.False(t, status.Ended())
		require.Equal(t, "InProgress", status.CarrierStatus)
		require.Equal(t, "Active", status.LineStatus)
		require.Equal(t, carriers.Missing, status.Effect)
	})
	t.Run("decided", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: done}, nil
		}), nil})
		r := sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		require.Equal(t, workflows.ByCheck, h.run().completed().DecidedBy)
		require.True(t, answered[workflows.OperationStatus](t, r).Ended())
		require.Equal(t, started.Add(time.Minute), h.Now().UTC().Truncate(time.Minute), "at once, not at the next check")
	})
	t.Run("done but not in effect yet", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: not}, nil
		}), nil})
		r := sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		h.run(hurried).failed(workflows.DeadlineExceeded)
		require.False(t, answered[workflows.OperationStatus](t, r).Ended())
	})
	t.Run("the carrier does not answer", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{}, problem(activities.Retrying, time.Minute, activities.Problem{HTTPStatus: 503})
		}), nil})
		r := sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		h.run(hurried).failed(workflows.DeadlineExceeded)
		require.Equal(t, "DISH could not be asked: HTTP 503. The regular checks continue.", answered[workflows.OperationStatus](t, r).Message)
	})
	t.Run("found at last", func(t *testing.T) {
		found := accepted
		found.Found = true
		h := newHarness(t, suspend, fakes{refuses(lost), onLook(func() (activities.CheckResult, error) {
			return activities.CheckResult{Outcome: inProgress, Found: &found}, nil
		}), nil})
		sendUpdate(h, time.Minute, workflows.CheckNowUpdate, alex)
		f := h.run(hurried).failed(workflows.DeadlineExceeded)
		require.Equal(t, "tx-1", f.TransactionID, "what a check has found is kept")
		require.Equal(t, []string{"Overdue"}, h.attention(), "it is no longer unknown")
	})
}

// heldRequest is MásMóvil's 202.
var heldRequest = carriers.Acknowledgement{
	Held: true, HTTPStatus: 202, At: started.Add(time.Second), Outcome: carriers.Outcome{State: carriers.Pending, Status: "R"},
}

func TestDecisionsAboutAHeldRequest(t *testing.T) {
	const add = "masmovil.AddDevice"
	t.Run("denied", func(t *testing.T) {
		h := newHarness(t, add, fakes{acknowledges(heldRequest), undecidedForEver, nil})
		r := sendUpdate(h, time.Hour, workflows.DenyUpdate, alex)
		f := h.run().failed(workflows.DecisionDenied)
		require.Equal(t, &workflows.Resolution{OperatorAction: alex, At: started.Add(time.Hour)}, f.Resolution)
		require.True(t, answered[workflows.OperationStatus](t, r).Ended())
		require.False(t, h.onList)
	})
	t.Run("approved", func(t *testing.T) {
		h := newHarness(t, add, fakes{acknowledges(heldRequest), answers(undecided(2*time.Hour), done), nil})
		r := sendUpdate(h, time.Hour, workflows.ApproveUpdate, alex)
		listed := true
		h.at(time.Hour+time.Minute, func() { listed = h.onList })
		result := h.run().completed()
		require.Equal(t, workflows.ByCheck, result.DecidedBy, "a read still confirms the effect")
		require.False(t, listed, "the attention is cleared")
		require.False(t, answered[workflows.OperationStatus](t, r).Ended())
	})
}

func TestExtendDeadline(t *testing.T) {
	const day = `{"timings":{"overdueAfter":"30m","deadline":"24h"}}`
	for name, at := range map[string]time.Duration{"while on time": 10 * time.Minute, "when overdue": 20 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(undecided(5 * time.Hour)), nil})
			r := sendUpdate(h, at, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(48 * time.Hour)})
			h.run(day).failed(workflows.DeadlineExceeded)
			require.InDelta(t, (72 * time.Hour).Hours(), h.Now().Sub(started).Hours(), 8)
			status := answered[workflows.OperationStatus](t, r)
			require.Equal(t, started.Add(72*time.Hour), status.Deadline)
			require.Equal(t, "The deadline is now 2026-03-07 09:00:00 UTC.", status.Message)
		})
	}
	t.Run("while the request does not get through", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{unreachable(time.Hour, false), nil, nil})
		sendUpdate(h, time.Hour, workflows.ExtendDeadlineUpdate, workflows.ExtendDeadline{OperatorAction: alex, By: carriers.Duration(48 * time.Hour)})
		h.run(day).failed(workflows.DeadlineExceeded)
		require.InDelta(t, (72 * time.Hour).Hours(), h.Now().Sub(started).Hours(), 1.5)
	})
}

func TestAccepted(t *testing.T) {
	ask := func(h *harness) *reply {
		return sendUpdate(h, 0, workflows.AcceptedUpdate, workflows.AcceptedQuestion{})
	}
	t.Run("acknowledged", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil})
		r := ask(h)
		h.run().completed()
		require.Equal(t, workflows.Accepted{State: workflows.AcceptedByCarrier, TransactionID: "tx-1", Status: "Success", SubmittedAt: accepted.At}, answered[workflows.Accepted](t, r))
	})
	t.Run("held", func(t *testing.T) {
		h := newHarness(t, "masmovil.AddDevice", fakes{acknowledges(heldRequest), answers(done), nil})
		r := ask(h)
		h.run().completed()
		require.True(t, answered[workflows.Accepted](t, r).Held)
	})
	t.Run("it is not known", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{refuses(lost), answers(done), nil})
		r := ask(h)
		h.run().completed()
		require.Equal(t, workflows.Accepted{State: workflows.AcceptanceUnknown}, answered[workflows.Accepted](t, r))
	})
	t.Run("refused", func(t *testing.T) {
		refusal := problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422, Code: "E-7"})
		h := newHarness(t, suspend, fakes{refuses(refusal), nil, nil})
		r := ask(h)
		h.run().failed(workflows.CarrierRejected)
		f, ok := workflows.AsFailure(r.failed)
		require.True(t, ok, "%v", r.failed)
		require.Equal(t, workflows.CarrierRejected, f.Type)
		require.Equal(t, "E-7", f.Code)
	})
	t.Run("without any argument", func(t *testing.T) {
		h := newHarness(t, suspend, fakes{acknowledges(accepted), answers(done), nil})
		r := &reply{}
		h.at(0, func() {
			h.UpdateWorkflow(workflows.AcceptedUpdate.Name, "1", &testsuite.TestUpdateCallback{
				OnReject:   func(err error) { r.rejected = err },
				OnComplete: func(answer any, err error) { r.answer, r.failed, r.ended = answer, err, true },
			})
		})
		h.run().completed()
		require.Equal(t, workflows.AcceptedByCarrier, answered[workflows.Accepted](t, r).State)
	})
}

// A run sets the search attributes that its caller left out.
func TestARunSetsItsSearchAttributes(t *testing.T) {
	play := fakes{acknowledges(accepted), answers(done), nil}
	h := newHarness(t, suspend, play)
	h.run().completed()
	require.Zero(t, h.attributes.Size(), "started with StartOptions")

	h = newHarness(t, suspend, play)
	require.NoError(t, h.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes()))
	h.run().completed()
	carrier, _ := h.attributes.GetKeyword(workflows.CarrierAttribute)
	operation, _ := h.attributes.GetKeyword(workflows.OperationAttribute)
	line, _ := h.attributes.GetKeyword(workflows.LineKeyAttribute)
	require.Equal(t, []string{"dish", suspend, workflows.LineKey("secret", "dish", "89010000000000000018")}, []string{carrier, operation, line})
}
