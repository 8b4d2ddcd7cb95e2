package carriers

import "time"

// Presence is what one look-up says about a request that may have been sent.
type Presence string

// What a look-up can say. A lost connection, an answer that is not the carrier's own (a gateway's 404, a web page), a list
// that is missing and a record that only resembles the one looked for are all CannotTell: not finding something proves nothing.
const (
	// Present: the carrier has the request.
	Present Presence = "present"
	// Absent: a well-formed answer in the carrier's own shape says that the carrier does not have it. One such answer is no
	// proof yet; see [Proof].
	Absent Presence = "absent"
	// CannotTell: the carrier was asked, and its answer says neither.
	CannotTell Presence = "cannot tell"
)

// Finding is the answer of a look-up.
type Finding struct {
	Presence Presence
	// Acknowledgement stands in for the one that was lost, when the request is Present.
	Acknowledgement Acknowledgement
	// Why says what stands in the way, when the look-up CannotTell. Without personal data.
	Why string
}

// FoundNothing is the finding Absent.
func FoundNothing() Finding { return Finding{Presence: Absent} }

// FoundUnclear is the finding CannotTell.
func FoundUnclear(why string) Finding { return Finding{Presence: CannotTell, Why: why} }

// FoundAs is the finding Present: the carrier has the request, under a transaction id and with a status if it shows them.
func FoundAs(transactionID string, outcome Outcome) Finding {
	return Finding{Presence: Present, Acknowledgement: Acknowledgement{
		TransactionID: transactionID, Outcome: outcome, At: time.Now().UTC(), Found: true,
	}}
}

// Proof is what is known for certain about whether a request was sent and is absent at the carrier. It is stored
// durably before anything is sent. All decisions that rest on absence are made with it: to send a second time, to say
// "nothing was sent", to believe a refusal.
//
// The rule: a look-up counts only when it was made at least the settle time after the last moment at which any attempt
// may have sent, because a carrier may need that long to show what it has recorded. A second send needs two such look-ups,
// a settle time apart, with no other answer between them.
type Proof struct {
	// SentUntil is the last moment at which an attempt may have sent; zero when surely nothing was sent.
	SentUntil time.Time `json:"sentUntil,omitzero"`
	// AbsentSince is when the first of the look-ups was made that count and say Absent; zero when there is none.
	AbsentSince time.Time `json:"absentSince,omitzero"`
}

// How many look-ups prove an absence.
const (
	// ToSendAgain is for a second send, and for saying that nothing was sent.
	ToSendAgain = 2
	// ToBelieveRefusal is for a request that the carrier has refused: the look-up only rules out that the refusal was about a
	// repetition of a request that was taken.
	ToBelieveRefusal = 1
)

// MaybeSent reports whether the request may have reached the carrier.
func (p Proof) MaybeSent() bool { return !p.SentUntil.IsZero() }

// Sending takes note that an attempt may send until a moment. What was looked up before no longer counts.
func (p *Proof) Sending(until time.Time) {
	if until.After(p.SentUntil) {
		p.SentUntil = until
	}
	p.AbsentSince = time.Time{}
}

// Weigh takes a look-up into account that was made at a time. It reports whether the absence of the request is proven,
// by so many look-ups; if not, wait is the time until another look-up can count, or zero when nothing says when that will be.
func (p *Proof) Weigh(found Presence, at time.Time, settle time.Duration, needed int) (proven bool, wait time.Duration) {
	if found != Absent {
		p.AbsentSince = time.Time{}
		return false, 0
	}
	if !p.MaybeSent() {
		return true, 0
	}
	if early := p.SentUntil.Add(settle).Sub(at); early > 0 {
		return false, early
	}
	if p.AbsentSince.IsZero() {
		p.AbsentSince = at
	}
	if early := p.AbsentSince.Add(settle).Sub(at); needed >= ToSendAgain && early > 0 {
		return false, early
	}
	return true, 0
}
