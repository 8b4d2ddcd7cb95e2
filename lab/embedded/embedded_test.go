package embedded_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/server/common/testing/freeport"

	"github.com/carrierflow/carrierflow/lab/embedded"
)

const taskQueue = "greetings"

// greet is a minimal workflow.
func greet(_ workflow.Context, name string) (string, error) { return "hello " + name, nil }

func TestWorkflowRunsToItsEnd(t *testing.T) {
	t.Parallel()
	carrier := temporal.NewSearchAttributeKeyKeyword("Carrier")
	server := start(t, embedded.Options{
		SearchAttributes: map[string]enums.IndexedValueType{"Carrier": enums.INDEXED_VALUE_TYPE_KEYWORD},
	})
	temporalClient := dial(t, server.Address())
	work(t, temporalClient)

	run, err := temporalClient.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		TaskQueue:             taskQueue,
		TypedSearchAttributes: temporal.NewSearchAttributes(carrier.ValueSet("dish")),
	}, greet, "world")
	require.NoError(t, err)
	var greeting string
	require.NoError(t, run.Get(t.Context(), &greeting))
	require.Equal(t, "hello world", greeting)

	require.Eventually(t, func() bool { // visibility is updated with a delay
		found, err := temporalClient.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "Carrier = 'dish' AND ExecutionStatus = 'Completed'",
		})
		return err == nil && found.GetCount() == 1
	}, time.Minute, 10*time.Millisecond)
}

func TestWebUIShowsTheNamespace(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Options{UIPort: freeport.MustGetFreePort(), Namespace: "shop"})

	require.Contains(t, get(t, server.UIAddress()), "<!doctype html>")
	require.Contains(t, get(t, server.UIAddress()+"/api/v1/namespaces"), `"name": "shop"`)
	require.Contains(t, get(t, server.UIAddress()+"/api/v1/namespaces/shop"), `"workflowExecutionRetentionTtl": "604800s"`)
}

func TestTakenPortIsNamedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port

	for _, test := range []struct {
		name    string
		options embedded.Options
		want    string
	}{
		{"frontend", embedded.Options{Port: taken}, " for the Temporal frontend is taken: something else listens on " +
			listener.Addr().String() + "; stop it or choose another port with --port"},
		{"web ui", embedded.Options{UIPort: taken}, " for the Temporal Web UI is taken: something else listens on " +
			listener.Addr().String() + "; stop it or choose another port with --ui-port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := embedded.Start(t.Context(), test.options)
			require.EqualError(t, err, "port "+strconv.Itoa(taken)+test.want)
		})
	}
}

func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options embedded.Options
		want    string
	}{
		{"host name", embedded.Options{Host: "example.test"}, `host "example.test" (--host) is not an IP address`},
		{"one port for two", embedded.Options{Port: 7233, UIPort: 7233}, "cannot share port 7233"},
		{"port out of range", embedded.Options{Port: 70000}, "port 70000 for the Temporal frontend (--port)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := embedded.Start(t.Context(), test.options)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestStopFreesThePortAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Options{})
	require.NoError(t, server.Stop())
	require.NoError(t, server.Stop())

	listener, err := net.Listen("tcp", server.Address())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
}

func TestStartGivesUpWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := embedded.Start(ctx, embedded.Options{})
	require.ErrorContains(t, err, context.Canceled.Error())
}

func start(t *testing.T, options embedded.Options) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}

func dial(t *testing.T, address string) client.Client {
	t.Helper()
	temporalClient, err := client.Dial(client.Options{
		HostPort: address,
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(temporalClient.Close)
	return temporalClient
}

func work(t *testing.T, temporalClient client.Client) {
	t.Helper()
	greeter := worker.New(temporalClient, taskQueue, worker.Options{})
	greeter.RegisterWorkflow(greet)
	require.NoError(t, greeter.Start())
	t.Cleanup(greeter.Stop)
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}
