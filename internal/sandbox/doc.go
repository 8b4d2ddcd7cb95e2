// Package sandbox is the engine under the sandbox of every carrier: one stateful HTTP server for demonstrations,
// end-to-end tests and fault harnesses.
//
// A carrier's sandbox plugs into it as a [Carrier] and says what it serves, how its answers and errors look, and what it
// knows of its lines. The engine does what all have in common. It acknowledges a change at once and decides it later, and
// a read shows a change exactly when it is in effect. A scenario makes one operation go wrong in one way; it is chosen by
// the last two digits of the line's identifier, as payment sandboxes do with card numbers, or by a rule set through the
// control endpoint /_sandbox/scenarios. A ledger tells how often each operation arrived and how often it was recorded, and
// whether it is in effect.
//
// What a carrier's pages show is one way to say it. Other manners say the same as other implementations and the gateways
// before them do, see [Config] and [OtherManners].
//
// The engine knows no carrier. It shares no code with the clients, because a misreading that both share would not be seen.
// Its delays and its gateway answers are invented.
package sandbox
