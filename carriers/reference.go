package carriers

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// ReferencePattern is what a caller's reference looks like. 36 characters are what DISH allows for a
// partnerTransactionId (SPS - Subscriptions v5: 1..36 characters), which is the tightest limit a reference must fit
// without being changed.
const ReferencePattern = `^[A-Za-z0-9._-]{1,36}$`

var reference = regexp.MustCompile(ReferencePattern)

// ValidReference reports whether s can be a reference.
func ValidReference(s string) bool { return reference.MatchString(s) }

// ShortReference returns the form of a reference that fits into max characters: the reference itself when it fits,
// else the first max characters of the lower-case base32 of its SHA-256. It is a pure function of its arguments, so
// every attempt sends the same one. At 15 characters it has 75 bits.
func ShortReference(ref string, max int) string {
	if len(ref) <= max {
		return ref
	}
	sum := sha256.Sum256([]byte(ref))
	short := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:]))
	return short[:max]
}

// correlationSpace is the UUID namespace of carrierflow's correlation ids.
var correlationSpace = uuid.MustParse("9b2c3c62-6a1b-4c35-9a5e-2a1e8c1f7d90")

// CorrelationID returns the UUID that stands for one operation in the X-Correlation-Id header, the same one on every
// call of that operation.
func CorrelationID(c Carrier, ref string) string {
	return uuid.NewSHA1(correlationSpace, []byte(string(c)+":"+ref)).String()
}
