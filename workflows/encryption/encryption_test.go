package encryption_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

func newKeyset(t *testing.T) []byte {
	t.Helper()
	keyset, err := encryption.NewKeyset()
	require.NoError(t, err)
	return keyset
}

func from(t *testing.T, keyset []byte) *encryption.Encryption {
	t.Helper()
	e, err := encryption.New(string(keyset))
	require.NoError(t, err)
	return e
}

const secret = "15557777777700"

func TestWhatIsEncryptedIsReadAgain(t *testing.T) {
	keyset := newKeyset(t)
	e := from(t, keyset)
	dc := e.DataConverter(nil)
	payloads, err := dc.ToPayloads(map[string]string{"gpsi": secret}, nil, []byte(secret))
	require.NoError(t, err)
	for _, p := range payloads.GetPayloads() {
		require.Equal(t, "binary/encrypted", string(p.GetMetadata()[converter.MetadataEncoding]))
		require.Equal(t, strconv.Itoa(int(e.Keys()[0].ID)), string(p.GetMetadata()["encryption-key-id"]))
		require.NotContains(t, p.String(), secret)
		require.Equal(t, e.Keys()[0].ID, binary.BigEndian.Uint32(p.GetData()[1:5]), "the id is in what every Tink reads")
	}
	again, err := dc.ToPayload(secret)
	require.NoError(t, err)
	once, err := dc.ToPayload(secret)
	require.NoError(t, err)
	require.NotEqual(t, again.GetData(), once.GetData(), "two alike cannot be told from two others")

	inBase64 := from(t, []byte(" "+base64.StdEncoding.EncodeToString(keyset)+"\n"))
	for name, reader := range map[string]*encryption.Encryption{"same": e, "the keyset in base64": inBase64} {
		var m map[string]string
		var none *string
		var raw []byte
		require.NoError(t, reader.DataConverter(nil).FromPayloads(payloads, &m, &none, &raw), name)
		require.Equal(t, secret, m["gpsi"])
		require.Nil(t, none)
		require.Equal(t, secret, string(raw))
	}
}

func TestAPayloadThatIsNotEncryptedIsReadAsItIs(t *testing.T) {
	plain, err := converter.GetDefaultDataConverter().ToPayload(secret)
	require.NoError(t, err)
	for _, keyset := range [][]byte{newKeyset(t), nil} {
		var text string
		require.NoError(t, from(t, keyset).DataConverter(nil).FromPayload(plain, &text))
		require.Equal(t, secret, text)
	}
	off := from(t, nil)
	require.False(t, off.On())
	p, err := off.DataConverter(nil).ToPayload(secret)
	require.NoError(t, err)
	require.Equal(t, plain.GetData(), p.GetData())
	failure := off.FailureConverter(off.DataConverter(nil)).ErrorToFailure(errors.New("some message"))
	require.Equal(t, "some message", failure.GetMessage())
}

// idsOnly stands for the holder of a line's turn.
type idsOnly struct{ WorkflowID string }

func (idsOnly) StaysReadable() {}

func TestAMemoOfIdsStaysReadable(t *testing.T) {
	p, err := from(t, newKeyset(t)).DataConverter(nil).ToPayload(idsOnly{"dish:order-1"})
	require.NoError(t, err)
	require.JSONEq(t, `{"WorkflowID":"dish:order-1"}`, string(p.GetData()))
}

func TestRotation(t *testing.T) {
	first := newKeyset(t)
	both, second, err := encryption.AddKey(first)
	require.NoError(t, err)
	promoted, err := encryption.PromoteKey(both, second)
	require.NoError(t, err)
	require.Equal(t, from(t, first).Keys()[0].ID, from(t, both).Keys()[0].ID, "the new key only decrypts")
	require.Equal(t, second, from(t, promoted).Keys()[0].ID)

	// While a step is under way, some programs have the keyset of before and some the one of after.
	for _, step := range [][2][]byte{{first, both}, {both, promoted}} {
		for _, pair := range [][2][]byte{{step[0], step[1]}, {step[1], step[0]}} {
			p, err := from(t, pair[0]).DataConverter(nil).ToPayload(secret)
			require.NoError(t, err)
			var text string
			require.NoError(t, from(t, pair[1]).DataConverter(nil).FromPayload(p, &text))
			require.Equal(t, secret, text)
		}
	}

	_, err = encryption.RemoveKey(promoted, second)
	require.Error(t, err, "the primary key is never removed")
	alone, err := encryption.RemoveKey(promoted, from(t, first).Keys()[0].ID)
	require.NoError(t, err)
	keys, err := encryption.KeysIn(alone)
	require.NoError(t, err)
	require.Equal(t, []encryption.Key{{ID: second, Primary: true}}, keys)
	_, err = encryption.PromoteKey(alone, second+1)
	require.ErrorContains(t, err, "changing the keyset")
}

