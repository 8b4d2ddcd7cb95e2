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

// Activation is sTN's record of a change: every change creates one, and its status says how far it is
// (SetServicesSubscription, QueryActivation).
type Activation struct {
	ID                  carriers.Text      `json:"id" jsonschema_description:"sTN's id of the record, the transaction id of the operation"`
	CreatedAt           carriers.Timestamp `json:"createdAt"`
	ModifiedAt          carriers.Timestamp `json:"modifiedAt"`
	Status              string             `json:"status" jsonschema_description:"how far it is: INIT, BUSY, DONE, ERROR, perhaps others"`
	ActivationType      string             `json:"activationType" jsonschema_description:"what is changed, for example SETSERVICES"`
	ReferenceNumber     carriers.Text      `json:"referenceNumber,omitempty" jsonschema_description:"the reference that was sent, in at most 15 characters"`
	ProviderOrderNumber carriers.Text      `json:"providerOrderNumber,omitempty" jsonschema_description:"the network provider's number of the order"`
	ProviderEnvironment string             `json:"providerEnvironment,omitempty" jsonschema_description:"environment of the line at the network provider"`
	SubscriptionID      carriers.Text      `json:"subscriptionId,omitempty" jsonschema_description:"sTN's id of the subscription; personal"`
	PhoneNumber         carriers.Text      `json:"phoneNumber,omitempty" jsonschema_description:"phone number; personal"`
	Info                Info               `json:"info"`
}

// Info is the part of an Activation that differs by type. E-mail addresses and confirmation codes, which sTN repeats in it, are
// not read.
type Info struct {
	// Services is the accepted part of the requested services.
	Services map[string]any `json:"services,omitempty" jsonschema_description:"the accepted services"`
	// SIMCardNumber is the SIM card of a new line (QueryActivation).
	SIMCardNumber carriers.Text `json:"simCardNumber,omitempty" jsonschema_description:"SIM card number of a new line; personal"`
	// ISDN is the number of a port-in, and PortingStatus how far the porting is: INIT and CANCELLING are the words that are shown
	// (CancelInPortSubscription).
	ISDN          carriers.Text `json:"isdn,omitempty" jsonschema_description:"phone number of a port-in; personal"`
	PortingStatus carriers.Text `json:"portingStatus,omitempty" jsonschema_description:"how far a port-in is"`
	// DonorCustomerNumber is the customer's at the provider that gives the number (CancelInPortSubscription).
	DonorCustomerNumber carriers.Text `json:"donorCustomerNumber,omitempty" jsonschema_description:"customer number of a port-in at the other provider; personal"`
	// ApprovedDate is when the number will be ported. FirstPossibleDate can be before the request, so nothing depends on it
	// (CancelInPortSubscription, sample).
	PortingWishDate   carriers.Text `json:"portingWishDate,omitempty" jsonschema_description:"when the number was asked to be ported"`
	ApprovedDate      carriers.Text `json:"approvedDate,omitempty" jsonschema_description:"when the number will be ported"`
	FirstPossibleDate carriers.Text `json:"firstPossibleDate,omitempty" jsonschema_description:"as sTN shows it; it can be before the request"`
	// WishDate is when the change is to be made (QueryActivation, PortingOutSubscription).
	WishDate carriers.Text `json:"wishDate,omitempty" jsonschema_description:"when the change is to be made"`
	// Reason is what info says besides, where a failure might be explained, redacted. Where sTN explains an ERROR is not
	// documented, so nothing may depend on it.
	Reason string `json:"reason,omitempty" jsonschema_description:"what may explain a failure, without personal data; sTN does not document where it does"`
}

