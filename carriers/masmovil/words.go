package masmovil

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
)

// Risk is what the letters of a risk decision mean. The pages list A, X, D and R without a meaning (Fraud requests,
// Subscriptions API v1) and do not say that risk_decision in an order's answer uses them too; that A is accepted, D
// denied and R referred is a reading of ours. X stays unknown until MásMóvil has explained it.
type Risk struct {
	Accepted []string `env:"ACCEPTED" default:"A" placeholder:"LETTER" help:"Risk decisions that mean accepted (default ours)."`
	Denied   []string `env:"DENIED" default:"D" placeholder:"LETTER" help:"Risk decisions that mean denied (default ours)."`
	Review   []string `env:"REVIEW" default:"R" placeholder:"LETTER" help:"Risk decisions that mean not decided yet (default ours)."`
}

// vocabulary is what a risk decision means: Done is accepted, Failed is denied, Pending is under review. Every other one is
// Unknown, an empty one included.
func (r Risk) vocabulary() carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Done, Setting: "MASMOVIL_RISK_ACCEPTED", Words: r.Accepted},
		{State: carriers.Failed, Setting: "MASMOVIL_RISK_DENIED", Words: r.Denied},
		{State: carriers.Pending, Setting: "MASMOVIL_RISK_REVIEW", Words: r.Review},
	}
}

// Tariff is what the statuses of a change request mean. The page shows REQUESTED; PROCESSED is shown for change requests of SIM
// cards in version 1, and no status that means failed is.
type Tariff struct {
	Done    []string `env:"DONE" default:"PROCESSED" placeholder:"WORD" help:"Statuses of a change request that mean done (default ours)."`
	Failed  []string `env:"FAILED" placeholder:"WORD" help:"Statuses of a change request that mean failed; none is documented."`
	Pending []string `env:"PENDING" default:"REQUESTED" placeholder:"WORD" help:"Statuses of a change request that mean not decided yet."`
}

func (t Tariff) vocabulary() carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Done, Setting: "MASMOVIL_TARIFF_DONE", Words: t.Done},
		{State: carriers.Failed, Setting: "MASMOVIL_TARIFF_FAILED", Words: t.Failed},
		{State: carriers.Pending, Setting: "MASMOVIL_TARIFF_PENDING", Words: t.Pending},
	}
}

// outcomeOf is what the answer to an order says. The HTTP status comes first: 201 is done and 202 is held (Subscriptions),
// although the body is the same. The decision can only take away from that: a denial inside a 201 is not ruled out, and
// no decision makes a 202 more than pending.
func (r Risk) outcomeOf(o order) carriers.Outcome {
	outcome := carriers.Outcome{State: carriers.Unknown, Status: carriers.Redact(o.RiskDecision)}
	decision := r.vocabulary().StateOf(o.RiskDecision)
	switch {
	case decision == carriers.Failed:
		return denied(outcome)
	case o.HTTPStatus == http.StatusAccepted:
		outcome.State = carriers.Pending
	case o.HTTPStatus == http.StatusCreated && o.RiskDecision == "":
		outcome.State = carriers.Done
	case o.HTTPStatus == http.StatusCreated:
		outcome.State = decision
	}
	return outcome
}

// denied is an outcome whose status is a negative risk decision.
func denied(o carriers.Outcome) carriers.Outcome {
	o.State, o.Denied = carriers.Failed, true
	o.Code, o.Reason = o.Status, "the risk decision is negative"
	return o
}

// deviceActive reports whether a device is on the line. One that has no status counts as being there, because the pages
// do not promise one in version 2.
func deviceActive(active []string, d Device) bool {
	if d.Status == nil {
		return true
	}
	return slices.ContainsFunc(active, func(word string) bool {
		return carriers.Among([]string{d.Status.Value, d.Status.ID.String()}, word)
	})
}

// classify is the reading of every MásMóvil answer. The page of the Subscriptions section documents 400 and 404 with an
// ErrorMessage and 405 without a body; 401, 403 and 5xx are listed by version 4 of the same service. The HTTP status
// decides, and what the code of an ErrorMessage says beside it is a matter of configuration; see carriers.Codes. A 404 with
// a whole ErrorMessage is MásMóvil's own, and one with a code that Codes lists for it.
func classify(codes carriers.Codes, status int, body []byte) (class carriers.Class, code, message string) {
	var said errorMessage
	_ = json.Unmarshal(body, &said) // a body of another shape says nothing; then the status decides alone
	code = said.Code.String()
	class = codes.ClassOfAnswer(status, said.isError(), said.word(codes))
	switch ours := said.isWhole() || carriers.Among(codes.Unknown, code); {
	case class == "":
		return "", "", ""
	case class == carriers.Misrouted && ours:
		class = carriers.NotFound
	case class == carriers.NotFound && !ours:
		class = carriers.Misrouted
	}
	return class, code, said.Message.String()
}

// classifyBarrings is the reading of an answer of the Barrings API, whose errors have tracingId, code and message (Masks). A 409
// in that shape is documented: the status of the line forbids it, which is a refusal. Any other 409 may be about a request that is
// there already.
func classifyBarrings(codes carriers.Codes, status int, body []byte) (class carriers.Class, code, message string) {
	class, code, message = classify(codes, status, body)
	var said struct {
		TracingID carriers.Text `json:"tracingId"`
	}
	_ = json.Unmarshal(body, &said)
	if class == carriers.Conflict && status == http.StatusConflict && said.TracingID != "" && code != "" && !carriers.Among(codes.Duplicate, code) {
		class = carriers.Rejected
	}
	return class, code, message
}

// errorMessage is the ErrorMessage of the pages. Its code was an int32 once and is a string now ("0013" is not 13).
type errorMessage struct {
	Code    carriers.Text `json:"code"`
	Status  carriers.Text `json:"status"`
	Message carriers.Text `json:"message"`
}

// word is the one of an ErrorMessage's two words that says more: its code, unless only its status is a known refusal. What
// the codes mean is not published; the status is BAD_REQUEST in the sample.
func (e errorMessage) word(known carriers.Codes) string {
	code, status := e.Code.String(), e.Status.String()
	for _, list := range [][]string{known.Success, known.Refusal, known.Duplicate, known.Unknown} {
		if carriers.Among(list, code) {
			return code
		}
	}
	if carriers.Among(known.Refusal, status) || carriers.Among(known.Duplicate, status) {
		return status
	}
	return cmp.Or(code, status)
}

// isError tells an ErrorMessage from an answer: none of the documented answers has a code or a status of its own. A
// message alone may be a courtesy, and an order that was taken must not be reported as refused.
func (e errorMessage) isError() bool { return e.Code != "" || (e.Status != "" && e.Message != "") }

// isWhole tells MásMóvil's own ErrorMessage from a message of something in front of it, which has no code or no status.
func (e errorMessage) isWhole() bool { return e.Code != "" && e.Status != "" && e.Message != "" }
