package carriers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Every spelling of a line that an input takes has one key: that of the spelling on the carrier's pages.
func TestEverySpellingOfALineHasOneKey(t *testing.T) {
	for _, c := range []struct {
		name    string
		carrier Carrier
		sent    string
		typed   []string
	}{
		{"ICCID of 20 digits", DISH, "89010000000000000017", []string{"8901 0000 0000 0000 0017", "89-01-0000-0000-0000-0017", "\u00a089010000000000000017 "}},
		{"ICCID of 19 digits", DISH, "8901000000000000001", []string{"8901000000000000001F", "8901000000000000001f", "8901 0000 0000 0000 001 F"}},
		{"GPSI", DISH, "12125550123", []string{"+12125550123", "0012125550123", "msisdn-12125550123", "+1 (212) 555-0123", "MSISDN-12125550123"}},
		{"GPSI of another country", DISH, "31612345678", []string{"+31 6 12345678", "0031612345678"}},
		{"Dutch number", STN, "0612345678", []string{"+31612345678", "0031612345678", "06-12345678", "+31(0)612345678", "31612345678"}},
		{"subscriber id", DISH, "2125550123", []string{" 2125550123"}},
		{"subscription id", STN, "SUB-000017", []string{"SUB-000017 "}},
		{"subscription id", MasMovil, "55001", []string{"55001 "}},
	} {
		t.Run(c.name+" at "+c.carrier.Name(), func(t *testing.T) {
			want := LineKey("secret", c.carrier, c.sent)
			for _, typed := range c.typed {
				require.Equal(t, want, LineKey("secret", c.carrier, typed), "%q", typed)
			}
		})
	}
}

// The keys of plain spellings are part of the contract: callers in other languages make them, too.
func TestTheKeyOfAPlainSpellingIsItsHash(t *testing.T) {
	for key, c := range map[string]struct {
		carrier    Carrier
		identifier string
	}{
		"6e8a52bb07c7e7c39e1f93503834c7b4": {DISH, "89010000000000000066"},
		"715b620dcef15bd0572e7efafb80b926": {DISH, "12125550123"},
		"54083296ef05c3d05aa8797de68a1920": {DISH, "2125550123"},
		"369f77939c3aafa354fba94dbcf90b52": {STN, "0612345678"},
		"7e9e11dd5e61028b179274dac635f5ae": {STN, "SUB-000017"},
		"0cc86acbfa4c441a0624131f1e12896d": {MasMovil, "55001"},
	} {
		require.Equal(t, key, LineKey("secret", c.carrier, c.identifier))
	}
}

// Two lines have two keys, also where one could be taken for the other.
func TestTwoLinesHaveTwoKeys(t *testing.T) {
	keys := map[string]string{}
	for _, identifier := range []string{"2125550123", "12125550123", "89010000000000000017", "8901000000000000001", "612345678", "SUB1"} {
		key := LineKey("secret", DISH, identifier)
		require.NotContains(t, keys, key, identifier)
		keys[key] = identifier
	}
	require.NotEqual(t, LineKey("secret", STN, "612345678"), LineKey("secret", STN, "0612345678"), "it may have lost its zero, or not")
	require.NotEqual(t, LineKey("secret", STN, "0612345678"), LineKey("other", STN, "0612345678"))
	require.NotEqual(t, LineKey("secret", STN, "55001"), LineKey("secret", MasMovil, "55001"))
}
