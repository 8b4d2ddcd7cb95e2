package dish

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// defaults is the configuration of a worker that was told the base URL and nothing else.
func defaults(t testing.TB, base string) Config {
	t.Helper()
	var cfg Config
	require.NoError(t, kong.ApplyDefaults(&cfg))
	cfg.BaseURL = base
	return cfg
}

func TestFlagsAndVariables(t *testing.T) {
	t.Setenv("DISH_BASE_URL", "https://carrier.example/dish")
	t.Setenv("DISH_ACTIVATE_PATH", "/v5/activate")
	t.Setenv("DISH_CLIENT_SECRET", "s3cr3t")
	t.Setenv("DISH_PENDING_WORDS", "Queued,Running")
	t.Setenv("DISH_SUBSCRIPTION_CEASED_WORDS", "Terminated")
	t.Setenv("DISH_UNKNOWN_CODES", "E4,E5")
	var cli struct {
		DISH Config `embed:"" prefix:"dish-" envprefix:"DISH_"`
	}
	parser, err := kong.New(&cli)
	require.NoError(t, err)
	_, err = parser.Parse([]string{
		"--dish-auth=oauth2", "--dish-token-url=https://carrier.example/token", "--dish-client-id=me", "--dish-scopes=a,b",
		"--dish-reactivate-queryable", "--dish-wholesale-customer-id=920000108464",
	})
	require.NoError(t, err)
	cfg := cli.DISH
	assert.Equal(t, "https://carrier.example/dish", cfg.BaseURL)
	assert.Equal(t, "/v5/activate", cfg.ActivatePath)
	assert.Equal(t, OAuth2, cfg.Auth)
	assert.Equal(t, transport.Secret("s3cr3t"), cfg.ClientSecret)
	assert.Equal(t, []string{"a", "b"}, cfg.Scopes)
	assert.Equal(t, []string{"Queued", "Running"}, cfg.Words.Pending)
	assert.Equal(t, []string{"Success"}, cfg.Words.Done)
	assert.Equal(t, []string{"Terminated"}, cfg.Subscription.Ceased)
	assert.Equal(t, []string{"E4", "E5"}, cfg.Codes.Unknown)
	assert.Contains(t, cfg.Codes.Success, "OK")
	assert.True(t, cfg.ReactivateQueryable)
	assert.NoError(t, cfg.Check())
}

// A worker without DISH starts, because nobody checks what is not served; who wants it served is told what to set.
func TestWithoutABaseURLNothingIsServed(t *testing.T) {
	settings := Adapter().NewSettings()
	require.NoError(t, kong.ApplyDefaults(settings))
	assert.False(t, settings.Served())
	assert.ErrorContains(t, settings.Check(), "set DISH_BASE_URL")
	assert.NotContains(t, settings.Check().Error(), "\n", "everything else has a default")
	connection, err := settings.Connect(nil, nil)
	assert.ErrorContains(t, err, "set DISH_BASE_URL")
	assert.True(t, connection == nil, "and not a client that is nil")

	cfg := defaults(t, "http://127.0.0.1:8088/dish")
	assert.True(t, cfg.Served())
}

func TestConnect(t *testing.T) {
	cfg := defaults(t, "http://127.0.0.1:1/dish")
	cfg.OutageAfter, cfg.MaxConnections, cfg.Timeout = 1, 7, 3*time.Second
	var told []bool
	connection, err := cfg.Connect(nil, &carriers.Observer{Outage: func(began bool) { told = append(told, began) }})
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	assert.Equal(t, 7, connection.Slots())
	assert.Equal(t, 3*time.Second, connection.ExchangeTimeout())
	assert.Equal(t, 3*time.Second, cfg.CallTimeout())
	assert.Implements(t, (*carriers.CallbackReader)(nil), connection)

	bound, err := operation[carriers.ChangeOperation](t, UpdateBillCycle{}).Bind(connection, "ref-1", time.Now(), []byte(`{"gpsi":"15550100123"}`))
	require.NoError(t, err)
	_, err = bound.Send(t.Context())
	assert.Equal(t, carriers.Unreachable, carriers.ClassOf(err))
	assert.Equal(t, []bool{true}, told, "an outage is told to who asked for it")
}

