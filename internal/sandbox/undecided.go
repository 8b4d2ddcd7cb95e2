package sandbox

import (
	"sync"

	"github.com/carrierflow/carrierflow/carriers"
)

// undecided are the recorded changes that are never decided by themselves, by their references.
type undecided struct {
	mu      sync.Mutex
	changes map[undecidedKey][]*Change
}

type undecidedKey struct {
	carrier   carriers.Carrier
	reference string
}

func newUndecided() *undecided { return &undecided{changes: map[undecidedKey][]*Change{}} }

func (u *undecided) add(c *Change) {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := undecidedKey{c.carrier.Name, c.Reference}
	u.changes[key] = append(u.changes[key], c)
}

// take returns the changes with a reference, and forgets them.
func (u *undecided) take(key undecidedKey) []*Change {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.changes[key]
	delete(u.changes, key)
	return taken
}

// Decide decides what is recorded under a reference of a carrier and is never decided by itself (the scenario "never-decided"), and
// returns how many changes that were. The reference is that of the ledger. It returns when the first attempt to deliver each callback
// has been made.
func (s *Sandbox) Decide(c carriers.Carrier, reference string) int {
	taken := s.undecided.take(undecidedKey{c, reference})
	for _, change := range taken {
		s.decide(change)
	}
	return len(taken)
}
