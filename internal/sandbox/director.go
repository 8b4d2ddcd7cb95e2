package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/carrierflow/carrierflow/carriers"
)

// Rule puts a scenario on requests, whatever their line. Empty fields match everything, with one exception: a rule
// that names no operation matches changes only, unless its scenario is one of an outage, "forgetful" or one of the
// manners, which concern reads or everything; see [Scenario].
//
// Several rules may match one request, and its line may choose a scenario besides. A scenario says something about up
// to three things: whether the request is recorded, how the recorded change goes on, how it is answered. For each of
// them the newest rule that says something about it counts, so a lost answer and a forgetful look-up can be combined.
type Rule struct {
	ID        int              `json:"id,omitempty"`
	Carrier   carriers.Carrier `json:"carrier,omitempty"`
	Operation string           `json:"operation,omitempty"`
	Reference string           `json:"reference,omitempty"` // as in the ledger
	Line      string           `json:"line,omitempty"`
	Scenario  string           `json:"scenario,omitempty"`
	// Times is how many requests meet the scenario; 0 is all of them (for "expired-token": one).
	Times int `json:"times,omitempty"`
	// Delay replaces the scenario's own time: until the decision, of the lateness, of the hold, in Retry-After, until a
	// record is visible (for "other-manners": at the latest), until a batch leaves.
	Delay carriers.Duration `json:"delay,omitzero"`
	// Met counts the requests that have met the scenario; a rule that is used up is removed.
	Met int `json:"met"`
}

// SetScenario adds a rule and returns it with its id. The error says which field is wrong.
func (s *Sandbox) SetScenario(r Rule) (Rule, error) { return s.director.add(r) }

// ActiveScenarios returns the rules that are not used up, oldest first.
func (s *Sandbox) ActiveScenarios() []Rule {
	s.director.mu.Lock()
	defer s.director.mu.Unlock()
	return append([]Rule{}, s.director.rules...)
}

// ClearScenarios removes the rules that have the same id, carrier, operation, reference, line and scenario as the given
// one, where it names them, and returns how many there were. An empty one removes all.
func (s *Sandbox) ClearScenarios(like Rule) int {
	s.director.mu.Lock()
	defer s.director.mu.Unlock()
	before := len(s.director.rules)
	s.director.rules = slices.DeleteFunc(s.director.rules, func(r Rule) bool {
		return (like.ID == 0 || like.ID == r.ID) && (like.Carrier == "" || like.Carrier == r.Carrier) &&
			(like.Operation == "" || like.Operation == r.Operation) && (like.Reference == "" || like.Reference == r.Reference) &&
			(like.Line == "" || like.Line == r.Line) && (like.Scenario == "" || like.Scenario == r.Scenario)
	})
	return before - len(s.director.rules)
}

// director decides which scenarios a request meets.
type director struct {
	carriers []*Carrier

	mu    sync.Mutex
	rules []Rule
	last  int
	met   map[string]int // how often an operation met the scenario its line chose
	// manners are the other manners; always puts them on every request.
	manners *manners
	always  bool
}

func newDirector(cfg Config, all []*Carrier) *director {
	return &director{carriers: all, met: map[string]int{}, manners: newManners(cfg), always: cfg.Manners == OtherManners}
}

// treatment is what a request meets, put together from all scenarios that match.
type treatment struct {
	before, after fault
	plan          Plan
	// shapes change how the answer looks, one after the other.
	shapes    []shaping
	scenarios []string
}

// meet adds a scenario to a treatment. The lock is held.
func (d *director) meet(t *treatment, x exchange, sc Scenario, delay carriers.Duration) {
	if sc.profile {
		d.manners.draw(t, x, delay.Std())
		return
	}
	if sc.before != nil {
		t.before = sc.before(delay.Std())
	}
	if sc.after != nil {
		t.after = sc.after(delay.Std())
	}
	if sc.plan != nil {
		sc.plan(&t.plan, delay.Std())
	}
	if sc.shape != nil {
		t.shapes = append(t.shapes, shaping{sc.shape, d.manners.random(x, sc.Name)})
	}
	t.scenarios = append(t.scenarios, sc.Name)
}

