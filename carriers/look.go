package carriers

import (
	"errors"
	"net/http"
)

// WithEffect adds what the line shows to an outcome, where the outcome depends on it (needed), or where the line is to be
// read in any case. A read that fails does not change the carrier's status.
func WithEffect(in Inquiry, outcome Outcome, needed bool, read func() (Effect, *Line, error)) Outcome {
	if !needed && !in.Once {
		return outcome
	}
	effect, line, err := read()
	if err != nil {
		return WithoutEffect(outcome, err)
	}
	outcome.Effect, outcome.Line = effect, line
	return outcome
}

// ShownAfterSweep reads the line alone, where a sweep has read in the carrier's list that the request is done, and ok tells that the line
// shows the change. Otherwise the request has to be looked at as well. named is the line as the list names it. A read that may
// succeed later returns its error.
func ShownAfterSweep(in Inquiry, read func(named Line) (Effect, *Line, error)) (outcome Outcome, ok bool, err error) {
	if in.Told.State != Done || in.Told.Line == nil || !in.Confirm || in.Once {
		return Outcome{}, false, nil
	}
	effect, line, err := read(*in.Told.Line)
	if err != nil && !RefusedForGood(err) {
		return Outcome{}, false, err
	}
	outcome = in.Told
	outcome.Effect, outcome.Line = effect, line
	return outcome, err == nil && effect == Shown, nil
}

// WithoutEffect keeps the carrier's status when the read fails that would show the effect. When the read is impossible, the
// effect is Incomparable; a read that only failed may succeed later.
func WithoutEffect(outcome Outcome, err error) Outcome {
	outcome.NotReadable = err.Error()
	if RefusedForGood(err) {
		outcome.Effect = Incomparable
	}
	return outcome
}

// RefusedForGood reports whether the carrier refuses a read permanently. A 401 is about our credentials, and a 408 or 429
// is temporary.
func RefusedForGood(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch failure.HTTPStatus {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	}
	return failure.HTTPStatus >= 400 && failure.HTTPStatus < 500
}

// EffectNotShown is the effect when a read does not show the line: Missing if it is certain that the carrier does not have
// the line, else Incomparable.
func EffectNotShown(certain bool) Effect {
	if certain {
		return Missing
	}
	return Incomparable
}

// Undecided is the state of a request about which only its acknowledgement says something, and that is not final.
func (a Acknowledgement) Undecided() State {
	if a.Outcome.State == Unknown && a.Outcome.Status != "" {
		return Unknown // an unknown status, which an operator has to look at
	}
	return Pending
}
