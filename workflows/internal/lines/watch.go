package lines

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
)

const (
	// watchOften and watchSeldom are the longest times between two looks at the holder, while others wait and while nobody does.
	watchOften  = 30 * time.Second
	watchSeldom = 10 * time.Minute
	// seldomAfter is how long a turn is not watched at all while nobody waits. The first one of a line is watched when the line wakes.
	seldomAfter = activities.LineSleep
)

// watch finds out that the holder of the turn has ended without giving it back, as one that was terminated has. It is one activity
// whose retries look at the holder, so that the history does not grow. Most turns are given back, and nobody waits for them:
// those are not watched.
type watch struct {
	future workflow.Future
	cancel workflow.CancelFunc
	// often tells that the activity looks often.
	often bool
	timer workflow.Future
}

// start starts watching if it is time to.
func (w *watch) start(ctx workflow.Context, since time.Time, othersWait bool) {
	if w.timer == nil {
		w.timer = workflow.NewTimer(ctx, max(0, since.Add(seldomAfter).Sub(workflow.Now(ctx))))
	}
	if w.future != nil && othersWait && !w.often {
		w.again()
	}
	if w.future != nil || !othersWait && !w.timer.IsReady() {
		return
	}
	longest := watchSeldom
	if w.often = othersWait; othersWait {
		longest = watchOften
	}
	ctx, w.cancel = workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second, Summary: "Look whether who has the turn has ended",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 2 * time.Second, BackoffCoefficient: 1.5, MaximumInterval: longest},
	}))
	w.future = workflow.ExecuteActivity(ctx, activities.WatchHolderName)
}

// ready reports whether the watch has ended, or is to be started.
func (w *watch) ready(othersWait bool) bool {
	if w.future == nil {
		return othersWait || w.timer.IsReady()
	}
	return w.future.IsReady() || othersWait && !w.often
}

// ended returns the holder that has ended. The activity fails only when it was cancelled.
func (w *watch) ended(ctx workflow.Context) (gone activities.Asker, ended bool) {
	if w.future == nil || !w.future.IsReady() {
		return gone, false
	}
	err := w.future.Get(ctx, &gone)
	w.future = nil
	return gone, err == nil
}

// again looks anew and at once.
func (w *watch) again() {
	if w.future != nil {
		w.cancel()
		w.future = nil
	}
}
