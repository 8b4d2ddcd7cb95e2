package operators

import (
	"errors"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// Readable returns the error of reading an error's details, unless the worker lacks the key that they are encrypted with. Then it fails the
// workflow task, which another worker takes: with its details left out, an attempt that may have sent would look like one that has not.
func Readable(err error) error {
	if _, lacksKey := errors.AsType[*encryption.UnreadableError](err); lacksKey {
		panic(err)
	}
	return err
}
