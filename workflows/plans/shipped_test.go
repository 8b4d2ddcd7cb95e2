package plans

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The plans in docs/examples/plans are valid.
func TestShippedPlansAreValid(t *testing.T) {
	files, err := filepath.Glob("../../docs/examples/plans/*.json")
	require.NoError(t, err)
	require.Len(t, files, 5)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		_, faults := Read(raw)
		require.Empty(t, faults, file)
	}
}
