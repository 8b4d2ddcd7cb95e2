package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
)

func (r Refusal) problem() Problem {
	return Problem{Class: r.Class, HTTPStatus: r.HTTPStatus, Code: r.Code, Reason: r.Reason}
}

// record stores an intent at the server, as the details of a heartbeat, and returns when it is stored. Tests without a
// server replace it.
var record = func(ctx context.Context, i Intent) error {
	return activity.GetClient(ctx).RecordActivityHeartbeat(ctx, activity.GetInfo(ctx).TaskToken, i)
}

// reportingTime is reserved at the end of an attempt, to report the result to Temporal.
const reportingTime = time.Second

// storingTime is reserved for storing the intent. It counts as time in which the attempt may send, because the sending
// begins when the intent is stored.
const storingTime = 5 * time.Second

// submission is one attempt to submit.
type submission struct {
	change
	request carriers.BoundChange
	in      SubmitInput
	intent  Intent
	turn    Turn
	clock   clock
	// suspected says why the request may be at the carrier although no attempt of the run has sent it.
	suspected suspicion
}

// clock is the time of the Temporal server: the attempts of one operation run in processes whose clocks differ.
type clock struct{ server, local time.Time }

func newClock(ctx context.Context) clock {
	c := clock{activity.GetInfo(ctx).StartedTime, time.Now()}
	if c.server.IsZero() {
		c.server = c.local
	}
	return c
}

func (c clock) now() time.Time { return c.server.Add(time.Since(c.local)) }

// submit takes the line's turn, and sends the request unless the carrier already has it.
//
// No request is sent twice. Before sending, the attempt stores at the Temporal server until when it may send, so every
// later attempt knows whether and when an earlier one can have sent. An activity with a single attempt need not: how it ends says
// it. A later attempt looks the request up first, and decides by the rule of carriers.Proof. When it cannot tell, an operator has
// to decide.
func (c change) submit(ctx context.Context, in SubmitInput) (SubmitResult, error) {
	request, err := c.bind(in.Reference, in.StartedAt, in.Request)
	if err != nil {
		return SubmitResult{}, err
	}
	s := &submission{change: c, request: request, in: in, intent: in.Earlier, clock: newClock(ctx)}
	if activity.HasHeartbeatDetails(ctx) {
		var last Intent // a new value, so that a missing field is not taken from an earlier intent
		if err := activity.GetHeartbeatDetails(ctx, &last); err != nil {
			return SubmitResult{}, fmt.Errorf("reading what the last attempt stored: %w", err)
		}
		s.intent = last
	}
	s.afterPause(activity.GetInfo(ctx).Attempt)
	s.afterRestore(c.options.Lost)
	if err := s.takeTurn(ctx); err != nil {
		return SubmitResult{}, err
	}
	ack, err := s.submit(ctx)
	ack.Swept = c.swept
	return SubmitResult{ack, s.turn.Line}, err
}

// afterPause is for a single attempt that is not the first: an operator has paused the activity, and the server has made another
// attempt of it. The earlier one may have sent.
func (s *submission) afterPause(attempt int32) {
	if s.in.Single && attempt > 1 {
		s.in.Single = false
		s.intent.Sending(s.clock.server)
	}
}

// takeTurn takes the turn of the request's line before anything is sent or looked up. An attempt that is not the first one may have
// it already.
func (s *submission) takeTurn(ctx context.Context) error {
	if s.options.Turns == nil || s.operation.Info().OutOfTurn {
		return nil
	}
	again := s.in.Asked || activity.GetInfo(ctx).Attempt > 1
	turn, err := s.options.Turns.Take(ctx, LineRequest{s.name, s.request.Line()}, again)
	if err != nil {
		return applicationError(s.message("nothing was sent now, because Temporal did not answer when it was asked for the line's turn: %v", err),
			Retrying, false, 0, s.problem(Problem{Class: carriers.Unreachable}))
	}
	if s.turn = turn; !turn.Granted {
		return applicationError(s.message("nothing was sent now, because %s has the turn of the line", turn.Holder), LineBusy, true, 0, s.problem(Problem{}))
	}
	return nil
}

