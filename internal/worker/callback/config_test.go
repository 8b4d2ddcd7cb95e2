package callback

import (
	"fmt"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/transport"
)

func TestFlagsAndVariables(t *testing.T) {
	t.Setenv("DISH_CALLBACK_WEBHOOK_SECRETS", keyA+","+keyB)
	t.Setenv("DISH_CALLBACK_PASSWORDS", `pa55word\,1,pa55word2`)
	t.Setenv("DISH_CALLBACK_USER", "dish")
	t.Setenv("DISH_CALLBACK_TOKENS", "t0ken")
	t.Setenv("DISH_CALLBACK_ALLOW_UNAUTHENTICATED", "true")
	var cli struct {
		Dish AuthConfig `embed:"" prefix:"dish-callback-" envprefix:"DISH_CALLBACK_"`
	}
	parser, err := kong.New(&cli)
	require.NoError(t, err)
	_, err = parser.Parse([]string{"--dish-callback-auth=standard-webhooks"})
	require.NoError(t, err)
	assert.Equal(t, AuthConfig{
		Auth: StandardWebhooks, AllowUnauthenticated: true, User: "dish",
		WebhookSecrets: []transport.Secret{keyA, keyB},
		Passwords:      []transport.Secret{"pa55word,1", "pa55word2"},
		Tokens:         []transport.Secret{"t0ken"},
	}, cli.Dish)
	shown := fmt.Sprintf("%v %+v %#v", cli.Dish, cli.Dish, cli.Dish)
	for _, secret := range []string{keyA, "pa55word", "t0ken"} {
		assert.NotContains(t, shown, secret)
	}
	_, err = parser.Parse([]string{"--dish-callback-auth=anything"})
	assert.Error(t, err)
}

func TestCheck(t *testing.T) {
	const everywhere = ":8090"
	signedWell := signedWith(keyA, keyB)
	for _, test := range []struct {
		name    string
		cfg     AuthConfig
		address string
		want    []string // in the error; none for no error
	}{
		{"none on loopback", AuthConfig{Auth: None}, "127.0.0.1:8090", nil},
		{"nothing said, on loopback", AuthConfig{}, "127.0.0.1:8090", nil},
		{"none on loopback by name", AuthConfig{Auth: None}, "localhost:0", nil},
		{"none on loopback of IPv6", AuthConfig{Auth: None}, "[::1]:8090", nil},
		{"none on all addresses", AuthConfig{Auth: None}, everywhere, []string{"DISH_CALLBACK_AUTH", "DISH_CALLBACK_ALLOW_UNAUTHENTICATED"}},
		{"nothing said, on all addresses", AuthConfig{}, "0.0.0.0:8090", []string{"DISH_CALLBACK_AUTH"}},
		{"none on all addresses of IPv6", AuthConfig{Auth: None}, "[::]:8090", []string{"DISH_CALLBACK_AUTH"}},
		{"none on a name", AuthConfig{Auth: None}, "localhost.example:8090", []string{"DISH_CALLBACK_AUTH"}},
		{"none on what is no address", AuthConfig{Auth: None}, "127.0.0.1", []string{"DISH_CALLBACK_AUTH"}},
		{"none on all addresses, allowed", AuthConfig{Auth: None, AllowUnauthenticated: true}, everywhere, nil},
		{"none with a secret", AuthConfig{Auth: None, Tokens: []transport.Secret{"t0ken"}}, "127.0.0.1:1", []string{"nothing checks", "DISH_CALLBACK_AUTH"}},
		{"unknown way", AuthConfig{Auth: "trust"}, everywhere, []string{`"trust"`, "DISH_CALLBACK_AUTH"}},
		{"keys", signedWell, everywhere, nil},
		{"no key", signedWith(), everywhere, []string{"DISH_CALLBACK_WEBHOOK_SECRETS"}},
		{"empty key", signedWith(keyA, keyPrefix), everywhere, []string{"key 2", "DISH_CALLBACK_WEBHOOK_SECRETS"}},
		{"short key", signedWith("whsec_pa55word"), everywhere, []string{"key 1", "24 bytes"}},
		{"key without its prefix", signedWith(transport.Secret(keyA[6:])), everywhere, []string{"key 1", "whsec_"}},
		{"keys that are not base64", signedWith("whsec_pa55word!", "whsec_%%"), everywhere, []string{"key 1", "key 2"}},
		{"password", AuthConfig{Auth: Basic, User: "dish", Passwords: []transport.Secret{"pa55word"}}, everywhere, nil},
		{"no user, no password", AuthConfig{Auth: Basic}, everywhere, []string{"DISH_CALLBACK_USER", "DISH_CALLBACK_PASSWORDS"}},
		{"user with a colon", AuthConfig{Auth: Basic, User: "a:b", Passwords: []transport.Secret{"pa55word"}}, everywhere, []string{"colon"}},
		{"empty password", AuthConfig{Auth: Basic, User: "dish", Passwords: []transport.Secret{"pa55word", ""}}, everywhere, []string{"password 2"}},
		{"token", AuthConfig{Auth: Bearer, Tokens: []transport.Secret{"t0ken"}}, everywhere, nil},
		{"no token", AuthConfig{Auth: Bearer}, everywhere, []string{"DISH_CALLBACK_TOKENS"}},
		{"empty token", AuthConfig{Auth: Bearer, Tokens: []transport.Secret{""}}, everywhere, []string{"token 1"}},
		{"token with a blank", AuthConfig{Auth: Bearer, Tokens: []transport.Secret{"t0ken x"}}, everywhere, []string{"token 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.cfg.Check("DISH_CALLBACK_", test.address)
			if test.want == nil {
				require.NoError(t, err)
				_, err = test.cfg.Authenticator()
				assert.NoError(t, err)
				return
			}
			for _, part := range test.want {
				assert.ErrorContains(t, err, part)
			}
			assert.NotContains(t, err.Error(), "pa55word")
			assert.NotContains(t, err.Error(), "t0ken")
		})
	}
}

func TestAuthenticatorRefusesWhatCannotAuthenticate(t *testing.T) {
	for _, cfg := range []AuthConfig{signedWith(keyPrefix), {Auth: Basic, User: "dish"}, {Auth: Bearer, Tokens: []transport.Secret{""}}, {Auth: "trust"}} {
		_, err := cfg.Authenticator()
		assert.Error(t, err, cfg.Auth)
	}
}
