package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/postgres"
	"github.com/carrierflow/carrierflow/lab/stack"
)

const composeFile = "../../docker-compose.yml"

// On PostgreSQL, with a worker killed and the database crashed under way: nothing is lost, nothing is sent twice, and both workers have
// worked.
func TestThePromiseHoldsOnPostgreSQL(t *testing.T) {
	if server, err := postgres.Start(user); errors.Is(err, postgres.ErrMissing) {
		t.Skip("not tested: ", err)
	} else {
		require.NoError(t, err)
		require.NoError(t, server.Stop())
	}
	dir := t.TempDir()
	binaries, err := stack.Build(dir)
	require.NoError(t, err)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, sqlTool), "go.temporal.io/server/cmd/tools/sql")
	build.Stderr = os.Stderr
	require.NoError(t, build.Run())

	r, err := run(t.Context(), options{operations: 40, binaries: binaries, sqlTool: filepath.Join(dir, sqlTool), compose: composeFile}, t.Output())
	require.NoError(t, err)
	r.print(t.Output())
	require.True(t, r.kept())
	c := r.count()
	require.Equal(t, len(r.operations), c.done)
	require.Positive(t, c.steps[0], "the worker that was killed had done nothing")
	require.Positive(t, c.steps[1])
}
