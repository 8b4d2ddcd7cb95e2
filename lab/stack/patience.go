package stack

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"github.com/carrierflow/carrierflow/internal/patience"
)

// Patience bounds every single wait of the tests, and the start or stop of a program. It is not an expectation of speed: a
// wait ends as soon as its condition is met, which takes long on a busy machine. Only a failing test waits for all of it.
const Patience = 3 * time.Minute

// spare is the time that a failing test has to report why, before the test binary is ended.
const spare = 10 * time.Second

// Until looks, as often as is said, until a condition is met.
func Until(ctx context.Context, what string, every time.Duration, met func() (bool, error)) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		if ok, err := met(); ok || err != nil {
			return err
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		}
	}
}

// Within is Patience, or the rest of the test binary's time if that is shorter.
func Within(t testing.TB) time.Duration {
	if bounded, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := bounded.Deadline(); ok {
			return max(min(Patience, time.Until(deadline)-spare), time.Second)
		}
	}
	return Patience
}

// Context is a context for one wait of a test.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Within(t))
	t.Cleanup(cancel)
	return ctx
}

// Dial connects a test to Temporal, whose calls may take longer than the SDK allows. change may change its options, as those of
// encryption do.
func Dial(address string, change ...func(client.Options) client.Options) (client.Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	options := client.Options{
		HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: client.ConnectionOptions{
			GetSystemInfoTimeout: Patience,
			DialOptions:          []grpc.DialOption{patience.Calls(Patience)},
		},
	}
	for _, f := range change {
		options = f(options)
	}
	return client.DialContext(ctx, options)
}
