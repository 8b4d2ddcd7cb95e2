package stn

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// operations are all that can be asked of sTN.
func operations() []carriers.Operation {
	return slices.Concat(orders(), cancels(), []carriers.Operation{changePortIn()}, reads())
}

// orders are the changes that make a record.
func orders() []carriers.Operation {
	return []carriers.Operation{
		newChange(change[SetServices]{
			info: carriers.Info{
				Title: "Change services of a subscription", Source: "SetServicesSubscription", Summary: "Set services of line",
				MayBePartlyTaken: true,
				Examples: []carriers.Example{
					{Title: "block a line's data and switch its voice mail off", Request: SetServices{
						Reference: "order-21", SubscriptionID: "SUB-000021", Services: map[string]any{"blockData": true, "voiceMail": false},
					}},
					{Title: "limit the data roaming of a line, by its number", Request: SetServices{
						Reference: "order-22", PhoneNumber: "0610000022", Services: map[string]any{"dataRoamingLimitation": "Limit 50"},
					}},
				},
			},
			order: func(r SetServices) order {
				return order{
					what: "set services", page: "SetServicesSubscription", activationType: typeSetServices, line: r.line(),
					fields: map[string]any{"services": r.Services}, services: r.Services,
				}
			},
			effect: func(_ *client, r SetServices, ack carriers.Acknowledgement, s Subscription) carriers.Effect {
				return effectOf(taken(r.Services, ack.Ignored), s.Services)
			},
		}),
		newChange(change[Suspend]{
			info: carriers.Info{
				Title: "Suspend a line", Source: "SuspendSubscription", Summary: "Suspend line", Timings: soon,
				Examples: []carriers.Example{
					{Title: "block all traffic of a line", Request: Suspend{Reference: "order-23", Line: Line{SubscriptionID: "SUB-000023"}}},
				},
			},
			order: func(r Suspend) order {
				return order{what: "suspend", page: "SuspendSubscription", activationType: typeSuspend, line: r.Line}
			},
			refuse: func(c *client, _ Suspend, before *carriers.Line) string {
				return already(c.cfg.SuspendedStates, before.Status)
			},
			effect: func(c *client, _ Suspend, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
				return effectOnState(c.cfg.SuspendedStates, c.cfg.ActiveStates, s.State)
			},
		}),
		newChange(change[Resume]{
			info: carriers.Info{
				Title: "Resume a suspended line", Source: "ResumeSubscription", Summary: "Resume line", Timings: soon,
				Examples: []carriers.Example{
					{Title: "restore all traffic of a line", Request: Resume{Reference: "order-24", Line: Line{SubscriptionID: "SUSPENDED-000024"}}},
				},
			},
			order: func(r Resume) order {
				return order{what: "resume", page: "ResumeSubscription", activationType: typeResume, line: r.Line}
			},
			refuse: func(c *client, _ Resume, before *carriers.Line) string {
				return already(c.cfg.ActiveStates, before.Status)
			},
			effect: func(c *client, _ Resume, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
				return effectOfActive(c.cfg.ActiveStates, s.State)
			},
		}),
		newChange(change[SwapSIM]{
			info: carriers.Info{
				Title: "Give a line another SIM card", Source: "SimSwapSubscription", Summary: "Swap the SIM card of line", Timings: within24Hours,
				Examples: []carriers.Example{
					{Title: "give a line another physical SIM card", Request: SwapSIM{
						Reference: "order-25", Line: Line{SubscriptionID: "SUB-000025"}, NewSIMCardNumber: "8931990000000000017",
					}},
					{Title: "give a line an eSIM", Request: SwapSIM{
						Reference: "order-26", Line: Line{SubscriptionID: "SUB-000026"},
						ESIM: ESIM{ESIM: true, Email: "customer@example.com", ConfirmationCode: "7042"},
					}},
				},
			},
			order: func(r SwapSIM) order {
				fields := r.ESIM.fields()
				if r.NewSIMCardNumber != "" {
					fields["newSimCardNumber"] = identifiers.SentICCID(r.NewSIMCardNumber)
				}
				return order{
					what: "swap SIM", page: "SimSwapSubscription", activationType: typeSwapSIM, line: r.Line, fields: fields,
					secrets: append(r.ESIM.personal(), r.NewSIMCardNumber, identifiers.SentICCID(r.NewSIMCardNumber)),
				}
			},
			refuse: func(_ *client, r SwapSIM, before *carriers.Line) string {
				if r.NewSIMCardNumber != "" && effectOfCard(r.NewSIMCardNumber, before.ICCID) == carriers.Shown {
					return "the line has this SIM card already"
				}
				return ""
			},
			effect: func(_ *client, r SwapSIM, ack carriers.Acknowledgement, s Subscription) carriers.Effect {
				if r.NewSIMCardNumber != "" {
					return effectOfCard(r.NewSIMCardNumber, s.SimCardNumber.String())
				}
				return effectOfESIM(s, ack.Before)
			},
		}),
		terminate(), newSubscription(), moveEnvironment(), portIn(), portOut(),
	}
}

func reads() []carriers.Operation {
	return []carriers.Operation{
		newRead("Read the record of a change", "Read an Activation record", "QueryActivation",
			GetActivation{Reference: "read-21", ActivationID: "0123456789ab0"}, nil, (*client).getActivation),
		newRead("Read a subscription", "Read line", "QuerySubscription",
			GetSubscription{Reference: "read-22", PhoneNumber: "0610000022"}, GetSubscription.key, (*client).getSubscription),
		newRead("Read a SIM card", "Read SIM card", "QuerySimcard",
			GetSIM{Reference: "read-23", SIMCardNumber: "8931000000010000023"}, GetSIM.key, (*client).getSIM),
		newRead("List the usage of a line by month", "List usage of line", "QueryUsageSubscription",
			ListUsage{Reference: "read-24", PhoneNumber: "0610000024"}, ListUsage.key, (*client).listUsage),
	}
}
