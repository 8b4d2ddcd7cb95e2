package activities

import (
	"context"
	"slices"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
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
		carrier: carriers.MasMovil, operation: MasMovilAddDevice,
		before: func(ctx context.Context, in SubmitInput[MasMovilNewDevice]) (*carriers.Line, error) {
			return m.devicesBefore(ctx, in.Reference, in.Request.Line)
		},
		send: func(ctx context.Context, in SubmitInput[MasMovilNewDevice]) (carriers.Acknowledgement, error) {
			order, err := client.AddDevice(ctx, in.Reference, in.Request.Line, in.Request.Origin, in.Request.NewDevice)
			return client.Acknowledge(order), err
		},
		find: m.findDevice,
		look: m.lookDevice,
	}.register()...)
	s.activities = append(s.activities, change[MasMovilSIMReplacement]{
		carrier: carriers.MasMovil, operation: MasMovilReplaceSIM,
		before: func(ctx context.Context, in SubmitInput[MasMovilSIMReplacement]) (*carriers.Line, error) {
			return m.simBefore(ctx, in.Reference, in.Request.Line)
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

// simBefore reads the line before a SIM replacement: its ICCID is the only thing that will show the change, and the
// risk decisions that exist already are not about this request.
func (m masMovilActivities) simBefore(ctx context.Context, reference string, line masmovil.Line) (*carriers.Line, error) {
	before, err := m.sim(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	before.RiskRequest, err = m.lastRisk(ctx, reference, line)
	return before, err
}

func (m masMovilActivities) devicesBefore(ctx context.Context, reference string, line masmovil.Line) (*carriers.Line, error) {
	before, err := m.devices(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	before.RiskRequest, err = m.lastRisk(ctx, reference, line)
	return before, err
}

// lastRisk returns the id of the line's newest risk request; "" when there is none or they cannot be asked for.
func (m masMovilActivities) lastRisk(ctx context.Context, reference string, line masmovil.Line) (string, error) {
	request, _, err := m.client.RiskDecision(ctx, reference, line)
	return request.ID.String(), err
}

func (m masMovilActivities) findSIM(ctx context.Context, in SubmitInput[MasMovilSIMReplacement], before *carriers.Line) (carriers.Acknowledgement, verdict, error) {
	now, err := m.sim(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Acknowledgement{}, absent, err
	}
	if simEffect(in.Request.NewICC, before, now) != carriers.Shown {
		return carriers.Acknowledgement{}, cannotTell, nil // held for review, or never received: both look like this
	}
	ack := foundAs("", "")
	ack.Outcome.State = carriers.Done
	return ack, present, nil
}

func (m masMovilActivities) lookSIM(ctx context.Context, in CheckInput[MasMovilSIMReplacement]) (carriers.Outcome, error) {
	now, err := m.sim(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Outcome{}, err
	}
	return m.observed(ctx, in.Reference, in.Request.Line, in.Acknowledgement, in.Told, simEffect(in.Request.NewICC, in.Acknowledgement.Before, now), now)
}

// simEffect compares the line's ICCID with the new card's, or with the old one when the new one is not known yet
// because it is being posted.
func simEffect(newICC string, before, now *carriers.Line) carriers.Effect {
	switch {
	case now.ICCID == "", newICC == "" && (before == nil || before.ICCID == ""):
		return carriers.Incomparable // the field is documented as one that may be null
	case newICC != "" && now.ICCID == newICC,
		newICC == "" && now.ICCID != before.ICCID:
		return carriers.Shown
	}
	return carriers.Missing
}

func (m masMovilActivities) findDevice(ctx context.Context, in SubmitInput[MasMovilNewDevice], before *carriers.Line) (carriers.Acknowledgement, verdict, error) {
	now, err := m.devices(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Acknowledgement{}, absent, err
	}
	added := newDevices(before, now)
	if len(added) != 1 {
		return carriers.Acknowledgement{}, cannotTell, nil
	}
	ack := foundAs(added[0], "")
	ack.Outcome.State = carriers.Done
	return ack, present, nil
}

func (m masMovilActivities) lookDevice(ctx context.Context, in CheckInput[MasMovilNewDevice]) (carriers.Outcome, error) {
	now, err := m.devices(ctx, in.Reference, in.Request.Line)
	if err != nil {
		return carriers.Outcome{}, err
	}
	ack, effect := in.Acknowledgement, carriers.Missing
	switch {
	case ack.TransactionID != "" && slices.Contains(now.Devices, ack.TransactionID),
		ack.TransactionID == "" && len(newDevices(ack.Before, now)) == 1:
		effect = carriers.Shown
	case slices.Contains(now.Devices, ""), ack.TransactionID == "" && ack.Before == nil:
		effect = carriers.Incomparable
	}
	return m.observed(ctx, in.Reference, in.Request.Line, ack, in.Told, effect, now)
}

// observed puts together what MásMóvil's answer, its risk decision and a read of the line say. Without a status to ask
// for, a change that was held for review (202) is done when the line shows it.
func (m masMovilActivities) observed(ctx context.Context, reference string, line masmovil.Line, ack carriers.Acknowledgement,
	told carriers.State, effect carriers.Effect, now *carriers.Line,
) (carriers.Outcome, error) {
	outcome := carriers.Outcome{State: undecided(ack), Status: ack.Outcome.Status, Effect: effect, Line: now}
	if effect == carriers.Shown || ack.Outcome.State == carriers.Done || told == carriers.Done {
		outcome.State = carriers.Done
		return outcome, nil
	}
	request, found, err := m.client.RiskDecision(ctx, reference, line)
	if err != nil || !found || ack.Before == nil || !newer(request.ID.String(), ack.Before.RiskRequest) {
		return outcome, err // a decision that may be about an earlier order says nothing
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

// newer compares two numeric ids of risk requests.
func newer(id, than string) bool {
	a, _ := strconv.ParseUint(id, 10, 64)
	b, _ := strconv.ParseUint(than, 10, 64)
	return a > b
}

// newDevices are the devices of now that before does not have; none when before is not known. A device without an id
// cannot be told from another.
func newDevices(before, now *carriers.Line) []string {
	if before == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(now.Devices), func(id string) bool { return id == "" || slices.Contains(before.Devices, id) })
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
	for _, device := range list.Devices {
		if m.client.DeviceActive(device) {
			read.Devices = append(read.Devices, device.SubscriptionTerminalID.String())
		}
	}
	return &read, nil
}
