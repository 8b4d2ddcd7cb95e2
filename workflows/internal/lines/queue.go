package lines

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// State is the workflow's input. It is empty at the start; a run that became long hands it to the next one.
type State struct {
	// Holder has the turn; nil when the line is free. Since is when it got it.
	Holder *activities.Asker `json:"holder,omitempty"`
	Since  time.Time         `json:"since,omitzero"`
	// Waiting are those that have asked, in their order. Told tells that the first of them knows who has the turn.
	Waiting []activities.Asker `json:"waiting,omitempty"`
	Told    bool               `json:"told,omitempty"`
	// Released are the latest turns that operators have taken.
	Released []workflows.ReleasedTurn `json:"released,omitempty"`
}

// lookedAtAtOnce is how many of those that wait are looked at in one local activity.
const lookedAtAtOnce = 200

// line is the state of one run.
type line struct {
	State
	id      string
	carrier carriers.Carrier
	// fresh tells that the run was started by the first that asks, who knows thereby that it has the turn.
	fresh          bool
	asks, releases workflow.ReceiveChannel
	watch          watch
}

// signalled reports whether there is a signal to receive.
func (l *line) signalled() bool { return l.asks.Len() > 0 || l.releases.Len() > 0 }

// somethingNew reports whether there is a signal to receive, or a turn to give.
func (l *line) somethingNew() bool { return l.signalled() || l.Holder == nil && len(l.Waiting) > 0 }

// receive takes in the signals.
func (l *line) receive(ctx workflow.Context) {
	for a := (activities.Asker{}); l.asks.ReceiveAsync(&a); a = (activities.Asker{}) {
		l.asked(ctx, a)
	}
	for r := (activities.Release{}); l.releases.ReceiveAsync(&r); r = (activities.Release{}) {
		l.released(ctx, r)
	}
}

// asked puts one who asks behind those that wait. Who has asked before keeps its place; a reset run takes that of the earlier one, and of
// its follow-up.
func (l *line) asked(ctx workflow.Context, a activities.Asker) {
	first := l.fresh
	l.fresh = false
	switch i := slices.IndexFunc(l.Waiting, sameWorkflow(a)); {
	case first:
		l.Holder, l.Since = &a, workflow.GetInfo(ctx).WorkflowStartTime.UTC() // the memo says so from the start
	case l.Holder != nil && (l.Holder.WorkflowID == a.WorkflowID || l.Holder.WorkflowID == workflows.FollowUpID(a.WorkflowID)):
		l.setHolder(ctx, a)
		l.tell(ctx, a, workflows.TurnNotice{Granted: true})
	case i >= 0:
		l.Waiting[i] = a
	case len(l.Waiting) >= workflows.MaxWaiting:
		l.tell(ctx, a, workflows.TurnNotice{Refused: true})
	default:
		if l.Waiting = append(l.Waiting, a); len(l.Waiting) == 1 {
			l.Told = true // it has read the memo
		}
	}
}

// released takes the turn back, hands it to another workflow, or withdraws what was asked.
func (l *line) released(ctx workflow.Context, r activities.Release) {
	switch i := slices.Index(l.Waiting, r.Asker); {
	case l.Holder != nil && l.Holder.WorkflowID == r.WorkflowID && r.To != "": // whichever run it is, what becomes of its request is not known
		l.setHolder(ctx, activities.Asker{WorkflowID: r.To})
	case l.holds(r.Asker):
		l.Holder = nil
	case l.Holder != nil && l.Holder.WorkflowID == r.WorkflowID:
		l.watch.again() // of another run of the holder: it counts only when no run is open
	case i >= 0:
		if l.Waiting = slices.Delete(l.Waiting, i, i+1); i == 0 {
			l.Told = false
		}
	}
}

// pass gives a free turn to the first that waits and has not ended, and tells the next one who has it.
func (l *line) pass(ctx workflow.Context) {
	for l.Holder == nil && len(l.Waiting) > 0 {
		next := l.Waiting[0]
		l.Waiting = l.Waiting[1:]
		l.setHolder(ctx, next)
		if !l.tell(ctx, next, workflows.TurnNotice{Granted: true}) {
			if l.holds(next) {
				l.Holder = nil
			}
			l.dropEnded(ctx)
		}
	}
	for l.Holder != nil && len(l.Waiting) > 0 && !l.Told {
		next := l.Waiting[0]
		l.Told = true
		if !l.tell(ctx, next, workflows.TurnNotice{Holder: l.Holder.WorkflowID}) && len(l.Waiting) > 0 && l.Waiting[0] == next {
			l.Waiting, l.Told = l.Waiting[1:], false
		}
	}
}

// dropEnded takes those that have ended from the first that wait: where one is, there may be many, and telling each costs seven events.
func (l *line) dropEnded(ctx workflow.Context) {
	if len(l.Waiting) == 0 {
		return
	}
	first := make([]string, min(len(l.Waiting), lookedAtAtOnce))
	for i := range first {
		first[i] = l.Waiting[i].WorkflowID
	}
	options := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{ScheduleToCloseTimeout: time.Minute, Summary: "Look who has ended"})
	var ended []string
	if err := workflow.ExecuteLocalActivity(options, activities.EndedName, first).Get(ctx, &ended); err != nil {
		workflow.GetLogger(ctx).Error("looking who has ended failed; each is told", "error", err)
	}
	l.Waiting = slices.DeleteFunc(l.Waiting, func(a activities.Asker) bool { return slices.Contains(ended, a.WorkflowID) })
}

// tell signals one who has asked, and reports whether it is open. The signal goes to the current run of its workflow id: a reset
// run continues an earlier one.
func (l *line) tell(ctx workflow.Context, a activities.Asker, n workflows.TurnNotice) bool {
	n.RunID = a.RunID
	return workflow.SignalExternalWorkflow(ctx, a.WorkflowID, "", workflows.TurnSignal.Name, n).Get(ctx, nil) == nil
}

// setHolder gives the turn to a workflow and writes that into the memo. That a line is free is not written: it gets its next
// holder at once, or the workflow ends.
func (l *line) setHolder(ctx workflow.Context, a activities.Asker) {
	l.Holder, l.Since, l.Told = &a, workflow.Now(ctx), false
	if err := workflow.UpsertMemo(ctx, map[string]any{activities.HolderMemo: a}); err != nil {
		workflow.GetLogger(ctx).Error("setting the memo of the line failed", "error", err)
	}
}

// holds reports whether a run has the turn. A follow-up, to which an operation has handed it over, is known without its run.
func (l *line) holds(a activities.Asker) bool {
	return l.Holder != nil && l.Holder.WorkflowID == a.WorkflowID && (l.Holder.RunID == a.RunID || l.Holder.RunID == "")
}

func sameWorkflow(a activities.Asker) func(activities.Asker) bool {
	return func(b activities.Asker) bool { return a.WorkflowID == b.WorkflowID }
}
