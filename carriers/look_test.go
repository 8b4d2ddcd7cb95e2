package carriers

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWithEffect(t *testing.T) {
	said, line := Outcome{State: Done, Status: "DONE"}, &Line{Status: "Active"}
	refused := &Error{Class: Rejected, HTTPStatus: 403, Message: "no"}
	with := func(change func(*Outcome)) Outcome { o := said; change(&o); return o }
	for name, c := range map[string]struct {
		in     Inquiry
		needed bool
		err    error
		asked  int
		want   Outcome
	}{
		"not needed":                {Inquiry{}, false, nil, 0, said},
		"confirming is not needing": {Inquiry{Confirm: true}, false, nil, 0, said},
		"it is needed":              {Inquiry{}, true, nil, 1, with(func(o *Outcome) { o.Effect, o.Line = Missing, line })},
		"a single check":            {Inquiry{Once: true}, false, nil, 1, with(func(o *Outcome) { o.Effect, o.Line = Missing, line })},
		"the read fails":            {Inquiry{}, true, io.EOF, 1, with(func(o *Outcome) { o.NotReadable = "EOF" })},
		"the read is refused":       {Inquiry{Once: true}, false, refused, 1, with(func(o *Outcome) { o.NotReadable, o.Effect = refused.Error(), Incomparable })},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			got := WithEffect(c.in, said, c.needed, func() (Effect, *Line, error) { asked++; return Missing, line, c.err })
			assert.Equal(t, c.want, got)
			assert.Equal(t, c.asked, asked)
		})
	}
}

// Only a refusal of the read by the carrier itself is permanent.
func TestRefusedForGood(t *testing.T) {
	for status := range 600 {
		want := status >= 400 && status < 500 && status != 401 && status != 408 && status != 429
		err := error(&Error{HTTPStatus: status})
		assert.Equal(t, want, RefusedForGood(err), status)
		assert.Equal(t, want, RefusedForGood(fmt.Errorf("reading: %w", err)), status)
	}
	for _, err := range []error{nil, io.EOF, errors.New("HTTP 403"), &Error{Class: Rejected}, &Error{Class: Unreachable, Err: io.EOF}} {
		assert.False(t, RefusedForGood(err), "%v", err)
	}
}

func TestWhatFollowsFromALineThatIsNotShown(t *testing.T) {
	assert.Equal(t, Missing, EffectNotShown(true))
	assert.Equal(t, Incomparable, EffectNotShown(false))
}

// An unknown status is for the operators; after an acknowledgement that is lost, or says nothing, the operation waits.
func TestUndecided(t *testing.T) {
	for outcome, want := range map[Outcome]State{
		{}: Pending, {State: Unknown}: Pending, {State: Unknown, Status: "Parked"}: Unknown, {State: Pending, Status: "BUSY"}: Pending,
		{State: Done, Status: "DONE"}: Pending, {Status: "Parked"}: Pending,
	} {
		assert.Equal(t, want, Acknowledgement{Outcome: outcome}.Undecided(), "%+v", outcome)
	}
}
