package planrun

import (
	"fmt"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// ending is how a plan ends; without a failure it has completed.
type ending struct{ failure *plans.Failure }

// newFailure makes a failure with the fields that every failure of a plan has.
func (r *run) newFailure(kind workflows.FailureType, because string) *plans.Failure {
	f := &plans.Failure{
		Type: plans.FailureType(kind), Operation: plans.WorkflowType, Reference: r.plan.Reference, Title: carriers.Redact(r.plan.Title), Steps: r.stepStatuses(),
		Undone: r.undone, Left: r.left(), Decisions: r.decided,
	}
	f.Message = fmt.Sprintf("%s, reference %s: %s", plans.WorkflowType, r.plan.Reference, because)
	if len(f.Undone) > 0 {
		f.Message += "; undone: " + strings.Join(f.Undone, ", ")
	}
	switch {
	case len(f.Left) > 0:
		f.Message += "; in effect, or not known: " + strings.Join(f.Left, ", ")
	default:
		f.Message += "; nothing of it is in effect"
	}
	return f
}

// cancelled is how a cancelled plan ends. Nothing is undone by itself: whoever cancels may want what was done to stay.
func (r *run) cancelled() *ending {
	if len(r.left()) == 0 {
		return &ending{failure: r.newFailure(workflows.Canceled, "the run was cancelled")}
	}
	return &ending{failure: r.newFailure(plans.PlanCanceled, "the run was cancelled, and nothing was undone because of that")}
}

// leftAsItIs is how a plan ends that an operator leaves.
func (r *run) leftAsItIs() *ending {
	return &ending{failure: r.newFailure(plans.PlanLeft, "an operator ended the plan as it is")}
}
