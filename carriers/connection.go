package carriers

import "time"

// Connection is a client of a carrier, with which the functions of [Change] and [Read] are called.
type Connection interface {
	// ExchangeTimeout is the maximum time of one HTTP exchange.
	ExchangeTimeout() time.Duration
	// Slots is the maximum number of concurrent calls.
	Slots() int
	// Close closes the idle connections.
	Close()
}
