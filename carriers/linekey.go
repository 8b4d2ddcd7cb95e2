package carriers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// LineKey hashes a line's identifier with a secret: the first 32 hex digits of HMAC-SHA-256 over "<carrier>:<identifier>".
// A number has too few digits for a hash without a secret to hide it.
func LineKey(secret string, c Carrier, identifier string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(string(c) + ":" + identifier))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
