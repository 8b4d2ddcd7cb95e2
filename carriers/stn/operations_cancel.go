package stn

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// cancelRequest is a request to cancel an earlier one.
type cancelRequest interface {
	carriers.Request
	cancel() Cancel
}

// cancel is what differs between the cancels. A cancel makes no record of its own: it changes the record of the request that it cancels.
type cancel[R cancelRequest] struct {
	title, summary string
	example        R
	// further are other examples. Optional.
	further []carriers.Example
	// what, page and activationType are those of a [recordRequest].
	what, page, activationType string
	// keepsLine tells that the record is about a line that exists, and that is kept.
	keepsLine bool
	// overdueAfter replaces that of [untilTheDate]. Optional.
	overdueAfter time.Duration
	// tooEarly says why sTN does not take the cancel yet, given the fields of the record; "" when it may. Optional.
	tooEarly func(record map[string]string) string
	// effect reads whether the line is as a request that was not carried out leaves it.
	effect func(c *client, ctx context.Context, q recordRequest, a Activation, before *carriers.Line) (carriers.Effect, *carriers.Line, error)
}

// untilTheDate are the timings of the cancels. Where no word says "cancelled", only the date of the cancelled request shows that it was
// not carried out; they count from it where the request names it. Ours.
var untilTheDate = carriers.Timings{
	PollEvery: carriers.Duration(time.Minute), OverdueAfter: carriers.Duration(3 * 24 * time.Hour), Deadline: carriers.Duration(90 * 24 * time.Hour),
}

// cancels are all of them.
func cancels() []carriers.Operation {
	named := func(id string) Cancel { return Cancel{EarlierRequest: EarlierRequest{ActivationID: id}} }
	return []carriers.Operation{
		newCancel(cancel[CancelTerminate]{
			title: "Cancel the termination of a subscription", summary: "Cancel termination", what: "cancel terminate",
			page: "CancelTerminateSubscription", activationType: typeTerminate, keepsLine: true, effect: (*client).lineKept,
			example: CancelTerminate{Reference: "order-34", Cancel: named("TERMINATE-000034")},
		}),
		newCancel(cancel[CancelNewSubscription]{
			title: "Cancel a new subscription", summary: "Cancel new subscription", what: "cancel new subscription",
			page: "CancelNewSubscription", activationType: typeNew, effect: (*client).lineNotOpened,
			example: CancelNewSubscription{Reference: "order-35", Cancel: named("ACTIVATENEW-000035")},
		}),
		newCancel(cancel[CancelPortOut]{
			title: "Cancel a port-out", summary: "Cancel port-out", what: "cancel port out",
			page: "CancelPortingOutSubscription", activationType: typePortOut, keepsLine: true, effect: (*client).lineKept,
			example: CancelPortOut{Reference: "order-36", Cancel: named("OUTPORT-000036")},
		}),
		newCancel(cancel[CancelPortIn]{
			title: "Cancel a port-in", summary: "Cancel port-in", what: "cancel port in",
			page: "CancelInPortSubscription", activationType: typePortIn, tooEarly: portingNotBegun, effect: (*client).lineNotPorted,
			overdueAfter: 24 * time.Hour, // how long a port-in refuses it is not documented, and its date may be near
			example:      CancelPortIn{Reference: "order-37", Cancel: named("INPORT-000037")},
			further: []carriers.Example{{Title: "cancel a port-in, to be found by the number, and not to be late before a date", Request: CancelPortIn{
				Reference: "order-40", Cancel: Cancel{
					EarlierRequest: EarlierRequest{ActivationID: "INPORT-000040", PhoneNumber: "0698000040"}, Note: "the customer stays", WishDate: sampleDate,
				},
			}}},
		}),
	}
}

