// Package payload reads what Temporal keeps as payloads. What cannot be read counts as nothing.
package payload

import (
	"encoding/json"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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

// WithFailures is an event with the messages of its failures decrypted. The event itself is left as it is.
func WithFailures(e *historypb.HistoryEvent, c converter.DataConverter) *historypb.HistoryEvent {
	if !hasEncrypted(e.ProtoReflect()) {
		return e
	}
	e = proto.CloneOf(e)
	eachFailure(e.ProtoReflect(), func(f *failurepb.Failure) { converter.DecodeCommonFailureAttributes(c, f) })
	return e
}

func hasEncrypted(m protoreflect.Message) (found bool) {
	eachFailure(m, func(f *failurepb.Failure) { found = found || f.GetEncodedAttributes() != nil })
	return found
}

// eachFailure visits the failures in an event: each is one field of the event's attributes, or of what an update came to.
func eachFailure(m protoreflect.Message, visit func(*failurepb.Failure)) {
	if f, is := m.Interface().(*failurepb.Failure); is {
		visit(f)
	}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.Kind() == protoreflect.MessageKind && !field.IsList() && !field.IsMap() {
			eachFailure(v.Message(), visit)
		}
		return true
	})
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
