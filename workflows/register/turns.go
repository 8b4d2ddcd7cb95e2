package register

import (
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/workflows/internal/turns"
)

// Turns is the interceptor with which a worker gives the turns of lines back when their runs are closed. Without it lines find out by
// themselves, which takes longer.
func Turns(temporal client.Client, t activities.Turns, log *zap.Logger) interceptor.WorkerInterceptor {
	return turns.Interceptor(turns.AfterClose(temporal, t, log))
}
