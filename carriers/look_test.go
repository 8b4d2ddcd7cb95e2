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

// After a sweep one read is enough, if it shows the change. Nothing less is.
func TestShownAfterSweep(t *testing.T) {
	told, line := Outcome{State: Done, Status: "DONE", Line: &Line{Number: "0612345678"}}, &Line{Status: "Active"}
	failed, unnamed := told, told
	failed.State, unnamed.Line = Failed, nil
	for name, c := range map[string]struct {
		in     Inquiry
		effect Effect
		err    error
		asked  int
		ok     bool
	}{
		"shown":                        {Inquiry{Told: told, Confirm: true}, Shown, nil, 1, true},
		"not shown":                    {Inquiry{Told: told, Confirm: true}, Missing, nil, 1, false},
		"not comparable":               {Inquiry{Told: told, Confirm: true}, Incomparable, nil, 1, false},
		"the read fails":               {Inquiry{Told: told, Confirm: true}, Shown, io.EOF, 1, false},
		"the read is refused":          {Inquiry{Told: told, Confirm: true}, Shown, &Error{Class: Rejected, HTTPStatus: 403}, 1, false},
		"a failure":                    {Inquiry{Told: failed, Confirm: true}, Shown, nil, 0, false},
		"a callback":                   {Inquiry{Told: unnamed, Confirm: true}, Shown, nil, 0, false},
		"nobody has told":              {Inquiry{Confirm: true}, Shown, nil, 0, false},
		"no confirmation is asked for": {Inquiry{Told: told}, Shown, nil, 0, false},
		"a single check":               {Inquiry{Told: told, Confirm: true, Once: true}, Shown, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			got, ok, err := ShownAfterSweep(c.in, func(named Line) (Effect, *Line, error) {
				asked++
				assert.Equal(t, *told.Line, named)
				return c.effect, line, c.err
			})
			assert.Equal(t, []any{c.asked, c.ok, errors.Is(c.err, io.EOF)}, []any{asked, ok, err != nil})
			if ok {
				assert.Equal(t, Outcome{State: Done, Status: "DONE", Effect: Shown, Line: line}, got)
			}
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
