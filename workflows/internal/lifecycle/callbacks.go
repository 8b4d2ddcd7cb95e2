package lifecycle

import (
	"iter"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// receivedCallbacks iterates over the callbacks that were received, without waiting.
func receivedCallbacks(callbacks workflow.ReceiveChannel) iter.Seq[workflows.Callback] {
	return func(yield func(workflows.Callback) bool) {
		for c := (workflows.Callback{}); callbacks.ReceiveAsync(&c); c = (workflows.Callback{}) {
			if !yield(c) {
				return
			}
		}
	}
}

const (
	// manyCallbacks is the number of callbacks of one run that raises AttentionManyCallbacks.
	manyCallbacks = 1000
	// maxFinals bounds the final callbacks that are kept for the comparison with the outcome.
	maxFinals = 20
)

// noteCallback records a callback, whatever follows from it.
func (r *run) noteCallback(ctx workflow.Context, c workflows.Callback) {
	c.Line = nil // personal, and of no use later
	r.lastCallback = &c
	r.noteStatus(ctx, c.AsOutcome().Status)
	r.keepFinal(c)
	if r.callbacks++; r.callbacks == manyCallbacks {
		r.raise(ctx, workflows.AttentionManyCallbacks)
	}
}

// keepFinal keeps a final callback for the comparison with the outcome.
func (r *run) keepFinal(c workflows.Callback) {
	if c.State.Final() && len(r.finals) < maxFinals {
		r.finals = append(r.finals, c)
	}
}
