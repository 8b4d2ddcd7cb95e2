// Package aws stands for the base of the AWS SDK. The server archives histories in S3 and signs requests to Elasticsearch with that SDK
// where it is configured; in the lab it is not.
package aws

import (
	"context"
	"errors"
)

// ErrStub is the answer to every call.
var ErrStub = errors.New("this server is built without the AWS SDK; see lab/stubs")

// ClientLogMode says what a client logs.
type ClientLogMode uint64

// Config is the settings of a client.
type Config struct{ Credentials CredentialsProvider }

// Credentials identify a caller.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// CredentialsProvider is where a client gets its credentials from.
type CredentialsProvider interface {
	Retrieve(context.Context) (Credentials, error)
}

// Retryer says which errors of a call are worth another try.
type Retryer interface{ IsErrorRetryable(error) bool }

// String is a pointer to a text.
func String(text string) *string { return &text }

// Int32 is a pointer to a number.
func Int32(number int32) *int32 { return &number }
