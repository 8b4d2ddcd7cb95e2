package telnyx

import (
	"cmp"
	"errors"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// carrier is the short name.
const carrier carriers.Carrier = "telnyx"

// Config is how to reach Telnyx, and everything that its pages leave open, with defaults of ours. The worker reads it from flags
// that begin with "telnyx-" and environment variables that begin with "TELNYX_". The documented base URL is
// https://api.telnyx.com/v2; it is no default, because a carrier is served when its base URL is set.
type Config struct {
	transport.Options `embed:""`

	// APIKey is sent as "Authorization: Bearer <key>" (API fundamentals, Authentication).
	APIKey transport.Secret `name:"api-key" env:"API_KEY" placeholder:"KEY" help:"API key, sent as a bearer token."`

	Codes carriers.Codes `embed:""`

	// The pages list in-progress, completed, failed and interrupted. These give a meaning to further words (ours): empty until
	// Telnyx has explained one, because an unknown word is neither success nor failure.
	PendingStatuses []string `name:"pending-statuses" env:"PENDING_STATUSES" placeholder:"WORD" help:"Further statuses of an action that mean: still running."`
	DoneStatuses    []string `name:"done-statuses" env:"DONE_STATUSES" placeholder:"WORD" help:"Further statuses of an action that mean: done."`
	FailedStatuses  []string `name:"failed-statuses" env:"FAILED_STATUSES" placeholder:"WORD" help:"Further statuses of an action that mean: failed."`

	SweepPages int `name:"sweep-pages" env:"SWEEP_PAGES" default:"200" help:"Most pages, of 250 actions, that one pass of a sweep reads; with more the sweep fails (ours)."`
}

// Check names every fault together with the environment variable to set, and repeats no value that may be secret.
func (c Config) Check() error {
	faults := []error{c.Options.Check("TELNYX_")}
	if c.APIKey == "" || !transport.ValidHeaderValue(string(c.APIKey)) {
		faults = append(faults, errors.New("the API key is missing or not printable ASCII: set TELNYX_API_KEY"))
	}
	if c.SweepPages < 0 {
		faults = append(faults, errors.New("the number of pages of a sweep is negative: correct TELNYX_SWEEP_PAGES"))
	}
	return errors.Join(append(faults, c.codes().Faults("TELNYX_"), c.vocabulary().Faults())...)
}

func (c Config) vocabulary() carriers.Vocabulary {
	return vocabulary(c.PendingStatuses, c.DoneStatuses, c.FailedStatuses)
}

// sweepPages is the setting with its default.
func (c Config) sweepPages() int { return cmp.Or(c.SweepPages, 200) }

func (c Config) codes() carriers.Codes { return withDocumented(c.Codes) }

func (c Config) classify(status int, body []byte) (class carriers.Class, code, message string) {
	return classify(c.codes(), status, body)
}
