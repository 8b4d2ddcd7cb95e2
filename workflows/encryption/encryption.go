// Package encryption encrypts what Temporal stores of runs, in every program that talks to Temporal: worker, starter, callers. All of
// them have the same keys.
//
//	keys, err := encryption.FromEnv(os.LookupEnv)
//	…
//	c, err := client.Dial(keys.Options(client.Options{HostPort: "127.0.0.1:7233"}))
//
// Encrypted are all payloads: inputs, results, failures with their messages, signals, updates, queries, heartbeats, memos, summaries and
// current details. Temporal needs the rest, so that stays readable: workflow ids and types, search attributes, the names of activities,
// signals and updates, and times. docs/security.md says more, also how keys are changed.
//
// A payload that is not encrypted is read as it is. So encryption can be turned on while runs are in flight.
package encryption

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

// Encryption encrypts and decrypts payloads. It is safe for concurrent use.
type Encryption struct {
	keys []Key
	aead tink.AEAD // nil without keys
}

// New makes an Encryption from a keyset: what "worker keys new" prints, or the same in base64. The primary key encrypts, all keys
// decrypt. Without a keyset nothing is encrypted, and an encrypted payload is an [UnreadableError]: a program without keys uses this as
// well, so that it fails no run whose payloads it cannot read. The error names nothing of the keys.
func New(keyset string) (*Encryption, error) {
	if keyset == "" {
		return &Encryption{}, nil
	}
	handle, err := read([]byte(keyset))
	if err != nil {
		return nil, err
	}
	keys, err := usable(handle)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("the keyset cannot be used for encryption; make one with \"worker keys new\": %w", err)
	}
	return &Encryption{keys: keys, aead: primitive}, nil
}

// On reports whether payloads are encrypted.
func (e *Encryption) On() bool { return e.aead != nil }

// Keys are the keys that decrypt, the primary one first.
func (e *Encryption) Keys() []Key { return e.keys }

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

// Codec encrypts and decrypts single payloads, as a codec endpoint does.
func (e *Encryption) Codec() converter.PayloadCodec { return codec{e} }

// UnreadableType is the type of the failure of an activity whose input its worker cannot decrypt. The activity has done nothing. Another
// worker can do it.
const UnreadableType = "PayloadUnreadable"

// UnreadableError tells that a payload cannot be decrypted. In a workflow it fails the workflow task and never the run: the task is
// tried again until a worker with the right keys takes it. A worker of your own with workflows needs [Interceptor] as well.
type UnreadableError struct {
	// KeyID is the key that the payload was encrypted with; 0 when the payload does not name one.
	KeyID uint32
	text  string
}

// Error names the key and says what to do.
func (e *UnreadableError) Error() string { return e.text }

// unreadable finds an UnreadableError in an error.
func unreadable(err error) (*UnreadableError, bool) { return errors.AsType[*UnreadableError](err) }
