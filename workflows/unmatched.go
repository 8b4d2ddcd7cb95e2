package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// UnmatchedCallbackType is the type of the workflow that keeps callbacks without an operation.
const UnmatchedCallbackType = "UnmatchedCallback"

// Unmatched is the input of the UnmatchedCallback workflow.
type Unmatched struct {
	Carrier carriers.Carrier `json:"carrier"`
	// Reference is the one in the callback, unchanged.
	Reference string `json:"reference"`
}

// UnmatchedResult is what the UnmatchedCallback workflow returns.
type UnmatchedResult struct {
	Callbacks []Callback `json:"callbacks" jsonschema_description:"the callbacks, as they came"`
	// SeenBy is who acknowledged them; empty when nobody did before they were dropped.
	SeenBy string `json:"seenBy,omitempty" jsonschema_description:"who acknowledged them; absent when they were dropped before"`
}

// UnmatchedOptions are the options to keep an unmatched callback with signal-with-start. An invalid reference is hashed,
// because it may contain anything.
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
		StaticSummary: "A callback from " + CarrierName(u.Carrier) + " for no known operation",
	}
}
