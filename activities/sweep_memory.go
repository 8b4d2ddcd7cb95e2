package activities

import (
	"sync"

	"github.com/carrierflow/carrierflow/carriers"
)

// mostTold bounds what a worker remembers of what it has told: half of it at least, all of it at most.
const mostTold = 100_000

// mostTries is how often it is tried to tell what seems to be about no operation: one that began a moment ago may not be found yet.
const mostTries = 5

// toldMemory remembers what was told, so that a page that is read again is not told again. It is lost with the process, which does no
// harm: the server drops a signal that it has had.
type toldMemory struct {
	mu            sync.Mutex
	recent, older map[string]int8 // how often it was tried; mostTries when it was told
}

// toldKey is the same for the same word about the same request.
func toldKey(d carriers.Decided) string {
	return d.TransactionID + "\x00" + string(d.Outcome.State) + "\x00" + d.Outcome.Status
}

func (m *toldMemory) has(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tries(key) >= mostTries
}

func (m *toldMemory) tries(key string) int8 { return max(m.recent[key], m.older[key]) }

// add remembers that something was told, or that nobody was there to be told.
func (m *toldMemory) add(key string, told bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tries := m.tries(key) + 1
	if told {
		tries = mostTries
	}
	if len(m.recent) >= mostTold/2 {
		m.recent, m.older = nil, m.recent
	}
	if m.recent == nil {
		m.recent = map[string]int8{}
	}
	m.recent[key] = tries
}
