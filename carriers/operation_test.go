package carriers

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// renaming is a request of a carrier that does not exist.
type renaming struct {
	Reference string `json:"reference"`
	Brand     string `json:"brand,omitempty"`
	Line      string `json:"line"`
	Name      string `json:"name,omitempty"`
	Day       int    `json:"day,omitempty"`
	Extra     Object `json:"extra,omitempty"`
	Options
}

func (renaming) Operation() string { return "acme.Rename" }

// asking is a read of it.
type asking struct {
	Reference string `json:"reference"`
	Line      string `json:"line"`
}

func (asking) Operation() string { return "acme.Ask" }

// office is its client, which records its calls.
type office struct{ calls []any }

var errOffice = errors.New("the office is closed")

// rename is a change with the required functions only.
func rename() Change[*office, renaming] {
	return Change[*office, renaming]{
		Info: Info{Title: "Rename a line", Summary: "Rename line"},
		Send: func(o *office, _ context.Context, s Submission[renaming]) (Acknowledgement, error) {
			o.calls = append(o.calls, s)
			return Acknowledgement{TransactionID: s.Reference}, errOffice
		},
		Find: func(o *office, _ context.Context, s Submission[renaming], before *Line) (Finding, error) {
			o.calls = append(o.calls, s, before)
			return FoundUnclear("closed"), errOffice
		},
		Look: func(o *office, _ context.Context, s Submission[renaming], in Inquiry) (Outcome, error) {
			o.calls = append(o.calls, s, in)
			return Outcome{State: Done}, errOffice
		},
	}
}

func ask() Read[*office, asking, Line] {
	return Read[*office, asking, Line]{
		Info: Info{Title: "Read a line", Summary: "Read line"},
		Line: func(r asking) string { return r.Line },
		Get: func(o *office, _ context.Context, reference string, r asking) (Line, error) {
			o.calls = append(o.calls, reference, r)
			return Line{Number: r.Line}, errOffice
		},
	}
}

func TestWhatAnOperationNeeds(t *testing.T) {
	for name, spoil := range map[string]func(*Change[*office, renaming]){
		"Send": func(c *Change[*office, renaming]) { c.Send = nil },
		"Find": func(c *Change[*office, renaming]) { c.Find = nil },
		"Look": func(c *Change[*office, renaming]) { c.Look = nil },
	} {
		c := rename()
		spoil(&c)
		assert.PanicsWithValue(t, "acme.Rename needs Send, Find and Look", func() { NewChange(c) }, name)
	}
	r := ask()
	r.Get = nil
	assert.PanicsWithValue(t, "acme.Ask needs Get", func() { NewRead(r) })
}

func TestWhatAnOperationSaysAboutItself(t *testing.T) {
	slow := rename()
	slow.Timings = Timings{Deadline: Duration(time.Hour)}
	timings := DefaultTimings()
	timings.Deadline = Duration(time.Hour)
	change, read := NewChange(slow), NewRead(ask())
	assert.Equal(t, Info{Type: "acme.Rename", Kind: KindChange, Title: "Rename a line", Summary: "Rename line", Timings: timings}, change.Info())
	assert.Equal(t, Info{Type: "acme.Ask", Kind: KindRead, Title: "Read a line", Summary: "Read line", Timings: DefaultTimings()}, read.Info())
	assert.Equal(t, new(renaming), change.NewRequest())
	assert.Equal(t, new(asking), read.NewRequest())
	assert.Nil(t, change.Answer())
	assert.Equal(t, reflect.TypeFor[Line](), read.Answer())
}

const request = `{"reference":"r-1","line":"15550100123","name":"Ada","extra":{"n":12345678901234567890}}`

