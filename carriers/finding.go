package carriers

import "time"

// Presence is the result of one look-up of a request that may have been sent.
type Presence string

// The results of a look-up. A lost connection, an answer that is not the carrier's own (a gateway's 404, a web page), a
// missing list, and a record that only resembles the request are all CannotTell: none of them proves an absence.
const (
	// Present: the carrier has the request.
	Present Presence = "present"
	// Absent: a well-formed answer in the carrier's own shape says that the carrier does not have the request. One such
	// answer alone is no proof; see [Proof].
	Absent Presence = "absent"
	// CannotTell: the carrier has answered, but the answer shows neither.
	CannotTell Presence = "cannot tell"
)

// Finding is the result of a look-up with its details.
type Finding struct {
	Presence Presence
	// Acknowledgement replaces the lost one, when the request is Present.
	Acknowledgement Acknowledgement
	// Why says why the look-up CannotTell. Without personal data.
	Why string
}

// FoundNothing is the finding Absent.
func FoundNothing() Finding { return Finding{Presence: Absent} }

// FoundUnclear is the finding CannotTell.
func FoundUnclear(why string) Finding { return Finding{Presence: CannotTell, Why: why} }

// FoundAs is the finding Present, with the transaction id and the outcome that the carrier shows, if any.
func FoundAs(transactionID string, outcome Outcome) Finding {
	return Finding{Presence: Present, Acknowledgement: Acknowledgement{
		TransactionID: transactionID, Outcome: outcome, At: time.Now().UTC(), Found: true,
	}}
}

// Proof is what is known for certain about whether a request was sent and is absent at the carrier. It is stored durably
// before anything is sent. All decisions that rest on absence use it: to send a second time, to say "nothing was sent", to
// believe a refusal.
//
// The rule: a look-up counts only when it was made at least the look-up delay after the last moment at which any attempt
// may have sent, because a carrier may need that long to show what it has recorded. A second send needs two such look-ups,
// a look-up delay apart, with no other answer between them.
type Proof struct {
	// SentUntil is the last moment at which an attempt may have sent; zero when it is certain that nothing was sent.
	SentUntil time.Time `json:"sentUntil,omitzero"`
	// AbsentSince is the time of the first look-up that counts and is Absent; zero when there is none.
	AbsentSince time.Time `json:"absentSince,omitzero"`
}

// How many look-ups prove an absence.
const (
	// ToSendAgain is for a second send, and for saying that nothing was sent.
	ToSendAgain = 2
	// ToBelieveRefusal is for a request that the carrier has refused. The look-up only excludes that the refused request
	// was a repetition of one that was accepted.
	ToBelieveRefusal = 1
)

// MaybeSent reports whether the request may have reached the carrier.
func (p Proof) MaybeSent() bool { return !p.SentUntil.IsZero() }

// Sending records that an attempt may send until a moment. Earlier look-ups no longer count.
func (p *Proof) Sending(until time.Time) {
	if until.After(p.SentUntil) {
		p.SentUntil = until
	}
	p.AbsentSince = time.Time{}
}

// Weigh records the result of a look-up made at a time. It reports whether the needed number of look-ups proves the absence
// of the request. If not, wait is the time until another look-up can count, or zero when that is not known.
func (p *Proof) Weigh(found Presence, at time.Time, delay time.Duration, needed int) (proven bool, wait time.Duration) {
	if found != Absent {
		p.AbsentSince = time.Time{}
		return false, 0
	}
	if !p.MaybeSent() {
		return true, 0
	}
	if early := p.SentUntil.Add(delay).Sub(at); early > 0 {
		return false, early
	}
	if p.AbsentSince.IsZero() {
		p.AbsentSince = at
	}
	if early := p.AbsentSince.Add(delay).Sub(at); needed >= ToSendAgain && early > 0 {
		return false, early
	}
	return true, 0
}
