package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestATokenIsGoodAtOneCarrier(t *testing.T) {
	cfg := sandboxtest.Quick()
	cfg.RequireTokens = true
	b := start(t, cfg)
	token := fmt.Sprint(b.Call("POST", "/dish/oauth/token", "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded").Field("access_token"))
	read := func(path string) int { return b.Call("GET", path, "", "Authorization", "Bearer "+token).Status }
	assert.Equal(t, 200, read("/dish/subscription?iccid="+iccid))
	assert.Equal(t, 401, read(masLine("7")))
	assert.Equal(t, 200, b.Get("/stn/api/QuerySubscription?Id="+stnID).Status, "a carrier that issues no tokens wants none")
}
