package runs

import (
	"context"
	"slices"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// idle reports whether no worker has asked a task queue for work in the last minutes. When that cannot be told, it is not
// said.
func (c *Connection) idle(ctx context.Context, queue string, kind enumspb.TaskQueueType) bool {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	d, err := c.DescribeTaskQueue(bounded, queue, kind)
	return err == nil && len(d.GetPollers()) == 0
}

// Workers looks whether there is any worker at all, and which carriers no worker serves.
func (c *Connection) Workers(ctx context.Context, at []carriers.Carrier) (none bool, missing []carriers.Carrier) {
	idle := make([]bool, len(at))
	var all sync.WaitGroup
	all.Go(func() { none = c.idle(ctx, workflows.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW) })
	for i, carrier := range at {
		all.Go(func() { idle[i] = c.idle(ctx, activities.TaskQueue(carrier), enumspb.TASK_QUEUE_TYPE_ACTIVITY) })
	}
	all.Wait()
	for i, carrier := range at {
		if idle[i] {
			missing = append(missing, carrier)
		}
	}
	return none, missing
}

// TypesAt are the operations at some carriers.
func TypesAt(at []carriers.Carrier) (types []string) {
	for _, o := range workflows.Operations() {
		if slices.Contains(at, o.Info().Carrier()) {
			types = append(types, o.Info().Type)
		}
	}
	return types
}

// WaitingAt counts the open operations at a carrier; 0 when they cannot be counted.
func (c *Connection) WaitingAt(ctx context.Context, carrier carriers.Carrier) int64 {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	counted, err := c.CountWorkflow(bounded, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: c.Namespace, Query: Query{Ours, IsOpen, "WorkflowType IN " + Values(TypesAt([]carriers.Carrier{carrier}))}.String(),
	})
	if err != nil {
		return 0
	}
	return counted.GetCount()
}
