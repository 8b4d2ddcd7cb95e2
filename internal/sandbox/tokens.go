package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// mint issues opaque tokens and knows them again.
type mint struct {
	mu     sync.Mutex
	issued map[string]token
	// assertions are the ids of those that have been used.
	assertions map[string]bool
}

type token struct {
	carrier carriers.Carrier
	expires time.Time
}

func newMint() *mint { return &mint{issued: map[string]token{}, assertions: map[string]bool{}} }

// first reports whether an assertion with an id comes for the first time (RFC 7523, section 3: jti). One without an id always does.
func (m *mint) first(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := m.assertions[id]
	if id != "" {
		m.assertions[id] = true
	}
	return !seen
}

func (m *mint) issue(c carriers.Carrier, ttl time.Duration) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for text, t := range m.issued {
		if now.After(t.expires) {
			delete(m.issued, text)
		}
	}
	text := rand.Text()
	m.issued[text] = token{c, now.Add(ttl)}
	return text
}

func (m *mint) accepts(c carriers.Carrier, text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, known := m.issued[text]
	return known && t.carrier == c && time.Now().Before(t.expires)
}

// unauthorized returns the refusal of a request without a valid credential, nil for a good one.
func (s *Sandbox) unauthorized(r *http.Request, x exchange) *reply {
	var valid bool
	switch {
	case x.public:
		valid = true
	case x.carrier == carriers.STN:
		valid = s.cfg.STNAPIKey == "" || same(s.cfg.STNAPIKey, r.Header.Get("stn-api-key"))
	case s.cfg.RequireTokens:
		scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		valid = strings.EqualFold(scheme, "Bearer") && s.mint.accepts(x.carrier, text)
	default:
		valid = true
	}
	if valid {
		return nil
	}
	refused := refusal(x.carrier, http.StatusUnauthorized, "the credential is missing or not valid")
	return &refused
}

// dishToken serves client credentials, the guess about DISH's authentication.
func (s *Sandbox) dishToken(w http.ResponseWriter, r *http.Request) {
	s.token(w, r, carriers.DISH, func() *oauthError {
		if r.PostFormValue("grant_type") != "client_credentials" {
			return &oauthError{"unsupported_grant_type", "want client_credentials", http.StatusBadRequest}
		}
		id, secret, basic := r.BasicAuth()
		if !basic {
			id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
		}
		if s.cfg.DISHClientID != "" && !same(s.cfg.DISHClientID, id) || s.cfg.DISHClientSecret != "" && !same(s.cfg.DISHClientSecret, secret) {
			return &oauthError{"invalid_client", "unknown client or wrong secret", http.StatusUnauthorized}
		}
		return nil
	})
}

// masmovilToken serves the grant of RFC 7523 that MasStack's guide on service accounts describes.
func (s *Sandbox) masmovilToken(w http.ResponseWriter, r *http.Request) {
	s.token(w, r, carriers.MasMovil, func() *oauthError {
		if r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
			return &oauthError{"unsupported_grant_type", "want the jwt-bearer grant", http.StatusBadRequest}
		}
		key, err := s.cfg.publicKey()
		var id string
		if err == nil {
			id, err = checkAssertion(r.PostFormValue("assertion"), key, time.Now())
		}
		if err == nil && !s.mint.first(id) {
			err = errors.New("the assertion has been used before")
		}
		if err != nil {
			return &oauthError{"invalid_grant", err.Error(), http.StatusBadRequest}
		}
		return nil
	})
}

type oauthError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
	status      int
}

func (s *Sandbox) token(w http.ResponseWriter, r *http.Request, c carriers.Carrier, check func() *oauthError) {
	s.serve(w, r, exchange{carrier: c, operation: opToken, public: true, read: func() reply {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		if refused := check(); refused != nil {
			return reply{status: refused.status, body: refused}
		}
		return reply{
			status: http.StatusOK, header: map[string]string{"Cache-Control": "no-store"},
			body: fields{
				"access_token": s.mint.issue(c, s.cfg.TokenTTL), "token_type": "Bearer",
				"expires_in": int(s.cfg.TokenTTL.Seconds()),
			},
		}
	}})
}

// checkAssertion reads a signed JWT and returns its id, if it has one: RS256 with a key id, not expired, with an issuer and a
// subject (RFC 7523, section 3). Without a key the signature is not verified.
func checkAssertion(assertion string, key *rsa.PublicKey, now time.Time) (id string, err error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "", errors.New("the assertion is no signed JWT")
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss string  `json:"iss"`
		Sub string  `json:"sub"`
		Jti string  `json:"jti"`
		Exp float64 `json:"exp"`
	}
	for i, into := range []any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return "", fmt.Errorf("part %d of the assertion cannot be read", i+1)
		}
	}
	switch {
	case header.Alg != "RS256" || header.Kid == "":
		return "", errors.New("the assertion must be signed with RS256 and name its key")
	case claims.Iss == "" || claims.Sub == "" || time.Unix(int64(claims.Exp), 0).Before(now):
		return "", errors.New("the assertion has no issuer or no subject, or has expired")
	case key == nil:
		return claims.Jti, nil
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", errors.New("the signature cannot be read")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return "", errors.New("the signature is not that of the configured key")
	}
	return claims.Jti, nil
}

func same(want, got string) bool { return subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1 }
