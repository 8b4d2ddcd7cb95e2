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
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"
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
