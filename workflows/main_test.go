package workflows

import (
	"testing"

	"go.uber.org/goleak"
)

// A workflow may end while an activity of it waits for its next attempt; the test environment leaves such a one behind.
func TestMain(m *testing.M) {
	const environment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(environment+"ExecuteActivity.func2"),
		goleak.IgnoreAnyFunction(environment+"executeActivityWithRetryForTest"))
}