// submit sends, after a look-up if an earlier attempt may have sent.
func (s *submission) submit(ctx context.Context) (carriers.Acknowledgement, error) {
	request := s.request
	if s.intent.MaybeSent() {
		ack, done, err := s.lookUp(ctx)
		if done || err != nil {
			return ack, err
		}
	}
	if request.ReadsBefore() && !s.intent.MaybeSent() { // before each send that may be the first, because the line may have changed
		line, err := request.Before(ctx)
		if err != nil {
			return carriers.Acknowledgement{}, s.notAsked(err)
		}
		s.intent.Before = line
	}
	if !s.intent.MaybeSent() {
		if why := request.Precheck(s.intent.Before); why != "" {
			return carriers.Acknowledgement{}, applicationError(s.message("nothing was sent: %s", why), PrecheckFailed, true, 0, Problem{Reason: why})
		}
	}
	return s.send(ctx)
}

// send stores until when this attempt may send, and sends.
func (s *submission) send(ctx context.Context) (carriers.Acknowledgement, error) {
	before := s.intent
	within, why := s.timeToSend(ctx)
	if why == "" {
		s.intent.Sending(s.clock.now().Add(storingTime + within))
		if err := s.store(ctx); err != nil {
			s.intent = before
			return carriers.Acknowledgement{}, applicationError(s.message("nothing was sent now, because Temporal did not store the intent to send: %v", err),
				Retrying, false, 0, s.problem(Problem{Class: carriers.Unreachable}))
		}
		if within, why = s.timeToSend(ctx); why != "" && s.restored(ctx, before) { // the storing took too long
			s.intent = before
		}
	}
	if why != "" {
		return carriers.Acknowledgement{}, applicationError(s.message("nothing was sent now: %s", why), Retrying, false, 0, s.problem(Problem{Class: carriers.Unreachable}))
	}
	sending, stop := context.WithTimeout(ctx, within)
	defer stop()
	ack, err := s.request.Send(sending)
	if err != nil {
		return ack, s.notAcknowledged(ctx, err, before)
	}
	ack.Before = s.intent.Before
	return ack, nil
}

// store stores the intent within storingTime. The end of a single attempt tells it instead, but not which line was read before.
func (s *submission) store(ctx context.Context) error {
	if s.in.Single && s.intent.Before == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, storingTime)
	defer stop()
	return record(ctx, s.intent)
}

// timeToSend is how long this attempt may send. An attempt without time for a whole exchange does not begin: it would be
// interrupted, and the outcome of the request would be unknown.
func (s *submission) timeToSend(ctx context.Context) (within time.Duration, why string) {
	whole := activity.GetInfo(ctx).StartToCloseTimeout
	exchange := s.connection.ExchangeTimeout()
	if whole > 0 {
		exchange = min(exchange, whole/2)
	}
	within = exchange + reportingTime
	deadline, limited := ctx.Deadline()
	if !limited {
		return within, ""
	}
	left := time.Until(deadline)
	if left < exchange {
		return 0, fmt.Sprintf("only %s are left of this attempt, and an exchange may take %s", left.Round(time.Millisecond), exchange)
	}
	return min(within, max(left-reportingTime, exchange)), ""
}

// lookUp asks the carrier whether it has the request. done tells that the submit ends, with ack or with err.
func (s *submission) lookUp(ctx context.Context) (ack carriers.Acknowledgement, done bool, err error) {
	at := s.clock.now()
	finding, err := s.request.Find(ctx, s.intent.Before)
	if err != nil {
		return ack, true, s.notAsked(err)
	}
	refusal, needed := s.intent.Refusal, carriers.ToSendAgain
	if refusal != nil && refusal.plain() {
		needed = carriers.ToBelieveRefusal
	}
	proven, wait := s.intent.Weigh(finding.Presence, at, s.in.LookupDelay.Std(), needed)
	switch {
	case finding.Presence == carriers.Present:
		ack = finding.Acknowledgement
		ack.Found, ack.Before = true, s.intent.Before
		return ack, true, nil
	case refusal != nil && (proven || refusal.plain() && finding.Presence == carriers.CannotTell):
		return ack, true, s.refused()
	case s.cleared(finding.Presence, proven), proven:
		return ack, false, nil
	case finding.Presence == carriers.CannotTell:
		why := finding.Why
		if why == "" {
			why = "nothing that can be read there shows whether it did"
		}
		return ack, true, applicationError(s.message("the request may have reached %s, and %s; it is not sent again", s.adapter.Name, why),
			OutcomeUnknown, true, 0, s.problem(Problem{Reason: why}))
	}
	if !s.intent.AbsentSince.IsZero() {
		_ = record(ctx, s.intent) // if this is not stored, one more look-up is needed
	}
	return ack, true, applicationError(s.message("%s does not show the request, which proves nothing yet; it is looked up again in %s",
		s.adapter.Name, carriers.Duration(wait.Round(time.Millisecond))), Retrying, false, wait, s.problem(Problem{}))
}

