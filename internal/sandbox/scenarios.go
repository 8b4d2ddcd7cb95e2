package sandbox

import (
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Scenario is one way an operation can go wrong, or at least differently.
type Scenario struct {
	// Code is chosen by the last two digits of the line's identifier. 0 means: only by a rule. 00 to 49 are ordinary lines.
	Code     int    `json:"code,omitempty"`
	Name     string `json:"name"`
	Sentence string `json:"sentence"`
	// Carriers lists where the scenario makes a difference; empty means everywhere. Elsewhere the line is ordinary.
	Carriers []carriers.Carrier `json:"carriers,omitempty"`

	// needs is what a carrier must have so that the scenario makes a difference; nil needs nothing.
	needs func(*Carrier) bool
	// Each part is optional. before comes before anything is recorded and may replace the whole exchange, after
	// replaces the answer to a recorded change (or to a read), plan says how a recorded change goes on. The duration
	// is a rule's delay, 0 for the scenario's own time.
	before, after func(time.Duration) fault
	plan          func(*Plan, time.Duration)
	// shape changes how answers look, profile puts all other manners on an exchange, at random.
	shape   shaper
	profile bool
	// times is how many requests of one operation meet a scenario chosen by the line; 0 is all of them.
	times int
	// everywhere makes a rule that names no operation apply to reads and token calls too.
	everywhere bool
	// reads makes a rule that names no operation apply to reads and look-ups, and to nothing else.
	reads bool
}

// Scenarios returns the table, without the scenarios that make no difference at any of the sandbox's carriers.
func (s *Sandbox) Scenarios() []Scenario {
	var all []Scenario
	for _, sc := range table {
		if sc.needs != nil {
			for _, c := range s.carriers {
				if sc.needs(c) {
					sc.Carriers = append(sc.Carriers, c.Name)
				}
			}
			if len(sc.Carriers) == 0 {
				continue
			}
		}
		all = append(all, sc)
	}
	return all
}

// What a scenario may need.
func callsBack(c *Carrier) bool      { return c.Callback != nil }
func decidesLater(c *Carrier) bool   { return c.Traits.DecidesLater }
func saysStatus(c *Carrier) bool     { return c.Traits.StatusInAcknowledgement }
func reviews(c *Carrier) bool        { return c.Traits.Reviews }
func leavesOutParts(c *Carrier) bool { return c.Traits.LeavesOutParts }

var table = []Scenario{
	// How a recorded change goes on.
	{Code: 50, Name: "slow", needs: decidesLater, Sentence: "Decided after ten times the usual time.", plan: slow},
	{Code: 51, Name: "lost-callback", needs: callsBack, Sentence: "Decided as usual, but no callback is sent.", plan: callbacks(lost)},
	{Code: 52, Name: "duplicate-callback", needs: callsBack, Sentence: "The final callback is sent five times at once, with one event id.", plan: callbacks(fivefold)},
	{Code: 53, Name: "early-callback", needs: callsBack, Sentence: "Decided at once: the callback is sent before the acknowledgement is written.", plan: callbacks(early)},
	{Code: 54, Name: "out-of-order", needs: callsBack, Sentence: "The final callback is sent, and after it an older InProgress.", plan: callbacks(reversed)},
	{Code: 55, Name: "intermediate-callback", needs: callsBack, Sentence: "An InProgress callback is sent half-way, the final one at the end.", plan: callbacks(intermediate)},
	{Code: 56, Name: "unknown-word-callback", needs: callsBack, Sentence: "The only callback carries a status word that nobody knows; the transaction status is right.", plan: callbacks(unknownWord)},
	{Code: 57, Name: "unknown-status", Sentence: "Look-ups answer a word that nobody knows for a while, the final one after twice the usual time; no callback. A carrier with reviews holds the request for one.", plan: unknownFirst},
	{Code: 58, Name: "contradicting-callback", needs: callsBack, Sentence: "The callback says Success, the transaction status Failed, and nothing is in effect.", plan: contradicting},
	{Code: 59, Name: "delayed-error", needs: decidesLater, Sentence: "Acknowledged as usual, decided as failed.", plan: delayedError},
	{Code: 60, Name: "part-left-out", needs: leavesOutParts, Sentence: "The first known part of the request, in alphabetical order, is silently left out as if the carrier did not know it.", plan: partLeftOut},
	{Code: 61, Name: "not-in-effect", Sentence: "Decided as done, but no read ever shows the change.", plan: notInEffect},
	{Code: 62, Name: "late-effect", Sentence: "Decided as done; reads show the change only some seconds later.", plan: lateEffect},
	{Code: 63, Name: "never-decided", needs: decidesLater, Sentence: "Acknowledged and never decided.", plan: neverDecided},
	{Code: 64, Name: "review-accept", needs: reviews, Sentence: "Held for a review (202) that ends in acceptance.", plan: reviewed(ReviewAccept)},
	{Code: 65, Name: "review-deny", needs: reviews, Sentence: "Held for a review (202) that ends in denial.", plan: reviewed(ReviewDeny)},
	{Code: 66, Name: "review-forever", needs: reviews, Sentence: "Held for a review (202) that never ends.", plan: reviewed(ReviewForever)},
	{Code: 67, Name: "denied-at-once", needs: reviews, Sentence: "Answered 202 with a decision that is already negative.", plan: reviewed(DeniedAtOnce)},
	{Code: 68, Name: "forgetful", Sentence: "Recorded and acknowledged, but every look-up answers as if the request had never come. The control that shows a harness can fail.", plan: forgetful, everywhere: true},
	{Code: 69, Name: "no-word", needs: saysStatus, Sentence: "The acknowledgement has no status field.", plan: noStatus},

	// Refusals: nothing is recorded.
	{Code: 70, Name: "refuse-400", Sentence: "Refused as a bad request.", before: refusing(400)},
	{Code: 71, Name: "unauthorized-401", Sentence: "Refused with 401, whatever the credential.", before: refusing(401)},
	{Code: 72, Name: "expired-token", Sentence: "Refused with 401 once, then accepted.", before: refusing(401), times: 1},
	{Code: 73, Name: "forbidden-403", Sentence: "Refused with 403.", before: refusing(403)},
	{Code: 74, Name: "not-found-404", Sentence: "Refused with 404.", before: refusing(404)},
	{Code: 75, Name: "conflict-409", Sentence: "Recorded and acknowledged; sent again it is refused with 409 and not recorded.", before: conflictOnRepeat},
	{Code: 76, Name: "conflict-409-recorded", Sentence: "Recorded, and answered 409; sent again it is refused with 409 and not recorded.", before: conflictOnRepeat, after: refusing(409)},
	{Code: 77, Name: "conflict-409-plain", Sentence: "Refused with 409, nothing recorded.", before: refusing(409)},
	{Code: 78, Name: "throttled-429", Sentence: "Refused twice with 429 that does not say for how long, then accepted.", before: refusing(429), times: 2},
	{Code: 79, Name: "throttled-429-retry-after", Sentence: "Refused twice with 429 and Retry-After, then accepted.", before: throttled, times: 2},
	{Code: 80, Name: "unavailable-503", Sentence: "Refused twice with 503, then accepted.", before: refusing(503), times: 2},

	// Faults on the wire, met once by each operation; a rule decides for itself how often.
	{Code: 81, Name: "error-500-after-recording", Sentence: "Recorded, but answered 500.", after: refusing(500), times: 1},
	{Code: 82, Name: "timeout-before-recording", Sentence: "Not recorded, and no answer until the client gives up.", before: held, times: 1},
	{Code: 83, Name: "timeout-after-recording", Sentence: "Recorded, but no answer until the client gives up.", after: held, times: 1},
	{Code: 84, Name: "reset-before-recording", Sentence: "Not recorded; the connection is reset.", before: reset, times: 1},
	{Code: 85, Name: "reset-after-recording", Sentence: "Recorded, then the connection is reset instead of an answer.", after: reset, times: 1},
	{Code: 86, Name: "half-body", Sentence: "Recorded; the connection ends in the middle of the answer.", after: halfBody, times: 1},
	{Code: 87, Name: "html-page", Sentence: "Recorded, but answered 200 with an HTML page.", after: htmlPage, times: 1},
	{Code: 88, Name: "error-inside-200", Sentence: "Not recorded; answered 200 with an error inside.", before: errorInside200},
	{Code: 89, Name: "stall-after-recording", Sentence: "Recorded; the answer is held until it is released through the control endpoint or the client is gone.", after: stalled, times: 1},

	// Outages of a whole carrier, switched on and off by a rule.
	{Name: "down", Sentence: "Every call of the carrier is answered 503.", before: refusing(503), everywhere: true},
	{Name: "refusing", Sentence: "Every connection to the carrier is closed without an answer.", before: closed, everywhere: true},

	// Other manners: what gateways and other implementations make of the same answers. Switched on by a rule, or all of
	// them by the settings.
	{Name: "other-manners", Sentence: "Everything below, at random by seed, on every exchange.", profile: true, everywhere: true},
	{Name: "gateway-404-text", Sentence: "A read is answered by a gateway: 404, text/plain, default backend.", before: gatewayed(gatewayText), reads: true},
	{Name: "gateway-404-json", Sentence: "A read is answered by a gateway: 404, JSON with nothing but a message.", before: gatewayed(gatewayJSON), reads: true},
	{Name: "gateway-404-html", Sentence: "A read is answered by a gateway: 404, a web page.", before: gatewayed(gatewayHTML), reads: true},
	{Name: "gateway-403", Sentence: "A read is answered by a gateway: 403, JSON with nothing but a message.", before: gatewayed(gatewayForbidden), reads: true},
	{Name: "gateway-400", Sentence: "A read is answered by a gateway: 400, a web page.", before: gatewayed(gatewayBad), reads: true},
	{Name: "late-visibility", Sentence: "Recorded and acknowledged, but look-ups show it only after a while.", plan: lateVisibility},
	{Name: "duplicate-400", Sentence: "Recorded, and answered 400 with a word for a duplicate, as by a gateway that forwarded it twice; sent again it is refused in the same way and not recorded.", before: duplicateOnRepeat, after: answeredDuplicate},
	{Name: "batched-callback", needs: callsBack, Sentence: "The callback waits a little for others and travels with them in one body.", plan: batchedCallback},
	{Name: "null-list", Sentence: "A read that lists something has null in the list's place, or no list at all.", shape: nullList, reads: true},
	{Name: "unordered-list", Sentence: "A read that lists something does not keep to the order that was asked for.", shape: unorderedList, reads: true},
	{Name: "code-zero", Sentence: "A good answer carries the error fields, with a zero, a 200 or null in them.", shape: codeZero, everywhere: true},
	{Name: "spelled-otherwise", Sentence: "Identifiers, dates and status words are spelled otherwise in good answers.", shape: spelledOtherwise, everywhere: true},
	{Name: "numbers-for-text", Sentence: "Texts of digits are numbers, without leading zeros, and numbers are text or have a fraction of zero.", shape: numbersForText, everywhere: true},
	{Name: "one-for-list", Sentence: "A list of one is the one.", shape: oneForList, everywhere: true},
	{Name: "packed-otherwise", Sentence: "The same JSON, with a byte order mark, compressed, or under another content type.", shape: packedOtherwise, everywhere: true},
}

// byName finds a scenario of the table.
func byName(name string) (Scenario, bool) {
	i := slices.IndexFunc(table, func(sc Scenario) bool { return sc.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return table[i], true
}

// byLine finds the scenario that a line's last two digits choose.
func byLine(line string) (Scenario, bool) {
	code, ok := lastTwo(line)
	if !ok || code == 0 {
		return Scenario{}, false
	}
	i := slices.IndexFunc(table, func(sc Scenario) bool { return sc.Code == code })
	if i < 0 {
		return Scenario{}, false
	}
	return table[i], true
}

// concerns reports whether the scenario makes a difference at a carrier.
func (sc Scenario) concerns(c *Carrier) bool { return sc.needs == nil || sc.needs(c) }
