package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTokensExpire(t *testing.T) {
	issuer := newTokenIssuer()
	assert.True(t, issuer.accepts("one", issuer.issue("one", time.Hour)))
	assert.False(t, issuer.accepts("other", issuer.issue("one", time.Hour)), "a token is good at one carrier")
	assert.False(t, issuer.accepts("one", issuer.issue("one", -time.Second)))
	issuer.issue("one", time.Hour)
	assert.Len(t, issuer.issued, 3, "expired tokens are forgotten")
}
