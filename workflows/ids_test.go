package workflows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

func TestParseWorkflowIDIsTheInverseOfWorkflowID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]carriers.Carrier{"dish", "stn", "masmovil"}).Draw(t, "carrier")
		reference := rapid.StringMatching(carriers.ReferencePattern).Draw(t, "reference")
		gotCarrier, gotReference, ok := ParseWorkflowID(WorkflowID(c, reference))
		if !ok || gotCarrier != c || gotReference != reference {
			t.Fatalf("%s %s %v", gotCarrier, gotReference, ok)
		}
	})
}

func TestParseWorkflowIDKnowsOnlyOperations(t *testing.T) {
	require.Equal(t, "dish:r-1", WorkflowID("dish", "r-1"))
	for _, id := range []string{"", ":", "dish", "dish:", "dish:a b", "dish:a:b", "DISH:a", "acme:a", ":a", "unmatched:dish:a", "dish:" + strings.Repeat("a", 37)} {
		_, _, ok := ParseWorkflowID(id)
		require.False(t, ok, id)
	}
}

func TestCarrierOf(t *testing.T) {
	require.Equal(t, carriers.Carrier("dish"), carriers.CarrierOf(suspend))
	require.Equal(t, carriers.Carrier("acme"), carriers.CarrierOf("acme"))
}

// Every spelling of a line in an input has one key, with which its operations are found.
func TestTheLineOfAnInputHasOneKey(t *testing.T) {
	keyOf := func(typed string) string {
		request := samples.Request(t, suspend, fmt.Sprintf(`{"iccid":%q}`, typed))
		key, _ := optionsOf(t, suspend, request, "secret").TypedSearchAttributes.GetKeyword(LineKeyAttribute)
		return key
	}
	for _, typed := range []string{"8901000000000000001", "8901 0000 0000 0000 001F", "8901-0000-0000-0000-001"} {
		require.Equal(t, LineKey("secret", "dish", "8901000000000000001F"), keyOf(typed), typed)
	}
}

func TestLineKey(t *testing.T) {
	const number = "15550100123"
	key := LineKey("secret", "dish", number)
	require.Regexp(t, "^[0-9a-f]{32}$", key)
	require.Equal(t, key, LineKey("secret", "dish", number))
	require.NotContains(t, key, number)
	for _, other := range []string{LineKey("other", "dish", number), LineKey("secret", "stn", number), LineKey("secret", "dish", "15550100124")} {
		require.NotEqual(t, key, other)
	}
}

func TestUnmatchedOptions(t *testing.T) {
	options := UnmatchedOptions(Unmatched{Carrier: "dish", Reference: "r-1"})
	require.Equal(t, "unmatched:dish:r-1", options.ID)
	_, _, ok := ParseWorkflowID(options.ID)
	require.False(t, ok, "it is never the id of an operation")
	strange := UnmatchedOptions(Unmatched{Carrier: "dish", Reference: "+34 612 000 111"})
	require.Regexp(t, "^unmatched:dish:sha256-[0-9a-f]{16}$", strange.ID)
}

func TestSearchAttributes(t *testing.T) {
	require.Equal(t, map[string]enumspb.IndexedValueType{
		"Carrier": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Operation": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"LineKey": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "NeedsAttention": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	}, SearchAttributes())
}
