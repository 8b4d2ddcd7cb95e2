package carriers

import (
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// Adapter describes one carrier. The worker, the starter's commands and the tables in the documentation are made from it.
type Adapter struct {
	// Carrier is the short name, in lower case. Flags begin with it, and environment variables with the same in capitals.
	Carrier Carrier
	// Name is the carrier's name as people write it.
	Name string
	// Operations are all operations of the carrier.
	Operations []Operation
	// NewSettings returns a pointer to the carrier's settings, to be filled in by a command line parser (the tags are those of
	// github.com/alecthomas/kong).
	NewSettings func() Settings
	// LineForm writes the identifier of a line in the form on the carrier's pages, so that every spelling of a line has one
	// LineKey. Nil leaves it as it is typed.
	LineForm func(identifier string) string
	// Patterns describe in words the regular expressions in the schemas of its requests. Optional.
	Patterns map[string]string
	// Sweep reads what was decided from the carrier's own list of requests; nil where the carrier has none.
	Sweep *Sweep
}

// Sweeps reports whether a sweep of the carrier's list tells about an operation type.
func (a Adapter) Sweeps(operation string) bool {
	return a.Sweep != nil && slices.Contains(a.Sweep.Operations, operation)
}

// CallsBack reports whether the carrier documents callbacks about any of its operations.
func (a Adapter) CallsBack() bool {
	for _, o := range a.Operations {
		if o.Info().CallsBack {
			return true
		}
	}
	return false
}

// EnvPrefix is the prefix of the carrier's environment variables: the short name in capitals and an underscore.
func (a Adapter) EnvPrefix() string { return strings.ToUpper(string(a.Carrier)) + "_" }

// Settings are how to reach a carrier, and the choices that its pages leave open.
type Settings interface {
	// Served reports whether the worker serves the carrier: its base URL is set.
	Served() bool
	// Check names every fault together with the environment variable to set, and repeats no value that may be secret. It is
	// called only for a carrier that is served.
	Check() error
	// CallTimeout is the maximum time of one HTTP exchange; unlike ExchangeTimeout it needs no connection.
	CallTimeout() time.Duration
	// Connect returns a connection to the carrier. It sends nothing. onOutage, if not nil, is called when an API of the
	// carrier stops answering (true) and when it answers again (false). A nil log drops the debug logs.
	Connect(log *zap.Logger, onOutage func(began bool)) (Connection, error)
}

// CallbackSettings are the [Settings] of a carrier that sends callbacks. To read them takes no connection, so that the process that
// receives them needs neither the carrier's address nor its credentials.
type CallbackSettings interface {
	// Callbacks returns what reads the carrier's callbacks. Its error names every fault of the settings that matter for that, together
	// with the environment variable to set.
	Callbacks() (CallbackReader, error)
}

// CallbackReader reads the callbacks of a carrier. The [Connection] to a carrier that sends callbacks is one too.
type CallbackReader interface {
	// ReadCallbacks reads the notices in a callback's body, in their order: all of them, or none. The body is plain UTF-8.
	// Errors say what is wrong, in which notice, and repeat nothing of the body. The texts in the notices are without personal
	// data.
	ReadCallbacks(body []byte) ([]Notice, error)
}

// Notice is what a callback says about one operation.
type Notice struct {
	// Reference is the operation's, as the carrier wrote it.
	Reference string
	// Outcome is what it reports. Its effect is never read.
	Outcome Outcome
	// EventID, if the carrier sends one, distinguishes a redelivery of a notice from another notice.
	EventID string
	// At is the carrier's time of the event, if it gives one.
	At time.Time
}
