package dish

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// The pages want digits only: ^[0-9]{19,20}$ for an iccid, ^[0-9]{11,15}$ for a gpsi (SPS v5). People paste other spellings, so
// the schema accepts those that can be written as the pages want them, and the client sends them so.
const (
	// iccidPattern is 19 or 20 digits, in groups, with the filler F in place of the twentieth (ETSI TS 102 221).
	iccidPattern = `^` + between + `[0-9](?:` + between + `[0-9]){18}(?:` + between + `[0-9Ff])?` + between + `$`
	// gpsiPattern is what the page wants, or a number that begins with its country code, behind +, 00 or the msisdn- of 3GPP TS
	// 29.571, in groups.
	gpsiPattern = `^(?:[0-9]{11,15}|\s*(?:msisdn-|MSISDN-)?` + grouped + `(?:\+|00)?` + grouped + `[1-9](?:` + grouped + `[0-9]){10,14}` + grouped + `)$`

	between = "[\\s\u00a0\u2010-\u2015-]*"
	grouped = "[\\s\u00a0\u2010-\u2015()-]*"

	// shortestGPSI and longestGPSI are documented.
	shortestGPSI, longestGPSI = 11, 15
)

// Spellings say in words what the patterns of identifiers accept: as a pattern it helps nobody who has to correct an input.
var Spellings = map[string]string{
	iccidPattern: "must be an ICCID of 19 or 20 digits",
	gpsiPattern:  "must be a phone number with its country code, of 11 to 15 digits",
}

// acceptSpellings loosens the schema of a request to what can be written as the pages want it.
func acceptSpellings(s *jsonschema.Schema) {
	for name, pattern := range map[string]string{"iccid": iccidPattern, "gpsi": gpsiPattern} {
		if property, ok := s.Properties.Get(name); ok {
			property.Pattern = pattern
		}
	}
}

// sentICCID and sentGPSI write an identifier as the pages want it. What cannot be written so stays as it is; the schema has
// refused it.
func sentICCID(typed string) string {
	if digits, ok := identifiers.ICCID(typed); ok {
		return digits
	}
	return typed
}

func sentGPSI(typed string) string {
	digits, ok := identifiers.Phone(typed, identifiers.NorthAmerica)
	if ok && len(digits) >= shortestGPSI && len(digits) <= longestGPSI {
		return digits
	}
	return typed
}
