package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"
)

func TestDISHTokens(t *testing.T) {
	cfg := quick
	cfg.RequireTokens, cfg.DISHClientID, cfg.DISHClientSecret = true, "me", "secret"
	b := start(t, cfg)
	fetch := func(secret string) (*oauth2.Token, error) {
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, b.client)
		return (&clientcredentials.Config{ClientID: "me", ClientSecret: secret, TokenURL: b.url + "/dish/oauth/token"}).Token(ctx)
	}
	_, err := fetch("wrong")
	require.Error(t, err)
	token, err := fetch("secret")
	require.NoError(t, err)

	read := func(path, token string) int { return b.call("GET", path, "", "Authorization", "Bearer "+token).status }
	line := "/dish/subscription?iccid=" + iccid
	assert.Equal(t, 200, read(line, token.AccessToken))
	assert.Equal(t, 401, read(line, "made-up"))
	assert.Equal(t, 401, b.get(line).status)
	assert.Equal(t, 401, read(masLine("7"), token.AccessToken), "a token is good at one carrier")
	assert.Equal(t, 401, b.suspend("ref", iccid).status)
	assert.False(t, b.Ledger(Filter{Reference: "ref"})[0].Recorded)

	form := url.Values{"grant_type": {"password"}}.Encode()
	wrong := b.call("POST", "/dish/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, 400, wrong.status)
	assert.Equal(t, "unsupported_grant_type", wrong.field("error"))
}

func TestTokensExpire(t *testing.T) {
	m := newMint()
	assert.True(t, m.accepts("dish", m.issue("dish", time.Hour)))
	assert.False(t, m.accepts("dish", m.issue("dish", -time.Second)))
	m.issue("dish", time.Hour)
	assert.Len(t, m.issued, 2, "expired tokens are forgotten")
}

func TestMasMovilTokens(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	file := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})

	tests := []struct {
		name   string
		signer *rsa.PrivateKey
		verify []byte
		keyID  string
		// subject is required by RFC 7523, section 3.
		subject string
		good    bool
	}{
		{"verified", key, file, "k1", "worker@example.org", true},
		{"signed by somebody else", other, file, "k1", "worker@example.org", false},
		{"not verified", other, nil, "k1", "worker@example.org", true},
		{"no key id", key, file, "", "worker@example.org", false},
		{"no subject", key, file, "k1", "", false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			cfg := quick
			cfg.RequireTokens, cfg.MasMovilPublicKey = true, tc.verify
			require.NoError(t, cfg.Validate())
			b := start(t, cfg)
			private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(tc.signer)})
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, b.client)
			token, err := (&jwt.Config{
				Email: "worker@example.org", Subject: tc.subject, PrivateKey: private, PrivateKeyID: tc.keyID,
				TokenURL: b.url + "/masmovil/v1/oauth/token",
			}).TokenSource(ctx).Token()
			if !tc.good {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, 200, b.call("GET", masLine("7"), "", "Authorization", "Bearer "+token.AccessToken).status)
			assert.Equal(t, http.StatusUnauthorized, b.get(masLine("7")).status)
		})
	}
	b := start(t, quick)
	for _, assertion := range []string{"", "a.b", "a.b.c", "e30.e30.e30"} {
		form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}.Encode()
		got := b.call("POST", "/masmovil/v1/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
		assert.Equal(t, "invalid_grant", got.field("error"), assertion)
	}
}

func TestAssertionsExpire(t *testing.T) {
	part := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	claims := fmt.Sprintf(`{"iss":"worker@example.org","sub":"worker@example.org","jti":"a-1","exp":%d}`, now.Add(time.Hour).Unix())
	assertion := part([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + part([]byte(claims)) + "."
	id, err := checkAssertion(assertion, nil, now)
	assert.NoError(t, err)
	assert.Equal(t, "a-1", id)
	_, err = checkAssertion(assertion, nil, now.Add(2*time.Hour))
	assert.ErrorContains(t, err, "expired")
}

func TestAnAssertionIsTakenOnce(t *testing.T) {
	m := newMint()
	assert.Equal(t, []bool{true, false, true}, []bool{m.first("a-1"), m.first("a-1"), m.first("a-2")})
	assert.Equal(t, []bool{true, true}, []bool{m.first(""), m.first("")}, "an id is not required")
}
