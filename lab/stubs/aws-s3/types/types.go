// Package types stands for the answers of S3.
package types

// Object is an object of a bucket.
type Object struct{ Key *string }

// CommonPrefix is what objects of a bucket begin with.
type CommonPrefix struct{ Prefix *string }

// NoSuchBucket is the answer about a bucket that does not exist.
type NoSuchBucket struct{}

// Error says what it is.
func (*NoSuchBucket) Error() string { return "no such bucket" }

// NoSuchKey is the answer about an object that does not exist.
type NoSuchKey struct{}

// Error says what it is.
func (*NoSuchKey) Error() string { return "no such key" }
