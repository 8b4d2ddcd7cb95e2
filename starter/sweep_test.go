package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/workflows"
)

// A sweep that fails is on the work list with what to do, and one that goes on, or was ended by force, is on none.
func TestASweepOnTheWorkList(t *testing.T) {
	sweep := func(status enumspb.WorkflowExecutionStatus, reasons ...string) *workflowpb.WorkflowExecutionInfo {
		info := ofType(workflows.SweepType, needing("sweep:stn", status, time.Hour, reasons...))
		carrier, err := converter.GetDefaultDataConverter().ToPayload("stn")
		require.NoError(t, err)
		info.SearchAttributes.IndexedFields["Carrier"] = carrier
		if len(reasons) == 0 {
			delete(info.SearchAttributes.IndexedFields, "NeedsAttention")
		}
		return info
	}
	var asked []string
	got := try(t, visibility(&asked, sweep(isRunning, "SweepFailing")), "attention")
	for _, want := range []string{"sweep:stn  SweepFailing", "See why the list of sTN cannot be read.", "$ bin/starter show sweep:stn\n"} {
		assert.Contains(t, got.stdout, want)
	}
	for _, status := range []enumspb.WorkflowExecutionStatus{isRunning, isTerminated} {
		got = try(t, visibility(&asked, sweep(status)), "attention")
		assert.Equal(t, "Nothing needs attention.\n", got.stdout)
	}
}