func TestAKeyThatIsMissingIsNamed(t *testing.T) {
	writer, other := from(t, newKeyset(t)), newKeyset(t)
	id := writer.Keys()[0].ID
	p, err := writer.DataConverter(nil).ToPayload(secret)
	require.NoError(t, err)
	two, _, err := encryption.AddKey(other)
	require.NoError(t, err)
	for keyset, has := range map[string]string{
		"": "no keys", string(other): fmt.Sprintf("only key %d", from(t, other).Keys()[0].ID), string(two): "only the keys ",
	} {
		var text string
		err := from(t, []byte(keyset)).DataConverter(nil).FromPayload(p, &text)
		missing, ok := errors.AsType[*encryption.UnreadableError](err)
		require.True(t, ok)
		require.Equal(t, id, missing.KeyID)
		require.ErrorContains(t, err, fmt.Sprintf("encrypted with key %d, and this program has %s", id, has))
		require.ErrorContains(t, err, "CARRIERFLOW_ENCRYPTION_KEYS")
	}
}

func TestAPayloadThatWasChangedIsRefused(t *testing.T) {
	e := from(t, newKeyset(t))
	p, err := e.DataConverter(nil).ToPayload(secret)
	require.NoError(t, err)
	changed := append([]byte(nil), p.GetData()...)
	changed[len(changed)-1]++
	for says, data := range map[string][]byte{
		"it was changed after it was encrypted": changed, "not with a key of carrierflow's": []byte("\x00text"), "not with a key": {1, 2},
	} {
		err := e.DataConverter(nil).FromPayload(&commonpb.Payload{Metadata: p.GetMetadata(), Data: data}, new(string))
		require.ErrorContains(t, err, says)
	}
}

func TestAKeysetThatCannotBeUsed(t *testing.T) {
	for _, bad := range []string{"{", "no keyset", `{"primaryKeyId":1,"key":[{"keyData":{"value":"c2VjcmV0"}}]}`, base64.StdEncoding.EncodeToString([]byte("no keyset"))} {
		_, err := encryption.New(bad)
		require.ErrorContains(t, err, "worker keys new")
		require.NotContains(t, err.Error(), "c2VjcmV0")
	}
	var keyset map[string]any
	require.NoError(t, json.Unmarshal(newKeyset(t), &keyset))
	key := keyset["key"].([]any)[0].(map[string]any)
	key["outputPrefixType"] = "RAW"
	raw, err := json.Marshal(keyset)
	require.NoError(t, err)
	_, err = encryption.New(string(raw))
	require.ErrorContains(t, err, "it has to be TINK")
}

// A failure holds nothing readable: not in its message, its details or its causes.
func TestFailuresAreEncrypted(t *testing.T) {
	e := from(t, newKeyset(t))
	options := e.Options(client.Options{})
	cause := temporal.NewApplicationError("no such line "+secret, "Cause", secret)
	failure := options.FailureConverter.ErrorToFailure(temporal.NewApplicationErrorWithOptions("failed: "+secret, "Outer", temporal.ApplicationErrorOptions{
		Cause: cause, Details: []any{secret},
	}))
	require.NotContains(t, failure.String(), secret)
	read := options.FailureConverter.FailureToError(failure)
	outer, ok := errors.AsType[*temporal.ApplicationError](read)
	require.True(t, ok)
	var details string
	require.NoError(t, outer.Details(&details))
	require.Equal(t, []any{"failed: " + secret, secret}, []any{outer.Message(), details})
	require.ErrorContains(t, outer.Unwrap(), "no such line "+secret)
}

// The failure of an activity whose input cannot be read names the key, for those who do not have it.
func TestTheFailureOfAMissingKeyStaysReadable(t *testing.T) {
	p, err := from(t, newKeyset(t)).DataConverter(nil).ToPayload(secret)
	require.NoError(t, err)
	other := from(t, newKeyset(t)).Options(client.Options{})
	err = other.DataConverter.FromPayload(p, new(string))
	failure := other.FailureConverter.ErrorToFailure(fmt.Errorf("unable to decode: %w", err))
	require.Equal(t, encryption.UnreadableType, failure.GetApplicationFailureInfo().GetType())
	require.False(t, failure.GetApplicationFailureInfo().GetNonRetryable())
	require.Contains(t, failure.GetMessage(), "a payload is encrypted with key")
}

// BenchmarkPayload measures what a payload of the size of a usual request costs.
func BenchmarkPayload(b *testing.B) {
	request := map[string]any{
		"reference": "order-18", "iccid": "89010000000000000033", "action": "Suspend",
		"timings": map[string]string{"pollEvery": "1m", "lookupDelay": "15s", "overdueAfter": "1h", "deadline": "72h", "callTimeout": "45s"},
	}
	keyset, err := encryption.NewKeyset()
	require.NoError(b, err)
	for name, keys := range map[string]string{"plain": "", "encrypted": string(keyset)} {
		e, err := encryption.New(keys)
		require.NoError(b, err)
		dc := e.DataConverter(nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := dc.ToPayloads(request)
				require.NoError(b, err)
				var read map[string]any
				require.NoError(b, dc.FromPayloads(p, &read))
				b.SetBytes(int64(len(p.GetPayloads()[0].GetData())))
			}
		})
	}
}