func TestCheckNamesWhatToSet(t *testing.T) {
	require.NoError(t, defaults(t, "http://127.0.0.1:8088/dish").Check())
	for want, spoil := range map[string]func(*Config){
		"DISH_BASE_URL":                          func(c *Config) { c.BaseURL = "carrier.example" },
		"DISH_TIMEOUT":                           func(c *Config) { c.Timeout = -1 },
		"DISH_ACTIVATE_METHOD":                   func(c *Config) { c.ActivateMethod = "GET" },
		"DISH_UPDATE_STATUS_METHOD":              func(c *Config) { c.UpdateStatusMethod = "" },
		"DISH_UPDATE_BILL_CYCLE_PATH":            func(c *Config) { c.UpdateBillCyclePath = "subscription" },
		"DISH_QUERY_SUBSCRIPTION_METHOD":         func(c *Config) { c.QuerySubscriptionMethod = "DELETE" },
		"DISH_QUERY_SUBSCRIPTION_PATH":           func(c *Config) { c.QuerySubscriptionPath = "/subscription?v=5" },
		"DISH_TRANSACTION_STATUS_PATH":           func(c *Config) { c.TransactionStatusPath = "/transaction/status/{id}" },
		"DISH_CHANGE_NUMBER_METHOD":              func(c *Config) { c.ChangeNumberMethod = "GET" },
		"DISH_CHECK_SIM_METHOD":                  func(c *Config) { c.CheckSIMMethod = "PUT" },
		"DISH_CHECK_DEVICE_PATH":                 func(c *Config) { c.CheckDevicePath = "/compatibility?pei=" },
		"DISH_CHECK_PORT_IN_METHOD":              func(c *Config) { c.CheckPortInMethod = "GET" }, // it has a body
		"DISH_PORT_IN_ELIGIBLE_WORDS":            func(c *Config) { c.PortInEligibleWords = []string{"accept", "reject"} },
		"no status word: set DISH_PORT_IN":       func(c *Config) { c.PortInEligibleWords = nil },
		"DISH_AUTH":                              func(c *Config) { c.Auth = "basic" },
		"DISH_AUTH_HEADER":                       func(c *Config) { c.Auth, c.AuthHeader, c.AuthValue = HeaderAuth, "Api Key", "s3cr3t" },
		"DISH_AUTH_VALUE":                        func(c *Config) { c.Auth, c.AuthHeader, c.AuthValue = HeaderAuth, "Api-Key", "s3cr3t\n" },
		"DISH_TOKEN_URL":                         func(c *Config) { c.Auth, c.ClientID, c.ClientSecret = OAuth2, "me", "s3cr3t" },
		"DISH_CLIENT_ID":                         func(c *Config) { c.Auth, c.TokenURL, c.ClientSecret = OAuth2, "https://x/token", "s3cr3t" },
		"DISH_CLIENT_SECRET":                     func(c *Config) { c.Auth, c.TokenURL, c.ClientID = OAuth2, "https://x/token", "me" },
		"DISH_WHOLESALE_CUSTOMER_ID":             func(c *Config) { c.WholesaleCustomerID = "1234567890123" },
		"DISH_DONE_WORDS":                        func(c *Config) { c.Words.Done = nil },
		"DISH_PENDING_WORDS or DISH_DONE_WORDS":  func(c *Config) { c.Words.Done = append(c.Words.Done, "PENDING") },
		"DISH_SUBSCRIPTION_SUSPENDED_WORDS":      func(c *Config) { c.Subscription.Suspended = nil },
		"DISH_SUCCESS_CODES or DISH_REFUSAL_CO":  func(c *Config) { c.Codes.Refusal = []string{"ok"} },
		"DISH_UNKNOWN_CODES":                     func(c *Config) { c.Codes.Unknown = []string{""} },
		"DISH_DONE_WORDS or DISH_FAILED_WORDS":   func(c *Config) { c.Words.Failed = []string{" success "} },
		"ACTIVE_WORDS or DISH_SUBSCRIPTION_CEAS": func(c *Config) { c.Subscription.Ceased = []string{"active"} },
	} {
		cfg := defaults(t, "http://127.0.0.1:8088/dish")
		spoil(&cfg)
		err := cfg.Check()
		if assert.ErrorContains(t, err, want) {
			assert.NotContains(t, err.Error(), "\n", "one fault, one line")
			assert.NotContains(t, err.Error(), "s3cr3t")
		}
		_, err = newClient(cfg, nil)
		assert.ErrorContains(t, err, want)
	}

	err := Config{Options: transport.Options{BaseURL: "x"}}.Check()
	for _, variable := range []string{"DISH_BASE_URL", "DISH_ACTIVATE_PATH", "DISH_AUTH", "DISH_PENDING_WORDS"} {
		assert.ErrorContains(t, err, variable, "every fault is named at once")
	}
}

func TestALoggedConfigurationShowsNoSecret(t *testing.T) {
	cfg := defaults(t, "http://127.0.0.1:8088/dish")
	cfg.AuthValue, cfg.ClientSecret = "s3cr3t", "s3cr3t"
	core, logs := observer.New(zap.DebugLevel)
	zap.New(core).Info("starting", zap.Any("dish", cfg))
	logged, err := json.Marshal(logs.All()[0].ContextMap())
	require.NoError(t, err)
	for _, text := range []string{string(logged), fmt.Sprint(cfg), fmt.Sprintf("%+v %#v", cfg, cfg)} {
		assert.NotContains(t, text, "s3cr3t")
		assert.Contains(t, text, "/subscription/activate")
	}
}
