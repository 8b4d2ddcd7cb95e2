package carriers

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
	"unicode"
	"unicode/utf8"
)

// Request is the input of one operation: a struct of the carrier's package. As JSON it is one flat object. Every request
// has a field Reference and the fields of [Options].
type Request interface {
	// Operation is the type of the operation, which is the Temporal workflow type: the carrier's short
	// name, a dot and the name of the struct.
	Operation() string
}

// Options are the fields of a request that say how to wait. The operation has defaults for them.
type Options struct {
	// Confirm asks to believe the carrier's "done" only when a read shows the change. It is true when left out.
	Confirm *bool `json:"confirm,omitempty" jsonschema_description:"read at the carrier that the change is in effect before completing; true when left out"`
	// Timings say how long to wait for what.
	Timings *Timings `json:"timings,omitempty" jsonschema_description:"how long to wait for what; each has a default per operation"`
}

// Common are the fields that every request has.
type Common struct {
	// Reference is the caller's own id of the operation, unique per carrier, as [ReferencePattern] describes it. A
	// reference is never used for a second transaction at the carrier: a retry after a failure needs a new one.
	Reference string `json:"reference"`
	Options
}

// Confirms reports whether a read has to show the change.
func (o Options) Confirms() bool { return o.Confirm == nil || *o.Confirm }

// CommonOf reads the fields that every request has from a request in JSON form. A field that cannot be read stays empty.
func CommonOf(request json.RawMessage) (c Common) {
	var fields struct{ Reference, Confirm, Timings json.RawMessage }
	if json.Unmarshal(request, &fields) == nil {
		c.Reference, c.Confirm, c.Timings = orEmpty[string](fields.Reference), orEmpty[*bool](fields.Confirm), orEmpty[*Timings](fields.Timings)
	}
	return c
}

// orEmpty reads a value; one that can be read only in part is empty.
func orEmpty[T any](raw json.RawMessage) (v T) {
	if json.Unmarshal(raw, &v) != nil {
		return *new(T)
	}
	return v
}

// Body is the carrier's part of a request as a JSON object: all its fields except our own (reference, confirm and timings)
// and those named. Numbers keep their digits.
func Body(request any, without ...string) map[string]any {
	text, err := json.Marshal(request)
	fields := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		panic(fmt.Sprintf("a %T cannot be written as a JSON object: %v", request, err)) // it was read from one
	}
	for _, name := range append([]string{"reference", "confirm", "timings"}, without...) {
		delete(fields, name)
	}
	body := make(map[string]any, len(fields))
	for name, value := range fields {
		body[name] = value
	}
	return body
}

// Kind distinguishes operations that change something from those that read.
type Kind string

// The kinds of operations.
const (
	KindChange Kind = "change"
	KindRead   Kind = "read"
)

// Info describes an operation. Commands, tables and schemas are made from it.
type Info struct {
	// Type is the operation type, which is the Temporal workflow type. It is set from the request.
	Type string
	Kind Kind
	// Title says what the operation does.
	Title string
	// Source is the carrier's page that documents it.
	Source string
	// DecidedBy says in words what decides the outcome.
	DecidedBy string
	// CallsBack tells that the carrier documents callbacks about this operation.
	CallsBack bool
	// DecidedLater tells that the carrier acknowledges a request first and decides it later.
	DecidedLater bool
	// MayBeHeld tells that the carrier may hold a request until a decision is made about it.
	MayBeHeld bool
	// MayBePartlyTaken tells that the carrier may leave out parts of a request without an error.
	MayBePartlyTaken bool
	// OutOfTurn tells that the operation acts on a request that is under way, such as a cancellation: it is sent although
	// another change of its line has not ended.
	OutOfTurn bool
	// FoundBy says how a request is found when its answer was lost.
	FoundBy FoundBy
	// Summary describes a run in one line, before the line's last digits: "Suspend line".
	Summary string
	// Timings are the usual ones; a zero field takes [DefaultTimings].
	Timings Timings
	// Examples are valid requests, the simplest first. Documentation, demonstration and recorded histories use them.
	Examples []Example
}