// newCancel makes the operation of a cancel: they are all sent, found and looked at in one way.
func newCancel[R cancelRequest](k cancel[R]) carriers.Operation {
	return carriers.NewChange(carriers.Change[*client, R]{
		Info: carriers.Info{
			Title: k.title, Source: k.page, Summary: k.summary, DecidedBy: "polled Activation record of the cancelled request, and the line",
			DecidedLater: true, FoundBy: carriers.FoundByRecord, OutOfTurn: true, // the request that it cancels has the line's turn
			Timings:  carriers.Timings{OverdueAfter: carriers.Duration(k.overdueAfter)}.WithDefaults(untilTheDate),
			Examples: append([]carriers.Example{{Title: carriers.Uncapitalised(k.title), Request: k.example}}, k.further...),
		},
		Line:      func(r R) string { return r.cancel().key() },
		NotBefore: func(r R) time.Time { return wish(r.cancel().WishDate) },
		Before:    k.before,
		Precheck: func(c *client, r R, before *carriers.Line) string {
			return k.refuses(c, k.request(carriers.Submission[R]{Request: r}), before)
		},
		Send: k.send,
		Find: k.find,
		Look: k.look,
	})
}

func (k cancel[R]) request(s carriers.Submission[R]) recordRequest {
	r := s.Request.cancel()
	q := recordRequest{
		what: k.what, page: k.page, activationType: k.activationType, reference: s.Reference, record: r.EarlierRequest, secrets: []string{r.Note},
	}
	if r.Note != "" {
		q.fields = map[string]any{"note": r.Note}
	}
	return q
}

// before reads the record, and the line where it exists. A request that sTN does not take yet is tried again.
func (k cancel[R]) before(c *client, ctx context.Context, s carriers.Submission[R]) (*carriers.Line, error) {
	q := k.request(s)
	a, before, err := c.beforeRecord(ctx, q)
	if err != nil || k.refuses(c, q, before) != "" {
		return before, err
	}
	if k.tooEarly != nil {
		if why := k.tooEarly(before.Record); why != "" {
			return nil, &carriers.Error{Carrier: carrier, Call: q.what, Reference: q.reference, Class: carriers.NotYet, Message: why}
		}
	}
	if !k.keepsLine {
		return before, nil
	}
	line, shown, err := c.lineOfRecord(ctx, q, a, before)
	switch {
	case carriers.RefusedForGood(err): // it is an aid
	case err != nil:
		return nil, err
	case shown == carriers.Present:
		before.Status = carriers.Redact(line.State)
	}
	return before, nil
}

// refuses says why the cancel must not be sent.
func (k cancel[R]) refuses(c *client, q recordRequest, before *carriers.Line) string {
	if why := c.refuses(q, before); why != "" {
		return why
	}
	if k.keepsLine && carriers.Among(c.cfg.EndedStates, before.Status) {
		return fmt.Sprintf("the line shows the state %q, so there is nothing to cancel", before.Status)
	}
	return ""
}

// portingNotBegun says that a port-in cannot be cancelled yet (CancelInPortSubscription).
func portingNotBegun(record map[string]string) string {
	if carriers.Among([]string{wordPortInit}, record[fieldPortingStatus]) {
		return "the porting status is " + wordPortInit + ", and sTN refuses to cancel a port-in until it is another"
	}
	return ""
}

// send asks for the cancel. A refusal that comes too early looks like any other one, so the record tells them apart.
func (k cancel[R]) send(c *client, ctx context.Context, s carriers.Submission[R]) (carriers.Acknowledgement, error) {
	q := k.request(s)
	ack, err := c.ask(ctx, q, func(a Activation) carriers.Outcome { return c.cancelled(a).awaited() })
	if k.tooEarly == nil || carriers.ClassOf(err) != carriers.Rejected {
		return ack, err
	}
	if a, shown, failed := c.earlier(ctx, q); failed == nil && shown == carriers.Present {
		if why := k.tooEarly(fieldsOf(a)); why != "" {
			return ack, &carriers.Error{Carrier: carrier, Call: q.what, Reference: q.reference, Class: carriers.NotYet, Message: why, Err: err}
		}
	}
	return ack, err
}

