// Package option stands for the settings of a Google client. The archive in Google Cloud, which uses it, is off in the lab.
package option

import "golang.org/x/oauth2"

// ClientOption is a setting, which has no effect.
type ClientOption struct{}

// WithTokenSource has no effect.
func WithTokenSource(oauth2.TokenSource) ClientOption { return ClientOption{} }
