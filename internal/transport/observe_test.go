package transport

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/carrierflow/carrierflow/carriers"
)

// observing is a client whose exchanges and refused credentials are noted.
func observing(t *testing.T, base string, credentials Credentials) (c *Client, exchanges *[]carriers.Exchange, refused *int) {
	t.Helper()
	exchanges, refused = new([]carriers.Exchange), new(int)
	o := Options{BaseURL: base}
	o.Observe(nil)
	o.Observe(&carriers.Observer{
		Exchanged: func(x carriers.Exchange) { x.Took = 0; *exchanges = append(*exchanges, x) },
		Refused:   func() { *refused++ },
	})
	c, err := New("stn", o, credentials, byStatus, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, exchanges, refused
}

func TestExchangesAreObserved(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"access_token":"s3cr3t-1"}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	})
	c, exchanges, refused := observing(t, base, NewBearer(Grant{URL: base + "/token", Form: func() (url.Values, error) { return url.Values{}, nil }}))
	_, err := c.Do(t.Context(), exchange())
	require.Error(t, err)
	require.Equal(t, []carriers.Exchange{{Call: tokenCall, Status: 200, Connected: true}, {Call: "change line", Status: 403, Connected: true}}, *exchanges)
	require.Equal(t, 1, *refused)

	nowhere, exchanges, refused := observing(t, "http://127.0.0.1:1", nil)
	_, err = nowhere.Do(t.Context(), exchange())
	require.Error(t, err)
	require.Equal(t, []carriers.Exchange{{Call: "change line"}}, *exchanges)
	require.Zero(t, *refused)
}

// A span says which call for which operation, and nothing of its content. Without a trace there is none.
func TestTheSpanOfAnExchange(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c, _, _ := observing(t, base, nil)
	spans := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test")
	call := exchange()
	call.Headers["X-Correlation-Id"] = "id-1"
	_, err := c.Do(t.Context(), call)
	require.Error(t, err)
	require.Empty(t, spans.Ended())

	ctx, parent := tracer.Start(t.Context(), "activity")
	_, err = c.Do(ctx, call)
	require.ErrorContains(t, err, "503", "carriers are sent no trace headers")
	span := spans.Ended()[0]
	require.Equal(t, parent.SpanContext().SpanID(), span.Parent().SpanID())
	require.Equal(t, "stn: change line", span.Name())
	require.Equal(t, codes.Error, span.Status().Code)
	said := map[string]string{}
	for _, one := range span.Attributes() {
		said[string(one.Key)] = one.Value.String()
	}
	require.Equal(t, map[string]string{
		"carrier": "stn", "http.request.method": http.MethodPost, "url.template": path, "temporalWorkflowID": "stn:ref-1", "correlation_id": "id-1",
		"http.response.status_code": "503",
	}, said)
}
