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
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// mood is what a gossip does with a request.
type mood string

const (
	deciding   mood = "the sandbox answers"
	refusing   mood = "refuses with 400 and repeats everything"
	erring     mood = "an error that repeats everything inside a 200"
	down       mood = "answers 503 and repeats everything"
	throttling mood = "answers 429 and repeats everything"
	conflict   mood = "answers 409 and repeats everything"
	forbidding mood = "answers 403 and repeats everything"
	babbling   mood = "answers 200 with everything as plain text"
	breaking   mood = "answers with something that is not HTTP"
	cutting    mood = "breaks off in the middle of an answer"
	moving     mood = "redirects to an address that repeats everything"
	lateness   mood = "accepts, and repeats everything when asked how far it is"
	tokenless  mood = "its token endpoint refuses and repeats everything"
)

var moods = []mood{deciding, refusing, erring, down, throttling, conflict, forbidding, babbling, breaking, cutting, moving, lateness, tokenless}

// gossip stands before the sandbox carriers and repeats whatever it is sent: body, path, query and headers.
type gossip struct {
	url     string
	sandbox *httputil.ReverseProxy

	mu    sync.Mutex
	mood  mood
	times int
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

func newGossip(t *testing.T, carriers string) *gossip {
	t.Helper()
	g := &gossip{sandbox: passingOn(t, carriers)}
	g.url = serving(t, g)
	return g
}

// env makes a worker call it, with all the credentials there are.
func (g *gossip) env(t *testing.T) []string {
	return []string{
		"DISH_BASE_URL=" + g.url + "/dish", "DISH_AUTH=oauth2", "DISH_TOKEN_URL=" + g.url + "/token", "DISH_CLIENT_ID=partner", "DISH_CLIENT_SECRET=" + planted["client secret"],
		"STN_BASE_URL=" + g.url + "/stn", "STN_API_KEY=" + planted["API key"],
		"MASMOVIL_BASE_URL=" + g.url + "/masmovil/v2", "MASMOVIL_FRAUD_REQUESTS_URL=" + g.url + "/masmovil/subscriptions/v1",
		"MASMOVIL_SERVICE_ACCOUNT=" + serviceAccount(t), "MASMOVIL_TOKEN_URL=" + g.url + "/token",
	}
}

func (g *gossip) set(m mood) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mood = m
}

// repeated is how often it has repeated a request.
func (g *gossip) repeated() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.times
}

func (g *gossip) now() mood {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mood
}

func (g *gossip) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mood := g.now()
	token := r.URL.Path == "/token"
	switch {
	case token && mood == tokenless:
		everything := g.repeat(r)
		answer(w, http.StatusBadRequest, map[string]any{"error": everything, "error_description": everything})
		return
	case token: // a token of a second, so that every mood sees some being fetched
		answer(w, http.StatusOK, map[string]any{"access_token": planted["token"], "token_type": "Bearer", "expires_in": 11})
		return
	case mood == deciding, mood == tokenless, mood == lateness && r.Method == http.MethodPost:
		g.sandbox.ServeHTTP(w, r)
		return
	}
	everything := g.repeat(r)
	switch mood {
	case refusing:
		answer(w, http.StatusBadRequest, shaped(r, everything))
	case erring:
		answer(w, http.StatusOK, shaped(r, everything))
	case down:
		answer(w, http.StatusServiceUnavailable, shaped(r, everything))
	case throttling:
		answer(w, http.StatusTooManyRequests, shaped(r, everything))
	case conflict:
		answer(w, http.StatusConflict, shaped(r, everything))
	case forbidding:
		answer(w, http.StatusForbidden, shaped(r, everything))
	case babbling:
		_, _ = io.WriteString(w, everything)
	case breaking:
		onWire(w, everything+"\r\n\r\n")
	case cutting:
		onWire(w, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"+everything)
	case moving:
		w.Header().Set("Location", "/elsewhere?"+url.Values{"all": {everything}}.Encode())
		w.WriteHeader(http.StatusTemporaryRedirect)
	case lateness:
		answer(w, http.StatusOK, late(r))
	}
}

// repeat is everything a request holds, in one line.
func (g *gossip) repeat(r *http.Request) string {
	g.mu.Lock()
	g.times++
	g.mu.Unlock()
	body, _ := io.ReadAll(r.Body) // what has come is enough
	return fmt.Sprintf("got %s of %v with %s", body, r.Header, r.URL)
}

// shaped is an error in the shape of the carrier that is asked.
func shaped(r *http.Request, text string) any {
	switch {
	case strings.HasPrefix(r.URL.Path, "/stn"):
		return map[string]any{"responseStatus": map[string]any{"errorCode": text, "message": text}}
	case strings.HasPrefix(r.URL.Path, "/masmovil"):
		return map[string]any{"code": text, "status": text, "message": text}
	}
	return map[string]any{"code": text, "message": text, "error": text}
}

// late is the failure of an operation, with everything personal that can be told by its looks.
func late(r *http.Request) any {
	text := fields("{gpsi} {iccid} {pei} {eid} {phone number} {new ICC} {IP address} {e-mail} Bearer {token}")
	switch {
	case strings.HasPrefix(r.URL.Path, "/stn/api/QueryActivation"):
		record := map[string]any{"status": "ERROR", "activationType": "SETSERVICES", "id": r.URL.Query().Get("id"), "info": map[string]any{"errorMessage": text, "reason": text}}
		return map[string]any{"results": []any{record}}
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
