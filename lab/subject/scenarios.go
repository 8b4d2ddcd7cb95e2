package subject

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
)

// Expected is how an operation ends on a line with a scenario, when nothing else goes wrong.
type Expected struct {
	// Failure is empty for a success.
	Failure workflows.FailureType
	// Recorded is how many requests of it the carrier has to have recorded.
	Recorded int
}

// Code is a scenario of the sandbox by the last two digits of a line.
type Code int

// Scenarios that tests name.
const (
	Ordinary            Code = 0
	Slow                Code = 50
	LostCallback        Code = 51
	FiveCallbacks       Code = 52
	EarlyCallback       Code = 53
	OutOfOrder          Code = 54
	Intermediate        Code = 55
	UnknownWord         Code = 56
	UnknownStatus       Code = 57
	Contradicted        Code = 58
	DelayedError        Code = 59
	PartlyTaken         Code = 60
	NotInEffect         Code = 61
	LateEffect          Code = 62
	NeverDecided        Code = 63
	HeldAccepted        Code = 64
	HeldDenied          Code = 65
	HeldForever         Code = 66
	DeniedAtOnce        Code = 67
	Forgetful           Code = 68
	NoStatus            Code = 69
	Refused400          Code = 70
	Refused401          Code = 71
	ExpiredToken        Code = 72
	Refused403          Code = 73
	Refused404          Code = 74
	Conflict            Code = 75
	ConflictRecorded    Code = 76
	ConflictNotRecorded Code = 77
	Throttled           Code = 78
	ThrottledFor        Code = 79
	Unavailable         Code = 80
	ErrorRecorded       Code = 81
	TimeoutNotRecorded  Code = 82
	TimeoutRecorded     Code = 83
	ResetNotRecorded    Code = 84
	ResetRecorded       Code = 85
	HalfBody            Code = 86
	HTMLPage            Code = 87
	ErrorInside200      Code = 88
	StallRecorded       Code = 89
)

// about says which operations a scenario affects, and how they end. A scenario that is not listed is not used on its own.
var about = map[Code]struct {
	concerns func(carriers.Info) bool
	ends     func(carriers.Info) Expected
}{
	Slow:          {decidedLater, done},
	LostCallback:  {callsBack, done},
	FiveCallbacks: {callsBack, done},
	EarlyCallback: {callsBack, done},
	OutOfOrder:    {callsBack, done},
	Intermediate:  {callsBack, done},
	UnknownWord:   {callsBack, done},
	UnknownStatus: {decidedLaterOrHeld, done},
	Contradicted:  {callsBack, fails(workflows.CarrierFailed)},
	DelayedError:  {decidedLater, fails(workflows.CarrierFailed)},
	PartlyTaken:   {partlyTaken, fails(workflows.PartlyTaken)},
	// Where only the effect shows whether a request was recorded, a missing effect leaves the operation open permanently.
	NotInEffect:  {foundAgain, fails(workflows.NotInEffect)},
	LateEffect:   {foundAgainOrHeld, done},
	NeverDecided: {decidedLater, fails(workflows.DeadlineExceeded)},
	HeldAccepted: {held, done},
	HeldDenied:   {held, fails(workflows.DecisionDenied)},
	DeniedAtOnce: {held, fails(workflows.DecisionDenied)},
	NoStatus:     {always, done},

	Refused400:          {always, refused(workflows.CarrierRejected)},
	Refused401:          {always, refused(workflows.CarrierUnauthorized)},
	Refused403:          {always, refused(workflows.CarrierUnauthorized)},
	Refused404:          {always, refused(workflows.CarrierRejected)},
	ConflictNotRecorded: {always, refused(workflows.CarrierRejected)},
	ErrorInside200:      {always, refused(workflows.CarrierRejected)},

	Conflict: {always, done}, ConflictRecorded: {always, done}, Throttled: {always, done}, ThrottledFor: {always, done},
	Unavailable: {always, done}, ErrorRecorded: {always, done}, TimeoutNotRecorded: {always, done}, TimeoutRecorded: {always, done},
	ResetNotRecorded: {always, done}, ResetRecorded: {always, done}, HalfBody: {always, done}, HTMLPage: {always, done},
	StallRecorded: {always, done},
}

func always(carriers.Info) bool               { return true }
func callsBack(i carriers.Info) bool          { return i.CallsBack }
func decidedLater(i carriers.Info) bool       { return i.DecidedLater }
func held(i carriers.Info) bool               { return i.MayBeHeld }
func decidedLaterOrHeld(i carriers.Info) bool { return i.DecidedLater || i.MayBeHeld }
func partlyTaken(i carriers.Info) bool        { return i.MayBePartlyTaken }
func foundAgain(i carriers.Info) bool         { return i.FoundBy != carriers.FoundByEffect }
func foundAgainOrHeld(i carriers.Info) bool   { return foundAgain(i) || i.MayBeHeld }

func done(carriers.Info) Expected { return Expected{Recorded: 1} }

func fails(f workflows.FailureType) func(carriers.Info) Expected {
	return func(carriers.Info) Expected { return Expected{f, 1} }
}

func refused(f workflows.FailureType) func(carriers.Info) Expected {
	return func(carriers.Info) Expected { return Expected{f, 0} }
}

// Codes lists the scenarios that affect the operation, in their order.
func (s Subject) Codes() (codes []Code) {
	for _, sc := range scenarios {
		code := Code(sc.Code)
		played, listed := about[code]
		here := len(sc.Carriers) == 0 || slices.Contains(sc.Carriers, s.Carrier())
		if listed && here && played.concerns(s.Info) {
			codes = append(codes, code)
		}
	}
	return codes
}

// Ends is how the operation ends on a line with a scenario. A scenario that does not affect it changes nothing.
func (s Subject) Ends(code Code) Expected {
	if slices.Contains(s.Codes(), code) {
		return about[code].ends(s.Info)
	}
	return done(s.Info)
}

// StaysUnknown reports whether nobody can tell on a line with a scenario whether the carrier has the request: it has not arrived, and
// a request that arrived and is held, or not decided yet, would leave as little to read.
func (s Subject) StaysUnknown(code Code) bool {
	return s.FoundBy == carriers.FoundByEffect && decidedLaterOrHeld(s.Info) && slices.Contains(lostWithoutTrace, code)
}

// lostWithoutTrace are the scenarios in which a request is not recorded, and its answer does not say so for sure.
var lostWithoutTrace = []Code{ConflictNotRecorded, Unavailable, TimeoutNotRecorded, ResetNotRecorded}

// AboutTheAnswer reports whether the scenario is about how a request is answered when it is sent: refused, or not at all.
func (c Code) AboutTheAnswer() bool { return c >= Refused400 }

// Name is the scenario's name in the sandbox.
func (c Code) Name() string {
	for _, sc := range scenarios {
		if sc.Code == int(c) {
			return sc.Name
		}
	}
	return ""
}

// AboutCallbacks reports whether the scenario is about callbacks.
func (c Code) AboutCallbacks() bool {
	return c >= LostCallback && c <= UnknownWord || c == Contradicted
}

// NothingRecorded reports whether the carrier refuses the request and records nothing.
func (c Code) NothingRecorded() bool {
	played, listed := about[c]
	return listed && played.ends(carriers.Info{}).Recorded == 0
}

// scenarios are those of the sandbox of all carriers.
var scenarios = func() []sandbox.Scenario {
	s := sandboxes.New(sandboxes.Config{})
	defer s.Close()
	return s.Scenarios()
}()
