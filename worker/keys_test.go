package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// A keyset is made, gets a second key, and loses the first; its file is never anybody else's to read.
func TestKeysAreChangedInTwoSteps(t *testing.T) {
	file := keysFile{filepath.Join(t.TempDir(), "keys.json")}
	said := func(command interface{ run(streams) error }) string {
		t.Helper()
		var out, err bytes.Buffer
		require.NoError(t, command.run(streams{out: &out, err: &err}))
		info, statErr := os.Stat(file.File)
		require.NoError(t, statErr)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NotContains(t, err.String(), `"value"`, "what is said is no secret")
		return out.String() + err.String()
	}
	require.Contains(t, said(newKeys{file}), "Keep a copy")
	require.ErrorContains(t, newKeys{file}.run(streams{}), "is there already")
	said(addKey{file})
	text, err := os.ReadFile(file.File)
	require.NoError(t, err)
	keys, err := encryption.KeysIn(text)
	require.NoError(t, err)
	require.Len(t, keys, 2)
	require.Equal(t, fmt.Sprintf("%d  encrypts and decrypts\n%d  decrypts\n", keys[0].ID, keys[1].ID), said(listOfKeys{file}))
	said(promoteKey{file, keys[1].ID})
	require.ErrorContains(t, removeKey{file, keys[1].ID}.run(streams{}), "changing the keyset")
	said(removeKey{file, keys[0].ID})
	require.Equal(t, fmt.Sprintf("%d  encrypts and decrypts\n", keys[1].ID), said(listOfKeys{file}))
}

// In a container without files, a keyset goes through pipes.
func TestAKeysetFromThePipe(t *testing.T) {
	var made, more, err bytes.Buffer
	require.NoError(t, newKeys{keysFile{standard}}.run(streams{out: &made, err: &err}))
	require.NoError(t, addKey{keysFile{standard}}.run(streams{in: &made, out: &more, err: &err}))
	keys, failed := encryption.KeysIn(more.Bytes())
	require.NoError(t, failed)
	require.Len(t, keys, 2)
	require.Error(t, addKey{keysFile{standard}}.run(streams{in: strings.NewReader("nonsense"), out: &more, err: &err}))
}
