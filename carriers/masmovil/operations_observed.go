package masmovil

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// reviewed are the timings of operations that people may have to decide on, or that wait for a card in the post. Ours.
var reviewed = carriers.Timings{
	PollEvery:        carriers.Duration(time.Minute),
	OverdueAfter:     carriers.Duration(24 * time.Hour),
	OverduePollEvery: carriers.Duration(time.Hour),
	Deadline:         carriers.Duration(14 * 24 * time.Hour),
}

// example is a line of an example.
func example(subscriptionID int64) Line {
	return Line{OrgID: "masmovil", SubscriptionID: subscriptionID}
}

// observed is a change that nothing but the line shows: how it is sent, what is read of the line, and what that says. A request
// whose answer was lost is looked up by the same comparison.
type observed[R lineRequest] struct {
	carriers.Info
	send func(c *client, ctx context.Context, s carriers.Submission[R]) (carriers.Acknowledgement, error)
	// read reads of the line what the change alters.
	read func(c *client, ctx context.Context, reference string, r R) (*carriers.Line, error)
	// effect says whether the line shows the change. Given the line before as both, it says whether the change was in effect already.
	effect func(c *client, r R, before, now *carriers.Line) carriers.Effect
	// taken says whether the line shows that a request was taken whose effect is still to come. Optional.
	taken func(r R, before, now *carriers.Line) bool
	// unclear says why a look-up cannot tell.
	unclear string
	// withoutBefore: when MásMóvil refuses the read for good, the request is sent without it.
	withoutBefore bool
}

// lineRequest is a request about a line.
type lineRequest interface {
	carriers.Request
	line() Line
	id() string
}

// newObserved makes the operation of a change that nothing but the line shows.
func newObserved[R lineRequest](o observed[R]) carriers.Operation {
	o.FoundBy = carriers.FoundByEffect
	return carriers.NewChange(carriers.Change[*client, R]{
		Info:     o.Info,
		Line:     func(r R) string { return r.id() },
		CanAsk:   func(*client, R) bool { return false },
		Before:   o.before,
		Precheck: o.inEffect,
		Send:     o.send,
		Find:     o.find,
		Look:     o.look,
	})
}

func (o observed[R]) before(c *client, ctx context.Context, s carriers.Submission[R]) (*carriers.Line, error) {
	read := func(ctx context.Context, reference string, _ Line) (*carriers.Line, error) {
		return o.read(c, ctx, reference, s.Request)
	}
	if o.MayBeHeld {
		return c.before(ctx, s.Reference, s.Request.line(), read)
	}
	line, err := read(ctx, s.Reference, s.Request.line())
	if err != nil && o.withoutBefore && carriers.RefusedForGood(err) {
		return nil, nil
	}
	return line, err
}

func (o observed[R]) inEffect(c *client, r R, before *carriers.Line) string {
	if o.effect(c, r, before, before) != carriers.Shown {
		return ""
	}
	return "the line is already as the request wants it, and nothing else could show that the request was taken"
}

// find compares the line with how it was. An unchanged line shows that a request never came only where a request that came is in
// effect at once: one that is held, or decided later, changes nothing either.
func (o observed[R]) find(c *client, ctx context.Context, s carriers.Submission[R], before *carriers.Line) (carriers.Finding, error) {
	now, err := o.read(c, ctx, s.Reference, s.Request)
	if err != nil {
		return carriers.Finding{}, err
	}
	if before == nil || o.effect(c, s.Request, before, before) != carriers.Missing {
		return carriers.FoundUnclear("the line could not be compared before the request was sent"), nil
	}
	switch effect := o.effect(c, s.Request, before, now); {
	case effect == carriers.Shown:
		return carriers.FoundAs("", carriers.Outcome{State: carriers.Done}), nil
	case o.taken != nil && o.taken(s.Request, before, now):
		return carriers.FoundAs("", carriers.Outcome{State: carriers.Pending}), nil
	case effect == carriers.Missing && !o.MayBeHeld && !o.DecidedLater:
		return carriers.FoundNothing(), nil
	}
	return carriers.FoundUnclear(o.unclear), nil
}

