package telnyx

import (
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Card names a SIM card: the path parameter of every operation here.
type Card struct {
	// SIMCardID is Telnyx's id of the card, a UUID (SIM Cards). It names the line.
	SIMCardID string `json:"sim_card_id" jsonschema:"required" jsonschema_description:"Telnyx's id of the SIM card, a UUID"`
}

// uuidPattern is a UUID as Telnyx writes it (SIM Cards), in either case.
const uuidPattern = `^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`

// withUUID adds the pattern to a request's schema.
func withUUID(s *jsonschema.Schema) {
	if id, ok := s.Properties.Get("sim_card_id"); ok {
		id.Pattern = uuidPattern
	}
}

// lineForm is a UUID in lower case, as Telnyx writes it.
func lineForm(identifier string) string { return strings.ToLower(identifiers.Trim(identifier)) }

// EnableSIM puts a SIM card on the network (SIM Cards, Request a SIM card enable). The card has to be in a group. Telnyx
// acknowledges it with an action, which is polled.
type EnableSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.EnableSIM.
func (EnableSIM) Operation() string { return "telnyx.EnableSIM" }

// JSONSchemaExtend adds the form of the card's id.
func (EnableSIM) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r EnableSIM) card() string { return lineForm(r.SIMCardID) }

// DisableSIM takes a SIM card off the network and gives its IP address back (SIM Cards, Request a SIM card disable). Telnyx
// acknowledges it with an action, which is polled.
type DisableSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.DisableSIM.
func (DisableSIM) Operation() string { return "telnyx.DisableSIM" }

// JSONSchemaExtend adds the form of the card's id.
func (DisableSIM) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r DisableSIM) card() string { return lineForm(r.SIMCardID) }

// SetSIMStandby puts a SIM card on standby (SIM Cards, Request setting a SIM card to standby). The card has to be in a group. The
// pages contradict each other about traffic in standby: one says that the card is off the network, another that it can connect
// and that consuming data enables it. Telnyx acknowledges it with an action, which is polled.
type SetSIMStandby struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.SetSIMStandby.
func (SetSIMStandby) Operation() string { return "telnyx.SetSIMStandby" }

// JSONSchemaExtend adds the form of the card's id.
func (SetSIMStandby) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r SetSIMStandby) card() string { return lineForm(r.SIMCardID) }

// GetSIM reads a SIM card (SIM Cards, Get SIM card); the answer is a [SIM]. PIN and PUK are not asked for.
type GetSIM struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.GetSIM.
func (GetSIM) Operation() string { return "telnyx.GetSIM" }

// JSONSchemaExtend adds the form of the card's id.
func (GetSIM) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r GetSIM) card() string { return lineForm(r.SIMCardID) }

// ListSIMActions lists the actions of a SIM card (SIM Card Actions, List SIM card actions), whatever their status; the answer is
// [Actions].
type ListSIMActions struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.ListSIMActions.
func (ListSIMActions) Operation() string { return "telnyx.ListSIMActions" }

// JSONSchemaExtend adds the form of the card's id.
func (ListSIMActions) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r ListSIMActions) card() string { return lineForm(r.SIMCardID) }

// GetActivationCode reads the activation code of an eSIM (SIM Cards, Get activation code for an eSIM); the answer is an
// [ActivationCode], which is a secret: whoever has it can install the profile, once.
type GetActivationCode struct {
	// Reference is your own id of the operation, unique per carrier.
	Reference string `json:"reference" jsonschema:"required"`
	Card
	carriers.Options
}

// Operation is telnyx.GetActivationCode.
func (GetActivationCode) Operation() string { return "telnyx.GetActivationCode" }

// JSONSchemaExtend adds the form of the card's id.
func (GetActivationCode) JSONSchemaExtend(s *jsonschema.Schema) { withUUID(s) }

func (r GetActivationCode) card() string { return lineForm(r.SIMCardID) }
