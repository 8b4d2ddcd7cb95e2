package activities

import (
	"context"
	"slices"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
)

// The MásMóvil operation types, as workflows name them.
const (
	MasMovilGetSubscription = "masmovil.GetSubscription"
	MasMovilListDevices     = "masmovil.ListDevices"
	MasMovilAddDevice       = "masmovil.AddDevice"
	MasMovilReplaceSIM      = "masmovil.ReplaceSIM"
	MasMovilListRecharges   = "masmovil.ListRecharges"
)

// MasMovilNewDevice is the request of masmovil.AddDevice.
type MasMovilNewDevice struct {
	masmovil.Line
	masmovil.Origin
	masmovil.NewDevice
}

// MasMovilSIMReplacement is the request of masmovil.ReplaceSIM.
type MasMovilSIMReplacement struct {
	masmovil.Line
	masmovil.Origin
	masmovil.SIMReplacement
}

// MasMovil returns the activities of MásMóvil. It has no idempotency key and no look-up of requests, so the line is read
// before a change is sent, and what a later read shows is compared with that.
func MasMovil(client *masmovil.Client) Set {
	m := masMovilActivities{client}
	s := set{carrier: carriers.MasMovil}
	s.activities = append(s.activities, change[MasMovilNewDevice]{
		carrier: carriers.MasMovil, operation: MasMovilAddDevice, exchange: client.ExchangeTimeout(),
		asks: func(MasMovilNewDevice) bool { return false },
		before: func(ctx context.Context, in SubmitInput[MasMovilNewDevice]) (*carriers.Line, error) {
			return m.before(ctx, in.Reference, in.Request.Line, m.devices)
		},
		send: func(ctx context.Context, in SubmitInput[MasMovilNewDevice]) (carriers.Acknowledgement, error) {
			order, err := client.AddDevice(ctx, in.Reference, in.Request.Line, in.Request.Origin, in.Request.NewDevice)
			return client.Acknowledge(order), err
		},
		find: m.findDevice,
		look: m.lookDevice,
	}.register()...)
	s.activities = append(s.activities, change[MasMovilSIMReplacement]{
		carrier: carriers.MasMovil, operation: MasMovilReplaceSIM, exchange: client.ExchangeTimeout(),
		asks: func(MasMovilSIMReplacement) bool { return false },
		before: func(ctx context.Context, in SubmitInput[MasMovilSIMReplacement]) (*carriers.Line, error) {
			return m.before(ctx, in.Reference, in.Request.Line, m.sim)
		},
		inEffect: func(r MasMovilSIMReplacement, before *carriers.Line) string {
			if r.NewICC == "" || identifiers.CompareICCID(r.NewICC, before.ICCID) != identifiers.Equal {
				return ""
			}
			return "new_icc is the line's card already, and nothing else could show that the replacement was taken"
		},
		send: func(ctx context.Context, in SubmitInput[MasMovilSIMReplacement]) (carriers.Acknowledgement, error) {
			order, err := client.ReplaceSIM(ctx, in.Reference, in.Request.Line, in.Request.Origin, in.Request.SIMReplacement)
			return client.Acknowledge(order), err
		},
		find: m.findSIM,
		look: m.lookSIM,
	}.register()...)
	s.activities = append(s.activities,
		read(carriers.MasMovil, MasMovilGetSubscription, client.Subscription),
		read(carriers.MasMovil, MasMovilListDevices, func(ctx context.Context, reference string, q masmovil.DevicesQuery) (masmovil.Devices, error) {
			return client.Devices(ctx, reference, q.Line)
		}),
		read(carriers.MasMovil, MasMovilListRecharges, client.Recharges),
	)
	return s
}

type masMovilActivities struct{ client *masmovil.Client }

