package carriers

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// Timings say how long an operation waits. They are part of the request, so that every worker that runs the workflow uses
// the same ones. A field that is left out or zero takes the operation's default. Any other must be within its bounds, which
// the schema's descriptions name, or the request is refused.
type Timings struct {
	// PollEvery is the time between two checks until the operation is overdue.
	PollEvery Duration `json:"pollEvery,omitempty" jsonschema_description:"time between two checks while on time"`
	// OverdueAfter is the maximum time that this kind of operation normally takes; after it, operators are told. It counts from
	// the acknowledgement, or from the later time that the request asks for.
	OverdueAfter Duration `json:"overdueAfter,omitempty" jsonschema_description:"undecided for this long, the operation is marked overdue"`
	// OverduePollEvery is the time between two checks of an overdue operation.
	OverduePollEvery Duration `json:"overduePollEvery,omitempty" jsonschema_description:"time between two checks once overdue"`
	// Deadline is when the workflow gives up and fails, counted from its start, or from the later time that the request asks
	// for.
	Deadline Duration `json:"deadline,omitempty" jsonschema_description:"undecided for this long, the workflow fails"`
	// ConfirmWithin is how long a change may take to show in a read after the carrier said "done".
	ConfirmWithin Duration `json:"confirmWithin,omitempty" jsonschema_description:"time a change may take to show in a read after the carrier said done"`
	// LookupDelay is the wait before the carrier is asked about a request whose answer was lost.
	LookupDelay Duration `json:"lookupDelay,omitempty" jsonschema_description:"time a request with a lost answer is left alone before it is looked up"`
	// CallTimeout bounds one attempt of an activity. It must be above three times the worker's HTTP timeout, because a
	// submit can make three calls.
	CallTimeout Duration `json:"callTimeout,omitempty" jsonschema_description:"longest time for one attempt of an activity"`
}

// DefaultTimings are for operations that a carrier's systems decide without a person. They are ours: no carrier documents
// how long its operations take.
func DefaultTimings() Timings {
	return Timings{
		PollEvery:        Duration(30 * time.Second),
		OverdueAfter:     Duration(30 * time.Minute),
		OverduePollEvery: Duration(10 * time.Minute),
		Deadline:         Duration(72 * time.Hour),
		ConfirmWithin:    Duration(2 * time.Minute),
		LookupDelay:      Duration(15 * time.Second),
		CallTimeout:      Duration(45 * time.Second),
	}
}

// WithDefaults fills in the timings that are left out.
func (t Timings) WithDefaults(defaults Timings) Timings {
	return Timings{
		PollEvery:        either(t.PollEvery, defaults.PollEvery),
		OverdueAfter:     either(t.OverdueAfter, defaults.OverdueAfter),
		OverduePollEvery: either(t.OverduePollEvery, defaults.OverduePollEvery),
		Deadline:         either(t.Deadline, defaults.Deadline),
		ConfirmWithin:    either(t.ConfirmWithin, defaults.ConfirmWithin),
		LookupDelay:      either(t.LookupDelay, defaults.LookupDelay),
		CallTimeout:      either(t.CallTimeout, defaults.CallTimeout),
	}
}

func either(d, otherwise Duration) Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// LongestWait is the maximum deadline, counted from the start of an operation.
const LongestWait = 366 * 24 * time.Hour

// timingBounds are the minimum and maximum of each timing (ours). The minimum keeps one operation from using a carrier's
// whole rate limit, and from ending before it could be answered; the maximum excludes mistakes such as 2000000h. A JSON
// Schema cannot express them.
var timingBounds = []struct {
	field       string
	least, most Duration
}{
	{"pollEvery", Duration(50 * time.Millisecond), Duration(24 * time.Hour)},
	{"overdueAfter", Duration(time.Second), Duration(LongestWait)},
	{"overduePollEvery", Duration(50 * time.Millisecond), Duration(24 * time.Hour)},
	{"deadline", Duration(time.Second), Duration(LongestWait)},
	{"confirmWithin", Duration(100 * time.Millisecond), Duration(24 * time.Hour)},
	{"lookupDelay", Duration(100 * time.Millisecond), Duration(time.Hour)},
	{"callTimeout", Duration(time.Second), Duration(10 * time.Minute)},
}

// JSONSchemaExtend adds the bounds to the descriptions.
func (Timings) JSONSchemaExtend(s *jsonschema.Schema) {
	for _, bound := range timingBounds {
		if field, found := s.Properties.Get(bound.field); found {
			field.Description += fmt.Sprintf("; %s to %s", bound.least, bound.most)
		}
	}
}

// TimingFaults returns the timings of a request in JSON form that are out of bounds. The schema refuses what does not have
// the form of a duration.
func TimingFaults(request []byte) (found []Fault) {
	var in struct {
		Timings map[string]any `json:"timings"`
	}
	if json.Unmarshal(request, &in) != nil {
		return nil // not an object, or invalid timings: the schema refuses it
	}
	for _, bound := range timingBounds {
		text, given := in.Timings[bound.field].(string)
		if !given || !durationForm.MatchString(text) {
			continue
		}
		field := "timings." + bound.field
		d, err := ParseDuration(text)
		switch {
		case err != nil, d > bound.most: // an error here means that the duration is too long
			found = append(found, Fault{field, "must be at most " + bound.most.String()})
		case d != 0 && d < bound.least:
			found = append(found, Fault{field, "must be at least " + bound.least.String()})
		}
	}
	return found
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	// Field is the path of the field, for example "services" or "timings.deadline"; empty for the request as a whole.
	Field string `json:"field" jsonschema_description:"path of the field, for example timings.deadline; empty for the input as a whole"`
	// Problem says what is wrong, without repeating the value.
	Problem string `json:"problem" jsonschema_description:"what is wrong, without repeating the value"`
}

// FaultsText joins faults in one line.
func FaultsText(faults []Fault) string {
	named := make([]string, len(faults))
	for i, fault := range faults {
		named[i] = fault.String()
	}
	return strings.Join(named, "; ")
}

// String returns "field: problem".
func (f Fault) String() string {
	if f.Field == "" {
		return f.Problem
	}
	return f.Field + ": " + f.Problem
}
