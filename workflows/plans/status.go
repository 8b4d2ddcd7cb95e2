package plans

import (
	"context"
	"fmt"

	"github.com/invopop/jsonschema"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows"
)

// Phase is what a plan is doing.
type Phase string

// The phases.
const (
	// PhaseRunning: a step is under way.
	PhaseRunning Phase = "running"
	// PhaseConfirming: the next step waits for [ConfirmUpdate].
	PhaseConfirming Phase = "awaiting-confirmation"
	// PhaseStopped: the plan waits for an operator's decision.
	PhaseStopped Phase = "stopped"
	// PhaseUndoing: done steps are being undone.
	PhaseUndoing Phase = "undoing"
	// PhaseCancelling: the run was cancelled, and the step under way is ending.
	PhaseCancelling Phase = "cancelling"
	// PhaseEnded: the plan has ended.
	PhaseEnded Phase = "ended"
)

// JSONSchema names the known phases; others may be added.
func (Phase) JSONSchema() *jsonschema.Schema {
	return schema.Open(PhaseRunning, PhaseConfirming, PhaseStopped, PhaseUndoing, PhaseCancelling, PhaseEnded)
}

// PlanStatus is how far a plan is: the answer to the query [workflows.StatusQuery], and to the updates. It holds nothing personal.
type PlanStatus struct {
	Reference string `json:"reference,omitempty" jsonschema_description:"the caller's id of the plan"`
	Title     string `json:"title,omitempty" jsonschema_description:"what the plan does"`
	Phase     Phase  `json:"phase" jsonschema_description:"what the plan is doing; new values may be added"`
	// Step is the step under way, or the one that the plan waits at.
	Step  string       `json:"step,omitempty" jsonschema_description:"the step under way, or the one that the plan waits at"`
	Steps []StepStatus `json:"steps,omitempty" jsonschema_description:"every step in order"`
	// NoReturn tells that the point of no return is passed: a step that cannot be undone is, or may be, in effect.
	NoReturn bool `json:"noReturn,omitempty" jsonschema_description:"the point of no return is passed: a step that cannot be undone is, or may be, in effect"`
	// Attention lists why an operator has to look.
	Attention []workflows.Attention `json:"attention,omitempty" jsonschema_description:"why an operator has to look; new values may be added"`
	// Actions are the updates that can be sent now.
	Actions []string `json:"actions,omitempty" jsonschema_description:"the updates that can be sent now"`
	// Decisions are what operators have decided.
	Decisions []Decision `json:"decisions,omitempty" jsonschema_description:"what operators have decided, in order"`
	// Failure is the type of the plan's failure, if it has failed.
	Failure FailureType `json:"failure,omitempty" jsonschema_description:"what the plan failed with"`
	Message string      `json:"message" jsonschema_description:"what the plan is doing, or what an update has done, in a sentence; its wording may change"`
}

// Ended reports whether the plan has ended.
func (s PlanStatus) Ended() bool { return s.Phase == PhaseEnded }

// Inspector is the part of a Temporal client that queries runs.
type Inspector interface {
	QueryWorkflow(ctx context.Context, workflowID, runID, queryType string, args ...any) (converter.EncodedValue, error)
}

// GetStatus returns the status of a plan, also of one that has ended. It needs a running worker. An empty runID means the current run.
func GetStatus(ctx context.Context, c Inspector, workflowID, runID string) (s PlanStatus, err error) {
	value, err := c.QueryWorkflow(ctx, workflowID, runID, workflows.StatusQuery)
	if err == nil {
		err = value.Get(&s)
	}
	if err != nil {
		return s, fmt.Errorf("asking %s for its status: %w", workflowID, err)
	}
	return s, nil
}
