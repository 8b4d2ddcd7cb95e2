package register

import (
	"go.temporal.io/sdk/interceptor"

	"github.com/carrierflow/carrierflow/workflows/internal/webhooks"
)

// Webhooks is the interceptor with which a worker says which operation types have webhooks.
func Webhooks(wanted func(operation string) bool) interceptor.WorkerInterceptor {
	return webhooks.Interceptor(wanted)
}
