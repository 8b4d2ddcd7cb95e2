package stn

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// documented is where the statuses of the pages come from.
const documented = "the documented statuses"

// vocabulary is what the status of an Activation means: the documented ones (SetServicesSubscription), and further ones that
// are configured. INIT is what a request is answered with: recorded, no more. BUSY is being processed, DONE is completed, and
// ERROR is failed, with none of the requested changes made. CancelNewSubscription shows CANCELLING as well, on an activation that is
// being cancelled: to the request itself it is Unknown, because somebody else decides about it. A cancelled request will not be
// carried out, so it has failed.
func vocabulary(pending, done, failed, cancelled []string) carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Pending, Setting: documented, Words: []string{"INIT", "BUSY"}},
		{State: carriers.Done, Setting: documented, Words: []string{"DONE"}},
		{State: carriers.Failed, Setting: documented, Words: []string{"ERROR"}},
		{State: carriers.Pending, Setting: "STN_PENDING_STATUSES", Words: pending},
		{State: carriers.Done, Setting: "STN_DONE_STATUSES", Words: done},
		{State: carriers.Failed, Setting: "STN_FAILED_STATUSES", Words: failed},
		{State: carriers.Failed, Setting: "STN_CANCELLED_STATUSES", Words: cancelled},
	}
}

// The words of a record that is being cancelled, and of a port-in that cannot be cancelled yet.
const (
	wordCancelling = "CANCELLING" // CancelNewSubscription; as porting status: CancelInPortSubscription
	wordPortInit   = "INIT"       // as porting status: CancelInPortSubscription
)

// The types of Activations, each named by the page of the operation that makes them.
const (
	typeSetServices = "SETSERVICES" // SetServicesSubscription
	typeSuspend     = "SUSPEND"     // SuspendSubscription
	typeResume      = "RESUME"      // ResumeSubscription
	typeSwapSIM     = "SIMSWAP"     // SimSwapSubscription
	typeNew         = "ACTIVATENEW" // QueryActivation, CancelNewSubscription
	typeTerminate   = "TERMINATE"   // TerminateSubscription
	typePortIn      = "INPORT"      // ChangeInPortSubscription
	typePortOut     = "OUTPORT"     // PortingOutSubscription
)

// knownTypes are all of them. The type of the record of MoveEnvironmentSubscription is not documented, so it is none of these.
var knownTypes = []string{
	typeSetServices, typeSuspend, typeResume, typeSwapSIM, typeNew, typeTerminate, typePortIn, typePortOut,
}

// The environments of the network provider (MoveEnvironmentSubscription).
var environments = []string{"SP16001", "SP16002"}

// allOf is the effect of a change that has several: all of them have to show.
func allOf(effects ...carriers.Effect) carriers.Effect {
	for _, worst := range []carriers.Effect{carriers.Missing, carriers.Incomparable} {
		if slices.Contains(effects, worst) {
			return worst
		}
	}
	return carriers.Shown
}

// effectOnState compares the state that a change aims at with the one that a read shows. others are the words of the states in
// which the line is not where it should be; a word that nobody knows may be the right one.
func effectOnState(wanted, others []string, state string) carriers.Effect {
	switch {
	case carriers.Among(wanted, state):
		return carriers.Shown
	case carriers.Among(others, state):
		return carriers.Missing
	}
	return carriers.Incomparable
}

// effectOfActive compares the state of a line that should be active with the words for that. ACTIVE is documented, so another word is
// another state.
func effectOfActive(active []string, state string) carriers.Effect {
	switch {
	case carriers.Among(active, state):
		return carriers.Shown
	case strings.TrimSpace(state) == "":
		return carriers.Incomparable
	}
	return carriers.Missing
}

// effectOfCard compares the SIM card that a line should have with the one that a read shows.
func effectOfCard(wanted, card string) carriers.Effect {
	return effectOfMatch(identifiers.CompareICCID(wanted, card))
}

