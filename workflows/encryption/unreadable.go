package encryption

import "errors"

// UnreadableType is the type of the failure of an activity whose input its worker cannot decrypt. The activity has done nothing. Another
// worker can do it.
const UnreadableType = "PayloadUnreadable"

// UnreadableError tells that a payload cannot be decrypted. In a workflow it fails the workflow task and never the run: the task is
// tried again until a worker with the right keys takes it. A worker of your own with workflows needs [Interceptor] as well.
type UnreadableError struct {
	// KeyID is the key that the payload was encrypted with; 0 when the payload does not name one.
	KeyID uint32
	text  string
}

// Error names the key and says what to do.
func (e *UnreadableError) Error() string { return e.text }

// unreadable finds an UnreadableError in an error.
func unreadable(err error) (*UnreadableError, bool) { return errors.AsType[*UnreadableError](err) }

// lacksKey begins the text of an error about a key that a program does not have.
const lacksKey = "a payload is encrypted with key "
