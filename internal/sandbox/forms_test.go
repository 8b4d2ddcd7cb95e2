package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// plain reads what a person reads in an identifier: its digits, without a leading 00.
func plain(id string) string {
	return strings.TrimPrefix(strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, strings.TrimPrefix(id, "msisdn-")), "00")
}

func TestSpellingsMeanTheSame(t *testing.T) {
	same := func(a, b string) bool { return a == b }
	for _, tc := range []struct {
		name, text string
		spell      func(string, *rand.Rand) string
		same       func(was, is string) bool
		forms      int
	}{
		{"card of 19 digits", "8901000000000000017", otherICCID, func(was, is string) bool { return is[:2] == "89" && strings.HasPrefix(plain(is), was) }, 5},
		{"card of 19 digits, one of them the check digit", "890100000000000001" + checkDigit("890100000000000001"), otherICCID, func(was, is string) bool { return plain(is) == was }, 4},
		{"card of 20 digits", "89010000000000000017", otherICCID, func(was, is string) bool { return plain(is) == was }, 2},
		{"card of 20 digits with its check digit", "8901000000000000017" + checkDigit("8901000000000000017"), otherICCID, func(was, is string) bool { return strings.HasPrefix(was, plain(is)) && len(plain(is)) >= 19 }, 4},
		{"card that is none", "CARD-1", otherICCID, same, 1},
		{"GPSI", "15550100123", otherGPSI, func(was, is string) bool { return plain(is) == was && is != was }, 3},
		{"number", "06-10000001", otherNumber, func(was, is string) bool { return plain(is) == plain(was) && is != was }, 3},
		{"reference", "wf-1", otherReference, func(was, is string) bool { return strings.EqualFold(was, strings.TrimSpace(is)) && is != was }, 3},
		{"reference of digits", "000123", otherReference, func(was, is string) bool { return was == strings.TrimSpace(is) && is != was }, 2},
		{"no reference", "", otherReference, same, 1},
		{"id", "abc12", padded, func(was, is string) bool { return was == strings.TrimSpace(is) && is != was }, 2},
		{"word", "Success", otherCase, func(was, is string) bool { return strings.EqualFold(was, is) && is != was }, 2},
		{"letter", "D", otherCase, func(_, is string) bool { return is == "d" }, 1},
		{"no word", "", otherCase, same, 1},
		{"moment", "2026-01-31T12:00:00.1230000+01:00", otherTime, func(_, is string) bool {
			return strings.HasPrefix(is, "2026-01-31") && is != "2026-01-31T12:00:00.1230000+01:00"
		}, 5},
		{"day", "2026-01-31", otherTime, same, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			random, forms := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
			for range 200 {
				is := tc.spell(tc.text, random)
				assert.True(t, tc.same(tc.text, is), is)
				forms[is] = true
			}
			assert.Len(t, forms, tc.forms, "%v", forms)
		})
	}
}

func TestDatesInOtherForms(t *testing.T) {
	random, seen := rand.New(rand.NewPCG(1, 2)), map[string]bool{}
	for range 200 {
		seen[otherTime("2026-01-31T12:00:00+01:00", random)] = true
	}
	assert.Equal(t, map[string]bool{
		"2026-01-31T12:00:00+0100": true, "2026-01-31T12:00:00": true, "2026-01-31 11:00:00 UTC": true,
		"2026-01-31T12:00:00.000000+01:00": true, "2026-01-31T12:00:00.0+01:00": true,
	}, seen)
}

func TestCheckDigits(t *testing.T) {
	for digits, want := range map[string]string{"7992739871": "3", "8914800000000000000": checkDigit("8914800000000000000"), "0": "0", "18": "2"} {
		assert.Equal(t, want, checkDigit(digits), digits)
	}
	assert.True(t, checked("79927398713"))
	assert.False(t, checked("79927398714"))
}

// listing is a carrier with some fields.
var listing = &Carrier{Answers: Answers{Fields: map[string]Field{"status": FieldWord, "createdAt": FieldTime, "reference": FieldReference}}}

func TestSpellingsLeaveTheirInputAlone(t *testing.T) {
	body := []Object{{"createdAt": time.Now(), "status": "DONE"}}
	m := newMessage(listing, KindLookUp, 200, body)
	spelledOtherwise(m, rand.New(rand.NewPCG(1, 2)))
	assert.Equal(t, "DONE", body[0]["status"])
	assert.True(t, slices.Contains([]any{"done", "Done"}, m.body.([]any)[0].(map[string]any)["status"]))
}

func TestOnlyDigitsBecomeNumbers(t *testing.T) {
	asNumber := func(text string) any {
		m := newMessage(listing, KindLookUp, 200, Object{"reference": text})
		numbersForText(m, rand.New(rand.NewPCG(1, 2)))
		return m.body.(map[string]any)["reference"]
	}
	assert.Equal(t, "CARD-1", asNumber("CARD-1"))
	assert.Equal(t, json.Number("0"), asNumber("000"))
	assert.Equal(t, json.Number("12"), asNumber("0012"))
}
