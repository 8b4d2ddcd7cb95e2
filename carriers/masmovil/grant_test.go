package masmovil

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// platform is a token endpoint that checks assertions as RFC 7523 says, and an API that knows one good token.
type platform struct {
	t            *testing.T
	good         string // the token the API takes
	refuse       int    // status with which the token endpoint refuses; 0 grants
	audience     string // of the assertion; the token URL when empty
	subject      string // of the assertion; the issuer when empty
	server       *httptest.Server
	mu           sync.Mutex
	tokens, seen []string // tokens handed out, tokens shown to the API
	ids          []string // of the assertions
}

func newPlatform(t *testing.T, p *platform) *platform {
	p.t = t
	mux := http.NewServeMux()
	mux.HandleFunc("POST /masmovil/v1/oauth/token", p.token)
	mux.HandleFunc("/masmovil/", p.api)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *platform) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Equal(p.t, "urn:ietf:params:oauth:grant-type:jwt-bearer", r.PostFormValue("grant_type"))
	var header, claims map[string]any
	parts := strings.Split(r.PostFormValue("assertion"), ".")
	if !assert.Len(p.t, parts, 3) {
		return
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		assert.NoError(p.t, err)
		assert.NoError(p.t, json.Unmarshal(raw, into))
	}
	assert.Equal(p.t, map[string]any{"alg": "RS256", "typ": "JWT", "kid": "kid-7"}, header)
	assert.Equal(p.t, "worker@example.test", claims["iss"])
	assert.Equal(p.t, "subscriptions devices", claims["scope"])
	if p.audience == "" {
		p.audience = p.server.URL + "/masmovil/v1/oauth/token"
	}
	assert.Equal(p.t, p.audience, claims["aud"])
	assert.Equal(p.t, cmp.Or(p.subject, "worker@example.test"), claims["sub"])
	now := float64(time.Now().Unix())
	assert.Greater(p.t, claims["exp"], now)
	assert.LessOrEqual(p.t, claims["exp"], now+3600)
	assert.LessOrEqual(p.t, claims["iat"], now)
	id, _ := claims["jti"].(string)
	assert.NotEmpty(p.t, id)
	assert.NotContains(p.t, p.ids, id, "every assertion has an id of its own")
	p.ids = append(p.ids, id)
	assert.Len(p.t, claims, 7, "iss, sub, aud, iat, exp, jti, scope")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	assert.NoError(p.t, err)
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	assert.NoError(p.t, rsa.VerifyPKCS1v15(&signingKey().PublicKey, crypto.SHA256, sum[:], signature))

	if p.refuse != 0 {
		w.WriteHeader(p.refuse)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"worker@example.test is unknown"}`)
		return
	}
	p.tokens = append(p.tokens, fmt.Sprintf("token-%d", len(p.tokens)+1))
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, p.tokens[len(p.tokens)-1])
}

func (p *platform) api(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.seen = append(p.seen, shown)
	if shown != p.good {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/fraud_requests") {
		_, _ = io.WriteString(w, `[]`)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (p *platform) client(change ...func(*Config)) *Client {
	config := defaults(p.t)
	config.BaseURL, config.FraudRequestsURL = p.server.URL+"/masmovil/v2", p.server.URL+"/masmovil/subscriptions/v1"
	config.TokenURL = p.server.URL + "/masmovil/v1/oauth/token"
	config.Scopes = []string{"subscriptions", "devices"}
	config.ServiceAccount = accountFile(p.t, pkcs8(p.t, signingKey()))
	for _, c := range change {
		c(&config)
	}
	client, err := New(config, nil)
	require.NoError(p.t, err)
	p.t.Cleanup(client.Close)
	return client
}

func pkcs8(t *testing.T, key any) string {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func accountFile(t *testing.T, key string) string {
	file := filepath.Join(t.TempDir(), "account.json")
	content, err := json.Marshal(map[string]any{
		"private_key_id": "kid-7", "private_key": key, "client_email": "worker@example.test", "further": []int{1},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}

func replaceSIM(t *testing.T, c *Client) error {
	no := false
	_, err := c.ReplaceSIM(t.Context(), "r-1", line, Origin{}, SIMReplacement{DealerID: "D", Logistic: &no})
	return err
}

func TestGrant(t *testing.T) {
	t.Run("one token for many calls to both APIs", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-1"})
		client := p.client()
		require.NoError(t, replaceSIM(t, client))
		require.NoError(t, replaceSIM(t, client))
		_, _, err := client.RiskDecision(t.Context(), "r-1", line)
		require.NoError(t, err)
		assert.Equal(t, []string{"token-1"}, p.tokens)
		assert.Equal(t, []string{"token-1", "token-1", "token-1"}, p.seen)
	})
	t.Run("a refused token is renewed once and the call repeated once", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-2"})
		require.NoError(t, replaceSIM(t, p.client()))
		assert.Equal(t, []string{"token-1", "token-2"}, p.tokens)
		assert.Equal(t, p.tokens, p.seen)
	})
	t.Run("a second refusal is final", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "another"})
		assert.Equal(t, carriers.Unauthorized, carriers.ClassOf(replaceSIM(t, p.client())))
		assert.Equal(t, []string{"token-1", "token-2"}, p.tokens)
		assert.Equal(t, p.tokens, p.seen)
	})
	t.Run("an audience of its own", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-1", audience: "https://authn.example.test"})
		require.NoError(t, replaceSIM(t, p.client(func(c *Config) { c.Audience = "https://authn.example.test" })))
	})
	t.Run("a subject of its own", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-1", subject: "user@example.test"})
		require.NoError(t, replaceSIM(t, p.client(func(c *Config) { c.Subject = "user@example.test" })))
	})
	t.Run("every assertion has an id of its own", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-2"})
		require.NoError(t, replaceSIM(t, p.client()))
		assert.Len(t, p.ids, 2)
	})
	for status, class := range map[int]carriers.Class{400: carriers.Unauthorized, 503: carriers.Unreachable} {
		t.Run(fmt.Sprintf("no token, HTTP %d", status), func(t *testing.T) {
			p := newPlatform(t, &platform{refuse: status})
			err := replaceSIM(t, p.client())
			assert.Equal(t, class, carriers.ClassOf(err))
			assert.NotContains(t, err.Error(), "example.test")
			assert.Contains(t, err.Error(), "the token endpoint "+strings.TrimPrefix(p.server.URL, "http://")+"/masmovil/v1/oauth/token: ")
			assert.Contains(t, err.Error(), "invalid_grant", "the endpoint's reason")
			assert.Empty(t, p.seen, "nothing was sent")
		})
	}
	t.Run("no service account, no header", func(t *testing.T) {
		p := newPlatform(t, &platform{})
		require.NoError(t, replaceSIM(t, p.client(func(c *Config) { c.ServiceAccount, c.TokenURL = "", "" })))
		assert.Empty(t, p.tokens)
	})
}
