package callback

import (
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// replayable is how long a signed message can be accepted at all: signed as far ahead as is tolerated, sent as late as is
	// tolerated.
	replayable = 2 * tolerance
	// mostRemembered bounds each of a memory's two halves: 1 MiB in all.
	mostRemembered = 1 << 14
)

// memory remembers keys for at least a time, in two halves: when the young one is as old as that, or full, it becomes
// the old one and the old one is dropped. Only a flood makes it forget earlier; a forgotten message is signalled once
// more, which a workflow takes no harm from.
type memory struct {
	keep time.Duration
	most int

	mu         sync.Mutex
	since      time.Time // when the young half was begun
	young, old map[[sha256.Size]byte]struct{}
}

func newMemory(keep time.Duration, most int) *memory {
	m := &memory{keep: keep, most: most, since: time.Now()}
	m.turn()
	m.turn()
	return m
}

func (m *memory) has(key [sha256.Size]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	_, young := m.young[key]
	_, old := m.old[key]
	return young || old
}

func (m *memory) add(key [sha256.Size]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	if len(m.young) >= m.most {
		m.turn()
	}
	m.young[key] = struct{}{}
}

// expire drops what is older than keep, at the latest when it is twice as old.
func (m *memory) expire() {
	age := time.Since(m.since)
	if age >= m.keep {
		m.turn()
	}
	if age >= 2*m.keep {
		m.turn()
	}
}

func (m *memory) turn() {
	m.old, m.young, m.since = m.young, map[[sha256.Size]byte]struct{}{}, time.Now()
}
