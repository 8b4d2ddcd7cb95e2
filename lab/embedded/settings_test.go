package embedded_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/dynamicconfig"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

// The server ignores a key that it does not know, so a key that is misspelled has no effect.
func TestTheServerKnowsTheSettings(t *testing.T) {
	t.Parallel()
	known := map[string]any{
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key().String():      true,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key().String(): 100,
		dynamicconfig.HistoryLongPollExpirationInterval.Key().String():            "5s",
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key().String():                 8192,
		dynamicconfig.TransferProcessorMaxPollRPS.Key().String():                  1000,
		dynamicconfig.TimerProcessorMaxPollRPS.Key().String():                     1000,
		dynamicconfig.VersionDrainageStatusVisibilityGracePeriod.Key().String():   "5s",
		dynamicconfig.VersionDrainageStatusRefreshInterval.Key().String():         "5s",
	}
	given := map[string]any{}
	for key, value := range defaults.Settings() {
		given[strings.ToLower(key)] = value // the server takes every spelling
	}
	require.Equal(t, known, given)
}
