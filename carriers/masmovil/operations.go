package masmovil

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

const subscriptionsPage = "Customers API v2, Subscriptions"

// operations are all that can be asked of MásMóvil. It has no idempotency key, and no look-up of requests but those for a tariff. So
// the line is read before a change is sent, and what a later read shows is compared with that.
func operations() []carriers.Operation {
	return []carriers.Operation{
		carriers.NewRead(carriers.Read[*client, GetSubscription, Subscription]{
			Info: carriers.Info{
				Title: "Read a subscription", Source: subscriptionsPage, DecidedBy: "answer", Summary: "Read line",
				Examples: []carriers.Example{
					{Title: "read a line", Request: GetSubscription{Reference: "read-3", Line: example(12303)}},
					{Title: "read a line with its earlier statuses", Request: GetSubscription{Reference: "read-4", Line: example(12304), Include: []string{"historical_status"}}},
				},
			},
			Line: func(r GetSubscription) string { return r.id() },
			Get:  (*client).subscription,
		}),
		carriers.NewRead(carriers.Read[*client, ListDevices, Devices]{
			Info: carriers.Info{
				Title: "List the devices of a subscription", Source: subscriptionsPage, DecidedBy: "answer", Summary: "List the devices of line",
				Examples: []carriers.Example{{Title: "list a line's devices", Request: ListDevices{Reference: "read-5", Line: example(12305)}}},
			},
			Line: func(r ListDevices) string { return r.id() },
			Get:  (*client).devices,
		}),
		carriers.NewChange(carriers.Change[*client, AddDevice]{
			Info: carriers.Info{
				Title: "Add a device to a subscription", Source: subscriptionsPage, DecidedBy: "201, or a risk review observed by reading",
				Summary: "Add a device to line", Timings: reviewed, MayBeHeld: true, FoundBy: carriers.FoundByEffect,
				Examples: []carriers.Example{{Title: "add a device", Request: AddDevice{
					Reference: "order-23", Line: example(12323), SubscriptionOfferSegment: "RES",
					Sell: carriers.Object(`{"id":1}`), Client: carriers.Object(`{"id":2}`), Device: carriers.Object(`{"id":3}`),
				}}},
			},
			Line:   func(r AddDevice) string { return r.id() },
			CanAsk: func(*client, AddDevice) bool { return false },
			Before: func(c *client, ctx context.Context, s carriers.Submission[AddDevice]) (*carriers.Line, error) {
				return c.before(ctx, s.Reference, s.Request.Line, c.lineWithDevices)
			},
			Send: (*client).addDevice,
			Find: (*client).findDevice,
			Look: (*client).lookAtDevice,
		}),
		carriers.NewChange(carriers.Change[*client, ReplaceSIM]{
			Info: carriers.Info{
				Title: "Replace the SIM of a subscription", Source: subscriptionsPage, DecidedBy: "201, or observed by reading the line's ICCID",
				Summary: "Replace the SIM of line", Timings: reviewed, MayBeHeld: true, FoundBy: carriers.FoundByEffect,
				Examples: []carriers.Example{
					{Title: "put a new card on a line", Request: ReplaceSIM{
						Reference: "order-24", Line: example(12324), DealerID: "D-1", Logistic: new(false), NewICC: "8934000000000000024",
					}},
					{Title: "order a card whose ICC is not known yet", Request: ReplaceSIM{
						Reference: "order-25", Line: example(12325), DealerID: "D-1", Logistic: new(true),
					}},
				},
			},
			Line:   func(r ReplaceSIM) string { return r.id() },
			CanAsk: func(*client, ReplaceSIM) bool { return false },
			Before: func(c *client, ctx context.Context, s carriers.Submission[ReplaceSIM]) (*carriers.Line, error) {
				return c.before(ctx, s.Reference, s.Request.Line, c.lineWithSIM)
			},
			Precheck: simInEffect,
			Send:     (*client).replaceSIM,
			Find:     (*client).findSIM,
			Look:     (*client).lookAtSIM,
		}),
		newAddBonus(),
		newSetBlock(),
		newChangeProduct(),
		newOperateBarringMasks(),
		newListServices(),
		newChangeTariff(),
		carriers.NewRead(carriers.Read[*client, ListRecharges, Recharges]{
			Info: carriers.Info{
				Title: "List the recharges of a subscription", Source: subscriptionsPage, DecidedBy: "answer", Summary: "List the recharges of line",
				Examples: []carriers.Example{
					{Title: "list a line's recharges", Request: ListRecharges{Reference: "read-6", Line: example(12306)}},
					{Title: "list those of one month", Request: ListRecharges{Reference: "read-7", Line: example(12307), StartDate: "2026-02-01", EndDate: "2026-02-28"}},
				},
			},
			Line: func(r ListRecharges) string { return r.id() },
			Get:  (*client).recharges,
		}),
	}
}

func simInEffect(_ *client, r ReplaceSIM, before *carriers.Line) string {
	if r.NewICC == "" || identifiers.CompareICCID(r.NewICC, before.ICCID) != identifiers.Equal {
		return ""
	}
	return "new_icc is the line's card already, and nothing else could show that the replacement was taken"
}

