package transport

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestCheckNamesEveryFaultAndWhatToSet(t *testing.T) {
	for _, base := range []string{"http://127.0.0.1:8088/stn", "https://carrier.example/", "https://[::1]:8443"} {
		assert.NoError(t, Options{BaseURL: base}.Check("STN_"), base)
	}
	for _, base := range []string{"", "carrier.example", "ftp://carrier.example", "http://", "http://:8088", "http://%zz", "://x"} {
		assert.ErrorContains(t, Options{BaseURL: base}.Check("STN_"), "set STN_BASE_URL", base)
	}
	for _, base := range []string{"http://user:s3cr3t@carrier.example", "http://carrier.example?key=s3cr3t", "http://carrier.example#s3cr3t"} {
		err := Options{BaseURL: base}.Check("STN_")
		require.ErrorContains(t, err, "set STN_BASE_URL")
		assert.NotContains(t, err.Error(), "s3cr3t")
	}
	err := Options{Timeout: -1, MaxConnections: -1, OutageAfter: -1, ProbeEvery: -1}.Check("DISH_")
	for _, variable := range []string{"DISH_BASE_URL", "DISH_TIMEOUT", "DISH_MAX_CONNECTIONS", "DISH_OUTAGE_AFTER", "DISH_PROBE_EVERY"} {
		assert.ErrorContains(t, err, variable)
	}
	_, err = New("masmovil", Options{}, nil, byStatus, nil)
	assert.ErrorContains(t, err, "set MASMOVIL_BASE_URL")
}

func TestZeroMeansTheDefaultOfTheTags(t *testing.T) {
	var tagged Options
	require.NoError(t, kong.ApplyDefaults(&tagged))
	assert.Equal(t, defaultTimeout, tagged.Timeout)
	assert.Equal(t, defaultMaxConnections, tagged.MaxConnections)
	assert.Equal(t, defaultOutageAfter, tagged.OutageAfter)
	assert.Equal(t, defaultProbeEvery, tagged.ProbeEvery)

	assert.Equal(t, defaultTimeout, Options{}.CallTimeout(), "who stops a worker waits for it, even where it was set to 0")
	assert.Equal(t, time.Second, Options{Timeout: time.Second}.CallTimeout())
	assert.False(t, Options{}.Served())
	assert.True(t, Options{BaseURL: "carrier.example"}.Served(), "a wrong address is set too")

	c, err := New("dish", Options{BaseURL: "http://carrier.invalid"}, nil, byStatus, nil)
	require.NoError(t, err)
	assert.Equal(t, defaultTimeout, c.http.GetClient().Timeout, "no call is without a timeout")
	pool := c.http.GetClient().Transport.(*http.Transport)
	assert.Equal(t, defaultMaxConnections, pool.MaxIdleConnsPerHost)
	assert.Equal(t, defaultMaxConnections, c.Slots())
	assert.Equal(t, defaultTimeout, Options{}.ExchangeTimeout())
	assert.Equal(t, time.Second, Options{Timeout: time.Second}.ExchangeTimeout())
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "-1e999": 0, "soon": 0, "NaN": 0, "7 seconds": 0,
		"1": time.Second, " 120 ": 2 * time.Minute, "1.5": 1500 * time.Millisecond, "0.25": 250 * time.Millisecond, "1e2": 100 * time.Second,
		"86401": maxRetryAfter, "18446744073709551615": maxRetryAfter, "99999999999999999999999": maxRetryAfter, "1e999": maxRetryAfter,
		"Fri, 15 Mar 2024 12:00:30 GMT": 30 * time.Second,
		"Fri, 15 Mar 2024 11:59:59 GMT": 0,
		"Mon, 15 Mar 2094 12:00:00 GMT": maxRetryAfter,
	} {
		assert.Equal(t, want, retryAfter(value, now), value)
	}
}

func TestASecretNeverShows(t *testing.T) {
	type settings struct {
		Key   Secret
		Inner struct{ Key Secret }
	}
	s := settings{Key: "s3cr3t"}
	s.Inner.Key = "s3cr3t"
	core, logs := observer.New(zap.DebugLevel)
	zap.New(core).Info("settings", zap.Any("settings", s), zap.Any("key", s.Key))
	marshalled, err := json.Marshal(s)
	require.NoError(t, err)
	logged, err := json.Marshal(logs.All()[0].ContextMap())
	require.NoError(t, err)
	texts := []string{string(marshalled), string(logged)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, s.Key))
	}
	for _, text := range texts {
		assert.NotContains(t, text, "s3cr3t")
		assert.NotContains(t, text, "733363723374", "nor in hexadecimal")
		assert.Contains(t, text, hidden)
	}
	assert.Equal(t, "", fmt.Sprint(Secret("")), "that nothing is set may show")
	assert.Equal(t, "s3cr3t", string(s.Key))
}
