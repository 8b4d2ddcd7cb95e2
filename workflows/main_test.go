package workflows

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// A workflow may end while an activity of it waits for its next attempt; the test environment leaves such a one behind.
func TestMain(m *testing.M) {
	skipExamplesWithoutServer()
	const environment = "go.temporal.io/sdk/internal.(*testWorkflowEnvironmentImpl)."
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction(environment+"ExecuteActivity.func2"),
		goleak.IgnoreAnyFunction(environment+"executeActivityWithRetryForTest"))
}

// skipExamplesWithoutServer leaves out the examples unless they are told where Temporal is. They talk to a real one, for
// which the end-to-end tests provide; to run them by hand against make run:
//
//	TEMPORAL_ADDRESS=127.0.0.1:7233 go test ./workflows -run '^Example' -v
func skipExamplesWithoutServer() {
	if os.Getenv("TEMPORAL_ADDRESS") != "" {
		return
	}
	flag.Parse()
	skip := "^Example"
	if given := flag.Lookup("test.skip").Value.String(); given != "" {
		skip = given + "|" + skip
	}
	if err := flag.Set("test.skip", skip); err != nil {
		panic(err)
	}
}
