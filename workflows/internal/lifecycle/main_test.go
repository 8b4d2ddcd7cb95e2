package lifecycle

import (
	"testing"

	"go.uber.org/goleak"
)

// A workflow may end while one of its activities waits for its next attempt; the test environment leaves its goroutine running.
func TestMain(m *testing.M) {
	const environment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(environment+"ExecuteActivity.func2"),
		goleak.IgnoreAnyFunction(environment+"executeActivityWithRetryForTest"))
}
