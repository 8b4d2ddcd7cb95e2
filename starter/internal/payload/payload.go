// Package payload reads what Temporal keeps as payloads. What cannot be read counts as nothing.
package payload

import (
	"encoding/json"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/workflows"
)

// Text reads a text.
func Text(p *commonpb.Payload, c converter.DataConverter) (text string) {
	if p == nil || c.FromPayload(p, &text) != nil {
		return ""
	}
	return text
}

// Raw reads the first of some values byte by byte, so that no number in it changes.
func Raw(all *commonpb.Payloads, c converter.DataConverter) (raw json.RawMessage) {
	if len(all.GetPayloads()) == 0 || c.FromPayload(all.GetPayloads()[0], &raw) != nil {
		return nil
	}
	return raw
}

// Decode reads the first of some values.
func Decode(all *commonpb.Payloads, c converter.DataConverter, to any) {
	_ = json.Unmarshal(Raw(all, c), to)
}

// Attribute reads a search attribute. They are never encrypted.
func Attribute(attributes *commonpb.SearchAttributes, name string) string {
	return Text(attributes.GetIndexedFields()[name], converter.GetDefaultDataConverter())
}

// Attention reads why an operator is needed.
func Attention(attributes *commonpb.SearchAttributes) (reasons []string) {
	p := attributes.GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]
	if p == nil || converter.GetDefaultDataConverter().FromPayload(p, &reasons) != nil {
		return nil
	}
	return reasons
}
