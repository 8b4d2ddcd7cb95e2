package telnyx

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// Status is a status with a reason, which may be filled even when all is well. Some answers show a plain text in its place; it is
// read as the value.
type Status struct {
	Value  string `json:"value,omitempty" jsonschema_description:"Telnyx's word"`
	Reason string `json:"reason,omitempty" jsonschema_description:"Telnyx's explanation, without personal data"`
}

// UnmarshalJSON reads both forms.
func (s *Status) UnmarshalJSON(data []byte) error {
	var object struct {
		Value  carriers.Text `json:"value"`
		Reason carriers.Text `json:"reason"`
	}
	if json.Unmarshal(data, &object) == nil {
		*s = Status{Value: carriers.Redact(object.Value.String()), Reason: carriers.Redact(object.Reason.String())}
		return nil
	}
	var text carriers.Text
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	*s = Status{Value: carriers.Redact(text.String())}
	return nil
}

// SIM is a SIM card as GetSIM returns it (SIM Cards). Where the device is, and PIN and PUK, are left out.
type SIM struct {
	ID     carriers.Text `json:"id" jsonschema_description:"Telnyx's id of the SIM card"`
	Status Status        `json:"status" jsonschema_description:"enabled, disabled, standby, a status on the way to one of them, or one that Telnyx imposes"`
	Type   string        `json:"type,omitempty" jsonschema_description:"physical or esim"`
	ICCID  carriers.Text `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
	IMSI   carriers.Text `json:"imsi,omitempty" jsonschema_description:"IMSI; personal"`
	MSISDN carriers.Text `json:"msisdn,omitempty" jsonschema_description:"phone number; personal"`
	EID    carriers.Text `json:"eid,omitempty" jsonschema_description:"EID of the eSIM; personal"`
	// ESIMInstallationStatus is released or disabled, of an eSIM alone.
	ESIMInstallationStatus string             `json:"esim_installation_status,omitempty" jsonschema_description:"released or disabled, of an eSIM alone"`
	SIMCardGroupID         carriers.Text      `json:"sim_card_group_id,omitempty" jsonschema_description:"the group of the card; a card without one cannot be enabled"`
	Tags                   []string           `json:"tags,omitempty" jsonschema_description:"words of yours about the card"`
	ActionsInProgress      bool               `json:"actions_in_progress,omitempty" jsonschema_description:"an action of the card is running"`
	VoiceEnabled           bool               `json:"voice_enabled,omitempty" jsonschema_description:"voice is on"`
	CreatedAt              carriers.Timestamp `json:"created_at" jsonschema_description:"when it was created"`
	UpdatedAt              carriers.Timestamp `json:"updated_at" jsonschema_description:"when it was changed last"`
}

// Actions is the answer of ListSIMActions: every action of the card, in Telnyx's order.
type Actions struct {
	Actions []Action `json:"actions" jsonschema_description:"the actions of the card"`
}

// Action is Telnyx's record of a change of a SIM card (SIM Card Actions). Its id is Telnyx's; nothing in it is ours.
type Action struct {
	ID         carriers.Text      `json:"id" jsonschema_description:"Telnyx's id of the action"`
	SIMCardID  carriers.Text      `json:"sim_card_id" jsonschema_description:"the card"`
	ActionType string             `json:"action_type" jsonschema_description:"enable, disable, set_standby and others"`
	Status     Status             `json:"status" jsonschema_description:"in-progress, completed, failed or interrupted"`
	CreatedAt  carriers.Timestamp `json:"created_at" jsonschema_description:"when it was created"`
	UpdatedAt  carriers.Timestamp `json:"updated_at" jsonschema_description:"when it was changed last"`
}

// ActivationCode is the answer of GetActivationCode. It is a secret.
type ActivationCode struct {
	ActivationCode string `json:"activation_code" jsonschema_description:"the activation code, LPA:1$…; a secret that works once"`
}

// page is one page of a list of actions.
type page struct {
	Data *[]Action `json:"data"`
	Meta *struct {
		TotalResults carriers.Text `json:"total_results"`
	} `json:"meta"`
	// total is how many actions all pages have together.
	total int
}

// data reads an answer of one thing, which stands under "data".
func data(body []byte, into any) error {
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	if err := answers.Decode(body, &envelope); err != nil {
		return err
	}
	if len(envelope.Data) == 0 || string(envelope.Data) == "null" {
		return errors.New("it has no data")
	}
	return answers.Decode(envelope.Data, into)
}

// readAction reads an action about a card; id is the one that was asked for, or "". An action that names another card, or that has
// another id, is none. Its type is not compared with what was asked for: the samples of the pages show another one.
func readAction(body []byte, card, id string) (a Action, err error) {
	switch err = data(body, &a); {
	case err != nil:
		return a, err
	case lineForm(a.ID.String()) == "" || a.Status.Value == "":
		return a, errors.New("an action without id or status")
	case id != "" && lineForm(a.ID.String()) != lineForm(id):
		return a, errors.New("another action")
	case a.SIMCardID != "" && identifiers.CompareID(strings.ToLower(a.SIMCardID.String()), card) == identifiers.Different:
		return a, errors.New("an action of another SIM card")
	}
	return a, nil
}

// readSIM reads a SIM card. One with another id is none.
func readSIM(body []byte, card string) (s SIM, err error) {
	if err = data(body, &s); err == nil && (s.ID == "" || identifiers.CompareID(strings.ToLower(s.ID.String()), card) != identifiers.Equal) {
		err = errors.New("it is about another SIM card, or about none")
	}
	return s, err
}

// readActivationCode reads the activation code of an eSIM.
func readActivationCode(body []byte) (code ActivationCode, err error) {
	if err = data(body, &code); err == nil && code.ActivationCode == "" {
		err = errors.New("it has no activation code")
	}
	return code, err
}

// readPage reads a page of a list of actions. One without a list, or without its totals, says nothing.
func readPage(body []byte) (p page, err error) {
	if err = answers.Decode(body, &p); err != nil {
		return p, err
	}
	if p.Data == nil || p.Meta == nil {
		return p, errors.New("a list without data, or without its totals")
	}
	if p.total, err = strconv.Atoi(p.Meta.TotalResults.String()); err != nil || p.total < 0 {
		return p, errors.New("a list without its total")
	}
	return p, nil
}
