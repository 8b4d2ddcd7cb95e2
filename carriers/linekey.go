package carriers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// LineKey hashes a line's identifier with a secret: the first 32 hex digits of HMAC-SHA-256 over "<carrier>:<identifier>".
// A number has too few digits for a hash without a secret to hide it. The identifier is hashed in the form in which it goes to
// the carrier, so that its spellings have one key.
func LineKey(secret string, c Carrier, identifier string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(string(c) + ":" + lineAsSent(c, identifier)))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// shortestGPSI is the fewest digits that DISH takes as a phone number (SPS v5: gpsi ^[0-9]{11,15}$). A shorter one is a
// subscriber id.
const shortestGPSI = 11

// lineAsSent writes an identifier as its carrier's pages want it: at DISH an ICCID as digits and a phone number as digits with
// the country code, at sTN a phone number in the national form. Whether it is one of these is told by what it looks like,
// because whoever looks for a line has nothing else. What cannot be written so stays as it is typed, without the blanks around
// it.
func lineAsSent(c Carrier, identifier string) string {
	switch c {
	case DISH:
		if digits, ok := identifiers.ICCID(identifier); ok {
			return digits
		}
		if digits, ok := identifiers.Phone(identifier, identifiers.NorthAmerica); ok && digitsIn(identifier) >= shortestGPSI {
			return digits
		}
	case STN:
		if digits, ok := identifiers.NationalPhone(identifier, identifiers.Netherlands); ok {
			return digits
		}
	}
	return identifiers.Trim(identifier)
}

func digitsIn(s string) (n int) {
	for _, digit := range "0123456789" {
		n += strings.Count(s, string(digit))
	}
	return n
}
