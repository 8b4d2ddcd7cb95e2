package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// Ending is what became of a run.
type Ending struct {
	Outcome State `json:"-"`
	// Result is what a completed change returned, without the line: its numbers are read with a read operation.
	Result *workflows.Result `json:"result,omitempty"`
	// Answer is what the carrier answered to a read.
	Answer json.RawMessage `json:"answer,omitempty"`
	// Failure is what a failed operation says of itself.
	Failure *workflows.Failure `json:"failure,omitempty"`
	// Message is why a run ended that says nothing of itself, for example one that was terminated.
	Message string `json:"message,omitempty"`
	// Advice is what the caller should do now.
	Advice string `json:"advice,omitempty"`
}

// EndingOf reads how a run has ended.
func (c *Connection) EndingOf(ctx context.Context, v View) (Ending, error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	return EndingOf(bounded, c.GetWorkflow(ctx, v.WorkflowID, v.RunID), v.Operation)
}

// EndingOf waits until a run ends. Its error means that the waiting failed, not the run.
func EndingOf(ctx context.Context, run client.WorkflowRun, operation string) (Ending, error) {
	var raw json.RawMessage
	err := run.Get(ctx, &raw)
	if err != nil {
		if _, ended := errors.AsType[*temporal.WorkflowExecutionError](err); !ended {
			return Ending{}, err
		}
		return endingOfFailure(err), nil
	}
	e := Ending{Outcome: Completed}
	switch KindOf(operation) {
	case carriers.KindRead:
		e.Answer = raw
	case carriers.KindChange:
		var result workflows.Result
		if err := json.Unmarshal(raw, &result); err != nil {
			return e, err
		}
		result.Line = nil
		e.Result = &result
	}
	return e, nil
}

func endingOfFailure(err error) Ending {
	failure, ours := workflows.AsFailure(err)
	if ours {
		e := Ending{Outcome: Failed, Failure: failure, Advice: failure.Type.Advice()}
		if IsPlan(failure.Operation) {
			e.Advice = plans.FailureType(failure.Type).Advice()
		}
		switch r := failure.Resolution; {
		case failure.Type == workflows.Canceled:
			e.Outcome = Canceled
		case failure.Type == workflows.ResolvedFailed && r != nil && r.Reason != "":
			e.Advice = fmt.Sprintf("as %s says, who closed it: %s", r.Operator, r.Reason)
		}
		return e
	}
	cause := errors.Unwrap(err)
	if cause == nil {
		cause = err
	}
	e := Ending{Outcome: Failed, Message: cause.Error(), Advice: "look at the run in the Web UI, and at the carrier, before anything is sent again"}
	_, byForce := errors.AsType[*temporal.TerminatedError](err)
	switch {
	case byForce:
		e.Outcome = Terminated
	case temporal.IsCanceledError(err):
		e.Outcome = Canceled
	case temporal.IsTimeoutError(err):
		e.Outcome = TimedOut
	}
	return e
}

// RetryReference is the reference to retry an operation with, and the operation that has done so before. Both are empty when other
// operations have the references that a retry takes.
func (c *Connection) RetryReference(ctx context.Context, id string) (reference string, later *View, err error) {
	carrier, old, _ := workflows.ParseWorkflowID(id)
	for _, reference := range workflows.RetryReferences(old) {
		found, err := c.LookUp(ctx, workflows.WorkflowID(carrier, reference))
		switch {
		case err != nil:
			return "", nil, err
		case found == nil:
			return reference, nil, nil
		case found.RetryOf == id:
			return reference, found, nil
		}
	}
	return "", nil, nil
}

// MayHaveIt is why the carrier may have the request of a change that has ended, or "". sent tells that the sending has
// begun. Only what is known to leave nothing behind is taken for harmless; a type of failure that a newer worker has is
// not.
func MayHaveIt(e Ending, sent bool) string {
	if e.Failure == nil {
		if sent {
			return fmt.Sprintf("is %s, and what became of its request is not known", e.Outcome)
		}
		return ""
	}
	switch e.Failure.Type {
	case workflows.InvalidRequest, workflows.CarrierRejected, workflows.CarrierFailed, workflows.PartlyTaken,
		workflows.DecisionDenied, workflows.ResolvedFailed, workflows.Canceled:
		return ""
	case workflows.CarrierUnauthorized:
		if e.Failure.SubmittedAt.IsZero() {
			return "" // it was the request that was refused
		}
	}
	return fmt.Sprintf("ended as %s: what it asked for may be in effect, or come into effect", e.Failure.Type)
}

// NothingSent tells whether an operation ended because the carrier refused our credentials for the request itself. Such a one may be
// sent again without a look at the carrier. When it cannot be told, it is false.
func (c *Connection) NothingSent(ctx context.Context, v View) bool {
	if v.State != Failed || !slices.Equal(v.Attention, []string{string(workflows.AttentionUnauthorized)}) {
		return false
	}
	e, err := c.EndingOf(ctx, v)
	return err == nil && e.Failure != nil && e.Failure.Type == workflows.CarrierUnauthorized && MayHaveIt(e, true) == ""
}
