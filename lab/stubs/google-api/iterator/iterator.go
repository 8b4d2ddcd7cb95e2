// Package iterator stands for the end of a list that a Google client reads.
package iterator

import "errors"

// Done is the end of a list.
var Done = errors.New("no more items in iterator")
