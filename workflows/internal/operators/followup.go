package operators

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
)

// StartFollowUp starts a follow-up, as a child that continues after the run has closed.
func StartFollowUp(ctx workflow.Context, f workflows.FollowUp) workflow.ChildWorkflowFuture {
	lineKey, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(workflows.LineKeyAttribute)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            workflows.FollowUpID(f.WorkflowID),
		TaskQueue:             workflows.TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: f.Attributes(lineKey),
		StaticSummary:         f.StaticSummary(),
	})
	return workflow.ExecuteChildWorkflow(ctx, workflows.FollowUpType, f)
}
