package embedded

import (
	"go.temporal.io/server/common/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

// hushable is the server's log, which can be silenced.
type hushable struct {
	log.Logger
	level zap.AtomicLevel
}

func newHushable(logger *zap.Logger) hushable {
	if logger == nil {
		logger = defaults.NewLogger(zap.ErrorLevel)
	}
	level := zap.NewAtomicLevelAt(logger.Level())
	return hushable{Logger: log.NewZapLogger(logger.WithOptions(zap.IncreaseLevel(level))), level: level}
}

// hush silences everything but a fatal error.
func (h hushable) hush() { h.level.SetLevel(zapcore.FatalLevel) }
