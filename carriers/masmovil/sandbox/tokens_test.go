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
	"golang.org/x/oauth2/jwt"

	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

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
			cfg := sandboxtest.Quick()
			cfg.RequireTokens = true
			own := Config{PublicKey: tc.verify}
			require.NoError(t, own.Validate())
			b := start(t, cfg, own)
			private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(tc.signer)})
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, b.Client)
			token, err := (&jwt.Config{
				Email: "worker@example.org", Subject: tc.subject, PrivateKey: private, PrivateKeyID: tc.keyID,
				TokenURL: b.URL + "/masmovil/v1/oauth/token",
			}).TokenSource(ctx).Token()
			if !tc.good {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, 200, b.Call("GET", masLine("7"), "", "Authorization", "Bearer "+token.AccessToken).Status)
			assert.Equal(t, http.StatusUnauthorized, b.Get(masLine("7")).Status)
		})
	}
	b := start(t, sandboxtest.Quick(), Config{})
	for _, assertion := range []string{"", "a.b", "a.b.c", "e30.e30.e30"} {
		form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}.Encode()
		got := b.Call("POST", "/masmovil/v1/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
		assert.Equal(t, "invalid_grant", got.Field("error"), assertion)
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

func TestAnAssertionIsAcceptedOnce(t *testing.T) {
	w := newWorld()
	assert.Equal(t, []bool{true, false, true}, []bool{w.firstUse("a-1"), w.firstUse("a-1"), w.firstUse("a-2")})
	assert.Equal(t, []bool{true, true}, []bool{w.firstUse(""), w.firstUse("")}, "an id is not required")
}

func TestAKeyThatIsNoPEMIsReported(t *testing.T) {
	assert.ErrorContains(t, Config{PublicKey: []byte("key")}.Validate(), "PEM")
	assert.NoError(t, Config{}.Validate())
}
