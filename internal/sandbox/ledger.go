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
	// Reference is partnerTransactionId or referenceNumber as it came; empty at MásMóvil, which has none.
	Reference string    `json:"reference"`
	Line      string    `json:"line"`
	ArrivedAt time.Time `json:"arrivedAt"`
	Recorded  bool      `json:"recorded"`
	// Decided is the carrier's final word on a recorded request, "done" or "failed", and empty while there is none. It
	// is the word itself, whatever callbacks and look-ups make of it.
	Decided string `json:"decided,omitempty"`
	// InEffect tells that the change has been made, InEffectAt since when. Nobody can have been shown it before.
	InEffect   bool      `json:"inEffect"`
	InEffectAt time.Time `json:"inEffectAt,omitzero"`
	// Answered is the HTTP status, or what was done instead of answering: "reset", "half body", "closed", "client gone".
	// It is "held" while the answer is being held and empty while the request is being worked on.
	Answered string `json:"answered"`
	// DuplicateOf counts the requests of the same operation that had been recorded before this one: same reference, or
	// without a reference same line and same body.
	DuplicateOf int `json:"duplicateOf"`
	// Scenarios names what the request met.
	Scenarios []string `json:"scenarios,omitempty"`
	// IPAddress is MásMóvil's x-ip-address.
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

// ledger is the book of requests.
type ledger struct {
	mu       sync.Mutex
	pages    []*page
	counts   map[counted]int
	recorded map[string]int // by twin
}

type counted struct {
	carrier   carriers.Carrier
	operation string
}

// page is an entry that can still be written to. A nil page belongs to a read and keeps nothing.
type page struct {
	book  *ledger
	entry Entry
	twin  string
}

func newLedger() *ledger {
	return &ledger{counts: map[counted]int{}, recorded: map[string]int{}}
}

func (l *ledger) count(x exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[counted{x.carrier, x.operation}]++
}

func (l *ledger) open(x exchange, scenarios []string) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	twin := twinOf(x)
	p := &page{book: l, twin: twin, entry: Entry{
		Carrier: x.carrier, Operation: x.operation, Reference: x.reference, Line: x.line, ArrivedAt: time.Now(),
		DuplicateOf: l.recorded[twin], Scenarios: scenarios, IPAddress: x.ip,
	}}
	l.pages = append(l.pages, p)
	return p
}

func (p *page) record() {
	if p == nil {
		return
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.entry.Recorded = true
	p.entry.DuplicateOf = p.book.recorded[p.twin]
	p.book.recorded[p.twin]++
}

// decided notes the carrier's final word.
func (p *page) decided(word string) {
	if p == nil {
		return
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.entry.Decided = word
}

// effective notes that the change is in effect from now on.
func (p *page) effective() {
	if p == nil {
		return
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.entry.InEffect, p.entry.InEffectAt = true, time.Now()
}

func (p *page) answered(how string) {
	if p == nil {
		return
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.entry.Answered = how
}

// repeats reports whether the same operation had been recorded before this request arrived.
func (p *page) repeats() bool {
	if p == nil {
		return false
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	return p.entry.DuplicateOf > 0
}

// isRecorded reports whether this request was recorded.
func (p *page) isRecorded() bool {
	if p == nil {
		return false
	}
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	return p.entry.Recorded
}

func (l *ledger) entries(f Filter) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []Entry{}
	for _, p := range l.pages {
		if f.selects(p.entry) {
			e := p.entry
			e.Scenarios = slices.Clone(e.Scenarios)
			found = append(found, e)
		}
	}
	return found
}

// twinOf is the same for two requests that are the same operation.
func twinOf(x exchange) string {
	id := x.reference
	if id == "" {
		sum := sha256.Sum256(x.body)
		id = x.line + "\x00" + string(sum[:])
	}
	return strings.Join([]string{string(x.carrier), x.operation, id}, "\x00")
}
