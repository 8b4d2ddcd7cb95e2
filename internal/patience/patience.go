// Package patience gives Temporal more time for a call than the SDK does. The SDK ends every call after 10 seconds, or sooner where its
// context ends, which cannot be configured. The starter and the tests use it.
package patience

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
)

// Calls is the option of a connection whose calls may take so long, whatever deadline their context has. A call still ends when its
// context is canceled, and one with a later deadline keeps it.
func Calls(may time.Duration) grpc.DialOption {
	return grpc.WithChainUnaryInterceptor(func(
		ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		until, bounded := ctx.Deadline()
		if !bounded || time.Until(until) >= may {
			return invoke(ctx, method, request, reply, conn, options...)
		}
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), may)
		defer cancel()
		defer context.AfterFunc(ctx, func() {
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				cancel()
			}
		})()
		return invoke(patient, method, request, reply, conn, options...)
	})
}
