package activities

import "github.com/carrierflow/carrierflow/carriers"

// Intent is what is known for certain about the sending of a request. It is stored durably before anything is sent, and
// read by the next attempt.
type Intent struct {
	carriers.Proof
	// Refusal is set once the carrier has refused the request: from then on it is only looked up, and not sent again.
	Refusal *Refusal       `json:"refusal,omitempty"`
	Before  *carriers.Line `json:"before,omitempty"`
}

// Refusal is a carrier's refusal of a request.
type Refusal struct {
	Class      carriers.Class `json:"class"`
	HTTPStatus int            `json:"httpStatus,omitempty"`
	Code       string         `json:"code,omitempty"`
	Reason     string         `json:"reason,omitempty"`
	// First tells that nothing had been sent before the refused request.
	First bool `json:"first,omitempty"`
}

// plain reports whether nothing indicates that an earlier request was taken: then the refusal is believed, unless a look-up
// shows the request.
func (r Refusal) plain() bool { return r.First && r.Class != carriers.Conflict }
