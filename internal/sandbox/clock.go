package sandbox

import (
	"context"
	"sync"
	"time"
)

// clock runs things later. Closing it drops what has not begun, interrupts sleepers and waits for what is running.
type clock struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	timers  map[int]*time.Timer
	last    int
	running sync.WaitGroup
}

func newClock() *clock {
	ctx, cancel := context.WithCancel(context.Background())
	return &clock{ctx: ctx, cancel: cancel, timers: map[int]*time.Timer{}}
}

// after runs f in its own goroutine once d has passed. What waits costs a timer, not a goroutine.
func (c *clock) after(d time.Duration, f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.last++
	id := c.last
	c.timers[id] = time.AfterFunc(d, func() {
		if c.enter(id) {
			defer c.running.Done()
			f()
		}
	})
}

// enter reports whether a due timer may still run, and counts it as running.
func (c *clock) enter(id int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.timers, id)
	if c.closed {
		return false
	}
	c.running.Add(1)
	return true
}

// sleep returns after d, or earlier when the request or the sandbox ends.
func (c *clock) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
}

func (c *clock) close() {
	c.mu.Lock()
	c.closed = true
	for _, timer := range c.timers {
		timer.Stop()
	}
	clear(c.timers)
	c.mu.Unlock()
	c.cancel()
	c.running.Wait()
}
