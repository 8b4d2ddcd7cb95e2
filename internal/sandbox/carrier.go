package sandbox

import (
	"math/rand/v2"
	"net/http"

	"github.com/carrierflow/carrierflow/carriers"
)

// Carrier is everything that the engine knows about one carrier. The carrier's folder builds it, with its settings and its
// lines inside. One value belongs to one [Sandbox].
//
// The engine calls the functions that handle requests and changes under one lock, so they may read and change what the
// carrier knows without a lock of their own. They must not block. Refusal, NoError and Callback are called without the
// lock: their results depend on their arguments alone.
type Carrier struct {
	// Name is the carrier's name in rules, ledger and stats.
	Name carriers.Carrier
	// Operations lists what the carrier serves.
	Operations []Operation
	// WorkerEnv returns the environment variables with which a worker calls the carrier here, by their names. base is the URL of the
	// sandbox. Where callbacks go, and how they are signed, is not among them.
	WorkerEnv func(base string) map[string]string
	// Traits decide, with Callback, which scenarios make a difference at the carrier.
	Traits Traits

	// Refusal builds an error answer in the carrier's shape. An empty code stands for the carrier's usual code of the
	// status.
	Refusal func(status int, code, message string) Reply
	// NoError returns the fields of the carrier's error body with a code that means "no error", as some implementations
	// add them to good answers. It consists of what encoding/json decodes into an any.
	NoError func(code any, random *rand.Rand) Object
	// Authorized reports whether a request has the carrier's own credential; nil accepts every request. Tokens of a
	// [KindToken] operation are checked by the engine, see [Config.RequireTokens].
	Authorized func(r *http.Request) bool
	// Answers says what other implementations may change in good answers.
	Answers Answers
	// Callback returns the body of a callback notice and the status word in it; nil if the carrier does not call back.
	Callback func(n Notice) (body any, status string)
}

// Traits are the properties of a carrier that a scenario may need.
type Traits struct {
	// DecidesLater: a change is acknowledged first and decided later, without a review.
	DecidesLater bool
	// StatusInAcknowledgement: the acknowledgement has a status word.
	StatusInAcknowledgement bool
	// Reviews: a change may be held for a review.
	Reviews bool
	// LeavesOutParts: parts of a change that the carrier does not know are left out without an error.
	LeavesOutParts bool
}

// Kind says what an operation is for.
type Kind int

// The kinds of operations.
const (
	// KindChange changes a line. Its requests are in the ledger.
	KindChange Kind = iota
	// KindRead shows a line, or what belongs to it.
	KindRead
	// KindLookUp shows what became of an earlier change.
	KindLookUp
	// KindToken issues access tokens. It needs no credential.
	KindToken
)

// Operation is one thing that a carrier serves.
type Operation struct {
	// Name is the operation's name in rules, ledger and stats, where "token" is the usual one for a [KindToken].
	Name string
	Kind Kind
	// Route is a pattern of [http.ServeMux] with a method: "GET /base/lines/{id}".
	Route string
	// Handle reads a request. The body is empty where there is none. Not for a [KindToken].
	Handle func(r *http.Request, body []byte) Request
	// CheckGrant returns why a token request is refused, nil when it gets a token. Its form is parsed. For a [KindToken]
	// only.
	CheckGrant func(r *http.Request) *TokenRefusal
	// ClosedForSome: with other manners, a gateway always refuses this read for some lines.
	ClosedForSome bool
}

// Request is what the engine has to know about one request. A change has Record, everything else Read.
type Request struct {
	// Reference names the request in rules and in the ledger: the caller's reference as on the wire. A carrier without
	// references leaves it empty, or derives one and sets Derived.
	Reference string
	// Derived tells that the caller did not send the reference. Requests with different derived references can be the same
	// operation, so the ledger knows a repeated one by its line and body, as without a reference.
	Derived bool
	// Line is the identifier whose last two digits choose the scenario.
	Line string
	// IPAddress is the end user's, where the carrier's requests have one.
	IPAddress string
	// Refusal is what the carrier's documented rules say against the request; nil for a good one.
	Refusal *Reply

	// Record enters a change into what the carrier knows, and returns the acknowledgement. The change is lost when it
	// reports false.
	Record func(c *Change) (answer Reply, recorded bool)
	// Read answers a request that changes nothing.
	Read func() Reply
	// Missing is what a look-up answers about a request that never came.
	Missing *Reply
}

// Reply is an answer with a JSON body; a nil body is none.
type Reply struct {
	Status int
	Header map[string]string
	Body   any
}

// Object is a JSON object.
type Object = map[string]any

// operation finds an operation by its name, nil if the carrier has none.
func (c *Carrier) operation(name string) *Operation {
	for i := range c.Operations {
		if c.Operations[i].Name == name {
			return &c.Operations[i]
		}
	}
	return nil
}

// issuesTokens reports whether the carrier has an operation that issues tokens.
func (c *Carrier) issuesTokens() bool {
	for _, op := range c.Operations {
		if op.Kind == KindToken {
			return true
		}
	}
	return false
}
