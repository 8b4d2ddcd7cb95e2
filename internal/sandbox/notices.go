package sandbox

import (
	"time"

	"github.com/google/uuid"
)

// Notice is what one callback notice tells about a change.
type Notice struct {
	EventID   string
	At        time.Time
	Reference string
	State     State
	// Failure is why the change failed; nil if the notice does not say that it did.
	Failure *Failure
}

// sentNotice is a notice in the carrier's words.
type sentNotice struct {
	Notice
	carrier *Carrier
	body    any
	status  string
}

// halfway tells of a change that is being worked on, if its plan says so.
func (s *callbackSender) halfway(c *Change) {
	if c.Plan.callbacks == intermediate {
		s.tell(c, notice(c, StateWorking, nil, time.Now()))
	}
}

// final tells of a decided change in the way its plan says. Nothing changes a decided change, so no lock is needed.
func (s *callbackSender) final(c *Change) {
	final := notice(c, c.State(), c.failure, c.Modified)
	switch c.Plan.callbacks {
	case lost:
	case fivefold:
		for range 5 {
			s.clock.after(0, func() { s.tell(c, final) })
		}
	case reversed:
		s.tell(c, final)
		s.tell(c, notice(c, StateWorking, nil, c.Created))
	case unknownWord:
		final.State = StateUnknownWord
		s.tell(c, final)
	case contradiction:
		s.tell(c, notice(c, StateDone, nil, c.Modified))
	default:
		s.tell(c, final)
	}
}

func notice(c *Change, state State, failure *Failure, at time.Time) Notice {
	return Notice{EventID: uuid.NewString(), At: at.UTC(), Reference: c.Reference, State: state, Failure: failure}
}

// tell sends a notice, by itself or with others as its change's plan says. One that has to come before the
// acknowledgement cannot wait.
func (s *callbackSender) tell(c *Change, n Notice) {
	if s.cfg.URL == "" {
		return
	}
	sent := sentNotice{Notice: n, carrier: c.carrier}
	sent.body, sent.status = c.carrier.Callback(n)
	if c.Plan.batched && c.Plan.callbacks != early {
		s.collect(sent, c.Plan)
		return
	}
	s.deliver(&callback{id: n.EventID, notices: []sentNotice{sent}, body: Encode(sent.body), contentType: jsonType})
}
