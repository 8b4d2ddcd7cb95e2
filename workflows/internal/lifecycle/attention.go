package lifecycle

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// problemKind is the type of the activity error that raises the attention; a check for which it was raised continues.
func problemKind(a workflows.Attention) string {
	if a == workflows.AttentionUnauthorized {
		return activities.Unauthorized
	}
	return string(a)
}

// kindsRaised are the types of activity errors that operators were told of.
func (r *run) kindsRaised() []string {
	kinds := make([]string, len(r.raised))
	for i, a := range r.raised {
		kinds[i] = problemKind(a)
	}
	return kinds
}

func (r *run) has(a workflows.Attention) bool { return slices.Contains(r.raised, a) }

// raise tells the operators, once.
func (r *run) raise(ctx workflow.Context, a workflows.Attention) {
	if r.has(a) {
		return
	}
	r.raised = append(r.raised, a)
	operators.RaiseAttention(ctx, r.raised...)
	r.webhooks.Raised(ctx, a)
}

// clearAttention removes values from the search attribute, because what they say is over.
func (r *run) clearAttention(ctx workflow.Context, values ...workflows.Attention) {
	for _, a := range r.raised {
		if slices.Contains(values, a) {
			r.webhooks.Cleared(ctx, a)
		}
	}
	r.removeAttention(ctx, values...)
}

// removeAttention removes values from the search attribute: they are over, or a follow-up has them.
func (r *run) removeAttention(ctx workflow.Context, values ...workflows.Attention) {
	left := slices.DeleteFunc(slices.Clone(r.raised), func(a workflows.Attention) bool { return slices.Contains(values, a) })
	if len(left) == len(r.raised) {
		return
	}
	r.raised = left
	if len(left) > 0 {
		operators.RaiseAttention(ctx, left...)
		return
	}
	operators.UnsetAttention(ctx)
}
