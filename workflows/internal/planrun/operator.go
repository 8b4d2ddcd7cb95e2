package planrun

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows/plans"
)

// stop waits for an operator's decision about something that went wrong.
func (r *run) stop(ctx workflow.Context, s stopped) decision {
	return r.await(ctx, plans.PhaseStopped, s)
}

// await waits for an operator's decision, for weeks if needed.
func (r *run) await(ctx workflow.Context, phase plans.Phase, s stopped) decision {
	r.waits = &s
	r.enter(ctx, phase, s.why)
	err := workflow.Await(ctx, func() bool { return r.decision != nil })
	var d decision
	if err == nil { // else the run was cancelled
		d = *r.decision
	}
	r.waits, r.decision = nil, nil
	if d.kind == none || d.kind == toLeave {
		return d // close says the rest
	}
	r.enter(ctx, plans.PhaseRunning, fmt.Sprintf("Going on at step %s, as an operator decided.", s.step.Name))
	return d
}
