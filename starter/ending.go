package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
)

// ending is what became of a run.
type ending struct {
	outcome state
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

// endingOf waits until a run ends. Its error means that the waiting failed, not the run.
func endingOf(ctx context.Context, run client.WorkflowRun, operation string) (ending, error) {
	var raw json.RawMessage
	err := run.Get(ctx, &raw)
	if err != nil {
		if _, ended := errors.AsType[*temporal.WorkflowExecutionError](err); !ended {
			return ending{}, err
		}
		return endingOfFailure(err), nil
	}
	e := ending{outcome: completed}
	switch kindOfOperation(operation) {
	case workflows.Read:
		e.Answer = raw
	case workflows.Change:
		var result workflows.Result
		if err := json.Unmarshal(raw, &result); err != nil {
			return e, err
		}
		result.Line = nil
		e.Result = &result
	}
	return e, nil
}

func endingOfFailure(err error) ending {
	failure, ours := workflows.AsFailure(err)
	if ours {
		e := ending{outcome: failed, Failure: failure, Advice: failure.Type.Advice()}
		switch r := failure.Resolution; {
		case failure.Type == workflows.Canceled:
			e.outcome = canceled
		case failure.Type == workflows.ResolvedFailed && r != nil && r.Reason != "":
			e.Advice = fmt.Sprintf("as %s says, who closed it: %s", r.Operator, r.Reason)
		}
		return e
	}
	cause := errors.Unwrap(err)
	if cause == nil {
		cause = err
	}
	e := ending{outcome: failed, Message: cause.Error(), Advice: "look at the run in the Web UI, and at the carrier, before anything is sent again"}
	_, byForce := errors.AsType[*temporal.TerminatedError](err)
	switch {
	case byForce:
		e.outcome = terminated
	case temporal.IsCanceledError(err):
		e.outcome = canceled
	case temporal.IsTimeoutError(err):
		e.outcome = timedOut
	}
	return e
}

func kindOfOperation(operation string) workflows.Kind {
	return workflows.DefinitionOf(operation).Kind
}
