package activities

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// LineKeyName is the registered name of the local activity that hashes a line's identifier.
const LineKeyName = "LineKey"

// LineKey makes the local activity that hashes the line of a run whose caller did not set the search attribute LineKey. It
// is an activity because the secret is part of the worker's configuration. Without a secret the key is empty.
func LineKey(secret string) func(ctx context.Context, c carriers.Carrier, identifier string) (string, error) {
	return func(_ context.Context, c carriers.Carrier, identifier string) (string, error) {
		if secret == "" {
			return "", nil
		}
		adapter, _ := registry.Carrier(c)
		return adapter.LineKey(secret, identifier), nil
	}
}
