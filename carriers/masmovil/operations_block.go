package masmovil

import (
	"context"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// newSetBlock is the operation SetBlock.
func newSetBlock() carriers.Operation {
	return newObserved(observed[SetBlock]{
		Info: carriers.Info{
			Title: "Set or take away a block of a subscription", Source: "Customers API v2, Barrings", DecidedBy: "201, confirmed by the list of blocks",
			Summary: "Set or take away a block of line",
			Examples: []carriers.Example{
				{Title: "block a line", Request: SetBlock{Reference: "order-33", Line: example(12333), BlockID: 1, Active: new(true), Reason: "lost"}},
			},
		},
		send: (*client).setBlock,
		read: func(c *client, ctx context.Context, reference string, r SetBlock) (*carriers.Line, error) {
			return c.lineWithBlock(ctx, reference, r)
		},
		effect:        blockEffect,
		unclear:       "the list of blocks does not show whether the line has the block",
		withoutBefore: true, // the read is deprecated, the change is not
	})
}

// lineWithBlock reads the line with the block of a request: true when it is listed, false when it surely is not, and not at
// all when the list does not tell.
func (c *client) lineWithBlock(ctx context.Context, reference string, r SetBlock) (*carriers.Line, error) {
	list, err := c.blocks(ctx, reference, r.Line)
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: r.id(), Services: map[string]any{}}
	sure := list.Items != nil
	for _, b := range list.Items {
		switch identifiers.CompareID(b.ID.String(), strconv.Itoa(r.BlockID)) {
		case identifiers.Equal:
			read.Services[r.block()] = true
			return &read, nil
		case identifiers.Near, identifiers.Incomparable:
			sure = false
		}
	}
	if sure {
		read.Services[r.block()] = false
	}
	return &read, nil
}

// block names the block of a request among what is read of the line.
func (r SetBlock) block() string { return "block " + strconv.Itoa(r.BlockID) }

// blockEffect compares the block as read with the one that is wanted. Only what is read now counts: a block has two states.
func blockEffect(c *client, r SetBlock, _, now *carriers.Line) carriers.Effect {
	is, known := now.Services[r.block()].(bool)
	switch {
	case !known:
		return carriers.Incomparable
	case is == (*r.Active != c.cfg.BlockActiveClears):
		return carriers.Shown
	}
	return carriers.Missing
}