// FoundBy says how a request of a change is found at the carrier.
type FoundBy string

// The ways to find a request.
const (
	// FoundByReference: the carrier can look up our reference.
	FoundByReference FoundBy = "reference"
	// FoundByRecord: the carrier lists its records of requests; ours has our reference, or is not in an earlier list.
	FoundByRecord FoundBy = "record"
	// FoundByEffect: only the line shows that a request was carried out.
	FoundByEffect FoundBy = "effect"
)

// Carrier is the carrier of the operation: the part of its type before the dot.
func (i Info) Carrier() Carrier { return CarrierOf(i.Type) }

// Example is a request with the sentence that says what it does.
type Example struct {
	Title   string
	Request Request
}

// Operation is one operation of a carrier. [Change] and [Read] are the two kinds.
type Operation interface {
	// Info describes the operation.
	Info() Info
	// NewRequest returns a pointer to an empty request.
	NewRequest() Request
	// Answer is the type that a read returns; nil for a change.
	Answer() reflect.Type
	// Describe reads a valid request in JSON form. now is when the operation begins.
	Describe(request json.RawMessage, now time.Time) (Description, error)
}

// Description is what is known about a valid request before anything is sent.
type Description struct {
	// Line is the identifier of the line at the carrier, or "". It is personal.
	Line string
	// Summary says what the request is to do, without naming the line.
	Summary string
	// Request is the request with the operation's defaults filled in. It is the same on every attempt.
	Request json.RawMessage
	// NotBefore is the time that the request asks for; zero for one that is to be carried out at once. The operation is not
	// late before.
	NotBefore time.Time
	// NeedsBaseline tells that the request cannot be found again without the line as it was before sending, or only by its effect.
	NeedsBaseline bool
}

// Submission is a request to be sent to the carrier.
type Submission[R any] struct {
	Reference string
	Request   R
	// StartedAt is when the operation began: no record of it at the carrier can be older.
	StartedAt time.Time
}

// Inquiry is what is known about a request when the carrier is asked for its outcome.
type Inquiry struct {
	Acknowledgement Acknowledgement
	// Taken tells that the carrier is known to have the request. Only then does a shown effect mean that the request was
	// carried out.
	Taken bool
	// Told is the final outcome of a callback, if one was received. Its Line is the one that the record names, where a sweep has read it.
	Told Outcome
	// Confirm asks to read the effect of a change when the carrier says that it is done.
	Confirm bool
	// Once asks to read the line in any case.
	Once bool
}

// Change is an operation that changes something at a carrier. C is the carrier's client, R the request.
type Change[C any, R Request] struct {
	Info
	// Line names the line.
	Line func(R) string
	// Summarise replaces Info.Summary where it depends on the request. Optional.
	Summarise func(R) string
	// Complete fills in defaults that depend on the day on which the operation begins. Optional.
	Complete func(r R, now time.Time) R
	// NotBefore is the time for which the request asks, where it may ask for a later one; zero means at once. The times after
	// which an operation is overdue and fails count from then. Optional.
	NotBefore func(R) time.Time
	// CanAsk reports whether the carrier can be asked about the request itself, and not only about its effect. Nil means
	// always.
	CanAsk func(C, R) bool
	// Before reads the state that the change will alter, where only a comparison with it shows the change later. Optional.
	Before func(C, context.Context, Submission[R]) (*Line, error)
	// BaselineFor reports whether Before reads anything for a request; nil means for every one. Optional.
	BaselineFor func(R) bool
	// Precheck says why the request must not be sent, given what Before has read; "" means that it may. Optional. For
	// example, a request that changes nothing must not be sent where only the effect shows that a request was carried out:
	// the effect would show although the request was never received.
	Precheck func(c C, r R, before *Line) string
	// Send sends the request.
	Send func(C, context.Context, Submission[R]) (Acknowledgement, error)
	// Find looks up whether the carrier has the request. before is the line as Before has read it, or nil.
	Find func(c C, ctx context.Context, s Submission[R], before *Line) (Finding, error)
	// Look reads the carrier's status of the request, and whether the change is in effect.
	Look func(C, context.Context, Submission[R], Inquiry) (Outcome, error)
}

