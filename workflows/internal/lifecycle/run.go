package lifecycle

import (
	"encoding/json"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/webhooks"
)

// run is the state of one running change.
type run struct {
	// operation is the operation type.
	operation string
	carrier   carriers.Carrier
	// name is the carrier's name as people write it.
	name string
	// callsBack tells that the carrier documents callbacks about this operation.
	callsBack bool
	reference string
	request   json.RawMessage
	// line is the identifier of the line; personal.
	line    string
	confirm bool
	timings carriers.Timings
	// outOfTurn tells that the operation does not take its line's turn.
	outOfTurn bool
	// needsBaseline tells that a request that may have been sent can be found only by its effect, or with the line as it was before.
	needsBaseline bool
	// summary describes the request in one line.
	summary string
	// startedAt is when the run was started. With a start delay the first task, from which the deadline counts, is later.
	startedAt time.Time
	deadline  time.Time
	overdueAt time.Time
	// notBefore is the time that the request asks for; zero when it is to be carried out at once.
	notBefore time.Time

	// turn is the line's turn, and queued tells that another workflow has it. sendingFrom is the time before which nothing of
	// the operation was sent.
	turn   activities.Turn
	queued bool
	// queuedSince is since when the run waits for the turn, while queued.
	queuedSince time.Time
	// patience is how long the run waits for a notice of its line until it asks again.
	patience    time.Duration
	sendingFrom time.Time

	ack    carriers.Acknowledgement
	raised []workflows.Attention
	// unsure says why it is not known whether the carrier has the request; nil when it is known.
	unsure *activities.Problem
	// intent is what is known about the sending, until there is an acknowledgement.
	intent activities.Intent
	// step is the sentence in the current details that says what the run is doing.
	step string
	// carrierStatus is the carrier's latest status, and carrierStatusAt when it was received.
	carrierStatus   string
	carrierStatusAt time.Time
	// lastCallback is the last callback, if any; callbacks counts them, and finals are the final ones.
	lastCallback *workflows.Callback
	callbacks    int
	finals       []workflows.Callback

	// webhooks tells what happens to the operation.
	webhooks *webhooks.Teller

	stage stage
	// every is the current time between two checks, and confirming tells that a callback is being confirmed.
	every      time.Duration
	confirming bool
	// cancelled tells that the run is cancelled and about to end.
	cancelled bool
	// refusal is the error that the run fails with, once it is known.
	refusal error
	// decisions are the decisions that updates make.
	decisions workflow.Channel
	// resolution is the operator's decision, if there is one.
	resolution      *workflows.Resolution
	checksRequested int
	approved        bool
}

// stage is the part of a run's progress that updates depend on.
type stage int

const (
	sending stage = iota // not acknowledged yet
	waiting              // acknowledged, or parked because it is not known whether the carrier has the request
	decided              // about to end
)

// noteStatus records the carrier's latest status. An empty one is ignored.
func (r *run) noteStatus(ctx workflow.Context, status string) {
	if status != "" {
		r.carrierStatus, r.carrierStatusAt = status, workflow.Now(ctx).UTC()
	}
}

// due is when the operation can be done at the earliest: now, or at the time that the request asks for. A time beyond the longest
// wait counts as that wait.
func (r *run) due(ctx workflow.Context) time.Time {
	now := workflow.Now(ctx)
	switch furthest := r.startedAt.Add(carriers.LongestWait); {
	case !r.notBefore.After(now):
		return now
	case r.notBefore.After(furthest):
		return furthest
	}
	return r.notBefore
}

// remaining is the time to the deadline.
func (r *run) remaining(ctx workflow.Context) time.Duration {
	return r.deadline.Sub(workflow.Now(ctx))
}

// reset reports whether the run is a reset of another, which may have sent already.
func (r *run) reset(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return isReset(info.OriginalRunID, info.WorkflowExecution.RunID)
}

// isReset reports whether a run is a reset of another, which may have sent already. A server always names the original run;
// the test environment does not.
func isReset(original, run string) bool { return original != "" && original != run }
