package sandbox

import (
	"context"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestDISHTokens(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.RequireTokens = true
	b := start(t, cfg, Config{ClientID: "me", ClientSecret: "secret"})
	fetch := func(secret string) (*oauth2.Token, error) {
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, b.Client)
		return (&clientcredentials.Config{ClientID: "me", ClientSecret: secret, TokenURL: b.URL + "/dish/oauth/token"}).Token(ctx)
	}
	_, err := fetch("wrong")
	require.Error(t, err)
	token, err := fetch("secret")
	require.NoError(t, err)

	read := func(path, token string) int { return b.Call("GET", path, "", "Authorization", "Bearer "+token).Status }
	line := "/dish/subscription?iccid=" + iccid
	assert.Equal(t, 200, read(line, token.AccessToken))
	assert.Equal(t, 401, read(line, "made-up"))
	assert.Equal(t, 401, b.Get(line).Status)
	assert.Equal(t, 401, b.suspend("ref", iccid).Status)
	assert.False(t, b.Ledger(engine.Filter{Reference: "ref"})[0].Recorded)

	form := url.Values{"grant_type": {"password"}}.Encode()
	wrong := b.Call("POST", "/dish/oauth/token", form, "Content-Type", "application/x-www-form-urlencoded")
	assert.Equal(t, 400, wrong.Status)
	assert.Equal(t, "unsupported_grant_type", wrong.Field("error"))
}
