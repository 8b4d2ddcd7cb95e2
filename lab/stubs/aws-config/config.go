// Package config stands for reading the settings of AWS from the environment and from files.
package config

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// EnvConfig is the settings in the environment.
type EnvConfig struct{ Credentials aws.Credentials }

// NewEnvConfig returns an error.
func NewEnvConfig() (EnvConfig, error) { return EnvConfig{}, aws.ErrStub }

// LoadOptionsFunc is a setting, which has no effect.
type LoadOptionsFunc func()

// WithRegion has no effect.
func WithRegion(string) LoadOptionsFunc { return nil }

// WithClientLogMode has no effect.
func WithClientLogMode(aws.ClientLogMode) LoadOptionsFunc { return nil }

// LoadDefaultConfig returns an error.
func LoadDefaultConfig(context.Context, ...LoadOptionsFunc) (aws.Config, error) {
	return aws.Config{}, aws.ErrStub
}
