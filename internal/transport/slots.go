package transport

import (
	"context"
	"fmt"
	"time"
)

// slots limit the concurrent calls of a client. A call waits here before its timeout begins: time spent waiting for our own
// connections must not look like a carrier that does not answer.
type slots struct {
	taken   chan struct{}
	timeout time.Duration // of one exchange
}

func newSlots(o Options) slots {
	return slots{taken: make(chan struct{}, o.Slots()), timeout: o.ExchangeTimeout()}
}

// acquire waits for a slot, first come, first served. It fails when the caller's context ends, and when the wait has used
// up the time that a whole exchange may take: an interrupted exchange leaves a request with an unknown outcome.
func (s slots) acquire(ctx context.Context) error {
	select {
	case s.taken <- struct{}{}:
		return nil
	default:
	}
	enough := s.timeFor(ctx)
	select {
	case s.taken <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("all %d were in use: %w", cap(s.taken), ctx.Err())
	}
	if enough && !s.timeFor(ctx) {
		s.release()
		return fmt.Errorf("all %d were in use until less than %s was left for the exchange", cap(s.taken), s.timeout)
	}
	return nil
}

// release returns a slot.
func (s slots) release() { <-s.taken }

// timeFor reports whether the caller has time for a whole exchange.
func (s slots) timeFor(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) >= s.timeout
}
