package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// TaskQueue is the queue that carrierflow's workflows run on.
const TaskQueue = "carrierflow"

// Input is what an operation is started with. Each operation has its own struct; together with the fields of
// [Operation] it is one flat JSON object, described by the schema in docs/schemas.
type Input interface {
	// Type is the operation type, which is the workflow type: "dish.ActivateSubscription".
	Type() string
	// Common returns the fields that all operations share.
	Common() Operation
	// LineIdentifier is what names the line at the carrier; it is personal and only ever used hashed.
	LineIdentifier() string
}

// Operation is the part of an input that all operations share.
type Operation struct {
	// Reference is the caller's own id of the operation, unique per carrier. It is the idempotency key: one reference is
	// one transaction at the carrier for ever, and a retry after a failure takes a new one.
	Reference string `json:"reference" jsonschema:"required,pattern=^[A-Za-z0-9._-]{1\\,36}$" jsonschema_description:"your own id of the operation, unique per carrier; starting twice with one reference sends once"`
	// Confirm asks to believe the carrier's \"done\" only when a read shows it. It is on when left out.
	Confirm *bool `json:"confirm,omitempty" jsonschema_description:"read at the carrier that the change is in effect before completing; true when left out"`
	// Timings override how long the operation waits for what.
	Timings *Timings `json:"timings,omitempty" jsonschema_description:"how long to wait for what; each has a default per operation"`
}

// Common returns the shared fields.
func (o Operation) Common() Operation { return o }

func (o Operation) confirm() bool { return o.Confirm == nil || *o.Confirm }

// Timings say how long an operation waits for what. They travel in the input, so that every worker that runs the
// workflow keeps to the same ones. A field that is left out or zero takes the operation's default; any other has to be within
// its bounds, which the schema's descriptions name, or the input is refused as [InvalidRequest].
type Timings struct {
	// PollEvery is the time between two checks until the operation is overdue.
	PollEvery carriers.Duration `json:"pollEvery,omitempty" jsonschema_description:"time between two checks while on time"`
	// OverdueAfter is the time this kind of operation normally takes at most; after it operators are told.
	OverdueAfter carriers.Duration `json:"overdueAfter,omitempty" jsonschema_description:"undecided for this long, the operation is marked overdue"`
	// OverduePollEvery is the time between two checks of an overdue operation.
	OverduePollEvery carriers.Duration `json:"overduePollEvery,omitempty" jsonschema_description:"time between two checks once overdue"`
	// Deadline is when the workflow gives up and fails, counted from its start.
	Deadline carriers.Duration `json:"deadline,omitempty" jsonschema_description:"undecided for this long, the workflow fails"`
	// ConfirmWithin is how long a change may take to show in a read after the carrier said "done".
	ConfirmWithin carriers.Duration `json:"confirmWithin,omitempty" jsonschema_description:"time a change may take to show in a read after the carrier said done"`
	// Settle is how long a request whose answer was lost is left alone before the carrier is asked about it.
	Settle carriers.Duration `json:"settle,omitempty" jsonschema_description:"time a request with a lost answer is left alone before it is looked up"`
	// CallTimeout bounds one attempt of an activity; it must be above the worker's HTTP timeout times the three calls that
	// a submit can make.
	CallTimeout carriers.Duration `json:"callTimeout,omitempty" jsonschema_description:"longest time for one attempt of an activity"`
}

// defaultTimings are ours: no carrier documents how long its operations take.
var defaultTimings = Timings{
	PollEvery:        carriers.Duration(30 * time.Second),
	OverdueAfter:     carriers.Duration(30 * time.Minute),
	OverduePollEvery: carriers.Duration(10 * time.Minute),
	Deadline:         carriers.Duration(72 * time.Hour),
	ConfirmWithin:    carriers.Duration(2 * time.Minute),
	Settle:           carriers.Duration(15 * time.Second),
	CallTimeout:      carriers.Duration(45 * time.Second),
}

// withDefaults fills in what the caller left out.
func (t *Timings) withDefaults(defaults Timings) Timings {
	if t == nil {
		return defaults
	}
	return Timings{
		PollEvery:        either(t.PollEvery, defaults.PollEvery),
		OverdueAfter:     either(t.OverdueAfter, defaults.OverdueAfter),
		OverduePollEvery: either(t.OverduePollEvery, defaults.OverduePollEvery),
		Deadline:         either(t.Deadline, defaults.Deadline),
		ConfirmWithin:    either(t.ConfirmWithin, defaults.ConfirmWithin),
		Settle:           either(t.Settle, defaults.Settle),
		CallTimeout:      either(t.CallTimeout, defaults.CallTimeout),
	}
}

// timingBounds are the shortest and the longest that each timing can be (ours). The shortest keep one operation from taking
// a carrier's whole rate limit or from being given up before it could have been answered; the longest keep what nobody meant
// (2000000h) from being waited for. A JSON Schema cannot say them.
var timingBounds = []struct {
	field       string
	least, most carriers.Duration
}{
	{"pollEvery", carriers.Duration(50 * time.Millisecond), carriers.Duration(24 * time.Hour)},
	{"overdueAfter", carriers.Duration(time.Second), carriers.Duration(longestWait)},
	{"overduePollEvery", carriers.Duration(50 * time.Millisecond), carriers.Duration(24 * time.Hour)},
	{"deadline", carriers.Duration(time.Second), carriers.Duration(longestWait)},
	{"confirmWithin", carriers.Duration(100 * time.Millisecond), carriers.Duration(24 * time.Hour)},
	{"settle", carriers.Duration(100 * time.Millisecond), carriers.Duration(time.Hour)},
	{"callTimeout", carriers.Duration(time.Second), carriers.Duration(10 * time.Minute)},
}

// JSONSchemaExtend adds the bounds to the descriptions.
func (Timings) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, bound := range timingBounds {
		if field, found := s.Properties.Get(bound.field); found {
			field.Description += fmt.Sprintf("; %s to %s", bound.least, bound.most)
		}
	}
}

// timingFaults returns the timings of an input that are out of bounds. Those that the schema refuses already are left out.
func timingFaults(raw []byte, known []Fault) (found []Fault) {
	var in struct {
		Timings map[string]any `json:"timings"`
	}
	//workflowcheck:ignore flagged for what the runtime does below reflection; the result depends on raw alone
	if json.Unmarshal(raw, &in) != nil {
		return nil // no object, or timings that are none: the schema says so
	}
	for _, bound := range timingBounds {
		text, given := in.Timings[bound.field].(string)
		field := "timings." + bound.field
		if !given || slices.ContainsFunc(known, func(f Fault) bool { return f.Field == field }) {
			continue
		}
		d, err := carriers.ParseDuration(text)
		switch {
		case err != nil, d > bound.most: // of the right form, and yet not a duration: too long to be one
			found = append(found, Fault{field, "must be at most " + bound.most.String()})
		case d != 0 && d < bound.least:
			found = append(found, Fault{field, "must be at least " + bound.least.String()})
		}
	}
	return found
}

func either(d, otherwise carriers.Duration) carriers.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
