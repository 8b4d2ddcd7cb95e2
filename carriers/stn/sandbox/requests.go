package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// maxReference is the longest referenceNumber (SetServicesSubscription).
const maxReference = 15

// lineRequest is what every change has: the line and the reference. It is the whole body of SuspendSubscription and
// ResumeSubscription.
type lineRequest struct {
	SubscriptionID  *string `json:"subscriptionId"`
	PhoneNumber     *string `json:"phoneNumber"`
	ReferenceNumber *string `json:"referenceNumber"`
}

func (in *lineRequest) common() *lineRequest { return in }

func (in *lineRequest) broken() *engine.Reply { return nil }

// line names the line as the caller does. What happens when both are given and disagree is not documented; here the subscription
// id wins.
func (in *lineRequest) line() string {
	return cmp.Or(engine.TextOf(in.SubscriptionID), engine.TextOf(in.PhoneNumber))
}

func (in *lineRequest) opens() bool { return false }

func (in *lineRequest) on(w *world) *subscription { return w.line(in.key()) }

func (in *lineRequest) key() lineKey {
	if id := engine.TextOf(in.SubscriptionID); id != "" {
		return lineKey{id: id}
	}
	return lineKey{number: withoutDash(engine.TextOf(in.PhoneNumber))}
}

// setServices is the body of SetServicesSubscription.
type setServices struct {
	lineRequest
	Services map[string]json.RawMessage `json:"services"`
}

// broken demands services.
func (in *setServices) broken() *engine.Reply {
	if in.Services == nil {
		return unbound("SetServicesSubscription")
	}
	return nil
}

// swapSIM is the body of SimSwapSubscription.
type swapSIM struct {
	lineRequest
	NewSIMCardNumber *string `json:"newSimCardNumber"`
	eSIM
}

func (in *swapSIM) broken() *engine.Reply { return in.eSIM.check(in.NewSIMCardNumber) }

// eSIM are the fields of a request for an eSIM (SimSwapSubscription, NewSubscription).
type eSIM struct {
	ESIM             bool    `json:"eSim"`
	Email            *string `json:"email"`
	ConfirmationCode *string `json:"confirmationCode"`
}

// check refuses an eSIM without an e-mail address (the sample of error handling) and a code that is too long.
func (in eSIM) check(card *string) *engine.Reply {
	var refused engine.Reply
	switch code := engine.TextOf(in.ConfirmationCode); {
	case in.ESIM && engine.TextOf(in.Email) == "":
		refused = refusal(http.StatusBadRequest, "BadRequest", "an eSIM needs an email")
	case in.ESIM && code == "", !in.ESIM && engine.TextOf(card) == "":
		refused = refusal(http.StatusBadRequest, "BadRequest", "a SIM card number, or an eSIM with a confirmationCode, is required")
	case len([]rune(code)) > maxConfirmationCode:
		refused = tooLong("confirmationCode", "confirmation Code", code, maxConfirmationCode)
	default:
		return nil
	}
	return &refused
}

// maxConfirmationCode is the longest confirmationCode (SimSwapSubscription, NewSubscription).
const maxConfirmationCode = 10

// unbound refuses a body that cannot be read. The page's sample of this error carries internal type names and a line break.
func unbound(page string) *engine.Reply {
	refused := refusal(http.StatusBadRequest, "SerializationException",
		"Unable to bind to request '"+page+"'\nSTNPartnerAPIServiceStack.ServiceModel."+page)
	return &refused
}

// tooLong refuses a text that is too long (error handling).
func tooLong(field, property, value string, most int) engine.Reply {
	length := len([]rune(value))
	message := fmt.Sprintf("%s is too long (%d allowed, %d given)", field, most, length)
	return refusalOfField(http.StatusBadRequest, "MaximumLength", message, fieldError{
		ErrorCode: "MaximumLength", FieldName: field, Message: message,
		Meta: map[string]string{
			"MinLength": "0", "MaxLength": strconv.Itoa(most), "TotalLength": strconv.Itoa(length),
			"PropertyName": property, "PropertyValue": value,
		},
	})
}

// checkLine returns the refusal of a request that breaks a documented rule of all changes (error handling).
func (in *lineRequest) checkLine(page string, unreadable error, opens bool) *engine.Reply {
	var refused engine.Reply
	switch reference := engine.TextOf(in.ReferenceNumber); {
	case unreadable != nil:
		return unbound(page)
	case len([]rune(reference)) > maxReference:
		refused = tooLong("referenceNumber", "reference Number", reference, maxReference)
	case opens:
		return nil
	case engine.TextOf(in.SubscriptionID) == "" && engine.TextOf(in.PhoneNumber) == "":
		refused = refusal(http.StatusBadRequest, "BadRequest", "subscriptionId or phoneNumber is required")
	case engine.TextOf(in.SubscriptionID) == "" && !numberPattern.MatchString(withoutDash(engine.TextOf(in.PhoneNumber))):
		refused = refusal(http.StatusBadRequest, "BadRequest", "no subscription has this phone number")
	default:
		return nil
	}
	return &refused
}