func (c Change[C, R]) info() Info { return infoOf[R](c.Info, KindChange) }

func infoOf[R Request](i Info, kind Kind) Info {
	var request R
	i.Type, i.Kind, i.Timings = request.Operation(), kind, i.Timings.WithDefaults(DefaultTimings())
	return i
}

// ChangeOperation is an [Operation] that changes something.
type ChangeOperation interface {
	Operation
	// Bind prepares one request in JSON form for a client of its carrier.
	Bind(client any, reference string, startedAt time.Time, request json.RawMessage) (BoundChange, error)
}

// BoundChange is one request of a change, bound to a client. Its methods are the functions of [Change].
type BoundChange interface {
	// Line is the identifier of the line, or "". It is personal.
	Line() string
	CanAsk() bool
	// Before returns nil where nothing needs to be read.
	Before(context.Context) (*Line, error)
	// ReadsBefore reports whether Before reads anything.
	ReadsBefore() bool
	Precheck(before *Line) string
	Send(context.Context) (Acknowledgement, error)
	Find(ctx context.Context, before *Line) (Finding, error)
	Look(context.Context, Inquiry) (Outcome, error)
}

// ReadOperation is an [Operation] that only reads.
type ReadOperation interface {
	Operation
	// Get reads and returns the answer.
	Get(ctx context.Context, client any, reference string, request json.RawMessage) (answer any, err error)
}

// Read is an operation that only reads. C is the carrier's client, R the request, T the answer.
type Read[C any, R Request, T any] struct {
	Info
	// Line names the line; nil where the request does not.
	Line func(R) string
	// Get reads and returns the answer.
	Get func(c C, ctx context.Context, reference string, r R) (T, error)
}

// Uncapitalised is a title as it is written inside a sentence or a table.
func Uncapitalised(title string) string {
	first, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToLower(first)) + title[size:]
}

// NewChange makes an operation from a change. It panics without Send, Find and Look.
func NewChange[C any, R Request](c Change[C, R]) ChangeOperation {
	if c.Send == nil || c.Find == nil || c.Look == nil {
		panic(fmt.Sprintf("%s needs Send, Find and Look", c.info().Type))
	}
	c.Info = c.info()
	return changeOperation[C, R]{c}
}

// NewRead makes an operation from a read. It panics without Get.
func NewRead[C any, R Request, T any](r Read[C, R, T]) ReadOperation {
	r.Info = infoOf[R](r.Info, KindRead)
	if r.Get == nil {
		panic(fmt.Sprintf("%s needs Get", r.Info.Type))
	}
	return readOperation[C, R, T]{r}
}

type changeOperation[C any, R Request] struct{ change Change[C, R] }

func (o changeOperation[C, R]) Info() Info           { return o.change.Info }
func (o changeOperation[C, R]) NewRequest() Request  { return newRequest[R]() }
func (o changeOperation[C, R]) Answer() reflect.Type { return nil }

func (o changeOperation[C, R]) Describe(raw json.RawMessage, now time.Time) (Description, error) {
	request, err := decodeRequest[R](raw)
	if err != nil {
		return Description{}, err
	}
	d := Description{Line: lineOf(o.change.Line, request), Summary: o.change.Info.Summary, Request: raw}
	if o.change.Summarise != nil {
		d.Summary = cmp.Or(o.change.Summarise(request), d.Summary)
	}
	if o.change.Complete != nil {
		request = o.change.Complete(request, now)
		if d.Request, err = json.Marshal(request); err != nil {
			return Description{}, fmt.Errorf("completing a request of %s: it cannot be written as JSON", o.change.Type) // the cause may repeat a value
		}
	}
	if o.change.NotBefore != nil {
		d.NotBefore = o.change.NotBefore(request)
	}
	d.NeedsBaseline = o.change.FoundBy == FoundByEffect || o.change.Before != nil && (o.change.BaselineFor == nil || o.change.BaselineFor(request))
	return d, nil
}

