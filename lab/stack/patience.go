package stack

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc"
)

// Patience bounds every single wait of the tests, and a start or a stop of a program. It is no statement about how fast
// anything is: a wait ends as soon as what it waits for is there, and on a machine with other work that takes as long as it
// takes. Only a test that fails sees the end of it.
const Patience = 3 * time.Minute

// spare is what a test that fails has left before the test binary is ended, to say why.
const spare = 10 * time.Second

// Within is Patience, or what is left of the time the test binary has.
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

// Dial connects a test to Temporal. The SDK gives up on a call after 10 seconds, which is long for a client and short for a
// machine with other work, and cannot be told otherwise; so the calls of this client do not end with that bound.
func Dial(address string) (client.Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return client.DialContext(ctx, client.Options{
		HostPort: address, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: client.ConnectionOptions{
			GetSystemInfoTimeout: Patience,
			DialOptions:          []grpc.DialOption{grpc.WithChainUnaryInterceptor(patiently)},
		},
	})
}

// patiently makes a call that goes on for up to Patience although its context's time is over, but not when it was cancelled.
func patiently(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			cancel()
		}
	})()
	return invoke(patient, method, request, reply, conn, options...)
}
