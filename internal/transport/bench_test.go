package transport

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// BenchmarkDo compares a call with the same exchange made with net/http alone. The server is in the same process, so its part is in
// both.
func BenchmarkDo(b *testing.B) {
	answer := []byte(`{"status": "Success"}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	headers := map[string]string{"X-Correlation-Id": "5b0c3b2e-6f3c-5d0a-9b1e-2a1e8c1f7d90", "wholesaleCustomerId": "100000000001"}
	b.Run("bare", func(b *testing.B) {
		c := &http.Client{Transport: Options{}.pool()}
		defer c.CloseIdleConnections()
		b.ReportAllocs()
		for b.Loop() {
			request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+"/transactions/order-42/status", nil)
			require.NoError(b, err)
			for name, value := range headers {
				request.Header.Set(name, value)
			}
			request.Header.Set("Api-Key", "0123456789abcdef")
			response, err := c.Do(request)
			require.NoError(b, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(b, err)
			require.Len(b, body, len(answer))
			require.NoError(b, response.Body.Close())
		}
	})
	b.Run("client", func(b *testing.B) {
		c, err := New("dish", Options{BaseURL: server.URL}, StaticHeader{"Api-Key", "0123456789abcdef"},
			func(int, []byte) (carriers.Class, string, string) { return "", "", "" }, nil)
		require.NoError(b, err)
		defer c.Close()
		call := Call{
			Name: "get transaction status", Reference: "order-42", Method: http.MethodGet, Path: "/transactions/{id}/status",
			PathParams: map[string]string{"id": "order-42"}, Headers: headers,
		}
		b.ReportAllocs()
		for b.Loop() {
			got, err := c.Do(b.Context(), call)
			require.NoError(b, err)
			require.Len(b, got.Body, len(answer))
		}
	})
}
