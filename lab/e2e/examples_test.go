package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// root is the folder of the product's own module.
var root = filepath.Join("..", "..")

// The Go examples, which the package's documentation shows, run against a real server and print what they say.
func TestGoExamples(t *testing.T) {
	t.Parallel()
	once(t)
	takeSeat(t)
	source, err := os.ReadFile(filepath.Join(root, "workflows", "example_test.go"))
	require.NoError(t, err)
	examples := regexp.MustCompile(`(?m)^func (Example\w+)\(`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, examples)

	printed := runIn(t, root, "go", "test", "-count=1", "-v", "-run", "^Example", "./workflows")
	for _, example := range examples {
		require.Contains(t, printed, "--- PASS: "+string(example[1])+" (", "it did not run")
	}
}

// played are the examples that have run.
var played sync.Map

// once skips what has run before in this process, as with -count=3: the examples have fixed references, which work once.
func once(t *testing.T) {
	t.Helper()
	if _, before := played.LoadOrStore(t.Name(), true); before {
		t.Skip("it has run; its references are used")
	}
}

// runIn runs a program in a folder, with this stack's Temporal, and returns what it printed.
func runIn(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	return runFor(t, world.Stack, folder, name, args...)
}

// runFor is runIn with the Temporal of another stack.
func runFor(t *testing.T, s *stack.Stack, folder, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), s.StarterEnv()...)
	printed, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s:\n%s", cmd, printed)
	return string(printed)
}
