package stn

import (
	"cmp"

	"github.com/invopop/jsonschema"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// EarlierRequest names an earlier request by its record, and optionally its line. sTN is told the record alone. A line that is named gives
// the operation the LineKey of that line, and nothing is sent when the record shows another one; otherwise the id of the record takes
// the place of the line.
type EarlierRequest struct {
	ActivationID   string `json:"activationId" jsonschema:"required,minLength=1" jsonschema_description:"id of the record, which is the transaction id of the operation that made it"`
	SubscriptionID string `json:"subscriptionId,omitempty" jsonschema:"minLength=1" jsonschema_description:"not sent: sTN's id of the record's subscription, if you want the operation to be found by it, and the record to be checked"`
	PhoneNumber    string `json:"phoneNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"not sent: the record's phone number, for the same; of a port-in, the number that is brought in"`
	SIMCardNumber  string `json:"simCardNumber,omitempty" jsonschema_description:"not sent: SIM card number of the record of a new line, for the same"`
}

// key names the line to the caller, or the record where the line is not named.
func (r EarlierRequest) key() string {
	return cmp.Or(r.SubscriptionID, r.PhoneNumber, r.SIMCardNumber, r.ActivationID)
}

// personal lists the values that must not appear in logs or messages.
func (r EarlierRequest) personal() []string {
	return []string{r.SubscriptionID, r.PhoneNumber, national(r.PhoneNumber), r.SIMCardNumber, identifiers.SentICCID(r.SIMCardNumber)}
}

// Cancel are the fields of a request to cancel an earlier request.
type Cancel struct {
	EarlierRequest
	Note     string `json:"note,omitempty" jsonschema:"minLength=1,maxLength=164" jsonschema_description:"reason for the cancellation"`
	WishDate string `json:"wishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"not sent: the date for which the cancelled request was asked, with an offset. The operation may be open until then, and is overdue, and fails, counted from it"`
}

// JSONSchemaExtend adds the form of the SIM card number to every cancel.
func (Cancel) JSONSchemaExtend(s *jsonschema.Schema) { acceptCard(s, "simCardNumber") }

func (c Cancel) cancel() Cancel { return c }

// CancelTerminate cancels the termination of a subscription before its date (CancelTerminateSubscription).
//
// It is done when the record says that it is cancelled, and the line is still active or suspended. DONE on such a record means
// "cancelled" as well as "terminated", so it is believed only when the line is as it was a day after the date of the termination
// (STN_CANCEL_PROVEN_AFTER), or at once with confirm false.
type CancelTerminate struct {
	// Reference is your own id of the operation, unique per carrier. It is not sent: the request has no field for it.
	Reference string `json:"reference" jsonschema:"required"`
	Cancel
	carriers.Options
}

// Operation is stn.CancelTerminate.
func (CancelTerminate) Operation() string { return "stn.CancelTerminate" }

// CancelPortOut cancels a port-out before its date (CancelPortingOutSubscription). It is done as that of a termination is, see
// [CancelTerminate].
type CancelPortOut struct {
	// Reference is your own id of the operation, unique per carrier. It is not sent: the request has no field for it.
	Reference string `json:"reference" jsonschema:"required"`
	Cancel
	carriers.Options
}

// Operation is stn.CancelPortOut.
func (CancelPortOut) Operation() string { return "stn.CancelPortOut" }

// CancelNewSubscription cancels a new subscription before its date (CancelNewSubscription). It is done when the record says that it is
// cancelled, sTN lists no active line for it, and its SIM card is free again. DONE is believed as at [CancelTerminate].
type CancelNewSubscription struct {
	// Reference is your own id of the operation, unique per carrier. It is not sent: the request has no field for it.
	Reference string `json:"reference" jsonschema:"required"`
	Cancel
	carriers.Options
}

// Operation is stn.CancelNewSubscription.
func (CancelNewSubscription) Operation() string { return "stn.CancelNewSubscription" }

// CancelPortIn cancels a port-in before its date (CancelInPortSubscription). sTN refuses it while the porting status is INIT; until
// then nothing is sent, and it is tried again. It is done when the record says that it is cancelled, and sTN lists no active line with
// the number. DONE is believed as at [CancelTerminate].
type CancelPortIn struct {
	// Reference is your own id of the operation, unique per carrier. It is not sent: the request has no field for it.
	Reference string `json:"reference" jsonschema:"required"`
	Cancel
	carriers.Options
}

// Operation is stn.CancelPortIn.
func (CancelPortIn) Operation() string { return "stn.CancelPortIn" }

// ChangePortIn changes the donor's customer number or the wish date of a port-in (ChangeInPortSubscription). It is done when the
// record shows the new values. The values are absolute, so the same request twice is no harm (inferred).
type ChangePortIn struct {
	// Reference is your own id of the operation, unique per carrier. It is not sent: the request has no field for it.
	Reference string `json:"reference" jsonschema:"required"`
	EarlierRequest
	DonorCustomerNumber string `json:"donorCustomerNumber,omitempty" jsonschema:"minLength=1" jsonschema_description:"customer number at the other provider; this or portingWishDate, or both; personal"`
	PortingWishDate     string `json:"portingWishDate,omitempty" jsonschema:"format=date-time" jsonschema_description:"when the number is to be ported, with an offset; this or donorCustomerNumber, or both"`
	carriers.Options
}

// Operation is stn.ChangePortIn.
func (ChangePortIn) Operation() string { return "stn.ChangePortIn" }

// JSONSchemaExtend demands something to change.
func (ChangePortIn) JSONSchemaExtend(s *jsonschema.Schema) {
	acceptCard(s, "simCardNumber")
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"donorCustomerNumber"}}, {Required: []string{"portingWishDate"}}}
}
