package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// What derives from the list of operations is committed as it is generated.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	files, err := generate(root)
	require.NoError(t, err)
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is not up to date: run make generate", path)
	}
	left, err := stale(root, files)
	require.NoError(t, err)
	require.Empty(t, left, "no operation has these schemas any more: run make generate")
}
