package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
)

// The memo of an operation that starts another one anew. Nothing in it is personal.
const (
	// RetryOfMemo holds the workflow id of the operation that was started anew.
	RetryOfMemo = "RetryOf"
	// RetriedByMemo and RetryReasonMemo hold who did it, and why.
	RetriedByMemo, RetryReasonMemo = "RetriedBy", "RetryReason"
)

// longestReference is the most characters a reference has.
const longestReference = 36

// generation is the end of a reference that starts another one anew.
var generation = regexp.MustCompile(`^(.+)-r([1-9][0-9]{0,5})$`)

// RetryReferences are the references under which an operation is started anew, the first of them unless an operation that
// has nothing to do with it has that one: "order-17" becomes "order-17-r1", and that "order-17-r2". They follow from the
// old reference alone. Whoever starts the same operation anew a second time is therefore refused by Temporal, and nothing
// is sent twice.
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
