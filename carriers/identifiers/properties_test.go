package identifiers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// untidy draws what carriers, gateways and people write: identifiers, parts of them, and other texts.
func untidy() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`(\+|00|0|msisdn-|tel:)?[0-9 .()-]{0,22}[Ff]?`),
		rapid.StringMatching(`0{0,3}[1-9][0-9]{0,3}(\.0)?(e[0-9])?`),
		rapid.StringMatching(`[1-9][0-9]{14}[0-9]{0,2}0{0,4}`),
		rapid.StringMatching(`[A-Za-z0-9._-]{1,36}`),
		rapid.StringMatching(`[0-9#*xX]{8,20}`),
		rapid.SampledFrom([]string{
			"", " ", "893144040000000001", "8931440400000000016", "89314404000000000167", "893144040000000000", "0612345678", "612345678",
			"+31612345678", "5550100123", "15550100123", "2024-03-15", "2024-03-15T12:00:00", "2024-03-15T12:00:00Z", "2024-03-15T12:00:00+0100",
		}),
		rapid.String(),
	)
}

func TestComparisonsAreSymmetric(t *testing.T) {
	compare := map[string]func(a, b string) Match{"ICCID": CompareICCID, "reference": CompareReference, "id": CompareID}
	for _, code := range []string{"", NorthAmerica, Netherlands, Spain} {
		compare["phone "+code] = func(a, b string) Match { return ComparePhone(a, b, code) }
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := untidy().Draw(t, "a"), untidy().Draw(t, "b")
		for name, compare := range compare {
			if ab, ba := compare(a, b), compare(b, a); ab != ba {
				t.Fatalf("%s: %q and %q are %s, the other way round %s", name, a, b, ab, ba)
			}
			if same := compare(a, a); same != Equal && same != Incomparable {
				t.Fatalf("%s: %q is %s to itself", name, a, same)
			}
		}
	})
}

func TestNormalisingTwiceChangesNothing(t *testing.T) {
	normalise := map[string]func(string) (string, bool){"ICCID": ICCID, "parsed ICCID": ParseICCID, "whole number": Whole}
	for _, code := range []string{NorthAmerica, Netherlands, Spain} {
		normalise["phone "+code] = func(s string) (string, bool) { // the plus sign keeps a foreign number from being taken for a national one
			digits, ok := Phone(s, code)
			return "+" + digits, ok
		}
		normalise["national phone "+code] = func(s string) (string, bool) { return NationalPhone(s, code) }
	}
	rapid.Check(t, func(t *rapid.T) {
		text := untidy().Draw(t, "text")
		for name, normalise := range normalise {
			if once, ok := normalise(text); ok {
				if twice, ok := normalise(once); !ok || twice != once {
					t.Fatalf("%s: %q became %q, then %q (%t)", name, text, once, twice, ok)
				}
			}
		}
	})
}

// grouped writes digits in groups.
func grouped(t *rapid.T, digits, label string) string {
	size := rapid.IntRange(1, len(digits)).Draw(t, label+" group")
	var groups []string
	for group := range slices.Chunk([]byte(digits), size) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, rapid.SampledFrom([]string{"", " ", "-", "\u00a0", " - "}).Draw(t, label+" between"))
}

func TestEverySpellingOfOneICCIDIsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.StringMatching(`89[0-9]{16,17}`).Draw(t, "payload")
		spell := func(label string) string {
			digits := payload
			if len(payload) == 19 || rapid.Bool().Draw(t, label+" with check digit") {
				digits += rapid.SampledFrom([]string{"", string(CheckDigit(payload))}).Draw(t, label+" check digit")
			}
			written := grouped(t, digits, label)
			if len(digits) == 19 {
				written += rapid.SampledFrom([]string{"", "F", "f", " F"}).Draw(t, label+" filler")
			}
			return rapid.SampledFrom([]string{"", " ", "\ufeff"}).Draw(t, label+" before") + written
		}
		a, b := spell("a"), spell("b")
		if got := CompareICCID(a, b); got != Equal {
			t.Fatalf("%q and %q are %s", a, b, got)
		}
	})
}

func TestEverySpellingOfOneNumberIsEqual(t *testing.T) {
	countries := map[string]*rapid.Generator[string]{
		NorthAmerica: rapid.StringMatching(`[2-9][0-9]{9}`),
		Netherlands:  rapid.StringMatching(`[1-9][0-9]{8}|97[0-9]{9}`),
		Spain:        rapid.StringMatching(`[5-9][0-9]{8}|59[0-9]{11}`),
	}
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{NorthAmerica, Netherlands, Spain}).Draw(t, "country")
		national := countries[code].Draw(t, "national")
		trunk := plans[code].trunk
		spell := func(label string) string {
			return rapid.SampledFrom([]string{"+" + code, "00" + code, code, "msisdn-" + code, "tel:+" + code, trunk, "+" + code + "(" + trunk + ")"}).Draw(t, label+" front") +
				grouped(t, national, label)
		}
		a, b := spell("a"), spell("b")
		if got := ComparePhone(a, b, code); got != Equal {
			t.Fatalf("%q and %q are %s", a, b, got)
		}
		international, ok := Phone(a, code)
		if !ok || international != code+national {
			t.Fatalf("%q became %q", a, international)
		}
		if back, ok := NationalPhone(a, code); !ok || back != trunk+national {
			t.Fatalf("%q became %q", a, back)
		}
	})
}

// A comparison never says Different when one identifier is the other after it was converted to a number.
func TestAnIdentifierConvertedToANumberIsNeverDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reference := rapid.StringMatching(`0{0,4}[1-9][0-9]{0,11}`).Draw(t, "reference")
		read := strings.TrimLeft(reference, "0") + rapid.SampledFrom([]string{"", ".0", "e0", ".00e0"}).Draw(t, "form")
		if got := CompareReference(reference, read); got != Near && reference != read {
			t.Fatalf("%q and %q are %s", reference, read, got)
		}
		if got := ComparePhone("0"+strings.TrimLeft(reference, "0"), read, Netherlands); got == Different && len(reference) >= 5 && !strings.Contains(read, "e") {
			t.Fatalf("0%q and %q are %s", reference, read, got)
		}
	})
}

// The order of times is transitive.
func TestTheOrderOfTimesIsTransitive(t *testing.T) {
	form := rapid.SampledFrom([]string{time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05 UTC", time.DateOnly, time.DateTime, "02/01/2006"})
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) string {
			at := time.Unix(rapid.Int64Range(1_700_000_000, 1_700_200_000).Draw(t, label), 0).UTC()
			return at.Format(form.Draw(t, label+" form"))
		}
		a, b, c := draw("a"), draw("b"), draw("c")
		if CompareTimes(a, b) == Before && CompareTimes(b, c) == Before && CompareTimes(a, c) != Before {
			t.Fatalf("%s, %s, %s", a, b, c)
		}
	})
}
