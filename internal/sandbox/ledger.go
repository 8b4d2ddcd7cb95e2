package sandbox

import (
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Entry is one request that would change something, as it reached the sandbox. Whether an operation was doubled is
// judged by Recorded: a request that was refused, throttled or lost on the way in changed nothing.
type Entry struct {
	Carrier   carriers.Carrier `json:"carrier"`
	Operation string           `json:"operation"`
	// Reference is the caller's as it came, or the one that the carrier derived; empty where there is neither.
	Reference string    `json:"reference"`
	Line      string    `json:"line"`
	ArrivedAt time.Time `json:"arrivedAt"`
	Recorded  bool      `json:"recorded"`
	// Decided is the carrier's final word on a recorded request, "done" or "failed", and empty while there is none. It
	// is the word itself, whatever callbacks and look-ups make of it.
	Decided string `json:"decided,omitempty"`
	// InEffect tells that the change has been made, InEffectAt since when. No read can have shown it before.
	InEffect   bool      `json:"inEffect"`
	InEffectAt time.Time `json:"inEffectAt,omitzero"`
	// Answered is the HTTP status, or what was done instead of answering: "reset", "half body", "closed", "client gone".
	// It is "held" while the answer is being held and empty while the request is being worked on.
	Answered string `json:"answered"`
	// DuplicateOf counts the requests of the same operation that had been recorded before this one: same reference of the
	// caller's, or without one the same line and the same body.
	DuplicateOf int `json:"duplicateOf"`
	// Scenarios names what the request met.
	Scenarios []string `json:"scenarios,omitempty"`
	// IPAddress is the end user's, where the carrier's requests have one.
	IPAddress string `json:"ipAddress,omitempty"`
}

// Filter selects ledger entries; an empty field selects all.
type Filter struct {
	Carrier   carriers.Carrier
	Operation string
	Reference string
	Line      string
}

func (f Filter) selects(e Entry) bool {
	return (f.Carrier == "" || f.Carrier == e.Carrier) && (f.Operation == "" || f.Operation == e.Operation) &&
		(f.Reference == "" || f.Reference == e.Reference) && (f.Line == "" || f.Line == e.Line)
}

// Stats counts requests, changes and reads alike, by carrier and operation.
type Stats map[carriers.Carrier]map[string]int

// Ledger returns the selected entries in the order they arrived.
func (s *Sandbox) Ledger(f Filter) []Entry { return s.ledger.entries(f) }

// Stats returns how many requests each operation has had.
func (s *Sandbox) Stats() Stats {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	stats := Stats{}
	for key, n := range s.ledger.counts {
		if stats[key.carrier] == nil {
			stats[key.carrier] = map[string]int{}
		}
		stats[key.carrier][key.operation] = n
	}
	return stats
}

// ledger keeps the requests.
type ledger struct {
	mu       sync.Mutex
	rows     []*row
	counts   map[counted]int
	recorded map[string]int // by repetitionKey
}

type counted struct {
	carrier   carriers.Carrier
	operation string
}

// row is an entry that can still be written to. A nil row belongs to a read and keeps nothing.
type row struct {
	ledger *ledger
	entry  Entry
	key    string // see repetitionKey
}

func newLedger() *ledger {
	return &ledger{counts: map[counted]int{}, recorded: map[string]int{}}
}

func (l *ledger) count(x exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[counted{x.carrier.Name, x.operation.Name}]++
}

// add writes down a request that has arrived.
func (l *ledger) add(x exchange, scenarios []string) *row {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := x.repetitionKey()
	r := &row{ledger: l, key: key, entry: Entry{
		Carrier: x.carrier.Name, Operation: x.operation.Name, Reference: x.Reference, Line: x.Line, ArrivedAt: time.Now(),
		DuplicateOf: l.recorded[key], Scenarios: scenarios, IPAddress: x.IPAddress,
	}}
	l.rows = append(l.rows, r)
	return r
}

// record notes that the request was recorded.
func (r *row) record() {
	if r == nil {
		return
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.entry.Recorded = true
	r.entry.DuplicateOf = r.ledger.recorded[r.key]
	r.ledger.recorded[r.key]++
}

// decided notes the carrier's final word.
func (r *row) decided(word string) {
	if r == nil {
		return
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.entry.Decided = word
}

// effective notes that the change is in effect from now on.
func (r *row) effective() {
	if r == nil {
		return
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.entry.InEffect, r.entry.InEffectAt = true, time.Now()
}

// answered notes what the request was answered.
func (r *row) answered(how string) {
	if r == nil {
		return
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.entry.Answered = how
}

// repeats reports whether the same operation had been recorded before this request arrived.
func (r *row) repeats() bool {
	if r == nil {
		return false
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.entry.DuplicateOf > 0
}

// isRecorded reports whether this request was recorded.
func (r *row) isRecorded() bool {
	if r == nil {
		return false
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	return r.entry.Recorded
}

func (l *ledger) entries(f Filter) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []Entry{}
	for _, r := range l.rows {
		if f.selects(r.entry) {
			e := r.entry
			e.Scenarios = slices.Clone(e.Scenarios)
			found = append(found, e)
		}
	}
	return found
}

// repetitionKey is the same for two requests that are the same operation.
func (x exchange) repetitionKey() string {
	id := x.ownReference()
	if id == "" {
		sum := sha256.Sum256(x.body)
		id = x.Line + "\x00" + string(sum[:])
	}
	return strings.Join([]string{string(x.carrier.Name), x.operation.Name, id}, "\x00")
}
