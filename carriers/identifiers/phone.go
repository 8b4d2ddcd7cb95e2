package identifiers

import (
	"regexp"
	"strings"
)

// The country codes of the carriers (ITU-T E.164).
const (
	NorthAmerica = "1"
	Netherlands  = "31"
	Spain        = "34"
)

// plan is how a country writes its own numbers.
type plan struct {
	// trunk is the prefix before a national number inside the country.
	trunk string
	// national is what follows the country code.
	national *regexp.Regexp
}

// plans are the numbering plans of the carriers' countries.
var plans = map[string]plan{
	// North American Numbering Plan: ten digits, no 0 or 1 at the front.
	NorthAmerica: {"", regexp.MustCompile(`^[2-9][0-9]{9}$`)},
	// Dutch numbering plan: nine digits, or eleven for data-only lines (097…), behind a 0.
	Netherlands: {"0", regexp.MustCompile(`^(?:[1-9][0-9]{8}|97[0-9]{9})$`)},
	// Spanish numbering plan: nine digits, or thirteen for machines (59…).
	Spain: {"", regexp.MustCompile(`^(?:[5-9][0-9]{8}|59[0-9]{11})$`)},
}

const (
	// longestPhone is the maximum number of digits (ITU-T E.164 section 6.2.1).
	longestPhone = 15
	// shortestPhone is the minimum number of digits of a GPSI (3GPP TS 29.571: msisdn-[0-9]{5,15}).
	shortestPhone = 5
	// bareInternational is the minimum number of digits with which a number without a prefix counts as international (DISH
	// SPS: gpsi ^[0-9]{11,15}$).
	bareInternational = 11
)

// Phone returns a phone number as international digits, country code first and without a plus sign. A number without a
// country code is taken for one of the given country, if it is written as that country writes them. ok is false for what
// cannot be placed: too short, masked, a national number that lost its leading zero, or no number at all. Read are:
//
//   - +31612345678, 0031612345678, tel:+31612345678 (ITU-T E.164, E.123, RFC 3966)
//   - msisdn-31612345678 (3GPP TS 29.571, Gpsi)
//   - 31612345678: the country code without a prefix, as DISH documents it
//   - 0612345678, (555) 010-0123: the national form of [Netherlands], [NorthAmerica] and [Spain]
//   - +31(0)612345678: the national zero behind the country code (ours)
//
// Blanks, dashes, dots, slashes and parentheses do not count. Whoever reads the digits again puts a plus sign before them:
// a short number of another country may look like a national one.
func Phone(s, countryCode string) (digits string, ok bool) {
	n := parsePhone(s, countryCode)
	return n.digits, n.placed
}

// NationalPhone returns a phone number in the national form of the country: 0612345678 for +31612345678. ok is false for
// numbers of other countries and for what [Phone] cannot assign to a country.
func NationalPhone(s, countryCode string) (digits string, ok bool) {
	n := parsePhone(s, countryCode)
	national, inside := strings.CutPrefix(n.digits, countryCode)
	p, known := plans[countryCode]
	if !n.placed || !inside || !known || !p.national.MatchString(national) {
		return "", false
	}
	return p.trunk + national, true
}

// ComparePhone compares two phone numbers; those without a country code are numbers of the given country.
//
//   - Numbers that are the same international number are equal (ITU-T E.164).
//   - A number whose country is not known is near to one with the same end: 612345678 may be 0612345678 after it was
//     converted to a number, or not (ours).
//   - An empty or masked one, or what is not a number, is incomparable.
func ComparePhone(a, b, countryCode string) Match {
	x, y := parsePhone(a, countryCode), parsePhone(b, countryCode)
	switch {
	case x.digits == "" || y.digits == "":
		return Incomparable
	case x.digits == y.digits && x.placed == y.placed:
		return Equal
	case x.placed && y.placed:
		return Different
	case endsLike(x.written, y.written):
		return Near
	}
	return Different
}

// endsLike reports whether one number is the end of the other, without leading zeros.
func endsLike(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return strings.HasSuffix(a, b) || strings.HasSuffix(b, a)
}

// phone is a number as far as it could be parsed.
type phone struct {
	// digits are international when the number is placed, else as they were written; empty for what is no number.
	digits string
	// placed tells that the country is known.
	placed bool
	// written are the digits as they were written.
	written string
}

func parsePhone(s, countryCode string) phone {
	s, marked := Trim(s), false
	for _, scheme := range []string{"msisdn-", "tel:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s, marked = Trim(s[len(scheme):]), scheme == "msisdn-"
			break
		}
	}
	if strings.HasSuffix(s, ".0") || strings.ContainsAny(s, "eE") { // written as a floating-point number
		s = plainNumber(s)
	}
	s = without(s, func(r rune) bool { return blank(r) || dash(r) || strings.ContainsRune("./()", r) })
	for _, prefix := range []string{"+", "00"} {
		if rest, found := strings.CutPrefix(s, prefix); found {
			s, marked = rest, true
			break
		}
	}
	if !isDigits(s) || strings.Trim(s, "0") == "" || len(s) > longestPhone+1 { // +31(0)… has one more
		return phone{}
	}
	n := place(s, marked && s[0] != '0', countryCode)
	n.written = s
	return n
}

// place finds the country of a number.
func place(digits string, marked bool, countryCode string) phone {
	p, known := plans[countryCode]
	if known {
		for _, front := range []string{countryCode, countryCode + p.trunk} {
			if national, found := strings.CutPrefix(digits, front); found && p.national.MatchString(national) {
				return phone{digits: countryCode + national, placed: true}
			}
		}
		if national, found := strings.CutPrefix(digits, p.trunk); found && !marked && p.national.MatchString(national) {
			return phone{digits: countryCode + national, placed: true}
		}
	}
	lostTrunk := known && p.national.MatchString(digits) // a number with a prefix has lost nothing
	bare := known && !lostTrunk && digits[0] != '0' && len(digits) >= bareInternational
	switch {
	case len(digits) > longestPhone:
		return phone{}
	case (marked || bare) && len(digits) >= shortestPhone:
		return phone{digits: digits, placed: true}
	}
	return phone{digits: digits}
}
