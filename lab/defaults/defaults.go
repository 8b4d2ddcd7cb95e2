// Package defaults is what every Temporal server for development has in common, the embedded one and that of the Temporal CLI: where it
// listens, and the settings in which it differs from a server for production.
package defaults

import (
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	// Host is the address everything listens on unless something else is asked for.
	Host = "127.0.0.1"
	// Port is where Temporal clients and workers expect the server.
	Port = 7233
	// UIPort is the port of the Web UI, the same as in the Temporal CLI.
	UIPort = 8233
	// Namespace is the namespace clients use when they name none.
	Namespace = "default"
	// Retention is how long closed workflows are kept.
	Retention = 7 * 24 * time.Hour
)

// Settings are the dynamic configuration where the server's own defaults, which are for clusters, do not fit, by their keys. Each value is
// a bool, a number, or a text such as 5s.
func Settings() map[string]any {
	return map[string]any{
		// A search attribute can be used as soon as it is registered, not a minute later.
		"system.forceSearchAttributesCacheRefreshOnRead": true,
		// Tests and people list and count workflows more than 10 times a second.
		"frontend.namespaceRPS.visibility": 100,
		// On a busy machine the server sometimes loses the notification that a workflow has closed. A client that waits for it
		// then waits for this long, not for 20 seconds.
		"history.longPollExpirationInterval": "5s",
		// 128000 cached workflows would need gigabytes.
		"history.hostLevelCacheMaxSize": 8192,
		// A shard looks for new tasks 20 times a second at most. A cluster has hundreds of them; here one does everything, and each
		// step of an operation would wait 25 ms for it.
		"history.transferProcessorMaxPollRPS": 1000,
		"history.timerProcessorMaxPollRPS":    1000,
		// Whether a version of a worker deployment is drained shows after seconds, not after up to six minutes.
		"matching.wv.VersionDrainageStatusVisibilityGracePeriod": "5s",
		"matching.wv.VersionDrainageStatusRefreshInterval":       "5s",
	}
}

// NewLogger writes a log to stderr, from the given level up, as readable lines.
func NewLogger(level zapcore.Level) *zap.Logger {
	config := zap.NewProductionConfig()
	config.Level.SetLevel(level)
	config.Encoding = "console"
	config.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	config.DisableCaller = true // the server adds its own
	config.DisableStacktrace = true
	return zap.Must(config.Build())
}
