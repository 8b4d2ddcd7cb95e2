// Package credentials stands for fixed credentials at AWS.
package credentials

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// StaticCredentialsProvider has no credentials.
type StaticCredentialsProvider struct{}

// NewStaticCredentialsProvider makes one that has no credentials.
func NewStaticCredentialsProvider(_, _, _ string) StaticCredentialsProvider {
	return StaticCredentialsProvider{}
}

// Retrieve returns an error.
func (StaticCredentialsProvider) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, aws.ErrStub
}
