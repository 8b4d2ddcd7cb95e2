package carriers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// LineKey hashes a line's identifier with a secret: the first 32 hex digits of HMAC-SHA-256 over "<carrier>:<identifier>".
// A hash without a secret could be reversed, because a number has too few digits. The identifier is hashed in the form that
// is sent to the carrier, so that all its spellings have one key.
func (a Adapter) LineKey(secret, identifier string) string {
	form := identifiers.Trim(identifier)
	if a.LineForm != nil {
		form = a.LineForm(identifier)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(string(a.Carrier) + ":" + form))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// LineKeys are the keys of a line under several secrets, in their order. Empty secrets are left out. While a secret is replaced, what was
// started before is found by the key of the previous one.
func (a Adapter) LineKeys(identifier string, secrets ...string) (keys []string) {
	for _, secret := range secrets {
		if secret != "" {
			keys = append(keys, a.LineKey(secret, identifier))
		}
	}
	return keys
}
