package dish

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// beforeNumberChange reads the card of the line under its present number: afterwards only the card shows that the new number is on
// the same line. A read that is refused leaves the operation without it, and then its effect is incomparable. A 404 that is not
// DISH's own is no refusal, and is asked again.
func (c *client) beforeNumberChange(ctx context.Context, s carriers.Submission[ChangeNumber]) (*carriers.Line, error) {
	line, _, err := c.line(ctx, s.Reference, s.Request.Customer, target{gpsi: s.Request.GPSI})
	if err != nil && (carriers.ClassOf(err) == carriers.Misrouted || !carriers.RefusedForGood(err)) {
		return nil, err
	}
	if line == nil {
		return &carriers.Line{}, nil
	}
	return &carriers.Line{ICCID: line.ICCID}, nil // it is kept with the operation, and nothing more is needed
}

// sameNumber refuses a change that changes nothing: the line would show the new number whether or not DISH has the request.
func (c *client) sameNumber(r ChangeNumber, _ *carriers.Line) string {
	if compareGPSI(r.GPSI, r.NewGPSI) == identifiers.Equal {
		return "gpsi and newGpsi are the same number"
	}
	return ""
}

// findNumberChange looks up our own transaction. Where DISH says that it has none, the line is a second proof: a card that had the
// old number before the first send, and has the new one now, was changed since. Then nothing must be sent again. Nor must it where
// the new number shows on a card that may be this one.
func (c *client) findNumberChange(ctx context.Context, s carriers.Submission[ChangeNumber], before *carriers.Line) (carriers.Finding, error) {
	finding, err := c.findTransaction(ctx, s.Reference, s.Request.Customer)
	if err != nil || finding.Presence != carriers.Absent || before == nil || before.ICCID == "" {
		return finding, err
	}
	effect, line, err := c.newNumberEffect(ctx, s, before)
	switch {
	case err != nil && !carriers.RefusedForGood(err):
		return carriers.Finding{}, err
	case err == nil && effect == carriers.Shown:
		return carriers.FoundAs(s.Reference, carriers.Outcome{State: carriers.Done}), nil
	case err == nil && effect == carriers.Incomparable && line != nil:
		return carriers.FoundUnclear("the new number shows on a subscription that may be the one to change"), nil
	}
	return finding, nil
}

func (c *client) lookAtNumberChange(ctx context.Context, s carriers.Submission[ChangeNumber], in carriers.Inquiry) (carriers.Outcome, error) {
	return c.lookAtTransaction(ctx, s.Reference, s.Request.Customer, in, func() (carriers.Effect, *carriers.Line, error) {
		return c.numberEffect(ctx, s, in.Acknowledgement.Before)
	})
}

// numberEffect reads whether the line has the new number, and no longer the old one.
func (c *client) numberEffect(ctx context.Context, s carriers.Submission[ChangeNumber], before *carriers.Line) (carriers.Effect, *carriers.Line, error) {
	effect, line, err := c.newNumberEffect(ctx, s, before)
	if err != nil || effect != carriers.Shown {
		return effect, line, err
	}
	old, certain, err := c.line(ctx, s.Reference, s.Request.Customer, target{gpsi: s.Request.GPSI})
	switch {
	case err != nil:
		return carriers.NotRead, line, err
	case old == nil && certain:
		return carriers.Shown, line, nil
	case old == nil:
		return carriers.Incomparable, line, nil
	}
	switch card := identifiers.CompareICCID(before.ICCID, old.ICCID); {
	case card == identifiers.Different: // another line has the old number by now
		return carriers.Shown, line, nil
	case card == identifiers.Equal && compareGPSI(s.Request.GPSI, old.Number) == identifiers.Equal:
		return carriers.Missing, line, nil
	}
	return carriers.Incomparable, line, nil
}

// newNumberEffect reads whether the new number is on the card that was read under the old one. The line is nil when it is surely
// another one.
func (c *client) newNumberEffect(ctx context.Context, s carriers.Submission[ChangeNumber], before *carriers.Line) (carriers.Effect, *carriers.Line, error) {
	line, certain, err := c.line(ctx, s.Reference, s.Request.Customer, target{gpsi: s.Request.NewGPSI})
	if err != nil || line == nil {
		return carriers.EffectNotShown(certain), nil, err
	}
	if before == nil || compareGPSI(s.Request.NewGPSI, line.Number) != identifiers.Equal {
		return carriers.Incomparable, line, nil
	}
	switch identifiers.CompareICCID(before.ICCID, line.ICCID) {
	case identifiers.Equal:
		return carriers.Shown, line, nil
	case identifiers.Different:
		return carriers.Missing, nil, nil
	}
	return carriers.Incomparable, line, nil
}
