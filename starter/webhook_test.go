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

// A webhook that was given up is on the work list with what to do, and can be acknowledged. One that was ended by force is on none.
func TestAWebhookOnTheWorkList(t *testing.T) {
	const id = "webhook:stn:order-17:run:ended"
	delivery := func(status enumspb.WorkflowExecutionStatus) *workflowpb.WorkflowExecutionInfo {
		info := ofType(workflows.WebhookDeliveryType, needing(id, status, time.Hour, "WebhookFailing"))
		carrier, err := converter.GetDefaultDataConverter().ToPayload("stn")
		require.NoError(t, err)
		info.SearchAttributes.IndexedFields["Carrier"] = carrier
		return info
	}
	var asked []string
	got := try(t, visibility(&asked, delivery(isRunning)), "attention")
	for _, want := range []string{id + "  WebhookFailing", "See why the endpoint does not take the webhook about an operation at sTN", "$ bin/starter acknowledge " + id} {
		assert.Contains(t, got.stdout, want)
	}
	got = try(t, visibility(&asked, delivery(isTerminated)), "attention")
	assert.Equal(t, "Nothing needs attention.\n", got.stdout)

	kept := described(workflows.WebhookDeliveryType, isRunning)
	kept.WorkflowExecutionInfo.Execution.WorkflowId = id
	var sent []any
	fake := &fakeTemporal{describe: describing(kept), signal: func(id, name string, arg any) error {
		sent = []any{id, name, arg}
		return nil
	}}
	got = try(t, fake, "acknowledge", id, "--operator=alex", "--reason=told them by phone")
	assert.Equal(t, []any{id, "seen", workflows.Seen{By: "alex", Reason: "told them by phone"}}, sent, got.stderr)
}
