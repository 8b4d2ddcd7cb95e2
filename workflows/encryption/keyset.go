package encryption

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// Key is one key of a keyset, without what is secret of it.
type Key struct {
	// ID is in every payload that the key has encrypted.
	ID uint32
	// Primary tells that the key encrypts. Every other key only decrypts.
	Primary bool
}

// NewKeyset makes a keyset with one key, for AES-256-GCM: a line of JSON, which is secret.
func NewKeyset() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	return written(handle)
}

// AddKey adds a new key, which only decrypts until it is promoted: the first step of a rotation. It returns the new keyset and the id
// of the key.
func AddKey(old []byte) (renewed []byte, id uint32, err error) {
	renewed, err = managed(old, func(m *keyset.Manager) error {
		id, err = m.Add(aead.AES256GCMKeyTemplate())
		return err
	})
	return renewed, id, err
}

// PromoteKey makes a key the one that encrypts: the second step of a rotation, when every program has the key.
func PromoteKey(old []byte, id uint32) ([]byte, error) {
	return managed(old, func(m *keyset.Manager) error { return m.SetPrimary(id) })
}

// RemoveKey removes a key that is not the primary one. What was encrypted with it can never be read again.
func RemoveKey(old []byte, id uint32) ([]byte, error) {
	return managed(old, func(m *keyset.Manager) error { return m.Delete(id) })
}

// KeysIn lists the keys of a keyset, the primary one first.
func KeysIn(text []byte) ([]Key, error) {
	handle, err := read(text)
	if err != nil {
		return nil, err
	}
	return usable(handle)
}

func managed(old []byte, change func(*keyset.Manager) error) ([]byte, error) {
	handle, err := read(old)
	if err != nil {
		return nil, err
	}
	if _, err := usable(handle); err != nil {
		return nil, err
	}
	manager := keyset.NewManagerFromHandle(handle)
	if err := change(manager); err != nil {
		return nil, fmt.Errorf("changing the keyset: %w", err)
	}
	if handle, err = manager.Handle(); err != nil {
		return nil, fmt.Errorf("changing the keyset: %w", err)
	}
	return written(handle)
}

var errNoKeyset = errors.New("this is no keyset: it has to be what \"worker keys new\" prints, or the same in base64")

// read reads a keyset. What the JSON reader says of a bad one is left out, because it may repeat some of it.
func read(text []byte) (*keyset.Handle, error) {
	text = bytes.TrimSpace(text)
	if !bytes.HasPrefix(text, []byte("{")) {
		decoded, err := base64.StdEncoding.DecodeString(string(text))
		if err != nil {
			return nil, errNoKeyset
		}
		text = decoded
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, errNoKeyset
	}
	return handle, nil
}

// usable lists the keys of a keyset, the primary one first. Each has to be enabled, and to have its id in what it encrypts.
func usable(handle *keyset.Handle) ([]Key, error) {
	info := handle.KeysetInfo()
	var keys []Key
	for _, k := range info.GetKeyInfo() {
		one := Key{ID: k.GetKeyId(), Primary: k.GetKeyId() == info.GetPrimaryKeyId()}
		switch {
		case k.GetStatus() != tinkpb.KeyStatusType_ENABLED:
			return nil, fmt.Errorf("key %d of the keyset is not enabled: enable it, or remove it", one.ID)
		case k.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK:
			return nil, fmt.Errorf("key %d of the keyset has the output prefix %s; it has to be TINK, so that a payload says which key it needs", one.ID, k.GetOutputPrefixType())
		case one.Primary:
			keys = append([]Key{one}, keys...)
		default:
			keys = append(keys, one)
		}
	}
	return keys, nil
}

func written(handle *keyset.Handle) ([]byte, error) {
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return nil, fmt.Errorf("writing the keyset: %w", err)
	}
	return append(bytes.TrimSpace(text.Bytes()), '\n'), nil
}