func (c *client) findSIM(ctx context.Context, s carriers.Submission[ReplaceSIM], before *carriers.Line) (carriers.Finding, error) {
	now, err := c.lineWithSIM(ctx, s.Reference, s.Request.Line)
	if err != nil {
		return carriers.Finding{}, err
	}
	// Held for review, or never received: both look the same. And a card that may have been on the line before shows nothing.
	changed := before != nil && identifiers.CompareICCID(before.ICCID, now.ICCID) == identifiers.Different
	if !changed || simEffect(s.Request.NewICC, before, now) != carriers.Shown {
		return carriers.FoundUnclear("nothing but the line's card shows such a request"), nil
	}
	return carriers.FoundAs("", carriers.Outcome{State: carriers.Done}), nil
}

func (c *client) lookAtSIM(ctx context.Context, s carriers.Submission[ReplaceSIM], in carriers.Inquiry) (carriers.Outcome, error) {
	now, err := c.lineWithSIM(ctx, s.Reference, s.Request.Line)
	if err != nil {
		return withoutLine(in, err)
	}
	return c.observe(ctx, s.Reference, s.Request.Line, in, simEffect(s.Request.NewICC, in.Acknowledgement.Before, now), now)
}

// simEffect compares the line's ICCID with the new card's, or with the old one when the new one is not known yet
// because it is being posted.
func simEffect(newICC string, before, now *carriers.Line) carriers.Effect {
	match := identifiers.CompareICCID(newICC, now.ICCID)
	if newICC == "" && before != nil {
		switch identifiers.CompareICCID(before.ICCID, now.ICCID) {
		case identifiers.Different:
			match = identifiers.Equal
		case identifiers.Equal:
			match = identifiers.Different
		}
	}
	switch match {
	case identifiers.Equal:
		return carriers.Shown
	case identifiers.Different:
		return carriers.Missing
	}
	return carriers.Incomparable // the field is documented as one that may be null
}

func (c *client) findDevice(ctx context.Context, s carriers.Submission[AddDevice], before *carriers.Line) (carriers.Finding, error) {
	now, err := c.lineWithDevices(ctx, s.Reference, s.Request.Line)
	if err != nil {
		return carriers.Finding{}, err
	}
	added := newDevices(before, now)
	if len(added) != 1 {
		return carriers.FoundUnclear("nothing but one new device on the line shows such a request"), nil
	}
	return carriers.FoundAs(added[0], carriers.Outcome{State: carriers.Done}), nil
}

func (c *client) lookAtDevice(ctx context.Context, s carriers.Submission[AddDevice], in carriers.Inquiry) (carriers.Outcome, error) {
	now, err := c.lineWithDevices(ctx, s.Reference, s.Request.Line)
	if err != nil {
		return withoutLine(in, err)
	}
	return c.observe(ctx, s.Reference, s.Request.Line, in, deviceEffect(in.Acknowledgement, now), now)
}

// deviceEffect looks for the added device: by its id, if MásMóvil gave one, else by the difference to the list before.
func deviceEffect(ack carriers.Acknowledgement, now *carriers.Line) carriers.Effect {
	if now.Devices == nil {
		return carriers.Incomparable
	}
	if ack.TransactionID == "" {
		switch {
		case ack.Before == nil || ack.Before.Devices == nil:
			return carriers.Incomparable
		case len(newDevices(ack.Before, now)) == 1:
			return carriers.Shown
		case unlike(now.Devices, ""): // every device has an id
			return carriers.Missing
		}
		return carriers.Incomparable
	}
	for _, id := range now.Devices {
		if identifiers.CompareID(id, ack.TransactionID) == identifiers.Equal {
			return carriers.Shown
		}
	}
	if unlike(now.Devices, ack.TransactionID) {
		return carriers.Missing
	}
	return carriers.Incomparable
}

// newDevices are the devices of now that before does not have; none when either list is missing, or when a device cannot be
// told from one that was there before.
func newDevices(before, now *carriers.Line) (added []string) {
	if before == nil || before.Devices == nil || now.Devices == nil {
		return nil
	}
	for _, id := range now.Devices {
		if id != "" && unlike(before.Devices, id) {
			added = append(added, id)
		}
	}
	return added
}

// lineWithSIM reads the line with its card.
func (c *client) lineWithSIM(ctx context.Context, reference string, line Line) (*carriers.Line, error) {
	s, err := c.subscription(ctx, reference, GetSubscription{Line: line})
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.id(), Number: s.IdentificationNr.String(), ICCID: s.ICCID.String(), IMSI: s.IMSI.String()}
	if s.SubscriptionStatus != nil {
		read.Status = carriers.Redact(s.SubscriptionStatus.Value)
	}
	return &read, nil
}

// lineWithDevices reads the line with the devices that are on it.
func (c *client) lineWithDevices(ctx context.Context, reference string, line Line) (*carriers.Line, error) {
	list, err := c.devices(ctx, reference, ListDevices{Line: line})
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.id()}
	if list.Devices != nil {
		read.Devices = []string{}
	}
	for _, device := range list.Devices {
		if deviceActive(c.cfg.ActiveDeviceStatuses, device) {
			read.Devices = append(read.Devices, device.SubscriptionTerminalID.String())
		}
	}
	return &read, nil
}
