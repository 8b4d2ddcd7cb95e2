package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAlertRules(t *testing.T) {
	root := t.TempDir()
	text, err := alertRules(root)
	require.NoError(t, err)
	require.Equal(t, rulesHead+"  groups: []\n", string(text), "there are none")

	require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(alertsFile)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, alertsFile), []byte("# About the file.\n#\ngroups:\n  # About the group.\n  - name: one\n\n  - name: two\n"), 0o600))
	text, err = alertRules(root)
	require.NoError(t, err)
	require.Equal(t, rulesHead+"  groups:\n    # About the group.\n    - name: one\n\n    - name: two\n", string(text))
}
