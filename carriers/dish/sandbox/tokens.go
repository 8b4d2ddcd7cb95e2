package sandbox

import (
	"net/http"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// checkGrant accepts client credentials, the guess about DISH's authentication.
func (c *carrier) checkGrant(r *http.Request) *engine.TokenRefusal {
	if r.PostFormValue("grant_type") != "client_credentials" {
		return &engine.TokenRefusal{Status: http.StatusBadRequest, Error: "unsupported_grant_type", Description: "want client_credentials"}
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if !engine.SameSecret(c.cfg.ClientID, id) || !engine.SameSecret(c.cfg.ClientSecret, secret) {
		return &engine.TokenRefusal{Status: http.StatusUnauthorized, Error: "invalid_client", Description: "unknown client or wrong secret"}
	}
	return nil
}
