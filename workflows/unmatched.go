package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// UnmatchedCallbackType is the workflow type that keeps a callback for which there is no operation.
	UnmatchedCallbackType = "UnmatchedCallback"
	// AttentionUnmatchedCallback is its value of NeedsAttention.
	AttentionUnmatchedCallback Attention = "UnmatchedCallback"

	unmatchedKept = 30 * 24 * time.Hour
	mostUnmatched = 100
)

// Unmatched is the input of the UnmatchedCallback workflow.
type Unmatched struct {
	Carrier carriers.Carrier `json:"carrier"`
	// Reference is the one the callback named, as it came.
	Reference string `json:"reference"`
}

// UnmatchedResult is what the UnmatchedCallback workflow returns.
type UnmatchedResult struct {
	Callbacks []Callback `json:"callbacks" jsonschema_description:"the callbacks, as they came"`
	// SeenBy is who acknowledged them; empty when nobody did before they were dropped.
	SeenBy string `json:"seenBy,omitempty" jsonschema_description:"who acknowledged them; absent when nobody did before they were dropped"`
}

// Seen is an operator's word that unmatched callbacks, or what an operation left behind, have been dealt with.
type Seen struct {
	By     string `json:"by" jsonschema_description:"your name"`
	Reason string `json:"reason,omitempty" jsonschema_description:"what was done about it"`
}

// SeenSignal ends an UnmatchedCallback or a FollowUp workflow.
var SeenSignal = Signal[Seen]{Name: "seen"}

// UnmatchedOptions are the options to keep an unmatched callback with signal-with-start. A reference that cannot be one
// of ours is hashed, because it may hold anything.
func UnmatchedOptions(u Unmatched) client.StartWorkflowOptions {
	reference := u.Reference
	if !carriers.ValidReference(reference) {
		sum := sha256.Sum256([]byte(reference))
		reference = "sha256-" + hex.EncodeToString(sum[:8])
	}
	return client.StartWorkflowOptions{
		ID:                    fmt.Sprintf("unmatched:%s:%s", u.Carrier, reference),
		TaskQueue:             TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			CarrierAttribute.ValueSet(string(u.Carrier)),
			NeedsAttentionAttribute.ValueSet([]string{string(AttentionUnmatchedCallback)}),
		),
		StaticSummary: "A callback from " + u.Carrier.Name() + " for no known operation",
	}
}

// unmatchedCallback keeps callbacks until an operator has seen them, or for a month.
func unmatchedCallback(ctx workflow.Context, u Unmatched) (UnmatchedResult, error) {
	var result UnmatchedResult
	done := false
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("%s called back about a reference that no operation here has. "+
		"Find out where it comes from, then send the signal %q with your name.", u.Carrier.Name(), SeenSignal.Name))
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(CallbackSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var c Callback
		if channel.ReceiveAsync(&c) && len(result.Callbacks) < mostUnmatched {
			result.Callbacks = append(result.Callbacks, c)
		}
	})
	selector.AddReceive(SeenSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s Seen
		if channel.ReceiveAsync(&s) {
			result.SeenBy, done = s.By, true
		}
	})
	selector.AddFuture(workflow.NewTimer(ctx, unmatchedKept), func(f workflow.Future) {
		done = true
	})
	for !done || selector.HasPending() {
		selector.Select(ctx)
	}
	return result, ctx.Err()
}
