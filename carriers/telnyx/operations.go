package telnyx

import (
	"context"
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

const (
	simsPage    = "SIM Cards"
	actionsPage = "SIM Card Actions"
	byAction    = "polled action, confirmed by the SIM card's status"
)

// operations are all that can be asked of Telnyx.
func operations() []carriers.Operation {
	return []carriers.Operation{
		newAction("Enable a SIM card", "Enable SIM card", actionEnable, simEnabled,
			EnableSIM{Reference: "order-41", Card: example(disabledSIM, 41)}, EnableSIM.card),
		newAction("Disable a SIM card", "Disable SIM card", actionDisable, simDisabled,
			DisableSIM{Reference: "order-42", Card: example(enabledSIM, 42)}, DisableSIM.card),
		newAction("Put a SIM card on standby", "Put on standby SIM card", actionSetStandby, simStandby,
			SetSIMStandby{Reference: "order-43", Card: example(enabledSIM, 43)}, SetSIMStandby.card),
		newRead("Read a SIM card", "Read SIM card", simsPage, GetSIM{Reference: "read-41", Card: example(disabledSIM, 41)}, GetSIM.card, (*client).sim),
		newRead("List the actions of a SIM card", "List the actions of SIM card", actionsPage,
			ListSIMActions{Reference: "read-42", Card: example(enabledSIM, 42)}, ListSIMActions.card,
			func(c *client, ctx context.Context, reference, card string) (Actions, error) {
				all, err := c.actions(ctx, reference, card)
				return Actions{Actions: append([]Action{}, all...)}, err
			}),
		newRead("Read the activation code of an eSIM", "Read the activation code of SIM card", simsPage,
			GetActivationCode{Reference: "read-43", Card: example(enabledESIM, 43)}, GetActivationCode.card, (*client).activationCode),
	}
}

// The sandbox makes SIM cards up, and these digits of a UUID say to it how a card is.
const (
	disabledSIM = "0000"
	enabledSIM  = "0001"
	enabledESIM = "1001"
)

// example is an invented SIM card.
func example(condition string, number int) Card {
	return Card{SIMCardID: fmt.Sprintf("5a2d9c10-%s-4000-8000-%010d00", condition, number)}
}

// newAction makes the operation of an action that moves a card to a status.
func newAction[R carriers.Request](title, summary, action, target string, example R, card func(R) string) carriers.Operation {
	return carriers.NewChange(carriers.Change[*client, R]{
		Info: carriers.Info{
			Title: title, Source: simsPage, DecidedBy: byAction, DecidedLater: true, FoundBy: carriers.FoundByRecord, Summary: summary,
			Examples: []carriers.Example{{Title: carriers.Uncapitalised(title), Request: example}},
		},
		Line: card,
		Before: func(c *client, ctx context.Context, s carriers.Submission[R]) (*carriers.Line, error) {
			return c.before(ctx, s.Reference, card(s.Request), action)
		},
		Precheck: func(_ *client, _ R, before *carriers.Line) string { return refuse(action, before) },
		Send: func(c *client, ctx context.Context, s carriers.Submission[R]) (carriers.Acknowledgement, error) {
			return c.request(ctx, s.Reference, card(s.Request), action)
		},
		Find: func(c *client, ctx context.Context, s carriers.Submission[R], before *carriers.Line) (carriers.Finding, error) {
			return c.find(ctx, s.Reference, card(s.Request), action, before)
		},
		Look: func(c *client, ctx context.Context, s carriers.Submission[R], in carriers.Inquiry) (carriers.Outcome, error) {
			return c.look(ctx, s.Reference, card(s.Request), target, in)
		},
	})
}

// newRead makes the operation of a read about a card.
func newRead[R carriers.Request, T any](title, summary, page string, example R, card func(R) string,
	get func(c *client, ctx context.Context, reference, card string) (T, error),
) carriers.Operation {
	return carriers.NewRead(carriers.Read[*client, R, T]{
		Info: carriers.Info{
			Title: title, Source: page, DecidedBy: "answer", Summary: summary,
			Examples: []carriers.Example{{Title: carriers.Uncapitalised(title), Request: example}},
		},
		Line: card,
		Get: func(c *client, ctx context.Context, reference string, r R) (T, error) {
			return get(c, ctx, reference, card(r))
		},
	})
}

// before reads the card's status and its actions of one type. A look-up after a lost answer compares with them: an action carries
// nothing of ours, and the clocks of Telnyx and ours differ. Nothing that names the card is kept, because a baseline travels in
// failures.
func (c *client) before(ctx context.Context, reference, card, action string) (*carriers.Line, error) {
	s, err := c.sim(ctx, reference, card)
	if err != nil {
		return nil, err
	}
	all, err := c.actions(ctx, reference, card)
	if err != nil {
		return nil, err
	}
	line := &carriers.Line{Status: s.Status.Value, Requests: []string{}}
	for _, a := range all {
		if isType(a, action) {
			line.Requests = append(line.Requests, lineForm(a.ID.String()))
		}
	}
	return line, nil
}

// refuse says why an action must not be requested, judged by the card: what Telnyx would answer while it imposes a status is not
// documented, and no request changes such a status (SIM lifecycle).
func refuse(action string, before *carriers.Line) string {
	if carriers.Among(imposed, before.Status) && action != actionDisable {
		return fmt.Sprintf("the SIM card is %q, a status that Telnyx imposes and that no request changes", before.Status)
	}
	return ""
}

// find looks for the action among those of the card that were not there before. It is absent only when the whole list shows no new
// one of the type and nothing runs on the card.
func (c *client) find(ctx context.Context, reference, card, action string, before *carriers.Line) (carriers.Finding, error) {
	all, err := c.actions(ctx, reference, card)
	if err != nil {
		return carriers.Finding{}, err
	}
	if before == nil || before.Requests == nil {
		return carriers.FoundUnclear("the actions of the SIM card were not read before the request was sent"), nil
	}
	known := map[string]bool{}
	for _, id := range before.Requests {
		known[lineForm(id)] = true
	}
	var oldest *Action
	for i, a := range all {
		if !isType(a, action) || known[lineForm(a.ID.String())] {
			continue
		}
		// Of several, the oldest: all of them move the card to the same status.
		if oldest == nil || a.CreatedAt.Compare(oldest.CreatedAt) == identifiers.Before {
			oldest = &all[i]
		}
	}
	if oldest != nil {
		return carriers.FoundAs(oldest.ID.String(), c.outcomeOf(*oldest)), nil
	}
	s, err := c.sim(ctx, reference, card)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case s.ActionsInProgress:
		return carriers.FoundUnclear("an action runs on the SIM card that its list does not show"), nil
	}
	return carriers.FoundNothing(), nil
}

