package codec

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.uber.org/zap"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

const webUI = "https://temporal.example.org"

// call sends a request and returns the status, the header and the body of its answer.
func call(t *testing.T, e *Endpoint, method, path, body string, header ...string) (int, http.Header, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	require.NoError(t, err)
	return w.Code, w.Header(), string(answer)
}

// encrypted is a request with one payload, and the endpoint that can read it.
func encrypted(t *testing.T, c Config) (*Endpoint, string) {
	t.Helper()
	keyset, err := encryption.NewKeyset()
	require.NoError(t, err)
	keys, err := encryption.New(string(keyset))
	require.NoError(t, err)
	payloads, err := keys.DataConverter(nil).ToPayloads("15557777777700")
	require.NoError(t, err)
	body, err := protojson.Marshal(payloads)
	require.NoError(t, err)
	return New(c, keys.Codec(), zap.NewNop()), string(body)
}

func payloadsIn(t *testing.T, text string) *commonpb.Payloads {
	t.Helper()
	var p commonpb.Payloads
	require.NoError(t, protojson.Unmarshal([]byte(text), &p))
	return &p
}

func TestItDecryptsForWhoHasTheToken(t *testing.T) {
	e, body := encrypted(t, Config{Token: "t-1", Origins: []string{webUI}})
	status, header, answer := call(t, e, http.MethodPost, "/decode", body, "Authorization", "Bearer t-1", "Origin", webUI)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, webUI, header.Get("Access-Control-Allow-Origin"))
	var number string
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(payloadsIn(t, answer), &number))
	require.Equal(t, "15557777777700", number)

	status, _, answer = call(t, e, http.MethodPost, "/encode", answer, "Authorization", "bearer t-1")
	require.Equal(t, http.StatusOK, status, "the CLI sends no origin")
	require.Equal(t, encryption.Encoding, string(payloadsIn(t, answer).GetPayloads()[0].GetMetadata()[converter.MetadataEncoding]))

	for _, wrong := range []string{"", "Bearer", "Bearer t-2", "Basic t-1", "t-1"} {
		status, header, answer = call(t, e, http.MethodPost, "/decode", body, "Authorization", wrong)
		require.Equal(t, http.StatusUnauthorized, status, wrong)
		require.Equal(t, "Bearer", header.Get("WWW-Authenticate"))
		require.NotContains(t, answer, "5557")
	}
}

func TestBrowsersAskFirst(t *testing.T) {
	e, body := encrypted(t, Config{Token: "t-1", Origins: []string{webUI}})
	status, header, _ := call(t, e, http.MethodOptions, "/decode", "", "Origin", webUI)
	require.Equal(t, http.StatusNoContent, status, "a preflight has no token")
	require.Equal(t, []string{webUI, "true", "POST", "Authorization, Content-Type, X-Namespace"}, []string{
		header.Get("Access-Control-Allow-Origin"), header.Get("Access-Control-Allow-Credentials"), header.Get("Access-Control-Allow-Methods"),
		header.Get("Access-Control-Allow-Headers"),
	})
	for _, other := range []string{"https://elsewhere.example.org", "null", webUI + ":8443"} {
		for _, method := range []string{http.MethodOptions, http.MethodPost} {
			status, header, _ = call(t, e, method, "/decode", body, "Origin", other, "Authorization", "Bearer t-1")
			require.Equal(t, http.StatusForbidden, status, "%s from %s", method, other)
			require.Empty(t, header.Get("Access-Control-Allow-Origin"))
		}
	}
}

func TestWhatIsNotAnswered(t *testing.T) {
	e, body := encrypted(t, Config{DecodeOnly: true})
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"a loopback address needs no token": {http.MethodPost, "/decode", body, http.StatusOK},
		"it only decrypts":                  {http.MethodPost, "/encode", body, http.StatusNotFound},
		"another path":                      {http.MethodPost, "/secret/decode", body, http.StatusNotFound},
		"another method":                    {http.MethodGet, "/decode", "", http.StatusMethodNotAllowed},
		"no payloads":                       {http.MethodPost, "/decode", "<html>", http.StatusBadRequest},
		"too long":                          {http.MethodPost, "/decode", strings.Repeat("a", maxBody+1), http.StatusBadRequest},
		"alive":                             {http.MethodGet, "/healthz", "", http.StatusOK},
	} {
		status, _, _ := call(t, e, c.method, c.path, c.body)
		require.Equal(t, c.status, status, name)
	}
	other, _ := encrypted(t, Config{})
	status, _, answer := call(t, other, http.MethodPost, "/decode", body)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer, "a payload is encrypted with key")
}

func TestCheckNamesEveryFault(t *testing.T) {
	err := Config{Address: "0.0.0.0:8092", Origins: []string{webUI + "/", "*", webUI}}.Check("C_")
	require.ErrorContains(t, err, "C_TOKEN must be set")
	require.ErrorContains(t, err, `C_ORIGINS: "https://temporal.example.org/"`)
	require.ErrorContains(t, err, `C_ORIGINS: "*"`)
	for _, address := range []string{":8092", "[::]:8092", "10.0.0.1:8092", "example.org:8092"} {
		require.Error(t, Config{Address: address}.Check("C_"), address)
		require.NoError(t, Config{Address: address, Token: "t"}.Check("C_"), address)
		require.NoError(t, Config{Address: address, AllowUnauthenticated: true}.Check("C_"), address)
	}
	for _, address := range []string{"127.0.0.1:8092", "[::1]:8092", "localhost:8092"} {
		require.NoError(t, Config{Address: address}.Check("C_"), address)
	}
}