// datedRequest is the body of TerminateSubscription and PortingOutSubscription. Without a date the first ends the line at once.
type datedRequest struct {
	lineRequest
	WishDate *string `json:"wishDate"`
}

func (in *datedRequest) broken() *engine.Reply {
	return checkDate("wishDate", in.WishDate, time.RFC3339)
}

// localTime is a time without an offset, as MoveEnvironmentSubscription has it.
const localTime = "2006-01-02T15:04:05"

// moveEnvironment is the body of MoveEnvironmentSubscription. Its date has no offset.
type moveEnvironment struct {
	lineRequest
	NewProviderEnvironment *string `json:"newProviderEnvironment"`
	WishDate               *string `json:"wishDate"`
}

func (in *moveEnvironment) broken() *engine.Reply {
	if to := engine.TextOf(in.NewProviderEnvironment); to != environment && to != unlimited {
		refused := refusal(http.StatusBadRequest, "BadRequest", "newProviderEnvironment is not known")
		return &refused
	}
	return checkDate("wishDate", in.WishDate, localTime)
}

// newLine is the body of NewSubscription.
type newLine struct {
	lineRequest
	SIMCardNumber *string                    `json:"simCardNumber"`
	WishDate      *string                    `json:"wishDate"`
	Services      map[string]json.RawMessage `json:"services"`
	eSIM
}

func (in *newLine) opens() bool  { return true }
func (in *newLine) line() string { return engine.TextOf(in.SIMCardNumber) }

func (in *newLine) on(w *world) *subscription {
	sim := engine.TextOf(in.SIMCardNumber)
	if in.ESIM {
		sim = ""
	}
	return w.unopened("", sim)
}

func (in *newLine) broken() *engine.Reply {
	if refused := in.eSIM.check(in.SIMCardNumber); refused != nil {
		return refused
	}
	return checkDate("wishDate", in.WishDate, time.RFC3339)
}

// portIn is the body of InPortSubscription.
type portIn struct {
	newLine
	DonorCustomerNumber *string `json:"donorCustomerNumber"`
	PortingWishDate     *string `json:"portingWishDate"`
}

func (in *portIn) line() string { return engine.TextOf(in.PhoneNumber) }

func (in *portIn) on(w *world) *subscription {
	return w.unopened(withoutDash(engine.TextOf(in.PhoneNumber)), engine.TextOf(in.SIMCardNumber))
}

func (in *portIn) broken() *engine.Reply {
	if engine.TextOf(in.DonorCustomerNumber) == "" || !numberPattern.MatchString(withoutDash(engine.TextOf(in.PhoneNumber))) {
		refused := refusal(http.StatusBadRequest, "BadRequest", "phoneNumber and donorCustomerNumber are required")
		return &refused
	}
	if refused := in.newLine.broken(); refused != nil {
		return refused
	}
	return checkDate("portingWishDate", in.PortingWishDate, time.RFC3339)
}

// cancelRequest is the body of the cancels.
type cancelRequest struct {
	ActivationID *string `json:"activationId"`
	Note         *string `json:"note"`
}

func (in *cancelRequest) id() string { return engine.TextOf(in.ActivationID) }

func (in *cancelRequest) broken() *engine.Reply {
	if note := engine.TextOf(in.Note); len([]rune(note)) > maxNote {
		refused := tooLong("note", "note", note, maxNote)
		return &refused
	}
	return nil
}

// maxNote is the longest note (CancelNewSubscription).
const maxNote = 164

// changePortIn is the body of ChangeInPortSubscription.
type changePortIn struct {
	ActivationID        *string `json:"activationId"`
	DonorCustomerNumber *string `json:"donorCustomerNumber"`
	PortingWishDate     *string `json:"portingWishDate"`
}

func (in *changePortIn) id() string { return engine.TextOf(in.ActivationID) }

func (in *changePortIn) broken() *engine.Reply {
	return checkDate("portingWishDate", in.PortingWishDate, time.RFC3339)
}

func (in *changePortIn) changeInfo(info engine.Object) {
	for name, value := range map[string]*string{"donorCustomerNumber": in.DonorCustomerNumber, "portingWishDate": in.PortingWishDate} {
		if value != nil {
			info[name] = *value
		}
	}
}

// checkDate refuses a date that cannot be read.
func checkDate(field string, value *string, layout string) *engine.Reply {
	if value == nil {
		return nil
	}
	if _, err := time.Parse(layout, *value); err != nil {
		refused := refusal(http.StatusBadRequest, "SerializationException", "Unable to bind to request: "+field)
		return &refused
	}
	return nil
}
