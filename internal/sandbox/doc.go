// Package sandbox plays DISH Wireless, sTN and MásMóvil as one stateful HTTP server: for demonstrations, end-to-end
// tests and fault harnesses.
//
// It behaves as the carriers document it: it acknowledges at once, decides later, and a read shows a change exactly
// when it is in effect. Lines come into being when they are first asked about. A scenario makes one operation go wrong
// in one way; it is chosen by the last two digits of the line's identifier, as payment sandboxes do with card numbers,
// or by a rule set through the control endpoint /_sandbox/scenarios. A ledger tells how often each operation arrived
// and how often it was recorded, and whether it is in effect.
//
// What the pages show is one way to say it. Other manners say the same as other implementations and the gateways before
// them do, see [Config] and [OtherManners].
//
// What the carriers do not document is invented, and all of it stands in invented.go. The sandbox shares no code with
// the clients beyond the names of the carriers: a common misreading would hide itself.
package sandbox
