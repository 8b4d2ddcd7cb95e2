package workflows

import (
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// WorkflowID is the id of the workflow of one operation: "<carrier>:<reference>". Nothing needs to be looked up to find
// the workflow that a callback is about.
func WorkflowID(c carriers.Carrier, reference string) string { return string(c) + ":" + reference }

// ParseWorkflowID is the inverse of [WorkflowID]; ok is false for an id that is not an operation's.
func ParseWorkflowID(id string) (c carriers.Carrier, reference string, ok bool) {
	name, reference, found := strings.Cut(id, ":")
	c = carriers.Carrier(name)
	return c, reference, found && carriers.ValidReference(reference) && (c == carriers.DISH || c == carriers.STN || c == carriers.MasMovil)
}

// CarrierOf is the carrier of an operation type: the part before the dot.
func CarrierOf(operation string) carriers.Carrier {
	name, _, _ := strings.Cut(operation, ".")
	return carriers.Carrier(name)
}

// The search attributes of an operation. All are of a keyword type and hold nothing personal.
var (
	// CarrierAttribute is set at start: "dish", "stn", "masmovil".
	CarrierAttribute = temporal.NewSearchAttributeKeyKeyword("Carrier")
	// OperationAttribute is set at start: the operation type.
	OperationAttribute = temporal.NewSearchAttributeKeyKeyword("Operation")
	// LineKeyAttribute is set at start: a keyed hash of the line's identifier, never the identifier.
	LineKeyAttribute = temporal.NewSearchAttributeKeyKeyword("LineKey")
	// NeedsAttentionAttribute is set only when something is wrong; see [Attention].
	NeedsAttentionAttribute = temporal.NewSearchAttributeKeyKeywordList("NeedsAttention")
)

// SearchAttributes are the names and types that must be registered in the namespace.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		CarrierAttribute.GetName():        CarrierAttribute.GetValueType(),
		OperationAttribute.GetName():      OperationAttribute.GetValueType(),
		LineKeyAttribute.GetName():        LineKeyAttribute.GetValueType(),
		NeedsAttentionAttribute.GetName(): NeedsAttentionAttribute.GetValueType(),
	}
}

// LineKey hashes a line's identifier with a secret, so that operators can find all operations of one line without the
// number ever being stored. Everyone who starts or looks for operations uses the same secret. All spellings of an ICCID or a
// phone number that inputs take have one key.
func LineKey(secret string, c carriers.Carrier, identifier string) string {
	return carriers.LineKey(secret, c, identifier)
}

// StartOptions are the options to start an operation with: its id, its queue, refusal of a reference that was used
// before, its search attributes and its one-line summary. lineSecret is the secret of [LineKey]; without one the line
// key is left out.
//
//	run, err := c.ExecuteWorkflow(ctx, workflows.StartOptions(input, secret), input.Type(), input)
//
// A reference that was used before is refused with an error that [temporal.IsWorkflowExecutionAlreadyStartedError]
// recognises, for as long as the namespace retains the earlier run.
func StartOptions(in Input, lineSecret string) client.StartWorkflowOptions {
	carrier := CarrierOf(in.Type())
	key := ""
	if line := in.LineIdentifier(); line != "" && lineSecret != "" {
		key = LineKey(lineSecret, carrier, line)
	}
	return client.StartWorkflowOptions{
		ID:                                       WorkflowID(carrier, in.Common().Reference),
		TaskQueue:                                TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		TypedSearchAttributes:                    temporal.NewSearchAttributes(labels(in, key)...),
		StaticSummary:                            Summary(in),
	}
}

// labels are the search attributes that every run of an operation has from the start. An empty key is left out.
func labels(in Input, lineKey string) []temporal.SearchAttributeUpdate {
	set := []temporal.SearchAttributeUpdate{
		CarrierAttribute.ValueSet(string(CarrierOf(in.Type()))), OperationAttribute.ValueSet(in.Type()),
	}
	if lineKey != "" {
		set = append(set, LineKeyAttribute.ValueSet(lineKey))
	}
	return set
}

// Summary says in one line what an operation is to do: "Suspend line …8901 at DISH". Of the line it shows the last four
// characters.
func Summary(in Input) string {
	definition := DefinitionOf(in.Type())
	summary := in.Type() + " of line" // a type that is no operation is refused elsewhere
	if definition.summary != nil {
		summary = definition.summary(in)
	}
	if line := in.LineIdentifier(); line != "" {
		summary += " " + lastFour(line)
	}
	return summary + " at " + CarrierOf(in.Type()).Name()
}

func lastFour(identifier string) string {
	characters := []rune(identifier)
	if len(characters) <= 4 {
		return identifier
	}
	return "…" + string(characters[len(characters)-4:])
}