// effectOfMatch is the effect that a comparison of identifiers shows.
func effectOfMatch(match identifiers.Match) carriers.Effect {
	switch match {
	case identifiers.Equal:
		return carriers.Shown
	case identifiers.Different:
		return carriers.Missing
	}
	return carriers.Incomparable
}

// effectOfDate compares a point in time that was asked for with the one that a record shows.
func effectOfDate(wanted, shown string) carriers.Effect {
	switch identifiers.CompareTimes(wanted, shown) {
	case identifiers.Same:
		return carriers.Shown
	case identifiers.Before, identifiers.After:
		return carriers.Missing
	}
	return carriers.Incomparable
}

// effectOfESIM reads whether a line has a new eSIM: it has one, and with another number than the card that it had before. The
// number of the new one is sTN's choice.
func effectOfESIM(s Subscription, before *carriers.Line) carriers.Effect {
	if same("isEsim", false, s.IsESIM) {
		return carriers.Missing
	}
	if !same("isEsim", true, s.IsESIM) || before == nil {
		return carriers.Incomparable
	}
	switch identifiers.CompareICCID(before.ICCID, s.SimCardNumber.String()) {
	case identifiers.Different:
		return carriers.Shown
	case identifiers.Equal:
		return carriers.Missing
	}
	return carriers.Incomparable
}

// effectOf compares requested services with those a subscription shows: Shown when every requested key reads back with
// its value, Missing when one reads back with another value, Incomparable when the read says nothing about a key (which
// keys it reports is not documented).
func effectOf(requested, actual map[string]any) carriers.Effect {
	effect := carriers.Shown
	if len(requested) == 0 {
		effect = carriers.Incomparable
	}
	for key, wanted := range requested {
		switch got := actual[key]; {
		case got == nil:
			effect = carriers.Incomparable
		case !same(key, wanted, got):
			return carriers.Missing
		}
	}
	return effect
}

// sortOut lists the requested keys that the carrier took and those it silently left out, because it does not know them
// (SetServicesSubscription) or took them with another value. When the answer has no services at all, it says nothing.
func sortOut(requested, accepted map[string]any) (applied, ignored []string) {
	if accepted == nil {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(requested)) {
		if got := accepted[key]; got != nil && same(key, requested[key], got) {
			applied = append(applied, key)
		} else {
			ignored = append(ignored, key)
		}
	}
	return applied, ignored
}

// accessType is the one service sTN writes in two ways: "Internet Access" on a subscription (QuerySubscription),
// INTERNETACCESS in requests (NewSubscription).
const accessType = "accessType"

func same(key string, a, b any) bool { return spelling(key, a) == spelling(key, b) }

// spelling is one way to write a value: sTN's values are booleans and strings, and a boolean may come back as a string.
func spelling(key string, value any) string {
	text := fmt.Sprint(value)
	switch {
	case key == accessType:
		return strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(text))
	case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		return strings.ToLower(text)
	}
	return text
}

// classify is the reading of every sTN answer. Error Handling names 400, 401, 403 and 429 and the body
// {"responseStatus": {"errorCode", "message", …}}; the error codes are an open list, so the HTTP status decides, and what a
// code says beside it is a matter of configuration; see carriers.Codes. The rejected values in responseStatus.errors are not
// read: they may be personal.
func classify(codes carriers.Codes, status int, body []byte) (class carriers.Class, code, message string) {
	var answer struct {
		ResponseStatus struct {
			ErrorCode carriers.Text `json:"errorCode"`
			Message   carriers.Text `json:"message"`
		} `json:"responseStatus"`
	}
	_ = json.Unmarshal(body, &answer) // a body of another shape says nothing; then the status decides alone
	code, message = answer.ResponseStatus.ErrorCode.String(), answer.ResponseStatus.Message.String()
	if class = codes.ClassOfAnswer(status, code != "", code); class == "" {
		return "", "", ""
	}
	return class, code, message
}