// find looks whether sTN has the cancel. Only a word that nothing but a cancel brings proves it, and only a record that is as it was
// disproves it. Whether a record may change by itself is not documented.
func (k cancel[R]) find(c *client, ctx context.Context, s carriers.Submission[R], before *carriers.Line) (carriers.Finding, error) {
	a, shown, err := c.earlier(ctx, k.request(s))
	if err != nil {
		return carriers.Finding{}, err
	}
	now := fieldsOf(a)
	switch {
	case shown != carriers.Present:
		return carriers.FoundUnclear("the record is not shown any more"), nil
	case c.isCancelling(now):
		return carriers.FoundAs(s.Request.cancel().ActivationID, c.cancelled(a).awaited()), nil
	case before == nil || len(before.Record) == 0:
		return carriers.FoundUnclear("the record was not read before the request was sent"), nil
	case unchanged(before.Record, now):
		return carriers.FoundNothing(), nil
	}
	return carriers.FoundUnclear("the record has changed since, or does not tell whether it has, and has no word that only a cancel brings"), nil
}

// look reads the record and, once it has ended, the line.
func (k cancel[R]) look(c *client, ctx context.Context, s carriers.Submission[R], in carriers.Inquiry) (carriers.Outcome, error) {
	q := k.request(s)
	a, found, err := c.furthest(ctx, q, in.Acknowledgement.TransactionID)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err
	}
	seen := c.cancelled(a)
	outcome := seen.outcome
	ends := append([]string{s.Request.cancel().WishDate}, datesOf(fieldsOf(a))...)
	if before := in.Acknowledgement.Before; before != nil {
		ends = append(ends, datesOf(before.Record)...)
	}
	proven := !seen.ambiguous || !in.Confirm || time.Now().After(latest(s.StartedAt, in.Acknowledgement.At, ends).Add(c.cfg.CancelProvenAfter))
	if seen.ambiguous && !in.Taken {
		outcome.State = carriers.Pending // it may have been carried out
	}
	outcome = carriers.WithEffect(in, outcome, outcome.State == carriers.Done && in.Confirm, func() (carriers.Effect, *carriers.Line, error) {
		effect, line, err := k.effect(c, ctx, q, a, in.Acknowledgement.Before)
		if line == nil {
			line = &carriers.Line{}
		}
		line.Record = fieldsOf(a)
		return effect, line, err
	})
	if !proven && outcome.Effect != carriers.Missing {
		outcome.State, outcome.NotReadable = carriers.Pending, ""
	}
	if outcome.State != carriers.Done && outcome.Effect == carriers.Shown {
		outcome.Effect = carriers.Missing // a line that is as it was shows nothing before the record has ended
	}
	return outcome, nil
}

// cancelled is what a record says about the cancel of its request.
type cancelled struct {
	outcome carriers.Outcome
	// ambiguous tells that the record has ended with a word that means "cancelled" as well as "carried out".
	ambiguous bool
}

// awaited is the outcome as the answer to a request says it: an ambiguous word is not final.
func (s cancelled) awaited() carriers.Outcome {
	if s.ambiguous {
		s.outcome.State = carriers.Pending
	}
	return s.outcome
}

func (c *client) cancelled(a Activation) cancelled {
	if porting := a.Info.PortingStatus.String(); carriers.Among(c.cfg.CancelledStatuses, porting) {
		return cancelled{outcome: carriers.Outcome{State: carriers.Done, Status: carriers.Redact(porting)}}
	}
	if carriers.Among(append([]string{"DONE"}, c.cfg.DoneStatuses...), a.Status) {
		return cancelled{carriers.Outcome{State: carriers.Done, Status: carriers.Redact(a.Status)}, true}
	}
	return cancelled{outcome: outcomeOf(c.cfg.whileCancelled(), a)}
}

// furthest reads the record of the cancelled request and, where the answer to the cancel had another id, as in the sample of
// CancelTerminateSubscription, that record too. The one that says more decides.
func (c *client) furthest(ctx context.Context, q recordRequest, answered string) (a Activation, found bool, err error) {
	a, found, err = c.activation(ctx, q.reference, q.record.ActivationID)
	if err != nil || answered == "" || identifiers.CompareID(answered, q.record.ActivationID) == identifiers.Equal {
		return a, found, err
	}
	other, shown, err := c.activation(ctx, q.reference, answered)
	if err == nil && shown && q.isType(other.ActivationType) && (!found || c.rank(other) < c.rank(a)) {
		return other, true, nil
	}
	return a, found, err
}

