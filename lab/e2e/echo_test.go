package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
)

// reaction is what an echo does with a request.
type reaction string

const (
	passing        reaction = "the sandbox answers"
	refusing       reaction = "refuses with 400 and repeats everything"
	erring         reaction = "an error that repeats everything inside a 200"
	unavailable    reaction = "answers 503 and repeats everything"
	throttling     reaction = "answers 429 and repeats everything"
	conflicting    reaction = "answers 409 and repeats everything"
	forbidding     reaction = "answers 403 and repeats everything"
	plainText      reaction = "answers 200 with everything as plain text"
	notHTTP        reaction = "answers with something that is not HTTP"
	cutOff         reaction = "breaks off in the middle of an answer"
	redirecting    reaction = "redirects to an address that repeats everything"
	failingLater   reaction = "accepts, and repeats everything when asked how far it is"
	refusingTokens reaction = "its token endpoint refuses and repeats everything"
)

var reactions = []reaction{passing, refusing, erring, unavailable, throttling, conflicting, forbidding, plainText, notHTTP, cutOff, redirecting, failingLater, refusingTokens}

// echo stands before the sandbox carriers and repeats whatever it is sent: body, path, query and headers.
type echo struct {
	url     string
	sandbox *httputil.ReverseProxy

	mu       sync.Mutex
	reaction reaction
	times    int
}

// passingOn hands requests on to the sandbox carriers.
func passingOn(t *testing.T, carriers string) *httputil.ReverseProxy {
	t.Helper()
	target, err := url.Parse(carriers)
	require.NoError(t, err)
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
}

// serving serves HTTP until the test is over, and returns where.
func serving(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func newEcho(t *testing.T, carriers string) *echo {
	t.Helper()
	e := &echo{sandbox: passingOn(t, carriers)}
	e.url = serving(t, e)
	return e
}

// env makes a worker call it, with all the credentials there are.
func (e *echo) env(t *testing.T) []string {
	env := []string{
		"DISH_AUTH=oauth2", "DISH_TOKEN_URL=" + e.url + "/token", "DISH_CLIENT_ID=partner", "DISH_CLIENT_SECRET=" + planted["client secret"],
		"MASMOVIL_SERVICE_ACCOUNT=" + serviceAccount(t), "MASMOVIL_TOKEN_URL=" + e.url + "/token",
	}
	for _, c := range (sandboxes.Settings{}).All() {
		for name, value := range c.WorkerEnv(e.url) {
			if strings.HasSuffix(name, "_API_KEY") {
				value = planted["API key"]
			}
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (e *echo) set(m reaction) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reaction = m
}

// repeated is how often it has repeated a request.
func (e *echo) repeated() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.times
}

func (e *echo) now() reaction {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reaction
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reaction := e.now()
	token := r.URL.Path == "/token"
	switch {
	case token && reaction == refusingTokens:
		everything := e.repeat(r)
		answer(w, http.StatusBadRequest, map[string]any{"error": everything, "error_description": everything})
		return
	case token: // a token of a second, so that every reaction sees some being fetched
		answer(w, http.StatusOK, map[string]any{"access_token": planted["token"], "token_type": "Bearer", "expires_in": 11})
		return
	case reaction == passing, reaction == refusingTokens, reaction == failingLater && r.Method == http.MethodPost:
		e.sandbox.ServeHTTP(w, r)
		return
	}
	everything := e.repeat(r)
	switch reaction {
	case refusing:
		answer(w, http.StatusBadRequest, shaped(r, everything))
	case erring:
		answer(w, http.StatusOK, shaped(r, everything))
	case unavailable:
		answer(w, http.StatusServiceUnavailable, shaped(r, everything))
	case throttling:
		answer(w, http.StatusTooManyRequests, shaped(r, everything))
	case conflicting:
		answer(w, http.StatusConflict, shaped(r, everything))
	case forbidding:
		answer(w, http.StatusForbidden, shaped(r, everything))
	case plainText:
		_, _ = io.WriteString(w, everything)
	case notHTTP:
		onWire(w, everything+"\r\n\r\n")
	case cutOff:
		onWire(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"+everything)
	case redirecting:
		w.Header().Set("Location", "/elsewhere?"+url.Values{"all": {everything}}.Encode())
		w.WriteHeader(http.StatusTemporaryRedirect)
	case failingLater:
		answer(w, http.StatusOK, late(r))
	}
}

// repeat is everything a request holds, in one line.
func (e *echo) repeat(r *http.Request) string {
	e.mu.Lock()
	e.times++
	e.mu.Unlock()
	body, _ := io.ReadAll(r.Body) // what has come is enough
	return fmt.Sprintf("got %s of %v with %s", body, r.Header, r.URL)
}

// shaped is an error in the shape of the carrier that is asked.
func shaped(r *http.Request, text string) any {
	for _, c := range (sandboxes.Settings{}).All() {
		if strings.HasPrefix(r.URL.Path, "/"+string(c.Name)+"/") {
			return c.Refusal(http.StatusBadRequest, text, text).Body
		}
	}
	return nil
}

// late is the failure of an operation, with everything personal that can be told by its looks.
func late(r *http.Request) any {
	text := fields("{gpsi} {iccid} {pei} {eid} {phone number} {new ICC} {IP address} {e-mail} Bearer {token}")
	switch {
	case strings.HasPrefix(r.URL.Path, "/stn/api/QueryActivation"):
		record := map[string]any{"status": "ERROR", "activationType": "SETSERVICES", "id": r.URL.Query().Get("id"), "info": map[string]any{"errorMessage": text, "reason": text}}
		return map[string]any{"results": []any{record}}
	case strings.HasPrefix(r.URL.Path, "/telnyx"):
		asked, status := path.Base(r.URL.Path), map[string]any{"value": "failed", "reason": text}
		if asked == "sim_card_actions" { // as it is before an action
			return map[string]any{"data": []any{}, "meta": map[string]any{"total_results": 0}}
		}
		return map[string]any{"data": map[string]any{"id": asked, "status": status}}
	case strings.HasPrefix(r.URL.Path, "/dish"):
		return map[string]any{"status": "Failed", "code": text, "reason": text}
	}
	return shaped(r, text)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}

// onWire writes bytes instead of an answer and closes the connection.
func onWire(w http.ResponseWriter, text string) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func(c net.Conn) { _ = c.Close() }(connection)
	_, _ = io.WriteString(connection, text)
}
