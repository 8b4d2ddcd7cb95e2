// Package retry stands for the rule of which calls to AWS are repeated. The server makes one when it starts, also where it calls nothing.
package retry

// Standard repeats nothing.
type Standard struct{}

// NewStandard makes a rule.
func NewStandard() *Standard { return &Standard{} }

// IsErrorRetryable is always false.
func (*Standard) IsErrorRetryable(error) bool { return false }
