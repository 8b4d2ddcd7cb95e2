// Package identifiers compares what names things at carriers, by meaning and not by spelling: SIM cards (ICCID), phone
// numbers (MSISDN, GPSI), references, ids that are numbers, and dates. Carriers, gateways and people write one thing in
// several ways; taking another spelling for another thing is how a request is sent twice, and how a change that is in
// effect is called missing.
//
// Every comparison has four answers, because "not equal" is not yet "different": see [Match]. Nothing in this package
// refuses an identifier for being unusual, and nothing in it has side effects: all of it can be used in workflow code.
//
// Each rule names its source: ITU-T E.118 (ICCID), ITU-T E.164 (phone numbers), 3GPP TS 29.571 (GPSI), RFC 3339 (dates),
// or "ours" where nothing is documented.
package identifiers

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Match is what a comparison of two identifiers says. All comparisons are symmetric.
type Match string

// The answers of a comparison.
const (
	// Equal: two spellings of one thing, by a rule that this package names.
	Equal Match = "equal"
	// Different: two things.
	Different Match = "different"
	// Near: it looks like one thing that lost something on its way (leading zeros, upper case, the digits that a
	// floating-point number cannot hold). No rule allows to call it equal, and nobody may conclude from it that the
	// thing is absent.
	Near Match = "near"
	// Incomparable: one side is empty, masked, or not of the form. Nothing follows from it.
	Incomparable Match = "incomparable"
)

// Sure reports whether the comparison decides: equal or different. Near and incomparable mean that nobody can tell.
func (m Match) Sure() bool { return m == Equal || m == Different }

// CompareID compares two ids that a carrier gave, such as the id of a device, which are often numbers. Surrounding
// blanks do not count, and a whole number is one number however it is written ([Whole]). Ids that differ by leading zeros
// or case, or by rounding, are near. (ours)
func CompareID(a, b string) Match {
	a, b = Trim(a), Trim(b)
	switch {
	case a == "" || b == "" || masked(a) || masked(b):
		return Incomparable
	case plainNumber(a) == plainNumber(b):
		return Equal
	}
	return nearOrDifferent(a, b)
}

// CompareReference compares a reference that was sent with one that was read. Only identical ones are equal. Those that
// differ by leading zeros, case, blanks or by being a number at one side and text at the other (1.2345e+14, 12345.0) are
// near. (ours: no carrier says what becomes of a reference on its way)
func CompareReference(a, b string) Match {
	switch {
	case Trim(a) == "" || Trim(b) == "" || masked(a) || masked(b):
		return Incomparable
	case a == b:
		return Equal
	}
	return nearOrDifferent(a, b)
}

func nearOrDifferent(a, b string) Match {
	a, b = folded(a), folded(b)
	if a == b || rounded(a, b) {
		return Near
	}
	return Different
}

// folded takes away what gets lost when an identifier passes through a number, a database column or a form.
func folded(s string) string {
	return strings.TrimLeft(plainNumber(strings.ToLower(without(s, blank))), "0")
}

// mostDigits bounds what an exponent can make of a number; the longest identifier (an EID) has 32 digits.
const mostDigits = 64

var decimal = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$`)

// Whole writes a whole decimal number without fraction and exponent: 55001.0 and 5.5001e4 are 55001. It goes digit by
// digit, never through a floating-point number. Digits alone stay as they are, with their leading zeros. ok is false for
// what is no number, no whole one, or longer than 64 digits. (RFC 8259 section 6: the grammar of JSON numbers)
func Whole(number string) (digits string, ok bool) {
	m := decimal.FindStringSubmatch(number)
	if m == nil {
		return "", false
	}
	sign, before, after, exponent := m[1], m[2], m[3], m[4]
	if after == "" && exponent == "" {
		return number, true
	}
	shift, _ := strconv.Atoi(exponent) // no exponent is 0; three digits always fit
	digits = strings.TrimLeft(before+after, "0")
	point := len(digits) - len(after) + shift // how many of the digits stand before the point
	switch {
	case digits == "":
		return "0", true
	case point <= 0 || point > mostDigits:
		return "", false
	case point > len(digits):
		digits += strings.Repeat("0", point-len(digits))
	}
	if strings.Trim(digits[point:], "0") != "" {
		return "", false
	}
	return sign + digits[:point], true
}

func plainNumber(s string) string {
	if digits, ok := Whole(s); ok {
		return digits
	}
	return s
}

// floatDigits is how many significant digits every floating-point number keeps (IEEE 754 binary64).
const floatDigits = 15

// rounded reports whether one of two numbers is what is left of the other after it passed through a floating-point
// number or a spreadsheet: as long, equal as such a number, and zeros where the other has digits.
func rounded(a, b string) bool {
	if len(a) != len(b) || len(a) <= floatDigits || !isDigits(a) || !isDigits(b) {
		return false
	}
	return roundedTo(a, b) || roundedTo(b, a)
}

func roundedTo(number, round string) bool {
	if strings.Trim(round[floatDigits:], "0") == "" && number[:floatDigits] == round[:floatDigits] {
		return true // cut off after 15 digits
	}
	float, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return false
	}
	for _, precision := range []int{-1, floatDigits - 1} { // as few digits as give the number again, or 15
		written, ok := Whole(strconv.FormatFloat(float, 'e', precision, 64))
		if ok && written == round {
			return true
		}
	}
	return false
}

// Trim takes away blanks around a text, those included that cannot be seen.
func Trim(s string) string { return strings.TrimFunc(s, blank) }

func blank(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff': // zero width
		return true
	}
	return unicode.IsSpace(r)
}

func dash(r rune) bool { return r == '\u00ad' || r == '\u2212' || unicode.Is(unicode.Pd, r) }

func without(s string, drop func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if drop(r) {
			return -1
		}
		return r
	}, s)
}

// masked reports whether a character stands in place of a hidden one. An x may be a letter here.
func masked(s string) bool { return strings.ContainsAny(s, "#*•…") }

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
