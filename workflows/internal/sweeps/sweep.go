// Package sweeps implements the workflow that sweeps a carrier's list of requests. The work is done by one long activity, which
// reads page after page and tells the operations what was decided. The workflow keeps it going, whatever happens to it, and
// tells operators when no pass succeeds any more.
package sweeps

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

const (
	// afterRefusal is how long the sweep leaves a carrier alone that has refused its list.
	afterRefusal = 2 * time.Minute
	// activitiesPerRun bounds the history: after so many activities the workflow continues in a new run.
	activitiesPerRun = 200
)

// Register registers the workflow of a sweep. Of a versioned worker it goes on with the current build, because it never ends.
func Register(r interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
},
) {
	r.RegisterWorkflowWithOptions(sweepWorkflow, workflow.RegisterOptions{
		Name: workflows.SweepType, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade,
	})
}

// sweepWorkflow sweeps until the workers do not sweep the carrier any more, or it is cancelled.
func sweepWorkflow(ctx workflow.Context, state State) error {
	carrier, ok := workflows.ParseSweepID(workflow.GetInfo(ctx).WorkflowExecution.ID)
	if !ok {
		return temporal.NewNonRetryableApplicationError("the workflow id of a sweep is sweep:<carrier>; the workers start it", string(workflows.InvalidRequest), nil)
	}
	s := &sweep{State: state, carrier: carrier}
	if s.Since.IsZero() {
		s.Since = workflow.Now(ctx).UTC()
	}
	for range activitiesPerRun {
		workflow.SetCurrentDetails(ctx, s.describe())
		off, err := s.run(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if off {
			workflow.SetCurrentDetails(ctx, s.describeOff())
			if s.Raised {
				operators.UnsetAttention(ctx)
			}
			return nil
		}
		s.tellOperators(ctx)
		if err != nil {
			workflow.SetCurrentDetails(ctx, s.describe())
			if err := workflow.Sleep(ctx, afterRefusal); err != nil {
				return err
			}
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			break
		}
	}
	return workflow.NewContinueAsNewError(ctx, workflows.SweepType, s.State)
}

// run runs the activity once, and takes over how far it came. err is a failure after which the carrier is left alone for a while.
func (s *sweep) run(ctx workflow.Context) (off bool, err error) {
	var result activities.SweepResult
	options := workflow.WithActivityOptions(ctx, s.options(ctx))
	err = workflow.ExecuteActivity(options, activities.SweepName(s.carrier), activities.SweepInput{SweepProgress: s.SweepProgress}).Get(ctx, &result)
	if err == nil {
		s.Failure = ""
		if !result.Off {
			s.SweepProgress = result.SweepProgress
		}
		return result.Off, nil
	}
	s.Failure = err.Error()
	var last activities.SweepProgress
	if timeout, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		s.Failure = "no worker has completed it in time (" + timeout.TimeoutType().String() + ")"
		if timeout.HasLastHeartbeatDetails() && operators.Readable(timeout.LastHeartbeatDetails(&last)) == nil {
			s.SweepProgress = last
		}
		return false, nil // it has taken long already
	}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		s.Failure = failure.Message()
		if failure.HasDetails() && operators.Readable(failure.Details(&last)) == nil {
			s.SweepProgress = last
		}
	}
	return false, err
}

// options are for the activity: it is retried at once when its worker dies, and goes on from its last heartbeat. It ends when
// operators have to be told that no pass is completed.
func (s *sweep) options(ctx workflow.Context) workflow.ActivityOptions {
	window := time.Hour
	if !s.Raised {
		window = max(s.failsAt().Sub(workflow.Now(ctx)), time.Minute)
	}
	return workflow.ActivityOptions{
		TaskQueue:              activities.TaskQueue(s.carrier),
		StartToCloseTimeout:    2 * activities.SweepFor,
		ScheduleToCloseTimeout: window,
		HeartbeatTimeout:       activities.SweepHeartbeat,
		Priority:               temporal.Priority{PriorityKey: 1}, // it is one activity in minutes, and spares many
		Summary:                "Sweep the list",
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	}
}

// tellOperators raises the attention when no pass has been completed for too long, and takes it off when one has.
func (s *sweep) tellOperators(ctx workflow.Context) {
	failing := !workflow.Now(ctx).Before(s.failsAt())
	switch {
	case failing && !s.Raised:
		operators.RaiseAttention(ctx, workflows.AttentionSweepFailing)
	case !failing && s.Raised:
		operators.UnsetAttention(ctx)
	}
	s.Raised = failing
}
