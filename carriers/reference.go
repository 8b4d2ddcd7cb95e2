package carriers

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

// ReferencePattern is the form of a caller's reference. Of the ids that carriers take from us unchanged, 36 characters are the
// shortest limit.
const ReferencePattern = `^[A-Za-z0-9._-]{1,36}$`

var reference = regexp.MustCompile(ReferencePattern)

// ValidReference reports whether s can be a reference.
func ValidReference(s string) bool { return reference.MatchString(s) }

// ShortReference returns the form of a reference that fits into max characters: the reference itself when it fits, else the
// first max characters of the lower-case base32 of its SHA-256. It depends on its arguments alone, so every attempt sends
// the same one. At 15 characters it has 75 bits.
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

// CorrelationID returns the UUID of an operation for the X-Correlation-Id header. It is the same on every call of that
// operation.
func CorrelationID(c Carrier, ref string) string {
	return uuid.NewSHA1(correlationSpace, []byte(string(c)+":"+ref)).String()
}
