package dish

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
)

// transaction reads the status of our own transaction; known is false when DISH itself says that it does not have it.
func (c *client) transaction(ctx context.Context, reference string, who Customer) (status TransactionStatus, known bool, err error) {
	status, err = c.transactionStatus(ctx, reference, who, reference)
	if err != nil && carriers.ClassOf(err) == carriers.NotFound {
		return status, false, nil
	}
	return status, err == nil, err
}

// findTransaction looks up our own transaction.
func (c *client) findTransaction(ctx context.Context, reference string, who Customer) (carriers.Finding, error) {
	status, known, err := c.transaction(ctx, reference, who)
	switch {
	case err != nil:
		return carriers.Finding{}, err
	case known:
		return carriers.FoundAs(reference, carriers.Outcome{State: carriers.Pending, Status: status.Status}), nil
	}
	return carriers.FoundNothing(), nil
}

// lookAtTransaction reads the transaction status and, when somebody has said a final word or it is the only look, the effect.
func (c *client) lookAtTransaction(ctx context.Context, reference string, who Customer, in carriers.Inquiry,
	effect func() (carriers.Effect, *carriers.Line, error),
) (carriers.Outcome, error) {
	status, known, err := c.transaction(ctx, reference, who)
	if err != nil {
		return carriers.Outcome{}, err
	}
	outcome := carriers.Outcome{State: carriers.Pending}
	if in.Acknowledgement.Outcome.State == carriers.Done { // found by what the line shows; no answer of DISH's says it
		outcome.State = carriers.Done
	}
	if known {
		outcome = carriers.Outcome{State: status.State, Status: status.Status, Code: status.Code, Reason: status.Reason}
	}
	claimed := outcome.State == carriers.Done || outcome.State != carriers.Failed && in.Told.State.Final()
	return carriers.WithEffect(in, outcome, in.Confirm && claimed, effect), nil
}

// line reads the one subscription that a target names; nil when DISH does not show it, and then certain tells whether DISH
// surely does not have it.
func (c *client) line(ctx context.Context, reference string, who Customer, t target) (line *carriers.Line, certain bool, err error) {
	subscriber, err := c.subscriber(ctx, reference, who, t)
	if err != nil {
		if carriers.ClassOf(err) == carriers.NotFound {
			return nil, true, nil
		}
		return nil, false, err
	}
	subscription, resource, certain := subscriber.find(t)
	if subscription == nil {
		return nil, certain, nil
	}
	found := lineOf(subscriber, subscription, resource)
	return &found, true, nil
}
