package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// What was committed is there after a crash, at the same address, in another process.
func TestACrashLosesNothing(t *testing.T) {
	server, err := Start("somebody")
	if errors.Is(err, ErrMissing) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, server.Stop())
		require.NoDirExists(t, server.dir)
	})
	require.NotEmpty(t, server.Version)
	before, err := server.PID()
	require.NoError(t, err)
	execute(t, server, "CREATE TABLE kept AS SELECT 42 AS number")

	require.NoError(t, server.Crash())

	after, err := server.PID()
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	execute(t, server, "SELECT number FROM kept")
	require.Contains(t, server.Log(), "was not properly shut down", "it was not a crash")
}

func TestTheLatestVersionIsTaken(t *testing.T) {
	require.Less(t, version("/usr/lib/postgresql/9.6/bin/initdb"), version("/usr/lib/postgresql/12/bin/initdb"))
	require.Less(t, version("/usr/lib/postgresql/9/bin/initdb"), version("/usr/lib/postgresql/17/bin/initdb"))
}

func execute(t *testing.T, server *Server, statement string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), server.URL("postgres"))
	require.NoError(t, err)
	defer connection.Close(t.Context())
	_, err = connection.Exec(t.Context(), statement)
	require.NoError(t, err)
}
