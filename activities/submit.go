package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

// change is one operation that changes something, as its carrier speaks it. R is the request without our own fields.
type change[R any] struct {
	carrier   carriers.Carrier
	operation string
	// exchange is the longest time of one HTTP exchange with the carrier.
	exchange time.Duration
	// asks reports whether the carrier can be asked about a request itself, and not only about its effect. Nil is always.
	asks func(R) bool
	// before reads the state that the change will alter, where that is the only way to see the change later. Optional.
	before func(ctx context.Context, in SubmitInput[R]) (*carriers.Line, error)
	// inEffect says why the request would change nothing, judged by what before has read, or "". Optional. Where only the effect
	// shows that a request was taken, one that was never taken would look as if it had been.
	inEffect func(request R, before *carriers.Line) string
	// send makes the request.
	send func(ctx context.Context, in SubmitInput[R]) (carriers.Acknowledgement, error)
	// find looks up whether the carrier has the request. before is the line as it was read before the first send, or nil.
	find func(ctx context.Context, in SubmitInput[R], before *carriers.Line) (carriers.Finding, error)
	// look reads how far the carrier is and whether the change is in effect.
	look func(ctx context.Context, in CheckInput[R]) (carriers.Outcome, error)
}

// register makes the two registrations of a change.
func (c change[R]) register() []registration {
	return []registration{{SubmitName(c.operation), c.submit}, {CheckName(c.operation), c.check}}
}

func (c change[R]) canBeAsked(request R) bool { return c.asks == nil || c.asks(request) }

// Intent is what is known for certain about the sending of a request. It is stored durably before anything is sent, and
// read by the next attempt.
type Intent struct {
	carriers.Proof
	// Refusal is set once the carrier has refused the request: it is not sent again, only looked up.
	Refusal *Refusal       `json:"refusal,omitempty"`
	Before  *carriers.Line `json:"before,omitempty"`
}