func (o observed[R]) look(c *client, ctx context.Context, s carriers.Submission[R], in carriers.Inquiry) (carriers.Outcome, error) {
	now, err := o.read(c, ctx, s.Reference, s.Request)
	if err != nil {
		return withoutLine(in, err)
	}
	effect := o.effect(c, s.Request, in.Acknowledgement.Before, now)
	if o.MayBeHeld {
		return c.observe(ctx, s.Reference, s.Request.line(), in, effect, now)
	}
	outcome, _ := seen(in, effect, now)
	return outcome, nil
}

// seen is what MásMóvil's answer and a read of the line say. decided tells that nothing more needs to be asked.
func seen(in carriers.Inquiry, effect carriers.Effect, now *carriers.Line) (outcome carriers.Outcome, decided bool) {
	ack := in.Acknowledgement
	outcome = carriers.Outcome{State: ack.Undecided(), Status: ack.Outcome.Status, Effect: effect, Line: now}
	if effect == carriers.Shown && in.Taken || ack.Outcome.State == carriers.Done {
		outcome.State = carriers.Done
		return outcome, true
	}
	return outcome, false
}

// before reads the line before a change: what read returns of it is the only thing that will show the change, and the risk
// decisions that exist already are not about this request.
func (c *client) before(ctx context.Context, reference string, line Line,
	read func(ctx context.Context, reference string, line Line) (*carriers.Line, error),
) (*carriers.Line, error) {
	before, err := read(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	before.Decision = c.lastDecision(ctx, reference, line)
	return before, nil
}

// lastDecision returns the id of the line's newest risk request, "" when there is none. It is nil when they could not be read:
// the read is an aid, and without it no later decision can be told from an earlier one.
func (c *client) lastDecision(ctx context.Context, reference string, line Line) *string {
	request, _, err := c.riskDecision(ctx, reference, line)
	if err != nil {
		return nil
	}
	id := request.ID.String()
	return &id
}

// withoutLine is what is left of a look when the line cannot be read: MásMóvil's own word, if it has said done.
func withoutLine(in carriers.Inquiry, err error) (carriers.Outcome, error) {
	if said := in.Acknowledgement.Outcome; said.State == carriers.Done {
		return carriers.WithoutEffect(carriers.Outcome{State: said.State, Status: said.Status}, err), nil
	}
	return carriers.Outcome{}, err
}

// unlike reports whether an id is surely none of a list: each of them has an id, and a different one.
func unlike(ids []string, id string) bool {
	return !slices.ContainsFunc(ids, func(other string) bool {
		return other == "" || id != "" && identifiers.CompareID(other, id) != identifiers.Different
	})
}

// observe puts together what MásMóvil's answer, its risk decision and a read of the line say. Without a status to ask
// for, a change that was held for review (202) is done when the line shows it.
func (c *client) observe(ctx context.Context, reference string, line Line, in carriers.Inquiry, effect carriers.Effect, now *carriers.Line,
) (carriers.Outcome, error) {
	ack := in.Acknowledgement
	outcome, decided := seen(in, effect, now)
	if decided {
		return outcome, nil
	}
	request, found, err := c.riskDecision(ctx, reference, line)
	if err != nil || !found || ack.Before == nil || ack.Before.Decision == nil || !newer(request.ID.String(), *ack.Before.Decision) {
		return outcome, nil // a decision that may be about an earlier order says nothing, and that there is none says nothing either
	}
	outcome.Status = carriers.Redact(request.RiskDecision)
	switch c.cfg.Risk.vocabulary().StateOf(request.RiskDecision) {
	case carriers.Failed:
		outcome = denied(outcome)
	case carriers.Unknown:
		outcome.State = carriers.Unknown
	default: // accepted, but the line does not show it yet, or under review
		outcome.State = carriers.Pending
	}
	return outcome, nil
}

// newer compares two numeric ids of risk requests; "" is that there was none.
func newer(id, than string) bool {
	a, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return false
	}
	b, err := strconv.ParseUint(than, 10, 64)
	return than == "" || err == nil && a > b
}

// anotherDay reports whether a point in time as read is surely not on a day that was asked for. The time zone of what is read is
// not documented, so the next day and the day before are no other.
func anotherDay(day, read string) bool {
	wanted, err := time.Parse(time.DateOnly, day)
	at, precision := identifiers.ParseTime(read)
	return err == nil && precision != identifiers.Unreadable && at.Sub(wanted).Abs() > 48*time.Hour
}
