package embedded_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/embedded"
)

// childDB makes the test binary a server on the given database file, to be killed.
const childDB = "EMBEDDED_TEST_DB"

func TestMain(m *testing.M) {
	file, child := os.LookupEnv(childDB)
	if !child {
		os.Exit(m.Run())
	}
	server, err := embedded.Start(context.Background(), embedded.Options{DB: file})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(server.Address())
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed, or until its parent ends
	runtime.KeepAlive(server)            // a garbage-collected server would release its lock
}

func TestWorkflowOutlivesAStoppedServer(t *testing.T) {
	t.Parallel()
	// Characters that mean something in a URL, which is how SQLite is told the name.
	options := embedded.Options{DB: filepath.Join(t.TempDir(), "odd #1%20?.db")}

	first := start(t, options)
	run := startGreeting(t, first.Address())
	require.NoError(t, first.Stop())
	require.FileExists(t, options.DB)

	// A later start may want more search attributes, on another port.
	options.SearchAttributes = map[string]enums.IndexedValueType{"LineKey": enums.INDEXED_VALUE_TYPE_KEYWORD}
	second := start(t, options)
	finishGreeting(t, second.Address(), run)
	require.NoError(t, second.Stop())

	options.SearchAttributes["LineKey"] = enums.INDEXED_VALUE_TYPE_INT
	_, err := embedded.Start(t.Context(), options)
	require.ErrorContains(t, err, `search attribute LineKey of namespace "default" is a Keyword in the database, not a Int`)
}

func TestWorkflowOutlivesAKilledServer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	address, kill := startChild(t, file)
	run := startGreeting(t, address)

	_, err := embedded.Start(t.Context(), embedded.Options{DB: file})
	require.EqualError(t, err, "database file "+file+" (--db): another server is using it")
	kill()

	server := start(t, embedded.Options{DB: file})
	finishGreeting(t, server.Address(), run)
	require.NoError(t, server.Stop())

	startChild(t, file) // a stopped server releases the file although its process continues
}

func TestDatabaseThatIsNone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text, foreign, empty := filepath.Join(folder, "text"), filepath.Join(folder, "foreign.db"), filepath.Join(folder, "empty.db")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600))
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	db, err := sql.Open("sqlite", foreign)
	require.NoError(t, err)
	_, err = db.Exec("CREATE TABLE holidays (day TEXT)")
	require.NoError(t, err)
	require.NoError(t, db.Close())

	for file, want := range map[string]string{
		text:                            "file is not a database",
		foreign:                         "it contains other data than a Temporal server's",
		filepath.Join(folder, "x", "y"): "no such file or directory",
	} {
		_, err := embedded.Start(t.Context(), embedded.Options{DB: file})
		require.ErrorContains(t, err, file)
		require.ErrorContains(t, err, want)
	}
	start(t, embedded.Options{DB: empty}) // as mktemp makes it, or a kill during the first start leaves it
}

// startGreeting starts a workflow without a worker.
func startGreeting(t *testing.T, address string) client.WorkflowRun {
	t.Helper()
	run, err := dial(t, address).ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: taskQueue}, greet, "again")
	require.NoError(t, err)
	return run
}

// finishGreeting asserts that the workflow is running, and brings it to its end.
func finishGreeting(t *testing.T, address string, run client.WorkflowRun) {
	t.Helper()
	temporalClient := dial(t, address)
	described, err := temporalClient.DescribeWorkflowExecution(t.Context(), run.GetID(), run.GetRunID())
	require.NoError(t, err)
	require.Equal(t, enums.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())

	work(t, temporalClient)
	var greeting string
	require.NoError(t, temporalClient.GetWorkflow(t.Context(), run.GetID(), run.GetRunID()).Get(t.Context(), &greeting))
	require.Equal(t, "hello again", greeting)
}

// startChild runs a server in a process of its own, which can be killed without a chance to tidy up.
func startChild(t *testing.T, file string) (address string, kill func()) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDB+"="+file)
	_, err := child.StdinPipe()
	require.NoError(t, err)
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	child.Stderr = os.Stderr
	require.NoError(t, child.Start())
	kill = func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	t.Cleanup(kill)
	address, err = bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(address), kill
}