// Refusal is a carrier's refusal of a request.
type Refusal struct {
	Class      carriers.Class `json:"class"`
	HTTPStatus int            `json:"httpStatus,omitempty"`
	Code       string         `json:"code,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	// First tells that nothing had been sent before the refused request.
	First bool `json:"first,omitempty"`
}

// plain reports whether nothing speaks for an earlier request that was taken: then the refusal stands, unless a look-up shows
// the request.
func (r Refusal) plain() bool { return r.First && r.Class != carriers.Conflict }

func (r Refusal) problem() Problem {
	return Problem{Class: r.Class, HTTPStatus: r.HTTPStatus, Code: r.Code, Reason: r.Reason}
}

// record stores an intent with the server, as the details of a heartbeat, and returns only when it is stored. Tests
// without a server replace it.
var record = func(ctx context.Context, i Intent) error {
	return activity.GetClient(ctx).RecordActivityHeartbeat(ctx, activity.GetInfo(ctx).TaskToken, i)
}

// leastTime is kept back at the end of an attempt, for telling Temporal how the request ended.
const leastTime = time.Second

// storingTime is set aside for storing the intent. It counts as time in which the attempt may send, because the sending begins
// when the storing has ended.
const storingTime = 5 * time.Second

// submission is one attempt to submit.
type submission[R any] struct {
	change[R]
	in     SubmitInput[R]
	intent Intent
	clock  clock
}

// clock tells the time by the Temporal server: attempts of one operation run in processes whose clocks differ.
type clock struct{ server, local time.Time }

func newClock(ctx context.Context) clock {
	c := clock{activity.GetInfo(ctx).StartedTime, time.Now()}
	if c.server.IsZero() {
		c.server = c.local
	}
	return c
}

func (c clock) now() time.Time { return c.server.Add(time.Since(c.local)) }

// submit sends the request unless the carrier already has it.
//
// The promise "none sent twice" is kept in three steps. Before sending, it is stored with the Temporal server until when
// this attempt may send, so every later one knows whether and when an earlier one can have sent. Then the carrier is
// asked first, and what it answers is weighed by the rule of carriers.Proof. Where it cannot tell, the operation is left to
// an operator.
func (c change[R]) submit(ctx context.Context, in SubmitInput[R]) (carriers.Acknowledgement, error) {
	s := submission[R]{change: c, in: in, intent: in.Earlier, clock: newClock(ctx)}
	if activity.HasHeartbeatDetails(ctx) {
		var last Intent // a fresh one: what is missing in it is not to be filled up from what was known before
		if err := activity.GetHeartbeatDetails(ctx, &last); err != nil {
			return carriers.Acknowledgement{}, fmt.Errorf("reading what the last attempt wrote down: %w", err)
		}
		s.intent = last
	}
	if s.intent.MaybeSent() {
		ack, done, err := s.lookUp(ctx)
		if done || err != nil {
			return ack, err
		}
	}
	if c.before != nil && !s.intent.MaybeSent() { // anew before each send that may be the first: the line may have changed meanwhile
		line, err := c.before(ctx, in)
		if err != nil {
			return carriers.Acknowledgement{}, s.notAsked(err)
		}
		s.intent.Before = line
	}
	if c.inEffect != nil && s.intent.Before != nil && !s.intent.MaybeSent() {
		if why := c.inEffect(in.Request, s.intent.Before); why != "" {
			return carriers.Acknowledgement{}, applicationError(s.says("nothing was sent: %s", why), AlreadyInEffect, true, 0, Problem{Reason: why})
		}
	}
	return s.send(ctx)
}

// send stores until when this attempt may send, and sends.
func (s *submission[R]) send(ctx context.Context) (carriers.Acknowledgement, error) {
	before := s.intent
	within, why := s.timeToSend(ctx)
	if why == "" {
		s.intent.Sending(s.clock.now().Add(storingTime + within))
		if err := s.store(ctx); err != nil {
			s.intent = before
			return carriers.Acknowledgement{}, applicationError(s.says("nothing was sent now, because Temporal did not store that we are about to: %v", err),
				Retrying, false, 0, s.problem(Problem{Class: carriers.Unreachable}))
		}
		if within, why = s.timeToSend(ctx); why != "" && takenBack(ctx, before) { // the storing took too long
			s.intent = before
		}
	}
	if why != "" {
		return carriers.Acknowledgement{}, applicationError(s.says("nothing was sent now: %s", why), Retrying, false, 0, s.problem(Problem{Class: carriers.Unreachable}))
	}
	sending, stop := context.WithTimeout(ctx, within)
	defer stop()
	ack, err := s.change.send(sending, s.in)
	if err != nil {
		return ack, s.notAcknowledged(ctx, err, before)
	}
	ack.Before = s.intent.Before
	return ack, nil
}

// store stores the intent, in the time that is set aside for it.
func (s *submission[R]) store(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, storingTime)
	defer stop()
	return record(ctx, s.intent)
}

// timeToSend is how long this attempt may send. An attempt that has no time left for a whole exchange does not begin: it
// would be cut off in the middle, and nobody would know what became of the request.
func (s *submission[R]) timeToSend(ctx context.Context) (within time.Duration, why string) {
	whole := activity.GetInfo(ctx).StartToCloseTimeout
	exchange := s.exchange
	if whole > 0 {
		exchange = min(exchange, whole/2)
	}
	within = exchange + leastTime
	deadline, limited := ctx.Deadline()
	if !limited {
		return within, ""
	}
	left := time.Until(deadline)
	if left < exchange {
		return 0, fmt.Sprintf("only %s are left of this attempt, and an exchange may take %s", left.Round(time.Millisecond), exchange)
	}
	return min(within, max(left-leastTime, exchange)), ""
}

// lookUp asks the carrier whether it has the request. done tells that the submit ends here, with ack or with err.
func (s *submission[R]) lookUp(ctx context.Context) (ack carriers.Acknowledgement, done bool, err error) {
	at := s.clock.now()
	finding, err := s.find(ctx, s.in, s.intent.Before)
	if err != nil {
		return ack, true, s.notAsked(err)
	}
	refusal, needed := s.intent.Refusal, carriers.ToSendAgain
	if refusal != nil && refusal.plain() {
		needed = carriers.ToBelieveRefusal
	}
	proven, wait := s.intent.Weigh(finding.Presence, at, s.in.Settle.Std(), needed)
	switch {
	case finding.Presence == carriers.Present:
		ack = finding.Acknowledgement
		ack.Found, ack.Before = true, s.intent.Before
		return ack, true, nil
	case refusal != nil && (proven || refusal.plain() && finding.Presence == carriers.CannotTell):
		return ack, true, s.refused()
	case proven:
		return ack, false, nil
	case finding.Presence == carriers.CannotTell:
		why := finding.Why
		if why == "" {
			why = "nothing that can be read there tells"
		}
		return ack, true, applicationError(s.says("the request may have reached %s, and %s; it is not sent again", s.carrier.Name(), why),
			OutcomeUnknown, true, 0, s.problem(Problem{Reason: why}))
	}
	if !s.intent.AbsentSince.IsZero() {
		_ = record(ctx, s.intent) // if this is not stored, one more look-up is needed
	}
	return ack, true, applicationError(s.says("%s does not show the request, which proves nothing yet; it is looked up again in %s",
		s.carrier.Name(), carriers.Duration(wait.Round(time.Millisecond))), Retrying, false, wait, s.problem(Problem{}))
}

// notAsked decides what it means that the carrier could not be asked, before the first send or before a further one. Where
// nothing was sent, a refusal is final. Where something may have been, nothing is: it is asked again, and the operators
// are told of what does not pass by itself.
func (s *submission[R]) notAsked(err error) error {
	failure := asCarrierError(s.carrier, s.operation, s.in.Reference, err)
	problem := s.problem(problemOf(failure))
	kind := ""
	switch failure.Class {
	case carriers.Unauthorized:
		kind = Unauthorized
	case carriers.Rejected, carriers.NotFound, carriers.Conflict, carriers.Misrouted:
		kind = UnknownStatus
	}
	switch {
	case kind == "":
	case s.intent.Refusal != nil && s.intent.Refusal.plain():
		return s.refused()
	case failure.Class == carriers.Misrouted: // may pass by itself
	case !s.intent.MaybeSent():
		return refused(failure)
	case !s.in.told(kind):
		return applicationError(s.says("the request may have been sent, and the carrier refuses to be asked about it: %s", failure.Error()), kind, true, 0, problem)
	}
	return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
}

// notAcknowledged decides what a failed send means. before is what was known before it.
func (s *submission[R]) notAcknowledged(ctx context.Context, err error, before Intent) error {
	failure := asCarrierError(s.carrier, s.operation, s.in.Reference, err)
	settle := s.in.Settle.Std()
	refusedNow := false
	switch failure.Class {
	case carriers.Uncertain:
	case carriers.Unreachable, carriers.Throttled:
		// Surely not taken this time. Take the intent back, so that no later attempt has to wonder; if that fails, it will.
		if takenBack(ctx, before) {
			s.intent = before
		}
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, s.problem(problemOf(failure)))
	default:
		refusal := Refusal{failure.Class, failure.HTTPStatus, failure.Code, failure.Message, !before.MaybeSent()}
		notSent := failure.Class == carriers.Rejected && failure.HTTPStatus == 0
		mute := failure.Class == carriers.Unauthorized || notSent || !s.canBeAsked(s.in.Request)
		if refusal.plain() && mute {
			return refused(failure)
		}
		refusedNow = true
		s.intent.Refusal = &refusal
	}
	// The sending is over, earlier than it might have been. Stored, this saves a while; not stored, the look-ups come later.
	ended := s.intent
	ended.SentUntil = before.SentUntil
	ended.Sending(s.clock.now())
	if err := record(ctx, ended); err == nil || temporal.IsCanceledError(err) {
		s.intent = ended
	}
	next := max(failure.RetryAfter, settle)
	message := failure.Error()
	if refusedNow {
		message += fmt.Sprintf("; it is looked up in %s whether the request was taken before", carriers.Duration(next))
	}
	return applicationError(message, Retrying, false, next, s.problem(problemOf(failure)))
}

// takenBack stores an earlier intent again. After a cancellation the server says so, and has stored it.
func takenBack(ctx context.Context, earlier Intent) bool {
	err := record(ctx, earlier)
	return err == nil || temporal.IsCanceledError(err)
}

// refused is the error for a request that the carrier has refused and does not have: nothing of it was taken.
func (s *submission[R]) refused() error {
	r := s.intent.Refusal
	problem := r.problem()
	problem.Intent = &Intent{Before: s.intent.Before}
	return applicationError(s.says("%s refused it with HTTP %d and does not show it", s.carrier.Name(), r.HTTPStatus),
		refusedAs(r.Class), true, 0, problem)
}

// problem adds to a problem what the intent knows.
func (s *submission[R]) problem(p Problem) Problem {
	intent := s.intent
	p.Intent = &intent
	return p
}

func (s *submission[R]) says(format string, args ...any) string {
	return fmt.Sprintf("%s, reference %s: ", s.operation, s.in.Reference) + fmt.Sprintf(format, args...)
}
