package transport

import (
	"context"
	"fmt"
	"time"
)

// slots are the calls that a client makes at once. A call waits here for its turn, before its timeout begins: time spent
// waiting for ourselves is not the carrier's silence.
type slots struct {
	taken   chan struct{}
	timeout time.Duration // of one exchange
}

func newSlots(o Options) slots {
	return slots{taken: make(chan struct{}, o.Slots()), timeout: o.ExchangeTimeout()}
}

// take waits for a slot, first come, first served. It fails when the caller's time ends before, and when the wait has
// used up the time for a whole exchange: one that is cut off leaves behind a request nobody knows the outcome of.
func (s slots) take(ctx context.Context) error {
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
		s.give()
		return fmt.Errorf("all %d were in use until less than %s was left for the exchange", cap(s.taken), s.timeout)
	}
	return nil
}

// give returns a slot.
func (s slots) give() { <-s.taken }

// timeFor reports whether the caller has time for a whole exchange.
func (s slots) timeFor(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return !limited || time.Until(deadline) >= s.timeout
}
