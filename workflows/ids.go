package workflows

import (
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// TaskQueue is the queue that the workflows run on.
const TaskQueue = activities.WorkflowQueue

// WorkflowID is the id of the workflow of one operation: "<carrier>:<reference>". A callback contains both, so its workflow
// is found without a look-up.
func WorkflowID(c carriers.Carrier, reference string) string { return string(c) + ":" + reference }

// ParseWorkflowID is the inverse of [WorkflowID]; ok is false for an id that is not an operation's.
func ParseWorkflowID(id string) (c carriers.Carrier, reference string, ok bool) {
	name, reference, found := strings.Cut(id, ":")
	c = carriers.Carrier(name)
	_, known := registry.Carrier(c)
	return c, reference, found && known && carriers.ValidReference(reference)
}

// The search attributes of an operation. All are of a keyword type, and contain nothing personal.
var (
	// CarrierAttribute is set at start: the short name of the carrier.
	CarrierAttribute = temporal.NewSearchAttributeKeyKeyword("Carrier")
	// OperationAttribute is set at start: the operation type.
	OperationAttribute = temporal.NewSearchAttributeKeyKeyword("Operation")
	// LineKeyAttribute is set at start: a keyed hash of the line's identifier, never the identifier itself.
	LineKeyAttribute = temporal.NewSearchAttributeKeyKeyword("LineKey")
	// NeedsAttentionAttribute is set only while an operator has to look at the run; see [Attention].
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

// LineKey hashes a line's identifier with a secret, so that operators can find all operations of one line although the
// number is not stored. All programs that start or look for operations use the same secret. All spellings of an ICCID or a
// phone number that inputs allow have one key.
func LineKey(secret string, c carriers.Carrier, identifier string) string {
	a, _ := registry.Carrier(c)
	return a.LineKey(secret, identifier)
}

// LineKeyOf is the LineKey among the search attributes of a run; ok is false when there is none.
func LineKeyOf(attributes *commonpb.SearchAttributes) (key string, ok bool) {
	payload := attributes.GetIndexedFields()[LineKeyAttribute.GetName()]
	err := converter.GetDefaultDataConverter().FromPayload(payload, &key)
	return key, payload != nil && err == nil && key != ""
}

// OperationAttributes are the search attributes that every run of an operation has from the start. An empty key is left out.
func OperationAttributes(operation, lineKey string) []temporal.SearchAttributeUpdate {
	set := []temporal.SearchAttributeUpdate{
		CarrierAttribute.ValueSet(string(carriers.CarrierOf(operation))), OperationAttribute.ValueSet(operation),
	}
	if lineKey != "" {
		set = append(set, LineKeyAttribute.ValueSet(lineKey))
	}
	return set
}
