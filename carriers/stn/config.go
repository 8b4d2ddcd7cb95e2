package stn

import (
	"cmp"
	"errors"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// carrier is the short name.
const carrier carriers.Carrier = "stn"

// Config is how to reach sTN, and everything that its pages leave open, with defaults of ours. The worker reads it from flags
// that begin with "stn-" and environment variables that begin with "STN_". The base URL has no default: sTN tells it to each
// partner.
type Config struct {
	transport.Options `embed:""`

	// APIKey is the partner's static key, sent as the header stn-api-key (Authentication).
	APIKey transport.Secret `name:"api-key" env:"API_KEY" placeholder:"KEY" help:"Key sent as the header stn-api-key."`

	// Codes: of the refusals, sTN shows BadRequest, MaximumLength and SerializationException (Error Handling).
	Codes carriers.Codes `embed:""`

	// The pages list INIT, BUSY, DONE and ERROR. These give a meaning to further words (ours): empty until sTN has explained
	// one, because an unknown word is neither success nor failure.
	PendingStatuses []string `name:"pending-statuses" env:"PENDING_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: still working on it."`
	DoneStatuses    []string `name:"done-statuses" env:"DONE_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: done."`
	FailedStatuses  []string `name:"failed-statuses" env:"FAILED_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: failed."`

	// What follows CANCELLING is not documented, and DONE on a record that was cancelled is what it is on one that was carried out.
	CancelledStatuses []string      `name:"cancelled-statuses" env:"CANCELLED_STATUSES" default:"CANCELLED" help:"Activation statuses, and porting statuses, that mean: cancelled (ours; no page shows one)."`
	CancelProvenAfter time.Duration `name:"cancel-proven-after" env:"CANCEL_PROVEN_AFTER" default:"24h" help:"How long after a cancel, and after the date for which the cancelled request was asked, a line that is as before shows that a record with DONE was cancelled and not carried out (ours)."`

	// How the list of records is swept. Page size, order of changes and how soon a change shows are documented nowhere (ours).
	SweepStatuses []string      `name:"sweep-statuses" env:"SWEEP_STATUSES" default:"DONE,ERROR" help:"Statuses by which a sweep asks for records; others are found by the checks of each operation."`
	SweepPage     int           `name:"sweep-page" env:"SWEEP_PAGE" default:"100" help:"Records that a sweep asks for in one page (ours)."`
	SweepOverlap  time.Duration `name:"sweep-overlap" env:"SWEEP_OVERLAP" default:"1m" help:"How much later than its modifiedAt says a change may show in the list: a pass reads that much again (ours)."`
	SweepReach    time.Duration `name:"sweep-reach" env:"SWEEP_REACH" default:"6h" help:"How far back the first pass of a sweep reads (ours)."`
	SweepCreated  time.Duration `name:"sweep-created" env:"SWEEP_CREATED" default:"1080h" help:"How old a record may be that a sweep reads when the list does not come in the order that was asked for (ours)."`
	SweepPages    int           `name:"sweep-pages" env:"SWEEP_PAGES" default:"1000" help:"Most pages of such a list that one pass reads; with more the sweep fails (ours)."`

	// Of the states of a subscription, QuerySubscription shows ACTIVE, and Advanced Query Parameters has SUSPENDED in a filter.
	ActiveStates    []string `name:"active-states" env:"ACTIVE_STATES" default:"ACTIVE" help:"States of a subscription that mean: active (ACTIVE is documented)."`
	SuspendedStates []string `name:"suspended-states" env:"SUSPENDED_STATES" default:"SUSPENDED" help:"States of a subscription that mean: suspended (ours; seen in a filter only)."`
	EndedStates     []string `name:"ended-states" env:"ENDED_STATES" default:"TERMINATED,PORTEDOUT" help:"States of a subscription that mean: terminated or ported out (ours; no page shows one)."`
}

// Check names every fault together with the environment variable to set, and repeats no value that may be secret.
func (c Config) Check() error {
	faults := []error{c.Options.Check("STN_")}
	if c.APIKey == "" || !transport.ValidHeaderValue(string(c.APIKey)) {
		faults = append(faults, errors.New("the API key is missing or not printable ASCII: set STN_API_KEY"))
	}
	if c.CancelProvenAfter < 0 {
		faults = append(faults, errors.New("the time after which a cancel is proven is negative: set STN_CANCEL_PROVEN_AFTER"))
	}
	if c.SweepPage < 0 || c.SweepPages < 0 || c.SweepOverlap < 0 || c.SweepReach < 0 || c.SweepCreated < 0 {
		faults = append(faults, errors.New("a setting of the sweep is negative: correct STN_SWEEP_PAGE, STN_SWEEP_OVERLAP, STN_SWEEP_REACH, STN_SWEEP_CREATED or STN_SWEEP_PAGES"))
	}
	return errors.Join(append(faults, c.Codes.Faults("STN_"), c.vocabulary().Faults(), c.stateWords().Faults())...)
}

// sweepPage and sweepStatuses are the settings with their defaults.
func (c Config) sweepPage() int { return cmp.Or(c.SweepPage, 100) }

func (c Config) sweepStatuses() []string {
	if len(c.SweepStatuses) == 0 {
		return []string{"DONE", "ERROR"} // QueryActivation, status
	}
	return c.SweepStatuses
}

func (c Config) vocabulary() carriers.Vocabulary {
	return vocabulary(c.PendingStatuses, c.DoneStatuses, c.FailedStatuses, c.CancelledStatuses)
}

// whileCancelled is what the status of a record means for the request to cancel it. DONE is not in it: it means "cancelled" as well as
// "carried out".
func (c Config) whileCancelled() carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Done, Words: c.CancelledStatuses},
		{State: carriers.Pending, Words: append([]string{"INIT", "BUSY", wordCancelling}, c.PendingStatuses...)},
		{State: carriers.Failed, Words: append([]string{"ERROR"}, c.FailedStatuses...)},
	}
}

// stateWords are the states of a subscription as a vocabulary, which finds a word that is given twice.
func (c Config) stateWords() carriers.Vocabulary {
	return carriers.Vocabulary{
		{State: carriers.Done, Setting: "STN_ACTIVE_STATES", Words: c.ActiveStates},
		{State: carriers.Pending, Setting: "STN_SUSPENDED_STATES", Words: c.SuspendedStates},
		{State: carriers.Failed, Setting: "STN_ENDED_STATES", Words: c.EndedStates},
	}
}

func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	return classify(c.Codes, status, body)
}