// treat decides how a request is treated.
func (d *director) treat(x exchange) treatment {
	d.mu.Lock()
	defer d.mu.Unlock()
	var t treatment
	if d.always {
		d.manners.draw(&t, x, 0)
	}
	if sc, ok := byLine(x.Line); ok && x.changes() && sc.concerns(x.carrier) && d.stillMeets(x, sc) {
		d.meet(&t, x, sc, 0)
	}
	for i := range d.rules {
		r := &d.rules[i]
		sc, _ := byName(r.Scenario)
		if r.matches(x, sc) {
			r.Met++
			d.meet(&t, x, sc, r.Delay)
		}
	}
	d.rules = slices.DeleteFunc(d.rules, func(r Rule) bool { return r.Times > 0 && r.Met >= r.Times })
	return t
}

// stillMeets counts how often one operation met the scenario that its line chose.
func (d *director) stillMeets(x exchange, sc Scenario) bool {
	if sc.times == 0 {
		return true
	}
	key := strings.Join([]string{sc.Name, x.Line, x.repetitionKey()}, "\x00")
	d.met[key]++
	return d.met[key] <= sc.times
}

func (r Rule) matches(x exchange, sc Scenario) bool {
	switch changes := x.changes(); {
	case r.Operation != "":
	case changes && sc.reads, !changes && !sc.reads && !sc.everywhere:
		return false
	case x.public() && (sc.reads || sc.shape != nil || sc.profile):
		return false // what concerns answers of the API leaves the tokens alone
	}
	return sc.concerns(x.carrier) &&
		(r.Carrier == "" || r.Carrier == x.carrier.Name) && (r.Operation == "" || r.Operation == x.operation.Name) &&
		(r.Reference == "" || r.Reference == x.Reference) && (r.Line == "" || r.Line == x.Line)
}

func (d *director) add(r Rule) (Rule, error) {
	sc, known := byName(r.Scenario)
	var problems []error
	if !known {
		problems = append(problems, fmt.Errorf("there is no scenario %q", r.Scenario))
	}
	if c := carrier(d.carriers, r.Carrier); known && c != nil && !sc.concerns(c) {
		problems = append(problems, fmt.Errorf("scenario %s makes no difference at carrier %q", r.Scenario, r.Carrier))
	}
	if err := d.checkOperation(r, sc); err != nil {
		problems = append(problems, err)
	}
	if r.Times < 0 || r.Delay < 0 {
		problems = append(problems, errors.New("times and delay cannot be negative"))
	}
	if err := errors.Join(problems...); err != nil {
		return Rule{}, fmt.Errorf("setting a scenario: %w", err)
	}
	if r.Scenario == "expired-token" && r.Times == 0 {
		r.Times = 1 // a token that stays expired is "unauthorized-401"
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	r.ID, r.Met = d.last, 0
	d.rules = append(d.rules, r)
	return r, nil
}

// checkOperation refuses a rule that could never make a difference.
func (d *director) checkOperation(r Rule, sc Scenario) error {
	known := r.Operation == "" && (r.Carrier == "" || carrier(d.carriers, r.Carrier) != nil)
	for _, c := range d.carriers {
		op := c.operation(r.Operation)
		if op == nil || (r.Carrier != "" && r.Carrier != c.Name) {
			continue
		}
		known = true
		if op.Kind != KindChange && sc.before == nil && sc.after == nil && sc.shape == nil && !sc.profile && !(op.Kind == KindLookUp && sc.Name == "forgetful") {
			return fmt.Errorf("scenario %s says nothing about the read %s", sc.Name, op.Name)
		}
	}
	if !known {
		return fmt.Errorf("there is no operation %q at carrier %q", r.Operation, r.Carrier)
	}
	return nil
}
