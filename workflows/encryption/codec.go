package encryption

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// What an encrypted payload has in its metadata: its encoding, and the id of its key, for people. The data is in Tink's wire format: a
// byte 1, the key id in four bytes, an IV of 12 bytes, the ciphertext, and a tag of 16 bytes. Encrypted is the whole payload as a
// protobuf message.
const (
	Encoding      = "binary/encrypted"
	KeyIDMetadata = "encryption-key-id"
)

// AssociatedData is authenticated with every payload: what was encrypted with the same key for another purpose is refused. It is the
// same for all runs. Bound to one run, a failure could not go from an operation to its plan, and the codec endpoint is not told
// which run a payload is of.
const AssociatedData = "carrierflow payload v1"

const (
	tinkPrefix     = 1
	tinkPrefixSize = 5
)

// Codec encrypts and decrypts single payloads, as a codec endpoint does.
func (e *Encryption) Codec() converter.PayloadCodec { return codec{e} }

// codec implements converter.PayloadCodec.
type codec struct{ *Encryption }

// Encode encrypts payloads with the primary key.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if !c.On() {
		return payloads, nil
	}
	encrypted := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, &encryptError{err}
		}
		data, err := c.aead.Encrypt(plain, []byte(AssociatedData))
		if err != nil {
			return nil, &encryptError{err}
		}
		encrypted[i] = &commonpb.Payload{
			Metadata: map[string][]byte{
				converter.MetadataEncoding: []byte(Encoding),
				KeyIDMetadata:              strconv.AppendUint(nil, uint64(c.keys[0].ID), 10),
			},
			Data: data,
		}
	}
	return encrypted, nil
}

// encryptError tells that a payload could not be encrypted. A later attempt may be able to.
type encryptError struct{ cause error }

func (e *encryptError) Error() string { return fmt.Sprintf("encrypting a payload: %v", e.cause) }

func (e *encryptError) Unwrap() error { return e.cause }

// Decode decrypts those payloads that are encrypted.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	plain := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			plain[i] = p
			continue
		}
		one, err := c.decrypt(p.GetData())
		if err != nil {
			return nil, err
		}
		plain[i] = one
	}
	return plain, nil
}

func (c codec) decrypt(data []byte) (*commonpb.Payload, error) {
	if len(data) < tinkPrefixSize || data[0] != tinkPrefix {
		return nil, &UnreadableError{text: "a payload cannot be decrypted: it says that it is encrypted, but not with a key of carrierflow's"}
	}
	id := binary.BigEndian.Uint32(data[1:tinkPrefixSize])
	if !slices.ContainsFunc(c.keys, func(k Key) bool { return k.ID == id }) {
		return nil, &UnreadableError{id, fmt.Sprintf(lacksKey+"%d, and this program has %s: give it a keyset with key %[1]d in CARRIERFLOW_ENCRYPTION_KEYS (see docs/security.md)", id, c.named())}
	}
	decrypted, err := c.aead.Decrypt(data, []byte(AssociatedData))
	if err != nil {
		return nil, &UnreadableError{id, fmt.Sprintf("a payload cannot be decrypted with key %d: it was changed after it was encrypted, or is not carrierflow's", id)}
	}
	var p commonpb.Payload
	if err := proto.Unmarshal(decrypted, &p); err != nil {
		return nil, &UnreadableError{id, fmt.Sprintf("a payload was decrypted with key %d, but is no payload of Temporal's: the program that encrypted it has to encrypt the whole payload (see docs/security.md)", id)}
	}
	return &p, nil
}

// named are the keys of this program, for an error.
func (c codec) named() string {
	ids := make([]string, len(c.keys))
	for i, k := range c.keys {
		ids[i] = strconv.FormatUint(uint64(k.ID), 10)
	}
	switch len(ids) {
	case 0:
		return "no keys"
	case 1:
		return "only key " + ids[0]
	}
	return "only the keys " + strings.Join(ids, ", ")
}
