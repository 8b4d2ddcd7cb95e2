package masmovil

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/answers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// order reads the answer to an order. 201 and 202 are the documented ones, and both fields of the body are optional, so
// an empty body is as good an answer.
func order(status int, body []byte) (Order, error) {
	if status != http.StatusCreated && status != http.StatusAccepted {
		return Order{}, errors.New("neither 201 nor 202")
	}
	var fields struct {
		RiskDecision           carriers.Text `json:"risk_decision"`
		SubscriptionTerminalID carriers.Text `json:"subscription_terminal_id"`
	}
	if body = bytes.TrimSpace(body); len(body) > 0 && !bytes.Equal(body, []byte("null")) {
		if err := decode(body, &fields); err != nil {
			return Order{}, err
		}
	}
	return Order{
		HTTPStatus: status, RiskDecision: fields.RiskDecision.String(), SubscriptionTerminalID: fields.SubscriptionTerminalID,
	}, nil
}

// subscription reads a subscription and checks that it is the one asked for, if it says.
func subscription(line Line, body []byte) (s Subscription, err error) {
	if err = decode(body, &s); err == nil {
		err = about(line, s.ID)
	}
	return s, err
}

// recharges reads the list of recharges and checks that it is the line's, if it says.
func recharges(line Line, body []byte) (r Recharges, err error) {
	if err = decode(body, &r); err == nil {
		err = about(line, r.SubscriptionID)
	}
	return r, err
}

func about(line Line, id carriers.Text) error {
	if id != "" && identifiers.CompareID(id.String(), line.ID()) != identifiers.Equal {
		return errors.New("the answer is about another subscription")
	}
	return nil
}

// devices reads the list of devices, each of them whole. A list that is missing stays nil: it is no list, and nothing may be
// concluded from it. A field that is not as in version 3 stays empty: the pages do
// not show a device of version 2.
func devices(body []byte) (Devices, error) {
	var answer struct {
		Devices []carriers.Object `json:"devices"`
	}
	if err := decode(body, &answer); err != nil {
		return Devices{}, err
	}
	if answer.Devices == nil {
		return Devices{}, nil
	}
	list := Devices{Devices: []Device{}}
	for _, raw := range answer.Devices {
		if raw != nil {
			list.Devices = append(list.Devices, device(raw))
		}
	}
	return list, nil
}

func device(raw carriers.Object) Device {
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

// newestFraudRequest reads a list of fraud requests and returns the one with the highest id among those that name the
// line; a filter might be ignored, and the pages mention neither an order nor a date.
func newestFraudRequest(line Line, body []byte) (newest FraudRequest, found bool, err error) {
	var list []FraudRequest
	if err := decode(body, &list); err != nil {
		return newest, false, err
	}
	for _, request := range list {
		for _, s := range request.Subscriptions {
			if identifiers.CompareID(s.SubscriptionID.String(), line.ID()) == identifiers.Equal && (!found || higher(request.ID, newest.ID)) {
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