// look reads the action and, once it is completed or when it is the only look, whether the card has the wanted status. An action
// that was interrupted counts as done when the card has it all the same. After a sweep has read the action, the card is read first, and
// is enough when it has the status.
func (c *client) look(ctx context.Context, reference, card, target string, in carriers.Inquiry) (carriers.Outcome, error) {
	id := in.Acknowledgement.TransactionID
	if id == "" {
		return carriers.Outcome{State: carriers.Pending}, nil // never acknowledged, and a look-up has not found it either
	}
	shown, ok, err := carriers.ShownAfterSweep(in, func(carriers.Line) (carriers.Effect, *carriers.Line, error) {
		s, err := c.sim(ctx, reference, card)
		return effectOf(target, s.Status.Value), lineOf(s), err
	})
	if ok || err != nil {
		return shown, err
	}
	a, found, err := c.action(ctx, reference, card, id)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err
	}
	outcome := c.outcomeOf(a)
	interrupted := carriers.Among([]string{statusInterrupted}, a.Status.Value)
	needed := in.Confirm && outcome.State == carriers.Done || interrupted
	outcome = carriers.WithEffect(in, outcome, needed, func() (carriers.Effect, *carriers.Line, error) {
		return c.effect(ctx, reference, card, target, a)
	})
	switch {
	case !interrupted:
	case outcome.Effect == carriers.Shown:
		outcome.State, outcome.Code, outcome.Reason = carriers.Done, "", ""
	case outcome.Effect == carriers.NotRead: // the read has failed, and may show it later
		outcome.State = carriers.Pending
	}
	return outcome, nil
}

// effect reads whether the card has the status that the action aims at. A card that consumed data leaves standby by itself: then an
// action of Telnyx's own, later than ours, shows that it was there.
func (c *client) effect(ctx context.Context, reference, card, target string, ours Action) (carriers.Effect, *carriers.Line, error) {
	s, err := c.sim(ctx, reference, card)
	if err != nil {
		return carriers.NotRead, nil, err
	}
	effect := effectOf(target, s.Status.Value)
	if target != simStandby || !carriers.Among([]string{simEnabled}, s.Status.Value) {
		return effect, lineOf(s), nil
	}
	all, err := c.actions(ctx, reference, card)
	if err != nil {
		return carriers.NotRead, nil, err
	}
	for _, a := range all {
		if isType(a, actionWoken) && a.CreatedAt.Compare(ours.CreatedAt) == identifiers.After {
			effect = carriers.Shown
		}
	}
	return effect, lineOf(s), nil
}

func isType(a Action, action string) bool { return carriers.Among([]string{action}, a.ActionType) }

// lineOf is a SIM card in the words that all carriers share.
func lineOf(s SIM) *carriers.Line {
	return &carriers.Line{
		SubscriptionID: s.ID.String(), Status: s.Status.Value, Number: s.MSISDN.String(), ICCID: s.ICCID.String(), IMSI: s.IMSI.String(),
	}
}