func TestDescribe(t *testing.T) {
	now := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	described, err := NewChange(rename()).Describe([]byte(request), now)
	require.NoError(t, err)
	assert.Equal(t, Description{Summary: "Rename line", Request: []byte(request)}, described, "nothing is filled in, nothing names the line")

	full := rename()
	full.Line = func(r renaming) string { return r.Line }
	full.Summarise = func(r renaming) string {
		if r.Name == "Ada" {
			return "Rename line to a first name"
		}
		return ""
	}
	full.NotBefore = func(r renaming) time.Time { return time.Date(2024, 3, r.Day, 0, 0, 0, 0, time.UTC) }
	full.Complete = func(r renaming, now time.Time) renaming {
		if r.Day == 0 {
			r.Day = now.Day()
		}
		return r
	}
	described, err = NewChange(full).Describe([]byte(request), now)
	require.NoError(t, err)
	assert.Equal(t, []any{"15550100123", "Rename line to a first name"}, []any{described.Line, described.Summary})
	assert.JSONEq(t, `{"reference":"r-1","line":"15550100123","name":"Ada","day":15,"extra":{"n":12345678901234567890}}`, string(described.Request))
	assert.Contains(t, string(described.Request), `{"n":12345678901234567890}`, "digit by digit")
	assert.Equal(t, now.Truncate(24*time.Hour), described.NotBefore, "of the request with its defaults")
	again, err := NewChange(full).Describe(described.Request, now.AddDate(0, 0, 1))
	require.NoError(t, err)
	assert.Equal(t, described, again, "what is filled in stays")

	described, err = NewChange(full).Describe([]byte(`{"line":"1","name":"Bob"}`), now)
	require.NoError(t, err)
	assert.Equal(t, "Rename line", described.Summary, "where there is nothing particular to say")

	described, err = NewRead(ask()).Describe([]byte(`{"reference":"r-1","line":"15550100123"}`), now)
	require.NoError(t, err)
	assert.Equal(t, Description{Line: "15550100123", Summary: "Read line", Request: []byte(`{"reference":"r-1","line":"15550100123"}`)}, described)
}

// The error for a request that cannot be read repeats nothing of it.
func TestARequestThatCannotBeRead(t *testing.T) {
	full := rename()
	full.Line = func(r renaming) string { return r.Line }
	change, read := NewChange(full), NewRead(ask())
	for _, bad := range []string{
		``, `15550100123`, `"15550100123"`, `["15550100123"]`, `{"line":"15550100123"`, `{"line":15550100123}`, `{"line":"15550100123","reference":15550100123}`,
	} {
		described, err := change.Describe([]byte(bad), time.Now())
		assert.EqualError(t, err, "reading a request of acme.Rename: it does not meet its schema", bad)
		assert.Zero(t, described, "half a request is none")
		described, err = read.Describe([]byte(bad), time.Now())
		assert.EqualError(t, err, "reading a request of acme.Ask: it does not meet its schema", bad)
		assert.Zero(t, described, "half a request is none")
		_, err = change.Bind(&office{}, "r-1", time.Now(), []byte(bad))
		assert.EqualError(t, err, "reading a request of acme.Rename: it does not meet its schema", bad)
		o := &office{}
		_, err = read.Get(t.Context(), o, "r-1", []byte(bad))
		assert.EqualError(t, err, "reading a request of acme.Ask: it does not meet its schema", bad)
		assert.Empty(t, o.calls)
	}
	broken := full
	broken.Complete = func(r renaming, _ time.Time) renaming { r.Extra = Object("15550100123 is no JSON"); return r }
	described, err := NewChange(broken).Describe([]byte(request), time.Now())
	assert.EqualError(t, err, "completing a request of acme.Rename: it cannot be written as JSON")
	assert.Zero(t, described)
}

func TestAClientOfSomethingElse(t *testing.T) {
	for want, client := range map[string]any{
		"acme.Rename cannot be made with a carriers.office": office{}, "acme.Rename cannot be made with a <nil>": nil,
	} {
		bound, err := NewChange(rename()).Bind(client, "r-1", time.Now(), []byte(request))
		assert.EqualError(t, err, want)
		assert.True(t, bound == nil)
	}
	_, err := NewRead(ask()).Get(t.Context(), office{}, "r-1", []byte(request))
	assert.EqualError(t, err, "acme.Ask cannot be made with a carriers.office")
}

