package stn

import "github.com/carrierflow/carrierflow/carriers/identifiers"

// national writes a Dutch number as sTN takes it, 0612345678 (SetServicesSubscription). What is no Dutch number stays as it
// is, for sTN to refuse.
func national(number string) string {
	if digits, ok := identifiers.NationalPhone(number, identifiers.Netherlands); ok {
		return digits
	}
	return number
}

// usable reports whether a number from an answer can be asked for. The pages show numbers with "#" in place of digits;
// whether the live service does that too is not documented.
func usable(number string) bool {
	_, ok := identifiers.NationalPhone(number, identifiers.Netherlands)
	return ok
}
