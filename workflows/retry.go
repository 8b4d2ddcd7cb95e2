package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
)

// The memo of an operation that is a retry of another one. Nothing in it is personal.
const (
	// RetryOfMemo contains the workflow id of the operation that is retried.
	RetryOfMemo = "RetryOf"
	// RetriedByMemo and RetryReasonMemo contain who retried it, and why.
	RetriedByMemo, RetryReasonMemo = "RetriedBy", "RetryReason"
)

// longestReference is the maximum length of a reference.
const longestReference = 36

// generation is the suffix of a retry's reference.
var generation = regexp.MustCompile(`^(.+)-r([1-9][0-9]{0,5})$`)

// RetryReferences are the references for a retry of an operation. The second is for when an unrelated operation has the
// first: "order-17" becomes "order-17-r1", and that "order-17-r2". They depend on the old reference alone, so Temporal
// refuses a second retry of the same operation, and nothing is sent twice.
func RetryReferences(reference string) []string {
	stem, suffix := reference, "-r1"
	if found := generation.FindStringSubmatch(reference); found != nil {
		number, _ := strconv.Atoi(found[2]) // a few digits
		stem, suffix = found[1], "-r"+strconv.Itoa(number+1)
	}
	sum := sha256.Sum256([]byte(reference))
	mark := "-" + hex.EncodeToString(sum[:4])
	marked := stem[:min(len(stem), longestReference-len(mark)-len(suffix))] + mark + suffix
	if plain := stem + suffix; len(plain) <= longestReference {
		return []string{plain, marked}
	}
	return []string{marked}
}
