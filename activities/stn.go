package activities

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// STNSetServices is the sTN operation type, as workflows name it.
const STNSetServices = "stn.SetServices"

// STN returns the activities of sTN.
func STN(client *stn.Client) Set {
	s := stnActivities{client}
	return set{carrier: carriers.STN, activities: change[stn.SetServices]{
		carrier: carriers.STN, operation: STNSetServices, exchange: client.ExchangeTimeout(),
		send: func(ctx context.Context, in SubmitInput[stn.SetServices]) (carriers.Acknowledgement, error) {
			return client.SetServices(ctx, in.Reference, in.Request)
		},
		find: s.find,
		look: s.look,
	}.register()}
}

type stnActivities struct{ client *stn.Client }

func (s stnActivities) find(ctx context.Context, in SubmitInput[stn.SetServices], _ *carriers.Line) (carriers.Finding, error) {
	return s.client.FindSetServices(ctx, in.Reference, in.Request, in.StartedAt)
}

// look reads the Activation record and, once it is DONE or when it is the only look, whether the subscription shows the
// services that were taken.
func (s stnActivities) look(ctx context.Context, in CheckInput[stn.SetServices]) (carriers.Outcome, error) {
	if in.Acknowledgement.TransactionID == "" {
		return carriers.Outcome{State: carriers.Pending}, nil // never acknowledged, and a look-up has not found it either
	}
	activation, found, err := s.client.Activation(ctx, in.Reference, in.Acknowledgement.TransactionID)
	if err != nil || !found {
		return carriers.Outcome{State: carriers.Pending}, err // an empty list right after the request: not visible yet
	}
	outcome := s.client.OutcomeOf(activation)
	return withEffect(in, outcome, outcome.State == carriers.Done && in.Confirm, func() (carriers.Effect, *carriers.Line, error) {
		return s.effect(ctx, in, activation)
	}), nil
}

// effect reads whether the subscription shows the services that were taken.
func (s stnActivities) effect(ctx context.Context, in CheckInput[stn.SetServices], activation stn.Activation) (carriers.Effect, *carriers.Line, error) {
	line, found, err := s.client.Line(ctx, in.Reference, in.Request, activation)
	if err != nil {
		return carriers.NotRead, nil, err
	}
	if !found {
		return carriers.Incomparable, nil, nil // sTN documents no read by subscription id
	}
	wanted := taken(in.Request.Services, in.Acknowledgement.Ignored)
	read := &carriers.Line{
		SubscriptionID: line.ID.String(), Status: carriers.Redact(line.State), Number: line.PhoneNumber.String(),
		ICCID: line.SimCardNumber.String(), Services: map[string]any{},
	}
	for key := range wanted {
		if value, ok := line.Services[key]; ok {
			read.Services[key] = value
		}
	}
	return stn.EffectOf(wanted, line.Services), read, nil
}

// taken is the requested services without the ignored ones.
func taken(requested map[string]any, ignored []string) map[string]any {
	services := make(map[string]any, len(requested))
	for key, value := range requested {
		services[key] = value
	}
	for _, key := range ignored {
		delete(services, key)
	}
	return services
}
