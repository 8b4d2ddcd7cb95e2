package service

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func parsed(t *testing.T, args ...string) Config {
	t.Helper()
	cfg, err := Parse(args)
	require.NoError(t, err)
	return cfg
}

func TestCheckNamesEveryFault(t *testing.T) {
	err := parsed(t, "--dish-base-url=nonsense", "--dish-callback-auth=bearer", "--stn-base-url=http://127.0.0.1:1", "--masmovil-per-second=0", "--no-line-order=dish,stn.Nonsense", "--workflow-cache=0").Check()
	for _, variable := range []string{"DISH_BASE_URL", "DISH_CALLBACK_TOKENS", "STN_API_KEY", "MASMOVIL_PER_SECOND", "CARRIERFLOW_LINE_KEY", "CARRIERFLOW_WORKFLOW_CACHE", `"stn.Nonsense" is neither a carrier nor an operation type`} {
		require.ErrorContains(t, err, variable)
	}
	require.NoError(t, parsed(t, "--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--line-key=secret").Check(), "one carrier is enough")
}

// Without a secret there is no order, which has to be said.
func TestALineKeyIsNeededForTheOrderOfALine(t *testing.T) {
	served := []string{"--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k"}
	require.ErrorContains(t, parsed(t, served...).Check(), "CARRIERFLOW_LINE_KEY")
	require.ErrorContains(t, parsed(t, append(served, "--line-key=k", "--line-key-previous=k")...).Check(), "CARRIERFLOW_LINE_KEY_PREVIOUS")
	require.ErrorContains(t, parsed(t, append(served, "--line-key-previous=k")...).Check(), "CARRIERFLOW_LINE_KEY_PREVIOUS")
	require.NoError(t, parsed(t, append(served, "--line-key=k", "--line-key-previous=j", "--lost-time=2026-11-26T10:00:00Z/2026-11-26T11:30:00Z")...).Check())
	require.ErrorContains(t, parsed(t, append(served, "--no-line-order=stn.SetServices")...).Check(), "CARRIERFLOW_LINE_KEY", "the others are in order")
	require.NoError(t, parsed(t, append(served, "--no-line-order=stn")...).Check())
}

func TestCallbacksFromAnywhereMustBeAuthenticated(t *testing.T) {
	open := []string{"--dish-base-url=http://127.0.0.1:1", "--callback-address=0.0.0.0:8090", "--line-key=secret"}
	require.ErrorContains(t, parsed(t, open...).Check(), "DISH_CALLBACK_AUTH")
	require.NoError(t, parsed(t, append(open, "--dish-callback-allow-unauthenticated")...).Check())
}

func TestStopTimeoutIsAboveTheLongestCall(t *testing.T) {
	require.Equal(t, 25*time.Second, parsed(t, "--dish-timeout=5s", "--stn-timeout=20s").stopTimeout())
	require.Equal(t, time.Minute, parsed(t, "--stop-timeout=1m").stopTimeout())
}
