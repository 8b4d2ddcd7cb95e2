package dish

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// SIMCheck is the answer of the SIM check. The page shows {"validationStatus": true}; it names a sample for an invalid SIM, and
// hides what it contains (SPS - Subscription SIM Management v5).
type SIMCheck struct {
	Usable bool            `json:"usable" jsonschema_description:"DISH says that the SIM can be activated; false means that it cannot, or that it is not known"`
	Answer carriers.Object `json:"answer" jsonschema_description:"DISH's whole answer, as it came; may be personal"`
}

// DeviceCheck is the answer of the device check. The page shows the names of its four parts and, but for one equipment type,
// hides what they contain, so nothing is concluded from them (SPS - Subscription Device Management v5).
type DeviceCheck struct {
	EquipmentType string          `json:"equipmentType,omitempty" jsonschema_description:"DISH's word; only PHONE is documented"`
	Answer        carriers.Object `json:"answer" jsonschema_description:"DISH's whole answer, as it came: manufacturer, equipmentType, networkCompatibilityList, blockStatus; may be personal"`
}

// PortInCheck is the answer of the port-in check. The page shows one sample, of a number that cannot be ported in
// (SPS - Port-In Management v5).
type PortInCheck struct {
	Eligible          bool               `json:"eligible" jsonschema_description:"DISH's word is one that the worker is told to take for a yes; false means no, or another word"`
	EligibilityStatus string             `json:"eligibilityStatus" jsonschema_description:"DISH's word; only Reject is documented"`
	CheckedDate       carriers.Timestamp `json:"checkedDate" jsonschema_description:"when DISH checked, as DISH writes it"`
	ReasonCode        string             `json:"reasonCode,omitempty" jsonschema_description:"DISH's code of a reason, if it gives one; no list of them is documented"`
	ReasonDesc        string             `json:"reasonDesc,omitempty" jsonschema_description:"DISH's explanation, if it gives one; may be personal"`
	Answer            carriers.Object    `json:"answer" jsonschema_description:"DISH's whole answer, as it came; may be personal"`
}

// The documented results of the three checks.
var (
	simCheckNames    = []string{"validationStatus"}
	deviceCheckNames = []string{"manufacturer", "equipmentType", "networkCompatibilityList", "blockStatus"}
	portInCheckNames = []string{"eligibilityStatus"}
)

// checkNames are the results of all checks.
var checkNames = slices.Concat(simCheckNames, deviceCheckNames, portInCheckNames)

// readSIMCheck reads the answer of the SIM check. Only the documented true is a yes. What is said about an invalid SIM is not
// known, so an answer without a result is one too.
func readSIMCheck(body []byte) (SIMCheck, error) {
	f, err := parse(body)
	if err != nil {
		return SIMCheck{}, err
	}
	var check SIMCheck
	for raw := range f.values(simCheckNames) {
		check.Usable = string(raw) == "true"
	}
	check.Answer, err = json.Marshal(f)
	return check, err
}

// readDeviceCheck reads the answer of the device check. An object with none of its parts is no answer.
func readDeviceCheck(body []byte) (DeviceCheck, error) {
	f, err := parse(body)
	if err != nil {
		return DeviceCheck{}, err
	}
	if !f.has(deviceCheckNames...) {
		return DeviceCheck{}, errors.New("it has no " + strings.Join(deviceCheckNames, ", no "))
	}
	check := DeviceCheck{EquipmentType: f.text("equipmentType")}
	check.Answer, err = json.Marshal(f)
	return check, err
}

// readPortInCheck reads the answer of the port-in check. Only a word of eligible is a yes. An object without a word is no answer:
// it must not be taken for a no.
func readPortInCheck(eligible []string, body []byte) (PortInCheck, error) {
	f, err := parse(body)
	if err != nil {
		return PortInCheck{}, err
	}
	word := strings.TrimSpace(f.text(portInCheckNames...))
	if word == "" {
		return PortInCheck{}, errors.New("it has no eligibilityStatus")
	}
	check := PortInCheck{
		Eligible: carriers.Among(eligible, word), EligibilityStatus: word,
		ReasonCode: f.text("reasonCode"), ReasonDesc: f.text("reasonDesc"),
	}
	for raw := range f.values([]string{"checkedDate"}) {
		if check.CheckedDate.UnmarshalJSON(raw) != nil {
			check.CheckedDate = carriers.Timestamp{} // the whole answer has it, whatever it is
		}
	}
	check.Answer, err = json.Marshal(f)
	return check, err
}
