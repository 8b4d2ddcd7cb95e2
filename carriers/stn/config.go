package stn

import (
	"errors"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Config is how to reach sTN. In the worker its flags begin with "stn-" and its variables with "STN_". The base URL has
// no default: sTN tells it to each partner.
type Config struct {
	transport.Options `embed:""`

	// APIKey is the partner's static key, sent as the header stn-api-key (Authentication).
	APIKey transport.Secret `name:"api-key" env:"API_KEY" placeholder:"KEY" help:"Key sent as the header stn-api-key."`

	Codes carriers.Codes `embed:""`

	// The pages list INIT, BUSY, DONE and ERROR; see StateOf. These teach the meaning of further words (ours): empty until
	// sTN has explained one, because a word nobody knows is neither success nor failure.
	PendingStatuses []string `name:"pending-statuses" env:"PENDING_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: still working on it."`
	DoneStatuses    []string `name:"done-statuses" env:"DONE_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: done."`
	FailedStatuses  []string `name:"failed-statuses" env:"FAILED_STATUSES" placeholder:"WORD" help:"Further Activation statuses that mean: failed."`
}

// Validate names every fault of the configuration together with the variable to set. A configuration without a base URL
// is not judged: it belongs to a worker that does not serve sTN (kong validates whatever is embedded), and New refuses it.
func (c Config) Validate() error {
	if c.BaseURL == "" {
		return nil
	}
	faults := []error{c.Check("STN_")}
	if c.APIKey == "" || !transport.ValidHeaderValue(string(c.APIKey)) {
		faults = append(faults, errors.New("the API key is missing or not printable ASCII: set STN_API_KEY"))
	}
	faults = append(faults, c.Codes.Faults("STN_"), carriers.FaultsOfWords(
		carriers.WordList{Setting: "the documented statuses", Words: documentedStatuses()},
		carriers.WordList{Setting: "STN_PENDING_STATUSES", Words: c.PendingStatuses},
		carriers.WordList{Setting: "STN_DONE_STATUSES", Words: c.DoneStatuses},
		carriers.WordList{Setting: "STN_FAILED_STATUSES", Words: c.FailedStatuses},
	))
	return errors.Join(faults...)
}
