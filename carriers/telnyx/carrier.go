// Package telnyx is the carrier Telnyx, IoT SIM cards and eSIMs over API v2: the requests that callers fill in, the answers that
// reads return, and everything the product has to know about Telnyx.
//
// A request is started with workflows.Start:
//
//	workflows.Start(ctx, c, telnyx.EnableSIM{Reference: "order-41", SIMCardID: "5a2d9c10-…"})
//
// Telnyx acknowledges a change with an action, whose id it makes up itself; a request carries nothing of ours. The action is polled
// until it is final, and the SIM card's status shows the effect. There are no callbacks about SIM cards.
//
// Documented facts name their page below developers.telnyx.com: "SIM Cards", "SIM Card Actions" and "SIM lifecycle". Everything those
// pages leave open is configuration with a default of ours; see Config.
package telnyx

import "github.com/carrierflow/carrierflow/carriers"

// Adapter is Telnyx as the product sees it.
func Adapter() carriers.Adapter {
	return carriers.Adapter{
		Carrier: carrier, Name: "Telnyx", Operations: operations(), NewSettings: func() carriers.Settings { return new(Config) },
		Sweep:    sweep(),
		LineForm: lineForm, Patterns: map[string]string{uuidPattern: "must be a UUID"},
	}
}
