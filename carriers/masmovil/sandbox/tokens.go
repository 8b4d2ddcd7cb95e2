package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// checkGrant accepts the grant of RFC 7523 that MasStack's guide on service accounts describes.
func (c *carrier) checkGrant(r *http.Request) *engine.TokenRefusal {
	if r.PostFormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		return &engine.TokenRefusal{Status: http.StatusBadRequest, Error: "unsupported_grant_type", Description: "want the jwt-bearer grant"}
	}
	key, err := c.cfg.publicKey()
	var id string
	if err == nil {
		id, err = checkAssertion(r.PostFormValue("assertion"), key, time.Now())
	}
	if err == nil && !c.world.firstUse(id) {
		err = errors.New("the assertion has been used before")
	}
	if err != nil {
		return &engine.TokenRefusal{Status: http.StatusBadRequest, Error: "invalid_grant", Description: err.Error()}
	}
	return nil
}

// firstUse reports whether an assertion with an id comes for the first time (RFC 7523, section 3: jti). One without an id
// always does.
func (w *world) firstUse(id string) bool {
	used := w.assertions[id]
	if id != "" {
		w.assertions[id] = true
	}
	return !used
}

// publicKey returns the key that verifies MásMóvil assertions, nil when none is set.
func (c Config) publicKey() (*rsa.PublicKey, error) {
	if len(c.PublicKey) == 0 {
		return nil, nil
	}
	block, _ := pem.Decode(c.PublicKey)
	if block == nil {
		return nil, errors.New("the MásMóvil public key is no PEM file")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the MásMóvil public key cannot be read: %w", err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the MásMóvil public key must be an RSA key")
	}
	return public, nil
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
