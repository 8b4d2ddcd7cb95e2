package encryption

import (
	"context"
	"errors"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Options adds to a client's options what encrypts and decrypts. A data converter that they have makes the payloads that are encrypted;
// without one it is the SDK's default.
func (e *Encryption) Options(o client.Options) client.Options {
	o.DataConverter = e.DataConverter(o.DataConverter)
	o.FailureConverter = e.FailureConverter(o.DataConverter)
	return o
}

// DataConverter is what client.Options needs under this name. parent makes the payloads; nil is the SDK's default.
func (e *Encryption) DataConverter(parent converter.DataConverter) converter.DataConverter {
	if parent == nil {
		parent = converter.GetDefaultDataConverter()
	}
	return dataConverter{converter.NewCodecDataConverter(parent, e.Codec()), parent, e.Codec()}
}

// FailureConverter is what client.Options needs under this name, with its data converter. Messages and stack traces of failures are
// encrypted as well.
func (e *Encryption) FailureConverter(data converter.DataConverter) converter.FailureConverter {
	return failureConverter{
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: data, EncodeCommonAttributes: e.On(),
		}),
	}
}

// Readable is implemented by a value that is not encrypted when it is one field of a memo, because it holds nothing but what Temporal
// shows of every run. Everybody can read it then, also without keys.
type Readable interface{ StaysReadable() }

// dataConverter encrypts everything but what is Readable.
type dataConverter struct {
	converter.DataConverter
	plain converter.DataConverter
	codec converter.PayloadCodec
}

// Codec is what encrypts; the SDK asks for it where it has payloads and no values, such as headers.
func (d dataConverter) Codec() converter.PayloadCodec { return d.codec }

// ToPayload makes the payload of one value.
func (d dataConverter) ToPayload(value any) (*commonpb.Payload, error) {
	if _, readable := value.(Readable); readable {
		return d.plain.ToPayload(value)
	}
	return d.DataConverter.ToPayload(value)
}

// WithSerializationContext returns the same converter: payloads do not depend on the run they are of.
func (d dataConverter) WithSerializationContext(converter.SerializationContext) converter.DataConverter {
	return d
}

// WithWorkflowContext returns the converter for the code of a workflow. There the SDK takes an error about an input or a result for an
// error of the run, and drops a signal that it cannot read, and a callback with it. A panic fails only the workflow task.
func (d dataConverter) WithWorkflowContext(ctx workflow.Context) converter.DataConverter {
	if ctx.Value(answering{}) != nil {
		return d
	}
	return inWorkflow{d}
}

// WithContext returns the same converter.
func (d dataConverter) WithContext(context.Context) converter.DataConverter { return d }

// answering is the key of a context in which queries are answered. Who asks gets the error, and the run is not concerned.
type answering struct{}

// inWorkflow fails the workflow task when it lacks a key, or cannot use it.
type inWorkflow struct{ dataConverter }

// ToPayload makes the payload of one value.
func (c inWorkflow) ToPayload(value any) (*commonpb.Payload, error) {
	p, err := c.dataConverter.ToPayload(value)
	return p, failTask(err)
}

// ToPayloads makes those of several.
func (c inWorkflow) ToPayloads(values ...any) (*commonpb.Payloads, error) {
	p, err := c.dataConverter.ToPayloads(values...)
	return p, failTask(err)
}

// FromPayload reads one payload.
func (c inWorkflow) FromPayload(p *commonpb.Payload, to any) error {
	return failTask(c.dataConverter.FromPayload(p, to))
}

// FromPayloads reads several.
func (c inWorkflow) FromPayloads(p *commonpb.Payloads, to ...any) error {
	return failTask(c.dataConverter.FromPayloads(p, to...))
}

// WithSerializationContext returns the same converter.
func (c inWorkflow) WithSerializationContext(converter.SerializationContext) converter.DataConverter {
	return c
}

// failTask panics with an error of the codec.
func failTask(err error) error {
	if lacking, is := unreadable(err); is {
		panic(lacking)
	}
	if failed, is := errors.AsType[*encryptError](err); is {
		panic(failed)
	}
	return err
}

// failureConverter names the failure of an activity whose input cannot be decrypted, and leaves it readable: whoever looks at it may not
// have the keys of the worker that failed. It holds the id of a key, and nothing of the payload.
type failureConverter struct{ converter.FailureConverter }

// ErrorToFailure makes the failure of an error.
func (f failureConverter) ErrorToFailure(err error) *failurepb.Failure {
	if err == nil {
		return nil
	}
	cause, is := unreadable(err)
	text := err.Error()
	if is {
		text = cause.Error()
	}
	if is || strings.HasPrefix(text, lacksKey) { // of a panic, the SDK passes on only the text
		return temporal.GetDefaultFailureConverter().ErrorToFailure(temporal.NewApplicationError(text, UnreadableType))
	}
	return f.FailureConverter.ErrorToFailure(err)
}
