package register

import (
	"go.temporal.io/sdk/interceptor"

	"github.com/carrierflow/carrierflow/workflows/internal/measures"
)

// Observer is told what happens to operations, for metrics.
type Observer = measures.Observer

// End is how a run has ended.
type End = measures.End

// Measures is the interceptor with which a worker reports what happens to operations.
func Measures(observer Observer) interceptor.WorkerInterceptor { return measures.Interceptor(observer) }
