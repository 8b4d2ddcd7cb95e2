package carriers

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestValidReference(t *testing.T) {
	for _, good := range []string{"a", "order-17", "A.b_c-9", strings.Repeat("x", 36)} {
		assert.True(t, ValidReference(good), good)
	}
	for _, bad := range []string{"", strings.Repeat("x", 37), "a b", "a\n", "\na", "a/b", "a:b", "é", "a%2Fb", "a\x00"} {
		assert.False(t, ValidReference(bad), "%q", bad)
	}
}

// A later version must find what an earlier one has sent, so these values may never change.
func TestDerivedValuesNeverChange(t *testing.T) {
	assert.Equal(t, "order-17", ShortReference("order-17", 15))
	assert.Equal(t, "exactly15chars.", ShortReference("exactly15chars.", 15))
	assert.Equal(t, "lnya6y5fsludkel", ShortReference("a-reference-that-is-too-long", 15))
	assert.Equal(t, "c8bcd8a9-789e-5982-80a7-89872bb0a494", CorrelationID("dish", "order-17"))
	assert.NotEqual(t, CorrelationID("dish", "order-17"), CorrelationID("stn", "order-17"))
}

// drawsVariable is how many references are drawn; a soak draws ten million.
const drawsVariable = "CARRIERFLOW_REFERENCE_DRAWS"

// References that differ in one place have different short forms, and each fits sTN's 15 characters.
func TestShortReferencesDoNotCollide(t *testing.T) {
	draws := 200_000
	if text := os.Getenv(drawsVariable); text != "" {
		var err error
		draws, err = strconv.Atoi(text)
		require.NoError(t, err, drawsVariable)
	}
	seen := make([][15]byte, draws)
	for i := range seen {
		short := ShortReference("order-2026-"+strconv.Itoa(1_000_000_000+i), 15)
		if len(short) != 15 || !ValidReference(short) {
			t.Fatalf("%q is no reference of 15 characters", short)
		}
		copy(seen[i][:], short)
	}
	slices.SortFunc(seen, func(a, b [15]byte) int { return slices.Compare(a[:], b[:]) })
	for i := 1; i < draws; i++ {
		if seen[i] == seen[i-1] {
			t.Fatalf("two of %d references are %s for short", draws, seen[i])
		}
	}
}