// before reads the line before a change: what read returns of it is the only thing that will show the change, and the risk
// decisions that exist already are not about this request.
func (m masMovilActivities) before(ctx context.Context, reference string, line masmovil.Line,
	read func(ctx context.Context, reference string, line masmovil.Line) (*carriers.Line, error),
) (*carriers.Line, error) {
	before, err := read(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	before.RiskRequest = m.lastRisk(ctx, reference, line)
	return before, nil
}

// lastRisk returns the id of the line's newest risk request, "" when there is none. It is nil when they could not be read:
// the read is an aid, and without it no later decision can be told from an earlier one.
func (m masMovilActivities) lastRisk(ctx context.Context, reference string, line masmovil.Line) *string {
	request, _, err := m.client.RiskDecision(ctx, reference, line)
	if err != nil {
		return nil
	}
	id := request.ID.String()
	return &id
}

func (m masMovilActivities) findSIM(ctx context.Context, in SubmitInput[MasMovilSIMReplacement], before *carriers.Line) (carriers.Finding, error) {
	now, err := m.sim(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Finding{}, err
	}
	// Held for review, or never received: both look the same. And a card that may have been on the line before shows nothing.
	changed := before != nil && identifiers.CompareICCID(before.ICCID, now.ICCID) == identifiers.Different
	if !changed || simEffect(in.Request.NewICC, before, now) != carriers.Shown {
		return carriers.FoundUnclear("nothing but the line's card shows such a request"), nil
	}
	return carriers.FoundAs("", carriers.Outcome{State: carriers.Done}), nil
}

func (m masMovilActivities) lookSIM(ctx context.Context, in CheckInput[MasMovilSIMReplacement]) (carriers.Outcome, error) {
	now, err := m.sim(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return wordOf(in, err)
	}
	effect := simEffect(in.Request.NewICC, in.Acknowledgement.Before, now)
	return m.observed(ctx, in.Reference, in.Request.Line, in.Acknowledgement, in.taken(), effect, now)
}

// wordOf is what is left of a look when the line cannot be read: MásMóvil's own word, if it has said done.
func wordOf[R any](in CheckInput[R], err error) (carriers.Outcome, error) {
	if said := in.Acknowledgement.Outcome; said.State == carriers.Done {
		return unread(carriers.Outcome{State: said.State, Status: said.Status}, err), nil
	}
	return carriers.Outcome{}, err
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

func (m masMovilActivities) findDevice(ctx context.Context, in SubmitInput[MasMovilNewDevice], before *carriers.Line) (carriers.Finding, error) {
	now, err := m.devices(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Finding{}, err
	}
	added := newDevices(before, now)
	if len(added) != 1 {
		return carriers.FoundUnclear("nothing but one new device on the line shows such a request"), nil
	}
	return carriers.FoundAs(added[0], carriers.Outcome{State: carriers.Done}), nil
}

func (m masMovilActivities) lookDevice(ctx context.Context, in CheckInput[MasMovilNewDevice]) (carriers.Outcome, error) {
	now, err := m.devices(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return wordOf(in, err)
	}
	effect := deviceEffect(in.Acknowledgement, now)
	return m.observed(ctx, in.Reference, in.Request.Line, in.Acknowledgement, in.taken(), effect, now)
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

// unlike reports whether an id is surely none of a list: each of them has an id, and a different one.
func unlike(ids []string, id string) bool {
	return !slices.ContainsFunc(ids, func(other string) bool {
		return other == "" || id != "" && identifiers.CompareID(other, id) != identifiers.Different
	})
}

// observed puts together what MásMóvil's answer, its risk decision and a read of the line say. Without a status to ask
// for, a change that was held for review (202) is done when the line shows it.
func (m masMovilActivities) observed(ctx context.Context, reference string, line masmovil.Line, ack carriers.Acknowledgement,
	taken bool, effect carriers.Effect, now *carriers.Line,
) (carriers.Outcome, error) {
	outcome := carriers.Outcome{State: undecided(ack), Status: ack.Outcome.Status, Effect: effect, Line: now}
	if effect == carriers.Shown && taken || ack.Outcome.State == carriers.Done {
		outcome.State = carriers.Done
		return outcome, nil
	}
	request, found, err := m.client.RiskDecision(ctx, reference, line)
	if err != nil || !found || ack.Before == nil || ack.Before.RiskRequest == nil || !newer(request.ID.String(), *ack.Before.RiskRequest) {
		return outcome, nil // a decision that may be about an earlier order says nothing, and that there is none says nothing either
	}
	outcome.Status = carriers.Redact(request.RiskDecision)
	switch m.client.RiskStateOf(request.RiskDecision) {
	case carriers.Failed:
		outcome.State, outcome.RiskDenied = carriers.Failed, true
		outcome.Code, outcome.Reason = outcome.Status, "the risk decision is negative"
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

// newDevices are the devices of now that before does not have; none when either list is missing, or when a device cannot be told
// from one that was there before.
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

func (m masMovilActivities) sim(ctx context.Context, reference string, line masmovil.Line) (*carriers.Line, error) {
	s, err := m.client.Subscription(ctx, reference, masmovil.SubscriptionQuery{Line: line})
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.ID(), Number: s.IdentificationNr.String(), ICCID: s.ICCID.String(), IMSI: s.IMSI.String()}
	if s.SubscriptionStatus != nil {
		read.Status = carriers.Redact(s.SubscriptionStatus.Value)
	}
	return &read, nil
}

func (m masMovilActivities) devices(ctx context.Context, reference string, line masmovil.Line) (*carriers.Line, error) {
	list, err := m.client.Devices(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.ID()}
	if list.Devices != nil {
		read.Devices = []string{}
	}
	for _, device := range list.Devices {
		if m.client.DeviceActive(device) {
			read.Devices = append(read.Devices, device.SubscriptionTerminalID.String())
		}
	}
	return &read, nil
}
