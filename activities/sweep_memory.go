package activities

import (
	"sync"

	"github.com/carrierflow/carrierflow/carriers"
)

// mostTold bounds what a worker remembers of what it has told: half of it at least, all of it at most.
const mostTold = 100_000

// toldMemory remembers what was told, so that a page that is read again is not told again. It is lost with the process, which does no
// harm: the server drops a signal that it has had.
type toldMemory struct {
	mu            sync.Mutex
	recent, older map[string]struct{}
}

// toldKey is the same for the same word about the same request.
func toldKey(d carriers.Decided) string {
	return d.TransactionID + "\x00" + string(d.Outcome.State) + "\x00" + d.Outcome.Status
}

func (m *toldMemory) has(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, recent := m.recent[key]
	_, older := m.older[key]
	return recent || older
}

func (m *toldMemory) add(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.recent) >= mostTold/2 {
		m.recent, m.older = nil, m.recent
	}
	if m.recent == nil {
		m.recent = map[string]struct{}{}
	}
	m.recent[key] = struct{}{}
}
