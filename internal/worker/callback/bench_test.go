package callback

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"google.golang.org/grpc"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// BenchmarkReceiver compares the receiver with the least that does the same work: a handler that reads the body and signals
// the operation with the SDK's client. Both signal over gRPC to a server that stores nothing. Signatures are not checked.
func BenchmarkReceiver(b *testing.B) {
	temporal := signalled(b)
	options := Options{
		Sources:  map[carriers.Carrier]Source{"dish": {Decode: dishDecoder(b), Auth: noAuthentication{}}},
		Temporal: temporal, Log: zap.NewNop(),
	}
	receiver, err := New(options)
	require.NoError(b, err)
	for name, handler := range map[string]http.Handler{"bare": bare(temporal), "receiver": receiver.Handler()} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(handler)
			defer server.Close()
			calls := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			defer calls.CloseIdleConnections()
			var n atomic.Int64
			b.SetParallelism(4)
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					body := `{"eventId":"e-` + strconv.FormatInt(n.Add(1), 10) + `","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z","partnerTransactionId":"ref-1","status":"Success"}`
					answer, err := calls.Post(server.URL+"/callbacks/dish", "application/json", bytes.NewReader([]byte(body)))
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					if answer.StatusCode != http.StatusAccepted {
						b.Error(answer.Status)
						return
					}
				}
			})
		})
	}
}

// bare is a callback receiver without anything that the receiver adds.
func bare(temporal client.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var notice struct{ EventID, PartnerTransactionID, Status string }
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &notice)
		}
		if err == nil {
			err = temporal.SignalWorkflow(r.Context(), "dish:"+notice.PartnerTransactionID, "", workflows.CallbackSignal.Name,
				workflows.Callback{State: carriers.Done, Status: notice.Status, EventID: notice.EventID})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
}

// signalServer takes every signal.
type signalServer struct {
	workflowservice.UnimplementedWorkflowServiceServer
}

func (signalServer) SignalWorkflowExecution(context.Context, *workflowservice.SignalWorkflowExecutionRequest) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (signalServer) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

// signalled is a client of a server that takes every signal.
func signalled(b *testing.B) client.Client {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, signalServer{})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	temporal, err := client.Dial(client.Options{HostPort: listener.Addr().String(), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(b, err)
	b.Cleanup(func() {
		temporal.Close()
		server.Stop()
		require.NoError(b, <-served)
	})
	return temporal
}
