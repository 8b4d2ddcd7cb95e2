package stn

import "strings"

// countryCode is that of the Netherlands.
const countryCode = "31"

// national writes a Dutch number as sTN takes it, 0612345678 (SetServicesSubscription): from +31612345678,
// 0031612345678, 31612345678, 06-12345678 or the like. What is no Dutch number stays as it is, for sTN to refuse.
func national(number string) string {
	digits := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(number)
	international := digits
	for _, prefix := range []string{"+", "00"} {
		international = strings.TrimPrefix(international, prefix)
	}
	// A national number begins with 0, so 31 at the front is the country code, with or without a prefix.
	subscriber, ok := strings.CutPrefix(international, countryCode)
	switch {
	case ok && isDigits(subscriber):
		return "0" + strings.TrimPrefix(subscriber, "0") // +31(0)6… keeps the national zero
	case isDigits(digits):
		return digits
	}
	return number
}

// usable reports whether a number from an answer can be compared or asked for. The pages show numbers with "#" in
// place of digits; whether the live service does that too is not documented.
func usable(number string) bool { return isDigits(national(number)) }

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
