package masmovil

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
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

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestConfig(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	old := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(signingKey())}))
	account := func(key string) func(*Config) {
		return func(c *Config) {
			c.ServiceAccount, c.TokenURL = accountFile(t, key), "https://authn.example.test/token"
		}
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		wrong  []string
	}{
		"the defaults":                {func(*Config) {}, nil},
		"a service account":           {account(pkcs8(t, signingKey())), nil},
		"a key in its older form":     {account(old), nil},
		"a key of another kind":       {account(pkcs8(t, curve)), []string{"MASMOVIL_SERVICE_ACCOUNT"}},
		"no key":                      {account("secret"), []string{"MASMOVIL_SERVICE_ACCOUNT"}},
		"no such file":                {func(c *Config) { account("")(c); c.ServiceAccount = filepath.Join(t.TempDir(), "none") }, []string{"MASMOVIL_SERVICE_ACCOUNT"}},
		"a service account alone":     {func(c *Config) { c.ServiceAccount = "file" }, []string{"MASMOVIL_TOKEN_URL"}},
		"a token URL alone":           {func(c *Config) { c.TokenURL = "https://x.test" }, []string{"MASMOVIL_SERVICE_ACCOUNT"}},
		"no base URL":                 {func(c *Config) { c.BaseURL = "" }, []string{"MASMOVIL_BASE_URL"}},
		"a letter with two meanings":  {func(c *Config) { c.Risk.Denied = []string{"A"} }, []string{"MASMOVIL_RISK_DENIED"}},
		"a letter in two cases":       {func(c *Config) { c.Risk.Denied = []string{"a"} }, []string{"MASMOVIL_RISK_ACCEPTED or MASMOVIL_RISK_DENIED"}},
		"a code with two meanings":    {func(c *Config) { c.Codes.Duplicate = []string{"Bad_Request"} }, []string{"MASMOVIL_REFUSAL_CODES or MASMOVIL_DUPLICATE_CODES"}},
		"an empty letter":             {func(c *Config) { c.Risk.Accepted = []string{""} }, []string{"MASMOVIL_RISK_ACCEPTED"}},
		"a role over two lines":       {func(c *Config) { c.RolesHeader = "secret\nX: y" }, []string{"MASMOVIL_ROLES_HEADER"}},
		"fraud requests from nowhere": {func(c *Config) { c.FraudRequestsURL = "secret" }, []string{"MASMOVIL_FRAUD_REQUESTS_URL"}},
		"barrings from nowhere":       {func(c *Config) { c.BarringsURL = "secret" }, []string{"MASMOVIL_BARRINGS_URL"}},
		"tariffs from nowhere":        {func(c *Config) { c.SubscriptionsURL = "secret" }, []string{"MASMOVIL_SUBSCRIPTIONS_URL"}},
		"a status with two meanings":  {func(c *Config) { c.Tariff.Failed = []string{"processed"} }, []string{"MASMOVIL_TARIFF_FAILED"}},
		"masks of no line":            {func(c *Config) { c.AppliedMasksPath = "/secret" }, []string{"MASMOVIL_APPLIED_MASKS_PATH"}},
		"every fault at once": {
			func(c *Config) {
				c.SIMReplacementMethod, c.SIMReplacementPath, c.RechargesPath, c.Timeout = "GET", "/orgs/{orgId}", "orgs/{orgId}/{subscriptionId}", -1
				c.ProductChangeMethod, c.ProductChangePath = "", ""
			},
			[]string{"MASMOVIL_PRODUCT_CHANGE_METHOD", "MASMOVIL_PRODUCT_CHANGE_PATH", "MASMOVIL_SIM_REPLACEMENT_METHOD", "MASMOVIL_SIM_REPLACEMENT_PATH", "MASMOVIL_RECHARGES_PATH", "MASMOVIL_TIMEOUT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := defaults(t)
			config.BaseURL = "https://customers.example.test/v2"
			tc.change(&config)
			client, err := newClient(config, nil)
			if tc.wrong == nil {
				require.NoError(t, err)
				client.Close()
				return
			}
			for _, want := range tc.wrong {
				require.ErrorContains(t, err, want)
			}
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	require.False(t, Config{}.Served(), "a worker that does not serve MásMóvil has nothing to set")
}

func TestConfigFromTheEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"MASMOVIL_BASE_URL": "https://customers.example.test/v2", "MASMOVIL_RISK_DENIED": "D,X", "MASMOVIL_SCOPES": "a,b",
		"MASMOVIL_FRAUD_REQUESTS_URL": "https://subscriptions.example.test/v1", "MASMOVIL_SERVICE_ACCOUNT": "file",
		"MASMOVIL_TOKEN_URL": "https://authn.example.test/token", "MASMOVIL_AUDIENCE": "aud", "MASMOVIL_SUBJECT": "sub",
	} {
		t.Setenv(name, value)
	}
	var cli struct {
		MasMovil Config `embed:"" prefix:"masmovil-" envprefix:"MASMOVIL_"`
	}
	require.NoError(t, kong.ApplyDefaults(&cli))
	config := cli.MasMovil
	require.NoError(t, config.Check())
	assert.Equal(t, "https://customers.example.test/v2", config.BaseURL)
	assert.Equal(t, "https://subscriptions.example.test/v1", config.FraudRequestsURL)
	assert.Equal(t, Risk{Accepted: []string{"A"}, Denied: []string{"D", "X"}, Review: []string{"R"}}, config.Risk)
	assert.Equal(t, Grant{
		ServiceAccount: "file", TokenURL: "https://authn.example.test/token", Audience: "aud", Subject: "sub", Scopes: []string{"a", "b"},
	}, config.Grant)
	assert.Equal(t, "/orgs/{orgId}/subscriptions/{subscriptionId}/sim_replacement", config.SIMReplacementPath)
}

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

func (p *platform) client(change ...func(*Config)) *client {
	config := defaults(p.t)
	config.BaseURL, config.FraudRequestsURL = p.server.URL+"/masmovil/v2", p.server.URL+"/masmovil/subscriptions/v1"
	config.TokenURL = p.server.URL + "/masmovil/v1/oauth/token"
	config.Scopes = []string{"subscriptions", "devices"}
	config.ServiceAccount = accountFile(p.t, pkcs8(p.t, signingKey()))
	for _, c := range change {
		c(&config)
	}
	client, err := newClient(config, nil)
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

func replaceSIM(t *testing.T, c *client) error {
	no := false
	_, err := c.replaceSIM(t.Context(), asked(ReplaceSIM{Line: line, DealerID: "D", Logistic: &no}))
	return err
}

func TestGrant(t *testing.T) {
	t.Run("one token for many calls to both APIs", func(t *testing.T) {
		p := newPlatform(t, &platform{good: "token-1"})
		client := p.client()
		require.NoError(t, replaceSIM(t, client))
		require.NoError(t, replaceSIM(t, client))
		_, _, err := client.riskDecision(t.Context(), "r-1", line)
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
