package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/subject"
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
		folder := ownModule(t, program("go"))
		for range 2 {
			// Where the machine is slow, a check may have the word before the callback.
			require.Regexp(t, "Success (callback|check) shown", runIn(t, folder, "go", "run", "."))
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

// A program outside of this repository, with a module of its own, has all it needs in the packages that anybody may import.
func TestAnotherModuleStartsAnOperation(t *testing.T) {
	t.Parallel()
	takeSeat(t)
	source, err := os.ReadFile(filepath.Join("testdata", "shop", "main.go"))
	require.NoError(t, err)
	s := subject.Of("stn.SetServices")
	ref, line := reference(t), fresh(s, subject.Ordinary)
	require.Equal(t, "DONE check shown ended\n", runIn(t, ownModule(t, source), "go", "run", ".", ref, line))
	require.Equal(t, 1, recorded(t, string(s.Carrier()), line))
}

// ownModule is the folder of a module with one program, which requires this product as it is here. Of what the product requires
// itself, it takes the same versions.
func ownModule(t *testing.T, program []byte) string {
	t.Helper()
	const product = "github.com/carrierflow/carrierflow"
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "main.go"), program, 0o600))
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	runIn(t, folder, "go", "mod", "edit", "-module=example.com/shop", "-require="+product+"@v0.0.0", fmt.Sprintf("-replace=%s@v0.0.0=%s", product, here))
	return folder
}
