package masmovil

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// Coded is MásMóvil's pair of a numeric id and a Spanish label. Match on the id; the list of ids is not published.
type Coded struct {
	ID    carriers.Text `json:"id,omitempty" jsonschema_description:"numeric id; match on this one"`
	Value string        `json:"value,omitempty" jsonschema_description:"Spanish label"`
}

// Subscription is the answer of the subscription read. No field is marked required, several may be null.
type Subscription struct {
	ID                 carriers.Text      `json:"id,omitempty" jsonschema_description:"subscription identifier"`
	SubscriptionStatus *Coded             `json:"subscription_status,omitempty" jsonschema_description:"status of the subscription"`
	SellDate           carriers.Timestamp `json:"sell_date" jsonschema_description:"when it was sold"`
	ActivatedDate      carriers.Timestamp `json:"activated_date" jsonschema_description:"when it was activated"`
	EndDate            carriers.Timestamp `json:"end_date" jsonschema_description:"when it ended"`
	SubscriptionType   *Coded             `json:"subscription_type,omitempty" jsonschema_description:"kind of the subscription"`
	// Origin and HistoricalStatus are only there when asked for with include.
	Origin           *Coded             `json:"origin,omitempty" jsonschema_description:"only when asked for with include"`
	HistoricalStatus []HistoricalStatus `json:"historical_status,omitempty" jsonschema_description:"only when asked for with include"`
	DealerID         carriers.Text      `json:"dealer_id,omitempty" jsonschema_description:"dealer id"`
	ShopID           carriers.Text      `json:"shop_id,omitempty" jsonschema_description:"shop id"`
	Path             carriers.Text      `json:"path,omitempty"`
	Filename         carriers.Text      `json:"filename,omitempty"`
	// IdentificationNr is the phone number; documented as int32, kept as text.
	IdentificationNr carriers.Text `json:"identification_nr,omitempty" jsonschema_description:"phone number; personal"`
	IMSI             carriers.Text `json:"imsi,omitempty" jsonschema_description:"IMSI; personal"`
	// ICCID is text in the field table and a bare number in the sample; both are read digit by digit.
	ICCID carriers.Text `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
}

// HistoricalStatus is one status change of a subscription.
type HistoricalStatus struct {
	SubscriptionStatus *Coded             `json:"subscription_status,omitempty" jsonschema_description:"the status"`
	Date               carriers.Timestamp `json:"date" jsonschema_description:"since when"`
	ModifiedBy         carriers.Text      `json:"modified_by,omitempty" jsonschema_description:"who changed it"`
}

// Devices is the answer of the device list. The inner fields of a device are not documented for v2; the ones used here
// are those of the sibling list in v3, and the whole object is kept in Raw.
type Devices struct {
	Devices []Device `json:"devices" jsonschema:"nullable" jsonschema_description:"the devices; null when MásMóvil's answer holds no list"`
}

// Device is one device (terminal) of a subscription.
type Device struct {
	SubscriptionTerminalID carriers.Text   `json:"subscription_terminal_id,omitempty" jsonschema_description:"id of the device on the subscription"`
	Status                 *Coded          `json:"status,omitempty" jsonschema_description:"status of the device"`
	Raw                    carriers.Object `json:"raw,omitempty" jsonschema_description:"the whole object as MásMóvil sent it"`
}

// Recharges is the answer of the recharge list; the inner fields of its parts are not documented and kept as they are.
type Recharges struct {
	SubscriptionID   carriers.Text     `json:"subscription_id,omitempty" jsonschema_description:"subscription identifier"`
	IdentificationNr carriers.Text     `json:"identification_nr,omitempty" jsonschema_description:"phone number; personal"`
	PeriodDate       carriers.Object   `json:"period_date,omitempty" jsonschema_description:"the period, as MásMóvil sent it"`
	Recharges        []carriers.Object `json:"recharges" jsonschema:"nullable" jsonschema_description:"the recharges as MásMóvil sent them; null when it lists none"`
}

// order is the answer to AddDevice, ReplaceSIM and ChangeProduct.
type order struct {
	// HTTPStatus tells done (201) from held for a risk decision (202); the body has the same shape for both.
	HTTPStatus int
	// RiskDecision is a plain string with no published list of values.
	RiskDecision string
	// SubscriptionTerminalID is the id of the added device; absent on a SIM replacement.
	SubscriptionTerminalID carriers.Text
}

// fraudRequest is a risk decision as the Subscriptions API v1 lists it (Fraud requests). RiskDecision is A, X, D or R;
// what they mean is not documented, see Risk. An order makes a request of its own, so a request with the id of one that
// was there before the order says nothing about it.
type fraudRequest struct {
	ID            carriers.Text       `json:"id"`
	RiskDecision  string              `json:"risk_decision"`
	Subscriptions []fraudSubscription `json:"subscriptions,omitempty"`
}

// fraudSubscription is one of the subscriptions a risk decision is about.
type fraudSubscription struct {
	SubscriptionID carriers.Text `json:"subscription_id"`
}

// readOrder reads the answer to an order. 201 and 202 are the documented ones, and both fields of the body are optional, so
// an empty body is as good an answer.
func readOrder(status int, body []byte) (order, error) {
	if status != http.StatusCreated && status != http.StatusAccepted {
		return order{}, errors.New("neither 201 nor 202")
	}
	var fields struct {
		RiskDecision           carriers.Text `json:"risk_decision"`
		SubscriptionTerminalID carriers.Text `json:"subscription_terminal_id"`
	}
	if body = bytes.TrimSpace(body); len(body) > 0 && !bytes.Equal(body, []byte("null")) {
		if err := decode(body, &fields); err != nil {
			return order{}, err
		}
	}
	return order{
		HTTPStatus: status, RiskDecision: fields.RiskDecision.String(), SubscriptionTerminalID: fields.SubscriptionTerminalID,
	}, nil
}

// readSubscription reads a subscription and checks that it is the one asked for, if it says.
func readSubscription(line Line, body []byte) (s Subscription, err error) {
	if err = decode(body, &s); err == nil {
		err = about(line, s.ID)
	}
	return s, err
}

// readRecharges reads the list of recharges and checks that it is the line's, if it says.
func readRecharges(line Line, body []byte) (r Recharges, err error) {
	if err = decode(body, &r); err == nil {
		err = about(line, r.SubscriptionID)
	}
	return r, err
}

func about(line Line, id carriers.Text) error {
	if id != "" && identifiers.CompareID(id.String(), line.id()) != identifiers.Equal {
		return errors.New("the answer is about another subscription")
	}
	return nil
}

// readDevices reads the list of devices, each of them whole. A list that is missing stays nil: it is no list, and nothing may
// be concluded from it. A field that is not as in version 3 stays empty: the pages do not show a device of version 2.
func readDevices(body []byte) (Devices, error) {
	var answer struct {
		Devices []listedDevice `json:"devices"`
	}
	if err := decode(body, &answer); err != nil {
		return Devices{}, err
	}
	if answer.Devices == nil {
		return Devices{}, nil
	}
	list := Devices{Devices: []Device{}}
	for _, d := range answer.Devices {
		if d.Raw != nil {
			list.Devices = append(list.Devices, Device(d))
		}
	}
	return list, nil
}

// listedDevice is a device as MásMóvil's list has it. Its fields tell a single device in place of the list from another object.
type listedDevice Device

func (d *listedDevice) UnmarshalJSON(text []byte) error {
	var raw carriers.Object
	if err := json.Unmarshal(text, &raw); err != nil {
		return err
	}
	*d = listedDevice(readDevice(raw))
	return nil
}

func readDevice(raw carriers.Object) Device {
	d := Device{Raw: raw}
	var fields struct {
		ID     json.RawMessage `json:"subscription_terminal_id"`
		Status json.RawMessage `json:"status"`
	}
	_ = json.Unmarshal(raw, &fields)
	_ = json.Unmarshal(fields.ID, &d.SubscriptionTerminalID)
	var label carriers.Text
	if coded := new(Coded); json.Unmarshal(fields.Status, coded) == nil && *coded != (Coded{}) {
		d.Status = coded
	} else if json.Unmarshal(fields.Status, &label) == nil && label != "" {
		d.Status = &Coded{Value: label.String()} // as the Subscriptions API v1 writes it
	}
	return d
}

// readNewestFraudRequest reads a list of fraud requests and returns the one with the highest id among those that name the
// line; a filter might be ignored, and the pages mention neither an order nor a date.
func readNewestFraudRequest(line Line, body []byte) (newest fraudRequest, found bool, err error) {
	var list []fraudRequest
	if err := decode(body, &list); err != nil {
		return newest, false, err
	}
	for _, request := range list {
		for _, s := range request.Subscriptions {
			if identifiers.CompareID(s.SubscriptionID.String(), line.id()) == identifiers.Equal && (!found || higher(request.ID, newest.ID)) {
				newest, found = request, true
			}
		}
	}
	return newest, found, nil
}

// higher compares numeric ids without a number type they might not fit into. Leading zeros do not count.
func higher(a, b carriers.Text) bool {
	x, y := strings.TrimLeft(a.String(), "0"), strings.TrimLeft(b.String(), "0")
	return len(x) > len(y) || (len(x) == len(y) && x > y)
}

// decode reads a JSON object, or a list where into is one, as every answer is read.
func decode(body []byte, into any) error { return answers.Decode(body, into) }
