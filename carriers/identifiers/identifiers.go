// Package identifiers compares identifiers of carriers by meaning and not by spelling: SIM cards (ICCID), phone numbers
// (MSISDN, GPSI), references, ids that are numbers, and dates. Carriers, gateways and people write the same identifier in
// several ways. If another spelling counted as another identifier, a request would be sent twice, or a change that is in
// effect would be reported as missing.
//
// Every comparison has four results, because "not equal" does not imply "different": see [Match]. Nothing in this package
// refuses an unusual identifier, and nothing has side effects, so all of it can be used in workflow code.
//
// Each rule names its source: ITU-T E.118 (ICCID), ITU-T E.164 (phone numbers), 3GPP TS 29.571 (GPSI), RFC 3339 (dates), or
// "ours" where nothing is documented.
package identifiers

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Match is the result of a comparison of two identifiers. All comparisons are symmetric.
type Match string

// The results of a comparison.
const (
	// Equal: two spellings of one identifier, by a rule that this package names.
	Equal Match = "equal"
	// Different: two identifiers.
	Different Match = "different"
	// Near: one may be the other after a part of it was lost (leading zeros, upper case, digits that a floating-point
	// number does not keep). No rule makes them equal, but nothing may be concluded to be absent.
	Near Match = "near"
	// Incomparable: one side is empty, masked, or not of the form. Nothing can be concluded.
	Incomparable Match = "incomparable"
)

// Sure reports whether the comparison is certain: Equal or Different.
func (m Match) Sure() bool { return m == Equal || m == Different }

// CompareID compares two ids that a carrier gave, such as the id of a device, which are often numbers. Blanks around them
// do not count, and a whole number has one form ([Whole]). Ids that differ by leading zeros, case or rounding are near.
// (ours)
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
// differ by leading zeros, case or blanks, or of which one was converted to a number (1.2345e+14, 12345.0), are near.
// (ours: no carrier documents what may happen to a reference)
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

// folded removes what is lost when an identifier passes through a number, a database column or a form.
func folded(s string) string {
	return strings.TrimLeft(plainNumber(strings.ToLower(without(s, blank))), "0")
}

// maxDigits bounds the length of a number with an exponent; the longest identifier (an EID) has 32 digits.
const maxDigits = 64

var decimal = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,3}))?$`)

// Whole writes a whole decimal number without fraction and exponent: 55001.0 and 5.5001e4 are 55001. It works on the
// digits, never on a floating-point number. Digits alone are kept, with their leading zeros. ok is false for what is not a
// whole number, or is longer than 64 digits. (RFC 8259 section 6: the grammar of JSON numbers)
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
	point := len(digits) - len(after) + shift // how many of the digits are before the point
	switch {
	case digits == "":
		return "0", true
	case point <= 0 || point > maxDigits:
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

// rounded reports whether one of two numbers is the other after it was rounded by a floating-point number or a spreadsheet:
// the same length, equal as floating-point numbers, and zeros where the other has digits.
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

// Trim removes blanks around a text, also invisible ones.
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

// masked reports whether a text contains a character that hides another one. An x does not count, because it may be a
// letter.
func masked(s string) bool { return strings.ContainsAny(s, "#*•…") }

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Digits is how many decimal digits a text has.
func Digits(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}
