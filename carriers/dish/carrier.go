// Package dish is the carrier DISH Wireless, SPS v5: the requests that callers fill in, the answers that reads return, and
// everything the product has to know about DISH.
//
// A request is started with workflows.Start:
//
//	workflows.Start(ctx, c, dish.UpdateSubscriptionStatus{Reference: "order-18", ICCID: "8901…", Action: dish.Suspend})
//
// Documented facts name their page on developer.dishwireless.com, for example "SPS - Subscriptions (v5)". Everything those
// pages leave open (base URL, paths, authentication, callback body, status words beyond "Success") is configuration with a
// default of ours; see Config.
package dish

import (
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Adapter is DISH as the product sees it.
func Adapter() carriers.Adapter {
	return carriers.Adapter{
		Carrier: carrier, Name: "DISH", Operations: operations(), NewSettings: func() carriers.Settings { return new(Config) },
		LineForm: lineForm, Patterns: spellings,
	}
}

// lineForm writes an ICCID as digits, and a phone number as digits with the country code. Whether an identifier is one of
// these is told by what it looks like, because whoever looks for a line has nothing else. A number with fewer digits than a
// GPSI is a subscriber id.
func lineForm(identifier string) string {
	if digits, ok := identifiers.ICCID(identifier); ok {
		return digits
	}
	if digits, ok := identifiers.Phone(identifier, identifiers.NorthAmerica); ok && identifiers.Digits(identifier) >= shortestGPSI {
		return digits
	}
	return identifiers.Trim(identifier)
}
