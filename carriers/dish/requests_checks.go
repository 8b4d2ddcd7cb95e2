package dish

import (
	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
)

// DISH names three checks before an activation, a port-in or a change of number: SIM, device and port-in. They are reads, so
// they can be repeated. A good HTTP status alone is no yes.

// CheckSIM asks whether a SIM can be activated (SPS - Subscription SIM Management v5); the answer is a [SIMCheck].
type CheckSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	ICCID string `json:"iccid" jsonschema:"required" jsonschema_description:"SIM card number, 19 or 20 digits; blanks, dashes and the filler F are left out"`
	carriers.Options
}

// Operation is dish.CheckSIM.
func (CheckSIM) Operation() string { return "dish.CheckSIM" }

// JSONSchemaExtend adds how the ICCID may be spelled.
func (CheckSIM) JSONSchemaExtend(s *jsonschema.Schema) { acceptSpellings(s) }

// CheckDevice asks whether a device works in DISH's network, and whether it is blocked (SPS - Subscription Device Management v5);
// the answer is a [DeviceCheck]. Exactly one of PEI and TAC names the device.
type CheckDevice struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	PEI string `json:"pei,omitempty" jsonschema:"pattern=^[0-9]{15\\,17}$" jsonschema_description:"PEI or IMEI of the device; either this or tac"`
	TAC string `json:"tac,omitempty" jsonschema:"pattern=^[0-9]{8\\,16}$" jsonschema_description:"type allocation code of the device, which is the beginning of its IMEI; either this or pei"`
	carriers.Options
}

// Operation is dish.CheckDevice.
func (CheckDevice) Operation() string { return "dish.CheckDevice" }

// JSONSchemaExtend adds the documented "by pei or by tac".
func (CheckDevice) JSONSchemaExtend(s *jsonschema.Schema) {
	s.OneOf = []*jsonschema.Schema{{Required: []string{"pei"}}, {Required: []string{"tac"}}}
}

// CheckPortIn asks whether a number of another carrier can be ported in (SPS - Port-In Management v5); the answer is a
// [PortInCheck].
type CheckPortIn struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Customer
	GPSI string `json:"gpsi" jsonschema:"required" jsonschema_description:"phone number to port in, with country code; +, 00, msisdn-, blanks and dashes are left out"`
	carriers.Options
}

// Operation is dish.CheckPortIn.
func (CheckPortIn) Operation() string { return "dish.CheckPortIn" }

// JSONSchemaExtend adds how the number may be spelled.
func (CheckPortIn) JSONSchemaExtend(s *jsonschema.Schema) { acceptSpellings(s) }
