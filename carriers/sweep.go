package carriers

import (
	"context"
	"encoding/json"
	"time"
)

// Sweep is how the decided requests of a carrier are read from its own list, where it has one: page by page, pass after pass.
// Nothing rests on a sweep alone. An operation that is told by it still reads at the carrier before it ends, and one that a sweep
// misses is found by its own checks.
type Sweep struct {
	// Operations are the types of the operations that the list tells about.
	Operations []string
	// WholeList tells that a pass has to read the whole list, so that its cost grows with all requests there ever were, and not with
	// those that were decided. Such a sweep is off unless it is turned on.
	WholeList bool
	page      func(ctx context.Context, connection Connection, cursor json.RawMessage, now time.Time) (SweepPage, error)
}

// SweepPage is what one page of the list says, and where to go on.
type SweepPage struct {
	// Decided are the requests on the page that have a final outcome.
	Decided []Decided
	// Records is how many records the page has.
	Records int
	// Next is the cursor of the next page; nil begins anew. It is also set with an error, where that is not the cursor that was
	// given.
	Next json.RawMessage
	// Complete tells that the pass ends with this page: everything was read that was decided before the pass began.
	Complete bool
	// Why says why the pass reads more than what was decided, if it does; without personal data.
	Why string
}

// Decided is a request that the carrier has decided.
type Decided struct {
	// Reference is the operation's as the record has it, which may be a short form of it; empty where records have none.
	Reference string
	// Lines are the identifiers under which an operation may know the line: the operation is found by them when it is not found by
	// the reference. Personal.
	Lines []string
	// TransactionID is the carrier's id of the request. An operation whose request has another one ignores what is told.
	TransactionID string
	// Outcome is what the record says. Its effect is never read, and its Line is the one that the record names, nil where it names none.
	Outcome Outcome
}

// NewSweep makes a sweep from a function that reads one page. cursor is what the function has returned for the page before, and its
// zero value for the first page ever, or when it was written by another version.
func NewSweep[C Connection, S any](operations []string, page func(c C, ctx context.Context, cursor S, now time.Time) (SweepPage, S, error)) *Sweep {
	return &Sweep{Operations: operations, page: func(ctx context.Context, connection Connection, cursor json.RawMessage, now time.Time) (SweepPage, error) {
		var at S
		if json.Unmarshal(cursor, &at) != nil {
			var first S // and not one that is read in part
			at = first
		}
		c, _ := connection.(C)
		read, next, failure := page(c, ctx, at, now)
		var err error
		if read.Next, err = json.Marshal(next); err != nil {
			return SweepPage{}, err
		}
		return read, failure
	}}
}

// Page reads one page. cursor is [SweepPage.Next] of the page before, nil for the first one ever; now is the present time. Errors are
// a *carriers.Error.
func (s *Sweep) Page(ctx context.Context, connection Connection, cursor json.RawMessage, now time.Time) (SweepPage, error) {
	return s.page(ctx, connection, cursor, now)
}
