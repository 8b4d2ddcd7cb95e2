// Package masmovil is the carrier MásMóvil, Customers API v2 and its neighbours on MasStack: the requests that callers fill in, the answers that
// reads return, and everything the product has to know about MásMóvil.
//
// A request is started with workflows.Start:
//
//	workflows.Start(ctx, c, masmovil.ListDevices{
//		Reference: "read-5", Line: masmovil.Line{OrgID: "masmovil", SubscriptionID: 12305},
//	})
//
// Documented facts come from the Subscriptions section of the Customers API v2 on developers.masstack.com, unless another page
// is named. Everything those pages leave open (the path of a SIM replacement, of recharges, of a change of product, the meaning of
// risk letters) is configuration with a default of ours; see Config.
package masmovil

import "github.com/carrierflow/carrierflow/carriers"

// Adapter is MásMóvil as the product sees it. A line is named by a number, or by a UUID in lower case, which is left as it is typed.
func Adapter() carriers.Adapter {
	return carriers.Adapter{
		Carrier: carrier, Name: "MásMóvil", Operations: operations(), NewSettings: func() carriers.Settings { return new(Config) },
		Patterns: map[string]string{uuidPattern: "must be a UUID in lower case"},
	}
}