func TestABoundChangeCallsItsFunctions(t *testing.T) {
	started, before := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC), &Line{Status: "Active"}
	in := Inquiry{Confirm: true}
	want := Submission[renaming]{
		Reference: "r-1", StartedAt: started,
		Request: renaming{Reference: "r-1", Line: "15550100123", Name: "Ada", Extra: Object(`{"n":12345678901234567890}`)},
	}
	o := &office{}
	bound, err := NewChange(rename()).Bind(o, "r-1", started, []byte(request))
	require.NoError(t, err)
	assert.True(t, bound.CanAsk(), "always, unless it says otherwise")
	assert.False(t, bound.ReadsBefore())
	line, err := bound.Before(t.Context())
	require.NoError(t, err)
	assert.Nil(t, line)
	assert.Empty(t, bound.Precheck(before))
	assert.Empty(t, o.calls)

	ack, err := bound.Send(t.Context())
	assert.Equal(t, []any{"r-1", errOffice}, []any{ack.TransactionID, err})
	finding, err := bound.Find(t.Context(), before)
	assert.Equal(t, []any{CannotTell, errOffice}, []any{finding.Presence, err})
	outcome, err := bound.Look(t.Context(), in)
	assert.Equal(t, []any{Done, errOffice}, []any{outcome.State, err})
	assert.Equal(t, []any{want, want, before, want, in}, o.calls)

	careful := rename()
	careful.CanAsk = func(c *office, r renaming) bool { return r.Name != "Ada" || c != o }
	careful.Before = func(_ *office, _ context.Context, s Submission[renaming]) (*Line, error) {
		return &Line{Number: s.Request.Line}, errOffice
	}
	careful.Precheck = func(_ *office, r renaming, before *Line) string { return r.Name + " is " + before.Status }
	bound, err = NewChange(careful).Bind(o, "r-1", started, []byte(request))
	require.NoError(t, err)
	assert.False(t, bound.CanAsk())
	assert.True(t, bound.ReadsBefore())
	line, err = bound.Before(t.Context())
	assert.Equal(t, []any{&Line{Number: "15550100123"}, errOffice}, []any{line, err})
	assert.Equal(t, "Ada is Active", bound.Precheck(before))
	assert.Empty(t, bound.Precheck(nil), "nothing was read, so nothing is known")
}

func TestAReadReturnsItsAnswer(t *testing.T) {
	o := &office{}
	answer, err := NewRead(ask()).Get(t.Context(), o, "r-2", []byte(`{"reference":"r-1","line":"15550100123"}`))
	assert.Equal(t, []any{Line{Number: "15550100123"}, errOffice}, []any{answer, err})
	assert.Equal(t, []any{"r-2", asking{"r-1", "15550100123"}}, o.calls)
	described, err := NewRead(Read[*office, asking, Line]{Get: ask().Get}).Describe([]byte(`{"line":"1"}`), time.Now())
	require.NoError(t, err)
	assert.Empty(t, described.Line, "a read need not name a line")
}

// Our own fields are left out, and numbers keep their digits.
func TestBody(t *testing.T) {
	r := renaming{
		Reference: "r-1", Brand: "b", Line: "15550100123", Extra: Object(`{"n":12345678901234567890,"f":1.10,"e":1e400}`),
		Options: Options{Confirm: new(false), Timings: &Timings{Deadline: Duration(time.Hour)}},
	}
	whole, err := json.Marshal(r)
	require.NoError(t, err)
	for _, ours := range []string{`"reference"`, `"confirm"`, `"timings"`, `"brand"`} {
		require.Contains(t, string(whole), ours)
	}
	body, err := json.Marshal(Body(r, "brand"))
	require.NoError(t, err)
	assert.Equal(t, `{"extra":{"n":12345678901234567890,"f":1.10,"e":1e400},"line":"15550100123"}`, string(body))
	body, err = json.Marshal(Body(&r))
	require.NoError(t, err)
	assert.Contains(t, string(body), `"brand":"b"`)

	without := make([]string, 1, 8)
	without[0] = "brand"
	Body(r, without...)
	assert.Equal(t, []string{"brand", "", "", ""}, without[:4], "the caller's list is left alone")
	assert.PanicsWithValue(t, "a string cannot be written as a JSON object: json: cannot unmarshal string into Go value of type map[string]json.RawMessage",
		func() { Body("15550100123") })
}

func TestCommonOf(t *testing.T) {
	c := CommonOf([]byte(`{"reference":"r-1","line":1,"confirm":false,"timings":{"deadline":"2d"}}`))
	assert.Equal(t, []any{"r-1", false, &Timings{Deadline: Duration(48 * time.Hour)}}, []any{c.Reference, c.Confirms(), c.Timings})
	for text, want := range map[string]string{`{"reference":"r-1","confirm":"no"}`: "r-1", `{"reference":"r-1","timings":{"deadline":"2d","pollEvery":"soon"}}`: "r-1", `{"reference":1}`: "", `[]`: "", `null`: "", ``: "", `{"reference":"r-1"`: ""} {
		c := CommonOf([]byte(text))
		assert.Equal(t, want, c.Reference, text)
		assert.True(t, c.Confirms(), "unless it is turned off")
		assert.Nil(t, c.Timings)
	}
	assert.True(t, Options{Confirm: new(true)}.Confirms())
}
