package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// tokenIssuer issues opaque tokens and knows them again.
type tokenIssuer struct {
	mu     sync.Mutex
	issued map[string]token
}

type token struct {
	carrier carriers.Carrier
	expires time.Time
}

func newTokenIssuer() *tokenIssuer { return &tokenIssuer{issued: map[string]token{}} }

func (i *tokenIssuer) issue(c carriers.Carrier, ttl time.Duration) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now()
	for text, t := range i.issued {
		if now.After(t.expires) {
			delete(i.issued, text)
		}
	}
	text := rand.Text()
	i.issued[text] = token{c, now.Add(ttl)}
	return text
}

func (i *tokenIssuer) accepts(c carriers.Carrier, text string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	t, known := i.issued[text]
	return known && t.carrier == c && time.Now().Before(t.expires)
}

// TokenRefusal is the answer to a token request that gets none (RFC 6749, section 5.2).
type TokenRefusal struct {
	Status      int    `json:"-"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// issueToken answers a token request.
func (s *Sandbox) issueToken(w http.ResponseWriter, r *http.Request, x exchange) Reply {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	// A form that cannot be read lacks its values, and the carrier refuses it for that.
	_ = r.ParseMultipartForm(maxRequest)
	var refused *TokenRefusal
	s.locked(func() { refused = x.operation.CheckGrant(r) })
	if refused != nil {
		return Reply{Status: refused.Status, Body: refused}
	}
	return Reply{
		Status: http.StatusOK, Header: map[string]string{"Cache-Control": "no-store"},
		Body: Object{
			"access_token": s.tokens.issue(x.carrier.Name, s.cfg.TokenTTL), "token_type": "Bearer",
			"expires_in": int(s.cfg.TokenTTL.Seconds()),
		},
	}
}

// unauthorized returns the refusal of a request without a valid credential, nil for a good one.
func (s *Sandbox) unauthorized(r *http.Request, x exchange) *Reply {
	if x.public() || s.ownCredential(r, x.carrier) && s.token(r, x.carrier) {
		return nil
	}
	refused := x.carrier.Refusal(http.StatusUnauthorized, "", unauthorizedText)
	return &refused
}

// ownCredential reports whether a request has the carrier's own credential.
func (s *Sandbox) ownCredential(r *http.Request, c *Carrier) (valid bool) {
	if c.Authorized == nil {
		return true
	}
	s.locked(func() { valid = c.Authorized(r) })
	return valid
}

// token reports whether a request has a token of this sandbox, where one is required.
func (s *Sandbox) token(r *http.Request, c *Carrier) bool {
	return !s.cfg.RequireTokens || !c.issuesTokens() || s.tokens.accepts(c.Name, BearerOf(r))
}

// BearerOf returns the bearer token of a request, empty if it has none.
func BearerOf(r *http.Request) string {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return text
}

// SameSecret compares a secret with what a request has, in constant time. An empty secret accepts everything.
func SameSecret(want, got string) bool {
	return want == "" || subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}
