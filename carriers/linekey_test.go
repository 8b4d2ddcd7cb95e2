package carriers

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// acme is a carrier whose lines are written in capitals and without the blanks around them.
var acme = Adapter{Carrier: "acme", LineForm: func(identifier string) string { return strings.ToUpper(strings.TrimSpace(identifier)) }}

// Every spelling of a line has the key of the form in which it goes to the carrier.
func TestEverySpellingOfALineHasOneKey(t *testing.T) {
	plain := Adapter{Carrier: "acme"}
	for _, typed := range []string{"SUB-17", "sub-17", " Sub-17\n"} {
		require.Equal(t, plain.LineKey("secret", "SUB-17"), acme.LineKey("secret", typed), "%q", typed)
	}
	for _, typed := range []string{"sub-17", "sub-17 ", "\u00a0sub-17"} {
		require.Equal(t, plain.LineKey("secret", "sub-17"), plain.LineKey("secret", typed), "a carrier without a form of its own: %q", typed)
	}
	require.NotEqual(t, plain.LineKey("secret", "SUB-17"), plain.LineKey("secret", "sub-17"))
}

// The keys of plain spellings are part of the contract: callers in other languages make them too.
func TestTheKeyOfAPlainSpellingIsItsHash(t *testing.T) {
	for key, c := range map[string]struct {
		carrier    Carrier
		identifier string
	}{
		"6e8a52bb07c7e7c39e1f93503834c7b4": {"dish", "89010000000000000066"},
		"715b620dcef15bd0572e7efafb80b926": {"dish", "12125550123"},
		"54083296ef05c3d05aa8797de68a1920": {"dish", "2125550123"},
		"369f77939c3aafa354fba94dbcf90b52": {"stn", "0612345678"},
		"7e9e11dd5e61028b179274dac635f5ae": {"stn", "SUB-000017"},
		"0cc86acbfa4c441a0624131f1e12896d": {"masmovil", "55001"},
	} {
		require.Equal(t, key, Adapter{Carrier: c.carrier}.LineKey("secret", c.identifier))
	}
}

// Two lines, two carriers and two secrets have two keys.
func TestTwoLinesHaveTwoKeys(t *testing.T) {
	require.NotEqual(t, acme.LineKey("secret", "612345678"), acme.LineKey("secret", "0612345678"))
	require.NotEqual(t, acme.LineKey("secret", "0612345678"), acme.LineKey("other", "0612345678"))
	require.NotEqual(t, acme.LineKey("secret", "55001"), Adapter{Carrier: "other", LineForm: acme.LineForm}.LineKey("secret", "55001"))
}
