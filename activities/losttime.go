package activities

import (
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// LostTime is a time of which Temporal knows nothing any more, because it was restored to an older state: from the moment of that
// state until the last worker of before had stopped. What was sent then is at the carrier, and no run knows it. The zero value is
// none.
//
// While it is set, a request of which no run knows that it was sent counts as one that may have been sent until the end of that
// time. So every change is looked up before it is sent: by the rule of [carriers.Proof].
type LostTime struct{ From, Until time.Time }

// UnmarshalText reads "<from>/<until>", two times as in 2026-11-26T10:00:00Z.
func (l *LostTime) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*l = LostTime{}
		return nil
	}
	from, until, _ := strings.Cut(string(text), "/")
	var read LostTime
	var err error
	if read.From, err = time.Parse(time.RFC3339, from); err == nil {
		read.Until, err = time.Parse(time.RFC3339, until)
	}
	if err != nil || !read.Until.After(read.From) {
		return fmt.Errorf("%q is not a span of time: write <from>/<until>, for example 2026-11-26T10:00:00Z/2026-11-26T11:30:00Z", text)
	}
	*l = read
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (l LostTime) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// String writes it as UnmarshalText reads it; "" for none.
func (l LostTime) String() string {
	if l.IsZero() {
		return ""
	}
	return l.From.UTC().Format(time.RFC3339) + "/" + l.Until.UTC().Format(time.RFC3339)
}

// IsZero reports whether no time was lost.
func (l LostTime) IsZero() bool { return l.Until.IsZero() }

// earliest is the earlier of when an operation began and when the lost time did: a run that began later may repeat a reference of
// which the carrier has an older record.
func (l LostTime) earliest(began time.Time) time.Time {
	if !l.IsZero() && l.From.Before(began) {
		return l.From
	}
	return began
}

// suspicion is why a request that no attempt of its run has sent may be at the carrier all the same.
type suspicion int

const (
	unsuspected suspicion = iota
	// runWasRestored: the run itself may have sent it in the lost time.
	runWasRestored
	// referenceMayBeUsed: a run that is lost may have had the same reference. Where the carrier cannot tell, it is sent, because
	// nothing says that there was such a run.
	referenceMayBeUsed
)

// afterRestore is for a request that may have been sent in the lost time: it is looked up first. One that an attempt has sent since
// is looked up anyway. A run that began after the lost time is not looked up where only the effect could show its request.
func (s *submission) afterRestore(lost LostTime) {
	if lost.IsZero() || s.intent.SentUntil.After(lost.Until) {
		return
	}
	s.suspected = runWasRestored
	if s.in.began().After(lost.Until) {
		s.suspected = referenceMayBeUsed
		if !s.request.CanAsk() {
			s.suspected = unsuspected
			return
		}
	}
	s.in.Single = false
	if s.intent.SentUntil.Before(lost.Until) {
		s.intent.Sending(lost.Until)
	}
}

// began is when the run began.
func (in SubmitInput) began() time.Time {
	if in.BeganAt.IsZero() {
		return in.StartedAt
	}
	return in.BeganAt
}

// cleared reports whether a look-up ends the suspicion that rests on the lost time alone: then nothing was sent, and the line is read
// as before any first send.
func (s *submission) cleared(found carriers.Presence, proven bool) bool {
	if s.suspected == unsuspected || !proven && !(s.suspected == referenceMayBeUsed && found == carriers.CannotTell) {
		return false
	}
	s.intent.Proof = carriers.Proof{}
	return true
}
