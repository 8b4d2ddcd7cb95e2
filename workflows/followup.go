package workflows

import (
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// FollowUpType is the type of the workflow that keeps what an operator has to look at after an operation ended.
	FollowUpType = "FollowUp"

	followUpPrefix = "follow-up:"
)

// FollowUp is the input of the FollowUp workflow. A closed run cannot be changed, nor can its search attributes. So an
// operation that ends with something for an operator to look at starts a workflow for it. That workflow is open, and
// therefore in every list of what needs attention, until an operator acknowledges it with [SeenSignal].
type FollowUp struct {
	// WorkflowID and RunID are the run that has ended.
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId,omitempty"`
	// Carrier is empty for a plan with steps at several carriers.
	Carrier   carriers.Carrier `json:"carrier"`
	Operation string           `json:"operation,omitempty"`
	Reference string           `json:"reference"`
	// Failure is how it ended; empty when it completed.
	Failure FailureType `json:"failure,omitempty"`
	// Message says what happened, without personal data.
	Message string `json:"message,omitempty"`
	// Attention lists why an operator has to look.
	Attention []Attention `json:"attention,omitempty"`
	// Callbacks are final callbacks that came too late.
	Callbacks []Callback `json:"callbacks,omitempty"`
	// Line is the workflow id of the line whose turn the follow-up keeps until it is acknowledged, because the request of the
	// operation may still be carried out.
	Line string `json:"line,omitempty"`
	// Webhooks tells that the operation has told its webhooks what happened to it, and that the follow-up does.
	Webhooks bool `json:"webhooks,omitempty"`
}

// FollowUpResult is what the FollowUp workflow returns.
type FollowUpResult struct {
	Callbacks []Callback `json:"callbacks,omitempty" jsonschema_description:"the carrier's words that came after the end"`
	SeenBy    string     `json:"seenBy,omitempty" jsonschema_description:"who acknowledged it"`
	Reason    string     `json:"reason,omitempty" jsonschema_description:"what was done about it"`
}

// FollowUpID is the workflow id of the follow-up of an operation.
func FollowUpID(workflowID string) string { return followUpPrefix + workflowID }

// ParseFollowUpID is the inverse of [FollowUpID]; ok is false for any other id.
func ParseFollowUpID(id string) (workflowID string, ok bool) {
	return strings.CutPrefix(id, followUpPrefix)
}

// FollowUpOptions are the options to start a follow-up with signal-with-start. An open follow-up receives the signal; an
// acknowledged one is started again.
func FollowUpOptions(f FollowUp) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                    FollowUpID(f.WorkflowID),
		TaskQueue:             TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: f.Attributes(""),
		StaticSummary:         f.StaticSummary(),
	}
}

// Attributes are the search attributes of a follow-up. An empty key is left out.
func (f FollowUp) Attributes(lineKey string) temporal.SearchAttributes {
	var set []temporal.SearchAttributeUpdate
	if f.Carrier != "" {
		set = append(set, CarrierAttribute.ValueSet(string(f.Carrier)))
	}
	if f.Operation != "" {
		set = append(set, OperationAttribute.ValueSet(f.Operation))
	}
	if lineKey != "" {
		set = append(set, LineKeyAttribute.ValueSet(lineKey))
	}
	if len(f.Attention) > 0 {
		set = append(set, NeedsAttentionAttribute.ValueSet(AttentionWords(f.Attention)))
	}
	return temporal.NewSearchAttributes(set...)
}

// Summary describes a follow-up in one line.
func (f FollowUp) StaticSummary() string { return "To look at after the end of " + f.WorkflowID }
