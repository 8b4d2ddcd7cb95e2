// Package storage stands for the client of Google Cloud Storage. The server archives histories with it where that is configured; in the
// lab it is not, so nothing here is called.
package storage

import (
	"context"
	"errors"

	"google.golang.org/api/option"
)

var errStub = errors.New("this server is built without the client of Google Cloud Storage; see lab/stubs")

// ScopeFullControl is a permission.
const ScopeFullControl = "https://www.googleapis.com/auth/devstorage.full_control"

// The types of the client. None can be had, because there is no client.
type (
	Client         struct{}
	BucketHandle   struct{}
	ObjectHandle   struct{}
	ObjectIterator struct{}
	Writer         struct{}
	Reader         struct{}
	BucketAttrs    struct{}
	ObjectAttrs    struct{ Name string }
	Query          struct{ Prefix string }
)

// NewClient returns an error.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errStub }

func (*Client) Bucket(string) *BucketHandle { return nil }

func (*BucketHandle) Object(string) *ObjectHandle                     { return nil }
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return nil }
func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error)     { return nil, errStub }

func (*ObjectHandle) NewWriter(context.Context) *Writer           { return nil }
func (*ObjectHandle) NewReader(context.Context) (*Reader, error)  { return nil, errStub }
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error) { return nil, errStub }
func (*ObjectIterator) Next() (*ObjectAttrs, error)               { return nil, errStub }
func (*Writer) Write([]byte) (int, error)                         { return 0, errStub }
func (*Writer) Close() error                                      { return errStub }
func (*Writer) CloseWithError(error) error                        { return errStub }
func (*Reader) Read([]byte) (int, error)                          { return 0, errStub }
func (*Reader) Close() error                                      { return errStub }
