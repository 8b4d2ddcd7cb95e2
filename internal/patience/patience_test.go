package patience

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// busy is a server that answers after a signal of the test.
type busy struct {
	healthpb.UnimplementedHealthServer
	answer chan struct{}
}

func (b busy) Check(ctx context.Context, _ *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	select {
	case <-b.answer:
		return &healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_SERVING}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A call continues after the deadline that the SDK sets, but not after its cancellation.
func TestCallsArePatient(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := busy{answer: make(chan struct{})}
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, b)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), Calls(time.Minute))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	c := healthpb.NewHealthClient(conn)

	for _, bounded := range []time.Duration{time.Second, time.Hour} {
		canceled, cancel := context.WithTimeout(t.Context(), bounded)
		cancel()
		_, err = c.Check(canceled, &healthpb.HealthCheckRequest{})
		require.Equal(t, codes.Canceled, status.Code(err))
	}

	late, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	context.AfterFunc(late, func() { close(b.answer) })
	_, err = c.Check(late, &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
}
