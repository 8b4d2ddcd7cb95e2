package activities

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
)

// LineKeyName is the registered name of the local activity that hashes a line's identifier.
const LineKeyName = "LineKey"

// LineKey makes the local activity that hashes the line of a run whose caller left the search attribute LineKey out. It is
// an activity because the secret is the worker's. Without a secret the key is empty.
func LineKey(secret string) func(ctx context.Context, c carriers.Carrier, identifier string) (string, error) {
	return func(_ context.Context, c carriers.Carrier, identifier string) (string, error) {
		if secret == "" {
			return "", nil
		}
		return carriers.LineKey(secret, c, identifier), nil
	}
}
