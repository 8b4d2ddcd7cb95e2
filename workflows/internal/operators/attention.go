// Package operators is what every workflow here does for operators: it raises attention, takes updates, and leaves a follow-up when
// it ends with something to look at.
package operators

import (
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// RaiseAttention sets the search attribute NeedsAttention to some values. The SDK's only error is for an empty update.
func RaiseAttention(ctx workflow.Context, values ...workflows.Attention) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.NeedsAttentionAttribute.ValueSet(workflows.AttentionWords(values))); err != nil {
		workflow.GetLogger(ctx).Error("setting NeedsAttention failed", "error", err)
	}
}

// UnsetAttention removes the search attribute NeedsAttention.
func UnsetAttention(ctx workflow.Context) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, workflows.NeedsAttentionAttribute.ValueUnset()); err != nil {
		workflow.GetLogger(ctx).Error("removing NeedsAttention failed", "error", err)
	}
}
