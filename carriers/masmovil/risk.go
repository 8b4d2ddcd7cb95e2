package masmovil

import (
	"net/http"

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

// StateOf returns Done for an accepted decision, Failed for a denied one, Pending for one under review, and Unknown for
// everything else, an empty one included.
func (r Risk) StateOf(decision string) carriers.State {
	switch {
	case carriers.Among(r.Accepted, decision):
		return carriers.Done
	case carriers.Among(r.Denied, decision):
		return carriers.Failed
	case carriers.Among(r.Review, decision):
		return carriers.Pending
	}
	return carriers.Unknown
}

// outcomeOf is what the answer to an order says. The HTTP status comes first: 201 is done and 202 is held (Subscriptions),
// although the body is the same. The decision can only take away from that: a denial inside a 201 is not ruled out, and
// no decision makes a 202 more than pending.
func (r Risk) outcomeOf(o Order) carriers.Outcome {
	outcome := carriers.Outcome{State: carriers.Unknown, Status: carriers.Redact(o.RiskDecision)}
	decision := r.StateOf(o.RiskDecision)
	switch {
	case decision == carriers.Failed:
		outcome.State, outcome.RiskDenied = carriers.Failed, true
		outcome.Code, outcome.Reason = outcome.Status, "the risk decision is negative"
	case o.HTTPStatus == http.StatusAccepted:
		outcome.State = carriers.Pending
	case o.HTTPStatus == http.StatusCreated && o.RiskDecision == "":
		outcome.State = carriers.Done
	case o.HTTPStatus == http.StatusCreated:
		outcome.State = decision
	}
	return outcome
}

func (r Risk) fault() error {
	return carriers.FaultsOfWords(
		carriers.WordList{Setting: "MASMOVIL_RISK_ACCEPTED", Words: r.Accepted},
		carriers.WordList{Setting: "MASMOVIL_RISK_DENIED", Words: r.Denied},
		carriers.WordList{Setting: "MASMOVIL_RISK_REVIEW", Words: r.Review},
	)
}