// rank orders what two records say about one cancel: as long as one of them is open, an ambiguous end of the other says nothing.
func (c *client) rank(a Activation) int {
	seen := c.cancelled(a)
	if seen.ambiguous {
		return 4
	}
	return slices.Index([]carriers.State{carriers.Done, carriers.Failed, carriers.Unknown, carriers.Pending}, seen.outcome.State)
}

// datesOf are the dates for which the request of a record was asked, or is approved.
func datesOf(record map[string]string) []string {
	return []string{record[fieldWishDate], record[fieldPortingWishDate], record[fieldApprovedDate]}
}

// latest is the last of several points in time. A date alone is its end; one without an offset is taken as UTC.
func latest(a, b time.Time, dates []string) time.Time {
	last := a
	if b.After(last) {
		last = b
	}
	for _, date := range dates {
		at, precision := identifiers.ParseTime(date)
		if precision == identifiers.Day {
			at = at.AddDate(0, 0, 1)
		}
		if precision != identifiers.Unreadable && at.After(last) {
			last = at
		}
	}
	return last
}

// lineKept is whether the line of a request that was not carried out is as before. A line that sTN does not list any more has ended, if
// it was listed before.
func (c *client) lineKept(ctx context.Context, q recordRequest, a Activation, before *carriers.Line) (carriers.Effect, *carriers.Line, error) {
	line, shown, err := c.lineOfRecord(ctx, q, a, before)
	switch {
	case err != nil:
		return carriers.NotRead, nil, err
	case shown == carriers.Absent && before != nil && before.Status != "":
		return carriers.Missing, nil, nil
	case shown != carriers.Present:
		return carriers.Incomparable, nil, nil
	}
	return effectOnState(slices.Concat(c.cfg.ActiveStates, c.cfg.SuspendedStates), c.cfg.EndedStates, line.State), lineOf(line, nil), nil
}

// lineNotPorted is whether there is no line with the number of a port-in.
func (c *client) lineNotPorted(ctx context.Context, q recordRequest, a Activation, before *carriers.Line) (carriers.Effect, *carriers.Line, error) {
	line, shown, err := c.lineOfRecord(ctx, q, a, before)
	switch {
	case err != nil:
		return carriers.NotRead, nil, err
	case shown == carriers.Absent:
		return carriers.Shown, nil, nil
	case shown != carriers.Present:
		return carriers.Incomparable, nil, nil
	}
	return effectOnState(c.cfg.EndedStates, slices.Concat(c.cfg.ActiveStates, c.cfg.SuspendedStates), line.State), lineOf(line, nil), nil
}

// lineNotOpened is whether there is no line of a new subscription, and its SIM card, if it has one, is free again (inferred: a card
// without a line is FREE, Quick Start).
func (c *client) lineNotOpened(ctx context.Context, q recordRequest, a Activation, before *carriers.Line) (carriers.Effect, *carriers.Line, error) {
	effect, line, err := c.lineNotPorted(ctx, q, a, before)
	card := a.Info.SIMCardNumber
	if before != nil {
		card = orElse(card, before.ICCID)
	}
	if err != nil || effect != carriers.Shown || line != nil || card == "" {
		return effect, line, err
	}
	found, err := c.getSIM(ctx, q.reference, GetSIM{SIMCardNumber: card.String()})
	switch {
	case err != nil && !carriers.RefusedForGood(err):
		return carriers.NotRead, nil, err
	case err != nil || len(found.SIMs) != 1:
		return carriers.Incomparable, nil, nil
	}
	return effectOnState([]string{"FREE"}, []string{"ACTIVATED", "BUSY"}, found.SIMs[0].Status), nil, nil // QuerySimcard
}
