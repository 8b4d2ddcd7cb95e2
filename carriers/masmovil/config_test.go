package masmovil

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		"every fault at once": {
			func(c *Config) {
				c.SIMReplacementMethod, c.SIMReplacementPath, c.RechargesPath, c.Timeout = "GET", "/orgs/{orgId}", "orgs/{orgId}/{subscriptionId}", -1
			},
			[]string{"MASMOVIL_SIM_REPLACEMENT_METHOD", "MASMOVIL_SIM_REPLACEMENT_PATH", "MASMOVIL_RECHARGES_PATH", "MASMOVIL_TIMEOUT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := defaults(t)
			config.BaseURL = "https://customers.example.test/v2"
			tc.change(&config)
			client, err := New(config, nil)
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
	require.NoError(t, Config{}.Validate(), "a worker that does not serve MásMóvil has nothing to set")
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
	require.NoError(t, config.Validate())
	assert.Equal(t, "https://customers.example.test/v2", config.BaseURL)
	assert.Equal(t, "https://subscriptions.example.test/v1", config.FraudRequestsURL)
	assert.Equal(t, Risk{Accepted: []string{"A"}, Denied: []string{"D", "X"}, Review: []string{"R"}}, config.Risk)
	assert.Equal(t, Grant{
		ServiceAccount: "file", TokenURL: "https://authn.example.test/token", Audience: "aud", Subject: "sub", Scopes: []string{"a", "b"},
	}, config.Grant)
	assert.Equal(t, "/orgs/{orgId}/subscriptions/{subscriptionId}/sim_replacement", config.SIMReplacementPath)
}