// notAsked decides what an error of asking the carrier means, before the first send or a later one. When nothing was sent,
// a refusal is final. When something may have been sent, no error is: the carrier is asked again, and operators are told of
// an error that is permanent.
func (s *submission) notAsked(err error) error {
	failure := asCarrierError(s.adapter.Carrier, s.name, s.in.Reference, err)
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
	case failure.Class == carriers.Misrouted: // may be temporary
	case !s.intent.MaybeSent():
		return refused(failure)
	case !s.in.alreadyRaised(kind):
		return applicationError(s.message("the request may have been sent, and the carrier refuses to be asked about it: %s", failure.Error()), kind, true, 0, problem)
	}
	return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, problem)
}

// notAcknowledged decides what a failed send means. before is the intent as it was before the send.
func (s *submission) notAcknowledged(ctx context.Context, err error, before Intent) error {
	failure := asCarrierError(s.adapter.Carrier, s.name, s.in.Reference, err)
	delay := s.in.LookupDelay.Std()
	refusedNow := false
	switch failure.Class {
	case carriers.Uncertain:
	case carriers.Unreachable, carriers.Throttled, carriers.NotYet:
		// Certainly not taken. Restore the intent, so that no later attempt has to look up first; if that fails, it will.
		if s.restored(ctx, before) {
			s.intent = before
		}
		return applicationError(failure.Error(), Retrying, false, failure.RetryAfter, s.problem(problemOf(failure)))
	default:
		refusal := Refusal{failure.Class, failure.HTTPStatus, failure.Code, failure.Message, !before.MaybeSent()}
		notSent := failure.Class == carriers.Rejected && failure.HTTPStatus == 0
		cannotAsk := failure.Class == carriers.Unauthorized || notSent || !s.request.CanAsk()
		if refusal.plain() && cannotAsk {
			return refused(failure)
		}
		refusedNow = true
		s.intent.Refusal = &refusal
	}
	// The sending ended earlier than it might have. If this is stored, look-ups count sooner.
	ended := s.intent
	ended.SentUntil = before.SentUntil
	ended.Sending(s.clock.now())
	if s.restored(ctx, ended) {
		s.intent = ended
	}
	next := max(failure.RetryAfter, delay)
	message := failure.Error()
	if refusedNow {
		message += fmt.Sprintf("; it is looked up in %s whether the request was taken before", carriers.Duration(next))
	}
	return applicationError(message, Retrying, false, next, s.problem(problemOf(failure)))
}

// restored stores an intent in place of the one before and reports whether it is stored. After a cancellation the server returns
// an error, but has stored it.
func (s *submission) restored(ctx context.Context, i Intent) bool {
	if s.in.Single {
		return true
	}
	err := record(ctx, i)
	return err == nil || temporal.IsCanceledError(err)
}

// refused is the error for a request that the carrier has refused and does not have.
func (s *submission) refused() error {
	r := s.intent.Refusal
	problem := r.problem()
	problem.Intent, problem.Turn = &Intent{Before: s.intent.Before}, s.turn
	return applicationError(s.message("%s refused it with HTTP %d and does not show it", s.adapter.Name, r.HTTPStatus),
		refusedAs(r.Class), true, 0, problem)
}

// problem adds the intent, and what is known of the turn, to a problem.
func (s *submission) problem(p Problem) Problem {
	intent := s.intent
	p.Intent, p.Turn = &intent, s.turn
	return p
}

func (s *submission) message(format string, args ...any) string {
	return fmt.Sprintf("%s, reference %s: ", s.name, s.in.Reference) + fmt.Sprintf(format, args...)
}