// UnmarshalJSON reads what it understands. The pages show info of a service change with services only and no record of
// status ERROR at all, so nothing in here may keep the status from being read.
func (i *Info) UnmarshalJSON(data []byte) error {
	*i = Info{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	var services map[string]any
	if decode(fields["services"], &services) == nil {
		i.Services = services
	}
	for name, text := range map[string]*carriers.Text{
		"simCardNumber": &i.SIMCardNumber, "isdn": &i.ISDN, "wishDate": &i.WishDate, "portingStatus": &i.PortingStatus,
		"portingWishDate": &i.PortingWishDate, "approvedDate": &i.ApprovedDate, "firstPossibleDate": &i.FirstPossibleDate,
		"donorCustomerNumber": &i.DonorCustomerNumber,
	} {
		_ = decode(fields[name], text) // another kind of value is none
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

// Activations is the answer of [GetActivation].
type Activations struct {
	Activations []Activation `json:"activations" jsonschema_description:"the record with the id; empty when sTN shows none, which can mean: not yet"`
}

// Subscription is a line as QuerySubscription shows it, without its PIN and PUK.
type Subscription struct {
	ID                  carriers.Text  `json:"id" jsonschema_description:"sTN's id of the subscription; personal"`
	State               string         `json:"state" jsonschema_description:"for example ACTIVE"`
	PhoneNumber         carriers.Text  `json:"phoneNumber,omitempty" jsonschema_description:"phone number; personal"`
	SimCardNumber       carriers.Text  `json:"simCardNumber,omitempty" jsonschema_description:"SIM card number; personal"`
	ProviderGroup       string         `json:"providerGroup,omitempty" jsonschema_description:"the network provider"`
	ProviderEnvironment string         `json:"providerEnvironment,omitempty" jsonschema_description:"environment of the line at the network provider"`
	IsDataSIM           any            `json:"isDataSim,omitempty" jsonschema_description:"true for a SIM for data only"`
	IsESIM              any            `json:"isEsim,omitempty" jsonschema_description:"true for an eSIM"`
	ActivationDate      carriers.Text  `json:"activationDate,omitempty" jsonschema_description:"day of the activation"`
	Services            map[string]any `json:"services,omitempty" jsonschema_description:"all services with their values"`
}

// subscriptionFields are the columns to ask for (Advanced Query Parameters). They leave PIN, PUK and addresses at sTN.
const subscriptionFields = "id,state,phoneNumber,simCardNumber,providerGroup,providerEnvironment,isDataSim,isEsim,activationDate,services"

// Subscriptions is the answer of [GetSubscription].
type Subscriptions struct {
	Subscriptions []Subscription `json:"subscriptions" jsonschema_description:"the subscriptions with the number or SIM card; empty when sTN shows none"`
}

// SIM is a SIM card as QuerySimcard shows it, without its PIN and PUK.
type SIM struct {
	ID             carriers.Text `json:"id" jsonschema_description:"sTN's id of the SIM card"`
	SimCardNumber  carriers.Text `json:"simCardNumber" jsonschema_description:"SIM card number; personal"`
	Status         string        `json:"status" jsonschema_description:"FREE, ACTIVATED, DISABLED or BUSY"`
	SimCardType    string        `json:"simCardType,omitempty" jsonschema_description:"USIM, DUOSIM or DATAONLYSIM"`
	SubscriptionID carriers.Text `json:"subscriptionId,omitempty" jsonschema_description:"sTN's id of the subscription, when it has one; personal"`
	PhoneNumber    carriers.Text `json:"phoneNumber,omitempty" jsonschema_description:"phone number, when it has one; personal"`
	ActivatedDate  carriers.Text `json:"activatedDate,omitempty" jsonschema_description:"when it was activated"`
}

// simFields are the columns to ask for. They leave PIN and PUK at sTN.
const simFields = "id,simCardNumber,status,simCardType,subscriptionId,phoneNumber,activatedDate"

// SIMs is the answer of [GetSIM].
type SIMs struct {
	SIMs []SIM `json:"sims" jsonschema_description:"the SIM card with the number; empty when sTN shows none"`
}

// target is the line to read: its id, its number in national form, its SIM card, or several of these.
type target struct{ id, number, card string }

// targetOf takes what the request and its Activation tell about the line.
func targetOf(l Line, number, card string, a Activation) target {
	t := target{id: l.SubscriptionID, card: card}
	if t.id == "" {
		t.id = a.SubscriptionID.String()
	}
	for _, number := range []string{a.PhoneNumber.String(), l.PhoneNumber, number} {
		if t.number == "" && usable(number) {
			t.number = national(number)
		}
	}
	return t
}

// parameter is the name and the value by which the line is asked for. documented tells that the endpoint's page lists it: the Id
// filter is one that Advanced Query Parameters suggests.
func (t target) parameter() (name, value string, documented bool) {
	switch {
	case t.number != "":
		return "phoneNumber", t.number, true
	case t.card != "":
		return "simCardNumber", t.card, true
	}
	return "Id", t.id, false
}

// is goes by the id, which never changes; a number can pass to another subscription.
func (t target) is(s Subscription) bool {
	if t.id != "" {
		return identifiers.CompareReference(t.id, s.ID.String()) == identifiers.Equal
	}
	if t.number != "" {
		return identifiers.ComparePhone(t.number, s.PhoneNumber.String(), identifiers.Netherlands) == identifiers.Equal
	}
	return identifiers.CompareICCID(t.card, s.SimCardNumber.String()) == identifiers.Equal
}

// readActivation reads the answer to a change: one Activation with its handle, of a type that the change makes.
func readActivation(body []byte, isType func(activationType string) bool) (Activation, error) {
	var a Activation
	switch err := decode(body, &a); {
	case err != nil:
		return a, err
	case a.ID == "" || a.Status == "":
		return a, errors.New("an Activation without id or status")
	case !isType(a.ActivationType):
		return a, errors.New("an Activation of another type than was asked for")
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
func outcomeOf(words carriers.Vocabulary, a Activation) carriers.Outcome {
	outcome := carriers.Outcome{State: words.StateOf(a.Status), Status: carriers.Redact(a.Status)}
	if outcome.State == carriers.Failed {
		outcome.Reason = a.Info.Reason
	}
	return outcome
}
