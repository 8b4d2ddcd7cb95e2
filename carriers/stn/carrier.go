// Package stn is the carrier sTN, Partner API: the request that callers fill in, and everything the product has to know about
// sTN.
//
// A request is started with workflows.Start:
//
//	workflows.Start(ctx, c, stn.SetServices{
//		Reference: "order-21", SubscriptionID: "SUB-000021", Services: map[string]any{"voiceMail": false},
//	})
//
// Documented facts name their page on developer.stn.nl (that of each operation, such as SetServicesSubscription; Authentication,
// Error Handling, Advanced Query Parameters). Everything those pages leave open is configuration with a default of ours; see Config.
package stn

import (
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Adapter is sTN as the product sees it.
func Adapter() carriers.Adapter {
	return carriers.Adapter{
		Carrier: carrier, Name: "sTN", Operations: operations(), NewSettings: func() carriers.Settings { return new(Config) },
		LineForm: lineForm, Patterns: spellings, Sweep: sweep(),
	}
}

// lineForm writes a Dutch phone number in the national form and the number of a SIM card as digits, as they go to sTN. Whether an
// identifier is one is told by what it looks like, because whoever looks for a line has nothing else.
func lineForm(identifier string) string {
	if digits, ok := identifiers.NationalPhone(identifier, identifiers.Netherlands); ok {
		return digits
	}
	return identifiers.SentICCID(identifiers.Trim(identifier))
}
