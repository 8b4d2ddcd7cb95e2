package workflows

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	skipExamplesWithoutServer()
	goleak.VerifyTestMain(m)
}

// skipExamplesWithoutServer leaves out the examples unless TEMPORAL_ADDRESS is set. They need a real Temporal, which the
// end-to-end tests start; to run them by hand against make run:
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