func (o changeOperation[C, R]) Bind(client any, reference string, startedAt time.Time, raw json.RawMessage) (BoundChange, error) {
	request, err := decodeRequest[R](raw)
	if err != nil {
		return nil, err
	}
	c, ok := client.(C)
	if !ok {
		return nil, fmt.Errorf("%s cannot be made with a %T", o.change.Type, client)
	}
	return boundChange[C, R]{o.change, c, Submission[R]{reference, request, startedAt}}, nil
}

type boundChange[C any, R Request] struct {
	change     Change[C, R]
	client     C
	submission Submission[R]
}

func (b boundChange[C, R]) Line() string { return lineOf(b.change.Line, b.submission.Request) }

func (b boundChange[C, R]) CanAsk() bool {
	return b.change.CanAsk == nil || b.change.CanAsk(b.client, b.submission.Request)
}

func (b boundChange[C, R]) ReadsBefore() bool { return b.change.Before != nil }

func (b boundChange[C, R]) Before(ctx context.Context) (*Line, error) {
	if b.change.Before == nil {
		return nil, nil
	}
	return b.change.Before(b.client, ctx, b.submission)
}

func (b boundChange[C, R]) Precheck(before *Line) string {
	if b.change.Precheck == nil || before == nil {
		return ""
	}
	return b.change.Precheck(b.client, b.submission.Request, before)
}

func (b boundChange[C, R]) Send(ctx context.Context) (Acknowledgement, error) {
	return b.change.Send(b.client, ctx, b.submission)
}

func (b boundChange[C, R]) Find(ctx context.Context, before *Line) (Finding, error) {
	return b.change.Find(b.client, ctx, b.submission, before)
}

func (b boundChange[C, R]) Look(ctx context.Context, in Inquiry) (Outcome, error) {
	return b.change.Look(b.client, ctx, b.submission, in)
}

type readOperation[C any, R Request, T any] struct{ read Read[C, R, T] }

func (o readOperation[C, R, T]) Info() Info           { return o.read.Info }
func (o readOperation[C, R, T]) NewRequest() Request  { return newRequest[R]() }
func (o readOperation[C, R, T]) Answer() reflect.Type { return reflect.TypeFor[T]() }

func (o readOperation[C, R, T]) Describe(raw json.RawMessage, _ time.Time) (Description, error) {
	request, err := decodeRequest[R](raw)
	if err != nil {
		return Description{}, err
	}
	return Description{Line: lineOf(o.read.Line, request), Summary: o.read.Info.Summary, Request: raw}, nil
}

func (o readOperation[C, R, T]) Get(ctx context.Context, client any, reference string, raw json.RawMessage) (any, error) {
	request, err := decodeRequest[R](raw)
	if err != nil {
		return nil, err
	}
	c, ok := client.(C)
	if !ok {
		return nil, fmt.Errorf("%s cannot be made with a %T", o.read.Type, client)
	}
	return o.read.Get(c, ctx, reference, request)
}

func decodeRequest[R Request](raw json.RawMessage) (request R, err error) {
	if err = json.Unmarshal(raw, &request); err != nil {
		err = fmt.Errorf("reading a request of %s: it does not meet its schema", request.Operation()) // the cause may repeat a value
	}
	return request, err
}

func lineOf[R any](line func(R) string, request R) string {
	if line == nil {
		return ""
	}
	return line(request)
}

// newRequest makes an addressable R; its pointer implements Request too.
func newRequest[R Request]() Request {
	request, ok := any(new(R)).(Request)
	if !ok {
		panic(fmt.Sprintf("*%T does not implement Request", *new(R))) // *R has the methods of R
	}
	return request
}
