package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/carrierflow/carrierflow/carriers"
)

// The status values of an Activation (SetServicesSubscription).
const (
	stnInit  = "INIT"
	stnBusy  = "BUSY"
	stnDone  = "DONE"
	stnError = "ERROR"
)

const (
	stnTypeSetServices = "SETSERVICES" // SetServicesSubscription
	stnEnvironment     = "SP16001"     // SetServicesSubscription, sample
	stnMaxReference    = 15            // SetServicesSubscription
)

// stnSetServices is the body of SetServicesSubscription.
type stnSetServices struct {
	SubscriptionID  *string                    `json:"subscriptionId"`
	PhoneNumber     *string                    `json:"phoneNumber"`
	Services        map[string]json.RawMessage `json:"services"`
	ReferenceNumber *string                    `json:"referenceNumber"`
}

// stnServeSetServices serves SetServicesSubscription. Services nobody knows are left out without a word; a known one
// with a value nobody knows is accepted now and fails the whole request later.
func (s *Sandbox) stnServeSetServices(w http.ResponseWriter, r *http.Request) {
	var in stnSetServices
	body, err := decode(r, &in)
	// What happens when both are given and disagree is not documented; here the subscription id wins.
	key := stnKey{id: text(in.SubscriptionID)}
	if key.id == "" {
		key = stnKey{number: plainNumber(text(in.PhoneNumber))}
	}
	s.serve(w, r, exchange{
		carrier: carriers.STN, operation: opSetServices, reference: text(in.ReferenceNumber), body: body,
		line: first(text(in.SubscriptionID), text(in.PhoneNumber)), refuse: in.check(err),
		record: func(p plan) (reply, *change) {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			line := s.world.stn.line(key)
			now := time.Now()
			a := &stnActivation{
				change: &change{reference: text(in.ReferenceNumber), line: first(text(in.SubscriptionID), text(in.PhoneNumber)), plan: p, usual: s.cfg.DecideAfter, created: now, modified: now},
				id:     uuid.NewString()[24:] + strconv.Itoa(len(s.world.stn.activations)),
				on:     line, services: acceptedServices(in.Services, p.ignore),
			}
			a.rule = func() *failure {
				if !allowedServices(a.services) {
					return &failure{} // the pages show no reason on an ERROR record
				}
				return nil
			}
			a.apply = func() { line.set(a.services) }
			s.world.stn.enter(a)
			view := a.view()
			if p.noWord {
				view.Status = ""
			}
			return reply{status: http.StatusOK, body: view}, a.change
		},
	})
}

// check returns the refusal of a request that breaks a documented rule (SetServicesSubscription, error handling).
func (in stnSetServices) check(unreadable error) *reply {
	var refused reply
	switch reference := text(in.ReferenceNumber); {
	case unreadable != nil, in.Services == nil:
		// The page's sample of this error carries internal type names and a line break.
		refused = stnRefusal(http.StatusBadRequest, "SerializationException",
			"Unable to bind to request 'SetServicesSubscription'\nSTNPartnerAPIServiceStack.ServiceModel.SetServicesSubscription")
	case len([]rune(reference)) > stnMaxReference:
		length := len([]rune(reference))
		message := fmt.Sprintf("referenceNumber is too long (%d allowed, %d given)", stnMaxReference, length)
		refused = stnRefusal(http.StatusBadRequest, "MaximumLength", message, stnFieldError{
			ErrorCode: "MaximumLength", FieldName: "referenceNumber", Message: message,
			Meta: map[string]string{
				"MinLength": "0", "MaxLength": strconv.Itoa(stnMaxReference), "TotalLength": strconv.Itoa(length),
				"PropertyName": "reference Number", "PropertyValue": reference,
			},
		})
	case text(in.SubscriptionID) == "" && text(in.PhoneNumber) == "":
		refused = stnRefusal(http.StatusBadRequest, "BadRequest", "subscriptionId or phoneNumber is required")
	case text(in.SubscriptionID) == "" && !stnNumber.MatchString(plainNumber(text(in.PhoneNumber))):
		refused = stnRefusal(http.StatusBadRequest, "BadRequest", "no subscription has this phone number")
	default:
		return nil
	}
	return &refused
}

// stnActivation is the record that every change creates.
type stnActivation struct {
	*change
	id       string
	on       *stnLine
	services map[string]json.RawMessage
}

// stnActivationView is an Activation on the wire (SetServicesSubscription, QueryActivation).
type stnActivationView struct {
	ID                  string      `json:"id"`
	CreatedAt           string      `json:"createdAt"`
	ModifiedAt          string      `json:"modifiedAt"`
	Status              string      `json:"status,omitempty"`
	ProviderEnvironment string      `json:"providerEnvironment"`
	ActivationType      string      `json:"activationType"`
	ReferenceNumber     string      `json:"referenceNumber"` // "" and not null when none was sent
	SubscriptionID      string      `json:"subscriptionId"`
	PhoneNumber         string      `json:"phoneNumber"`
	Info                stnInfoView `json:"info"`
}

type stnInfoView struct {
	Services map[string]json.RawMessage `json:"services"`
}

// view shows the record as it is now. The world's lock is held.
func (a *stnActivation) view() stnActivationView {
	return stnActivationView{
		ID: a.id, CreatedAt: stnTime(a.created, "0000000"), ModifiedAt: stnTime(a.modified, "00"),
		Status: a.status(), ProviderEnvironment: stnEnvironment, ActivationType: stnTypeSetServices,
		ReferenceNumber: a.reference, SubscriptionID: a.on.id, PhoneNumber: a.on.dashed(),
		Info: stnInfoView{Services: a.services},
	}
}

func (a *stnActivation) status() string {
	switch {
	case a.progress == decided && a.failure != nil:
		return stnError
	case a.progress == decided:
		return stnDone
	case a.progress == working && a.plan.unknownFirst:
		return stnUnknownWord
	case a.progress == working:
		return stnBusy
	default:
		return stnInit
	}
}

// stnZone is where sTN's clock stands. Its samples show both offsets of the Netherlands; this one does for a sandbox.
var stnZone = time.FixedZone("", 60*60)

// stnTime writes a time with an offset and as many fractional digits as the layout has zeros: the samples show seven,
// three, two and none.
func stnTime(t time.Time, fraction string) string {
	return t.In(stnZone).Format("2006-01-02T15:04:05." + fraction + "-07:00")
}

// The error body of the page on error handling.
type (
	stnErrorBody struct {
		ResponseStatus stnResponseStatus `json:"responseStatus"`
	}
	stnResponseStatus struct {
		ErrorCode string          `json:"errorCode"`
		Message   string          `json:"message"`
		Errors    []stnFieldError `json:"errors"`
	}
	stnFieldError struct {
		ErrorCode string            `json:"errorCode"`
		FieldName string            `json:"fieldName"`
		Message   string            `json:"message"`
		Meta      map[string]string `json:"meta"`
	}
)

func stnRefusal(status int, code, message string, errors ...stnFieldError) reply {
	return reply{status: status, body: stnErrorBody{stnResponseStatus{code, message, append([]stnFieldError{}, errors...)}}}
}
