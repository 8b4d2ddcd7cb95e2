package healthcheck_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/healthcheck"
)

func TestAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.Error(w, "not ready: nothing answers"+strings.Repeat(".", 10_000), http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	address := server.Listener.Addr().String()
	require.NoError(t, healthcheck.Ask(t.Context(), address, "/healthz"))

	err := healthcheck.Ask(t.Context(), address, "/readyz")
	require.ErrorContains(t, err, "/readyz answers 503 Service Unavailable: not ready: nothing answers")
	require.Less(t, len(err.Error()), 1000, "an answer of any length is not repeated whole")
}

func TestAskAtEveryAddress(t *testing.T) {
	for _, at := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
		listener, err := net.Listen("tcp", at)
		require.NoError(t, err)
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		require.NoError(t, server.Listener.Close())
		server.Listener = listener
		server.Start()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		require.NoError(t, err)
		require.NoError(t, healthcheck.Ask(t.Context(), strings.TrimSuffix(at, "0")+port, "/healthz"), at)
		server.Close()
	}
}

func TestAskAProxyIsNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	require.NoError(t, healthcheck.Ask(t.Context(), server.Listener.Addr().String(), "/healthz"))
}

func TestAskNobody(t *testing.T) {
	require.ErrorContains(t, healthcheck.Ask(t.Context(), "127.0.0.1:1", "/healthz"), "asking http://127.0.0.1:1/healthz")
	require.ErrorContains(t, healthcheck.Ask(t.Context(), "8091", "/healthz"), `the address "8091" cannot be asked`)
}
