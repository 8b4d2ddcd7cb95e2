package sandbox

import "sync"

// Release lets every stalled answer go and returns how many there were.
func (s *Sandbox) Release() int { return s.gate.open() }

// gate is where stalled answers wait.
type gate struct {
	mu       sync.Mutex
	released chan struct{}
	waiting  int
}

func newGate() *gate { return &gate{released: make(chan struct{})} }

// wait counts an answer as waiting and returns the channel that is closed when it is released. enter runs first, under the
// lock: when its effect can be seen, the answer can be released.
func (g *gate) wait(enter func()) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	enter()
	g.waiting++
	return g.released
}

// leave stops waiting for a channel that wait returned.
func (g *gate) leave(released <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if released == (<-chan struct{})(g.released) {
		g.waiting--
	}
}

func (g *gate) open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.waiting
	close(g.released)
	g.released, g.waiting = make(chan struct{}), 0
	return n
}
