package carriers

import "time"

// Observer is told about the calls to a carrier, for metrics. Every function may be nil. They are called from many goroutines, and
// must not make a call themselves.
type Observer struct {
	// Outage is called when an API of the carrier stops answering (true), and when it answers again (false).
	Outage func(began bool)
	// Exchanged is called after each HTTP exchange, also with a token endpoint.
	Exchanged func(Exchange)
	// Refused is called for each call that failed because our credentials were refused: see [Unauthorized].
	Refused func()
}

// Exchange is one HTTP exchange. It contains nothing personal.
type Exchange struct {
	// Call names what was attempted: "activate subscription".
	Call string
	// Status is the HTTP status; 0 without an answer. Connected is false when the request never left this machine.
	Status    int
	Connected bool
	// Took is the time from the beginning to the last byte of the answer, or until there was none.
	Took time.Duration
}
