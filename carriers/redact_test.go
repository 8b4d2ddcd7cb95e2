package carriers

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	for _, tc := range []struct {
		text   string
		values []string
		want   string
	}{
		{"the network refused the change", nil, "the network refused the change"},
		{"HTTP 400, code 0013, attempt 12", nil, "HTTP 400, code 0013, attempt 12"},
		{"line 15550100123 is barred", nil, "line … is barred"},
		{"line +1 555 010 0123 is barred", nil, "line … is barred"},
		{"06-1234 5678", nil, "…"},
		{"06 - 1234 - 5678", nil, "…"},
		{"+34 (612) 000 111", nil, "…"},
		{"612\u00a0000\u00a0111", nil, "…"},
		{"612\u202f000\u202f111", nil, "…"},
		{"612–000–111", nil, "…"},
		{"number\n612\n000\n111", nil, "number …"},
		{"iccid=89010000000000000017.", nil, "iccid=…."},
		{"mail jane.doe+x@example.co.uk now", nil, "mail … now"},
		{"Authorization: Bearer abc.def", nil, "Authorization: …"},
		{"bearer bearer abc", nil, "…"},
		{"Basic dXNlcjpwdw==", nil, "…"},
		{"token eyJhbGciOi.eyJzdWIi.c2ln ends", nil, "token … ends"},
		{"encrypted eyJhbGciOi.a.b.c.d ends", nil, "encrypted … ends"},
		{"Jane Doe of Elm Street", []string{"Jane Doe", "Elm Street"}, "… of …"},
		{"an Al stays", []string{"Al", ""}, "an Al stays"},
		{"CODE-12-LONGER", []string{"CODE-12", "CODE-12-LONGER"}, "…"},
		{"bell\aring\x00\x7f", nil, "bell ring"},
		{strings.Repeat("é", 300), nil, strings.Repeat("é", 300)},
		{strings.Repeat("é", 301), nil, strings.Repeat("é", 300) + "…"},
		{"", []string{"x"}, ""},
	} {
		assert.Equal(t, tc.want, Redact(tc.text, tc.values...), "%q", tc.text)
	}
}

// The search is left out only where it would find nothing.
func TestNothingPersonalIsLeftOut(t *testing.T) {
	parts := rapid.SampledFrom([]string{
		"bearer", "Basic", "BEARER", "eyJ", "@", ".", "-", "_", "/", "+", "(", ")", " ", "\u00a0", "\u2003", "a", "Z", "ö", "Success", "0", "1", "555", "12345678", "٣", "abc.de",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(parts, 0, 12).Draw(t, "parts"), "")
		if personal.MatchString(text) && !mayBePersonal(text) {
			t.Fatalf("%q is personal", text)
		}
	})
	for _, word := range []string{"Success", "DONE", "in_progress", "Größe", ""} {
		require.False(t, mayBePersonal(word), "%q needs no search", word)
	}
}

func TestLeaves(t *testing.T) {
	for in, want := range map[string][]string{
		`{"name":"Jane","zip":80202,"tags":["a",{"iccid":89010000000000000017}],"ok":true,"none":null}`: {"80202", "89010000000000000017", "Jane", "a"},
		`{}`: nil, ``: nil, `{"broken":`: nil, `{"n":1.50}`: {"1.50"},
	} {
		got := Leaves(Object(in))
		slices.Sort(got)
		assert.Equal(t, want, got, in)
	}
}
