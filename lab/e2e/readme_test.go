package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The programs in the README end as they say, also when they are run a second time: the reference is used then, and they
// wait for the first.
func TestReadmeProgramsRunTwice(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	program := func(language string) []byte {
		found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(readme)
		require.NotNil(t, found, language)
		require.Contains(t, string(found[1]), "127.0.0.1:7233")
		return []byte(strings.ReplaceAll(string(found[1]), "127.0.0.1:7233", world.Temporal))
	}
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "main.go")
		require.NoError(t, os.WriteFile(file, program("go"), 0o600))
		for range 2 {
			// Where the machine is slow, a check may have the word before the callback.
			require.Regexp(t, "Success (callback|check) shown", runIn(t, root, "go", "run", file))
		}
	})
	t.Run("TypeScript", func(t *testing.T) {
		t.Parallel()
		examples := filepath.Join(root, "docs", "examples", "typescript")
		install(t, examples)
		folder, err := os.MkdirTemp(examples, "readme-") // where the packages are found
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		require.NoError(t, os.WriteFile(filepath.Join(folder, "start.mjs"), program("js"), 0o600))
		for range 2 {
			require.Contains(t, runIn(t, folder, "node", "start.mjs"), "CarrierFailed ERROR")
		}
	})
}
