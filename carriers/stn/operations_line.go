package stn

import (
	"maps"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// sampleDate is the wish date of the examples.
const sampleDate = "2026-03-01T00:00:00+01:00"

func terminate() carriers.Operation {
	return newChange(change[Terminate]{
		info: carriers.Info{
			Title: "Terminate a subscription", Source: "TerminateSubscription", Summary: "Terminate line", Timings: withinDays,
			Examples: []carriers.Example{
				{Title: "terminate a subscription now", Request: Terminate{Reference: "order-27", Line: Line{SubscriptionID: "SUB-000027"}, Immediately: true}},
				{Title: "terminate a subscription on a date", Request: Terminate{
					Reference: "order-28", Line: Line{SubscriptionID: "SUB-000028"}, WishDate: sampleDate,
				}},
			},
		},
		order: func(r Terminate) order {
			return order{what: "terminate", page: "TerminateSubscription", activationType: typeTerminate, line: r.Line, fields: withDate(r.WishDate)}
		},
		notBefore: func(r Terminate) time.Time { return wish(r.WishDate) },
		refuse: func(c *client, _ Terminate, before *carriers.Line) string {
			return already(c.cfg.EndedStates, before.Status)
		},
		absent: shownOnlyBefore,
		effect: func(c *client, _ Terminate, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
			return c.ended(s)
		},
	})
}

func portOut() carriers.Operation {
	return newChange(change[PortOut]{
		info: carriers.Info{
			Title: "Port a number out", Source: "PortingOutSubscription", Summary: "Port out line", Timings: withinDays,
			Examples: []carriers.Example{
				{Title: "give a number to another provider", Request: PortOut{Reference: "order-33", Line: Line{SubscriptionID: "SUB-000033"}}},
			},
		},
		order: func(r PortOut) order {
			return order{what: "port out", page: "PortingOutSubscription", activationType: typePortOut, line: r.Line, fields: withDate(r.WishDate)}
		},
		notBefore: func(r PortOut) time.Time { return wish(r.WishDate) },
		refuse: func(c *client, _ PortOut, before *carriers.Line) string {
			return already(c.cfg.EndedStates, before.Status)
		},
		absent: shownOnlyBefore,
		effect: func(c *client, _ PortOut, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
			return c.ended(s)
		},
	})
}

// ended is whether a line has ended. The word for that is not documented, so one that nobody knows may be it.
func (c *client) ended(s Subscription) carriers.Effect {
	return effectOnState(c.cfg.EndedStates, slices.Concat(c.cfg.ActiveStates, c.cfg.SuspendedStates), s.State)
}

// shownOnlyBefore is the effect of the end of a line that sTN does not list any more. It proves the end only of a line that was listed
// before.
func shownOnlyBefore(before *carriers.Line) carriers.Effect {
	if before == nil {
		return carriers.Incomparable
	}
	return carriers.Shown
}

// missing is the effect of a new line that sTN does not list.
func missing(*carriers.Line) carriers.Effect { return carriers.Missing }

func moveEnvironment() carriers.Operation {
	return newChange(change[MoveEnvironment]{
		info: carriers.Info{
			Title: "Move a line to another environment", Source: "MoveEnvironmentSubscription", Summary: "Move line", Timings: within24Hours,
			Examples: []carriers.Example{
				{Title: "move a line to the unlimited environment", Request: MoveEnvironment{
					Reference: "order-31", Line: Line{SubscriptionID: "SUB-000031"}, NewProviderEnvironment: "SP16002",
				}},
			},
		},
		order: func(r MoveEnvironment) order {
			fields := withDate(r.WishDate)
			fields["newProviderEnvironment"] = r.NewProviderEnvironment
			return order{what: "move environment", page: "MoveEnvironmentSubscription", line: r.Line, fields: fields}
		},
		notBefore: func(r MoveEnvironment) time.Time { return wish(r.WishDate) },
		effect: func(_ *client, r MoveEnvironment, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
			return effectOnState([]string{r.NewProviderEnvironment}, environments, s.ProviderEnvironment)
		},
	})
}

func newSubscription() carriers.Operation {
	return newChange(change[NewSubscription]{
		info: carriers.Info{
			Title: "Open a subscription", Source: "NewSubscription", Summary: "Open a subscription on SIM card", Timings: within24Hours,
			Examples: []carriers.Example{
				{Title: "open a subscription on a physical SIM card", Request: NewSubscription{
					Reference: "order-29", SIMCardNumber: "8931990000000000029", WishDate: sampleDate,
				}},
				{Title: "open a subscription on an eSIM", Request: NewSubscription{
					Reference: "order-30", ESIM: ESIM{ESIM: true, Email: "customer@example.com", ConfirmationCode: "7042"},
				}},
			},
		},
		order: func(r NewSubscription) order {
			fields := opening(r.SIMCardNumber, r.ESIM, r.Contract)
			maps.Copy(fields, withDate(r.WishDate))
			return order{
				what: "open subscription", page: "NewSubscription", activationType: typeNew, card: identifiers.SentICCID(r.SIMCardNumber), fields: fields,
				secrets: append(r.ESIM.personal(), r.SIMCardNumber, r.STNCustomerID),
			}
		},
		notBefore: func(r NewSubscription) time.Time { return wish(r.WishDate) },
		absent:    missing,
		effect: func(c *client, r NewSubscription, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
			return c.opened(r.SIMCardNumber, r.Contract, s)
		},
	})
}

func portIn() carriers.Operation {
	return newChange(change[PortIn]{
		info: carriers.Info{
			Title: "Port a number in", Source: "InPortSubscription", Summary: "Port in line", Timings: withinDays,
			Examples: []carriers.Example{
				{Title: "bring a number in from another provider", Request: PortIn{
					Reference: "order-32", PhoneNumber: "0698000032", DonorCustomerNumber: "C-1001", SIMCardNumber: "8931990000000000017",
				}},
			},
		},
		order: func(r PortIn) order {
			fields := opening(r.SIMCardNumber, r.ESIM, r.Contract)
			fields["phoneNumber"], fields["donorCustomerNumber"] = national(r.PhoneNumber), r.DonorCustomerNumber
			for name, value := range map[string]string{"donorCustomerName": r.DonorCustomerName, "portingWishDate": r.PortingWishDate, "note": r.Note} {
				if value != "" {
					fields[name] = value
				}
			}
			return order{
				what: "port in", page: "InPortSubscription", activationType: typePortIn, number: r.PhoneNumber, fields: fields, secrets: r.personal(),
			}
		},
		notBefore: func(r PortIn) time.Time { return wish(r.PortingWishDate) },
		absent:    missing,
		effect: func(c *client, r PortIn, _ carriers.Acknowledgement, s Subscription) carriers.Effect {
			return c.opened("", r.Contract, s)
		},
	})
}

// opening are the fields with which a subscription is opened.
func opening(card string, e ESIM, contract Contract) map[string]any {
	fields := carriers.Body(contract)
	maps.Copy(fields, e.fields())
	if card != "" {
		fields["simCardNumber"] = identifiers.SentICCID(card)
	}
	return fields
}

// opened is whether a new line is active, on the wanted card and with the wanted services. sTN leaves out services that it does not
// know without a word, so they are compared one by one.
func (c *client) opened(card string, contract Contract, s Subscription) carriers.Effect {
	effects := []carriers.Effect{effectOfActive(c.cfg.ActiveStates, s.State)}
	if card != "" {
		effects = append(effects, effectOfCard(card, s.SimCardNumber.String()))
	}
	if len(contract.Services) > 0 {
		effects = append(effects, effectOf(contract.Services, s.Services))
	}
	return allOf(effects...)
}
