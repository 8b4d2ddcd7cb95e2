package embedded

import (
	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// NewLogger writes a server's log to stderr, from the given level up, as readable lines.
func NewLogger(level zapcore.Level) *zap.Logger {
	config := zap.NewProductionConfig()
	config.Level.SetLevel(level)
	config.Encoding = "console"
	config.EncoderConfig.EncodeTime = zapcore.ISO8601TimeEncoder
	config.DisableCaller = true // the server adds its own
	config.DisableStacktrace = true
	return zap.Must(config.Build())
}

// hushable is the server's log, which can be silenced.
type hushable struct {
	log.Logger
	level zap.AtomicLevel
}

func newHushable(logger *zap.Logger) hushable {
	if logger == nil {
		logger = NewLogger(zap.ErrorLevel)
	}
	level := zap.NewAtomicLevelAt(logger.Level())
	return hushable{Logger: log.NewZapLogger(logger.WithOptions(zap.IncreaseLevel(level))), level: level}
}

// hush silences everything but a fatal error.
func (h hushable) hush() { h.level.SetLevel(zapcore.FatalLevel) }
