package identifiers

import "strings"

const (
	// An ICCID has up to 19 digits with its check digit (ITU-T E.118 section 4), and 20 where issuers use the whole file on
	// the card (ETSI TS 102 221, EF ICCID). Without its check digit, one of 19 has 18.
	shortestICCID, shortestSent, longestICCID = 18, 19, 20
)

// ParseICCID returns the digits of an ICCID: 18 to 20, where 18 are those of a 19-digit one without its check digit.
// Blanks, dashes and the filler F at the end of the card's file (ETSI TS 102 221) are removed. Neither the check digit nor
// the leading 89 is checked: many real cards of 20 digits have no valid check digit.
func ParseICCID(s string) (digits string, ok bool) {
	digits = without(s, func(r rune) bool { return blank(r) || dash(r) })
	if number, whole := Whole(digits); whole {
		digits = number
	} else if len(digits) <= longestICCID {
		digits = strings.TrimRight(digits, "Ff")
	}
	return digits, len(digits) >= shortestICCID && len(digits) <= longestICCID && isDigits(digits)
}

// ICCID returns an ICCID in the form that carriers' pages want: 19 or 20 digits (DISH SPS: ^[0-9]{19,20}$). One of 18
// digits is not completed, because it is not known whether its issuer uses the check digit of ITU-T E.118.
func ICCID(s string) (digits string, ok bool) {
	digits, ok = ParseICCID(s)
	return digits, ok && len(digits) >= shortestSent
}

// SentICCID is an ICCID as it is sent: digits alone. What is no ICCID of 19 or 20 digits stays as it is, for the carrier to refuse.
func SentICCID(typed string) string {
	if digits, ok := ICCID(typed); ok {
		return digits
	}
	return typed
}

// CompareICCID compares two ICCIDs:
//
//   - The same digits are equal (ITU-T E.118), however they are grouped and filled (ETSI TS 102 221).
//   - Two that differ by one final digit are equal when that digit is the check digit of the others: carriers show an
//     ICCID with and without it (ITU-T E.118: Luhn).
//   - Two of which one is the beginning of the other are near (ours).
//   - Two of which one is the other, rounded as a number, are near (ours).
//   - An empty or masked one, one of another length, and one with other characters than digits is incomparable.
func CompareICCID(a, b string) Match {
	a, okA := ParseICCID(a)
	b, okB := ParseICCID(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case !okA || !okB:
		return Incomparable
	case a == b, b == a+string(CheckDigit(a)):
		return Equal
	case strings.HasPrefix(b, a), rounded(a, b):
		return Near
	}
	return Different
}

// CheckDigit returns the digit that follows the given ones in an ICCID: the Luhn formula of ITU-T E.118 (ISO/IEC 7812-1).
func CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 { // every second digit, beginning with the last
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
