package telnyx

import (
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// The statuses of an action (SIM Card Actions).
const (
	statusInProgress  = "in-progress"
	statusCompleted   = "completed"
	statusFailed      = "failed"
	statusInterrupted = "interrupted" // stopped before its end; by what is not documented
)

// documented is where the statuses of the pages come from.
const documented = "the documented statuses"

// vocabulary is what the status of an action means: the documented words, and further ones that are configured. The status decides
// and never the reason beside it: the samples show completed actions with a reason.
func vocabulary(pending, done, failed []string) carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Pending, Setting: documented, Words: []string{statusInProgress}},
		{State: carriers.Done, Setting: documented, Words: []string{statusCompleted}},
		{State: carriers.Failed, Setting: documented, Words: []string{statusFailed, statusInterrupted}},
		{State: carriers.Pending, Setting: "TELNYX_PENDING_STATUSES", Words: pending},
		{State: carriers.Done, Setting: "TELNYX_DONE_STATUSES", Words: done},
		{State: carriers.Failed, Setting: "TELNYX_FAILED_STATUSES", Words: failed},
	}
}

// The types of actions that are made here, and the one that Telnyx makes itself (SIM Card Actions).
const (
	actionEnable     = "enable"
	actionDisable    = "disable"
	actionSetStandby = "set_standby"
	// actionWoken moves a card on standby to enabled, because it consumed data.
	actionWoken = "enable_standby_sim_card"
)

// The statuses of a SIM card (SIM Cards; SIM lifecycle).
const (
	simEnabled  = "enabled"
	simDisabled = "disabled"
	simStandby  = "standby"
)

// passing are the statuses of a card that is on its way to another one.
var passing = []string{"registering", "enabling", "disabling", "setting_standby", "registered"}

// imposed are the statuses that Telnyx imposes. No request changes them: they end when their cause does.
var imposed = []string{"data_limit_exceeded", "unauthorized_imei", "blocked", "abolished"}

// effectOf compares the status that an action aims at with the one that a read shows. A word that nobody knows may be the right
// one.
func effectOf(target, status string) carriers.Effect {
	switch {
	case carriers.Among([]string{target}, status):
		return carriers.Shown
	case carriers.Among([]string{simEnabled, simDisabled, simStandby}, status), carriers.Among(passing, status), carriers.Among(imposed, status):
		return carriers.Missing
	}
	return carriers.Incomparable
}

// withDocumented adds the documented codes to those that are configured (API errors; IoT SIM, API errors): 10012 is a duplicate,
// 10005 and 10017 say that a thing does not exist. Every other documented code that a repeat does not help is a refusal.
func withDocumented(codes carriers.Codes) carriers.Codes {
	codes.Duplicate = slices.Concat(codes.Duplicate, []string{"10012"})
	codes.Unknown = slices.Concat(codes.Unknown, []string{codeNotFound, "10017"})
	codes.Refusal = slices.Concat(codes.Refusal, []string{
		"10002", "10004", codeNotFound, "10006", "10009", "10010", "10013", "10014", "10015", "10017", "10021", "10022", "10023",
		"70000", "70001", "70002", "70003", "70004", "70005", "70006", codeNoGroup, "70008",
	})
	return codes
}

const (
	codeNotFound = "10005" // not found
	codeNoGroup  = "70007" // the SIM card has no group and cannot be enabled
)

// classify is the reading of every Telnyx answer: a list of errors, each with a code of digits and a title (API errors). An answer
// of 401 or 404 may have no body, or one error outside a list. All codes are looked at: one that says that the request is known, or
// that a thing does not exist, decides, else the first that is an error. The title is told, because the detail may repeat what was
// sent.
func classify(codes carriers.Codes, status int, body []byte) (class carriers.Class, code, message string) {
	found := errorsIn(body)
	if len(found) == 0 {
		return codes.ClassOfAnswer(status, false, ""), "", ""
	}
	for _, e := range found {
		switch said := codes.ClassOfAnswer(status, true, e.Code.String()); {
		case said == carriers.Conflict || said == carriers.NotFound:
			return said, e.Code.String(), e.Title.String()
		case class == "" && said != "":
			class, code, message = said, e.Code.String(), e.Title.String()
		}
	}
	return class, code, message
}

// apiError is one error of an answer.
type apiError struct {
	Code  carriers.Text `json:"code"`
	Title carriers.Text `json:"title"`
}

// errorsIn reads the errors of an answer; nil when it has none. A body of another shape says nothing; then the status speaks
// alone.
func errorsIn(body []byte) (found []apiError) {
	var list struct {
		Errors []apiError `json:"errors"`
		apiError
	}
	if answers.Decode(body, &list) != nil {
		return nil
	}
	for _, e := range append(list.Errors, list.apiError) {
		if strings.TrimSpace(e.Code.String()) != "" {
			found = append(found, e)
		}
	}
	return found
}
