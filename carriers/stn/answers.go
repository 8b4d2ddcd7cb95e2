package stn

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// activation is sTN's record of a change: every change creates one, and its status says how far it is
// (SetServicesSubscription, QueryActivation). Only the fields used here are named.
type activation struct {
	ID                  carriers.Text      `json:"id"`
	CreatedAt           carriers.Timestamp `json:"createdAt"`
	ModifiedAt          carriers.Timestamp `json:"modifiedAt"`
	Status              string             `json:"status"`
	ActivationType      string             `json:"activationType"`
	ReferenceNumber     carriers.Text      `json:"referenceNumber,omitempty"`
	ProviderOrderNumber carriers.Text      `json:"providerOrderNumber,omitempty"`
	ProviderEnvironment string             `json:"providerEnvironment,omitempty"`
	SubscriptionID      carriers.Text      `json:"subscriptionId,omitempty"`
	PhoneNumber         carriers.Text      `json:"phoneNumber,omitempty"`
	Info                info               `json:"info"`
}

// info is the part of an Activation that differs by type.
type info struct {
	// Services is the accepted part of the requested services.
	Services map[string]any `json:"services,omitempty"`
	// Reason is what info says besides, where a failure might be explained, redacted. Where sTN explains an ERROR is not
	// documented, so nothing may depend on it.
	Reason string `json:"reason,omitempty"`
}

// UnmarshalJSON reads what it understands. The pages show info of a service change with services only and no record of
// status ERROR at all, so nothing in here may keep the status from being read.
func (i *info) UnmarshalJSON(data []byte) error {
	*i = info{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	var services map[string]any
	if decode(fields["services"], &services) == nil {
		i.Services = services
	}
	i.Reason = reason(fields)
	return nil
}

// explaining finds the fields that would hold an explanation; their names are a guess of ours.
var explaining = regexp.MustCompile(`(?i)error|reason|message`)

func reason(fields map[string]json.RawMessage) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		var text string
		if explaining.MatchString(key) && json.Unmarshal(fields[key], &text) == nil && text != "" {
			texts = append(texts, text)
		}
	}
	return carriers.Redact(strings.Join(texts, "; "))
}

// subscription is a line as QuerySubscription shows it, without its secrets.
type subscription struct {
	ID            carriers.Text  `json:"id"`
	State         string         `json:"state"`
	PhoneNumber   carriers.Text  `json:"phoneNumber,omitempty"`
	SimCardNumber carriers.Text  `json:"simCardNumber,omitempty"`
	Services      map[string]any `json:"services,omitempty"`
}

// target is the line to read: its id, its number in national form, or both.
type target struct{ id, number string }

// targetOf takes what the request and its Activation tell about the line.
func targetOf(r SetServices, a activation) target {
	t := target{id: r.SubscriptionID}
	if t.id == "" {
		t.id = a.SubscriptionID.String()
	}
	for _, number := range []string{a.PhoneNumber.String(), r.PhoneNumber} {
		if t.number == "" && usable(number) {
			t.number = national(number)
		}
	}
	return t
}

// is goes by the id, which never changes; a number can pass to another subscription.
func (t target) is(s subscription) bool {
	if t.id != "" {
		return identifiers.CompareReference(t.id, s.ID.String()) == identifiers.Equal
	}
	return identifiers.ComparePhone(t.number, s.PhoneNumber.String(), identifiers.Netherlands) == identifiers.Equal
}

// readActivation reads the answer to a change: one Activation with its handle and type.
func readActivation(body []byte) (activation, error) {
	var a activation
	switch err := decode(body, &a); {
	case err != nil:
		return a, err
	case a.ID == "" || a.Status == "":
		return a, errors.New("an Activation without id or status")
	case !isServiceChange(a.ActivationType):
		return a, errors.New("an Activation that is no service change")
	}
	return a, nil
}

// readList reads the answer to a query. Getting Started describes an envelope with results, the Quick Start shows a bare
// array; its total is not read, because by sTN's own account it is not always right.
func readList[T any](body []byte) ([]T, error) {
	var list []T
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return list, decode(body, &list)
	}
	var envelope struct {
		Results *[]T `json:"results"`
	}
	if err := decode(body, &envelope); err != nil {
		return nil, err
	}
	if envelope.Results == nil {
		return nil, errors.New("a list without results") // an empty list would read as "sTN does not have it"
	}
	return *envelope.Results, nil
}

// decode reads one JSON value as every answer is read.
func decode(data []byte, into any) error { return answers.Decode(data, into) }

// outcomeOf is what an Activation says about its request, before the subscription has been read.
func outcomeOf(words carriers.Vocabulary, a activation) carriers.Outcome {
	outcome := carriers.Outcome{State: words.StateOf(a.Status), Status: carriers.Redact(a.Status)}
	if outcome.State == carriers.Failed {
		outcome.Reason = a.Info.Reason
	}
	return outcome
}
