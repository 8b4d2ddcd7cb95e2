package temporalcli_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/lab/defaults"
	"github.com/carrierflow/carrierflow/lab/local"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/temporalcli"
	"github.com/carrierflow/carrierflow/workflows"
)

// The server of a CLI that is in PATH has the search attributes, the retention and the Web UI of the embedded one, and ends with the
// programs that use it.
func TestTheServerOfTheCLI(t *testing.T) {
	said := inPath(t, standIn(t))
	opts := local.Options{
		Host: defaults.Host, Port: stack.FreePort(), UIPort: stack.FreePort(), Namespace: "shop", DB: filepath.Join(t.TempDir(), "temporal.db"),
		LogLevel: zap.ErrorLevel, NoSandbox: true, NoWorker: true, Demo: "no",
	}
	ctx, cancel := context.WithCancel(t.Context())
	printed, stdout := io.Pipe()
	ended := make(chan error, 1)
	t.Cleanup(func() { // the CLI ends also when the test fails
		cancel()
		_, _ = io.Copy(io.Discard, printed)
	})
	go func() {
		err := local.Run(ctx, opts, func(ctx context.Context, place local.Place) (local.Temporal, error) {
			return temporalcli.Start(ctx, "temporal", place)
		}, stdout)
		_ = stdout.Close()
		ended <- err
	}()
	readUntil(t, printed, "Ready.")

	temporal, err := stack.Dial(fmt.Sprintf("127.0.0.1:%d", opts.Port))
	require.NoError(t, err)
	defer temporal.Close()
	namespace, err := temporal.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "shop"})
	require.NoError(t, err)
	require.Equal(t, defaults.Retention, namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	require.NoError(t, stack.Until(stack.Context(t), "the search attributes are registered", 20*time.Millisecond, func() (bool, error) {
		has, err := temporal.OperatorService().ListSearchAttributes(t.Context(), &operatorservice.ListSearchAttributesRequest{Namespace: "shop"})
		return maps.Equal(has.GetCustomAttributes(), workflows.SearchAttributes()), err
	}))
	require.NoError(t, stack.Until(stack.Context(t), "the Web UI answers", 20*time.Millisecond, func() (bool, error) {
		page, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d", opts.UIPort))
		return err == nil && page.StatusCode == http.StatusOK && page.Body.Close() == nil, nil
	}))
	require.FileExists(t, opts.DB)

	cancel()
	_, _ = io.Copy(io.Discard, printed)
	require.NoError(t, <-ended)
	require.Contains(t, said(), "started", "the CLI was not used")
	require.Contains(t, said(), "stopped", "the CLI was not asked to end")
	require.Contains(t, said(), fmt.Sprint(defaults.Settings()), "it has other settings")
}

func TestACLIThatEndsIsNamed(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"a flag that it does not know": {"exit 2", "server start-dev: exit status 2; what it said is above. It may be too old"},
		"no CLI":                       {"", "looking for the Temporal CLI"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.script == "" {
				t.Setenv("PATH", t.TempDir())
			} else {
				inPath(t, test.script)
			}
			_, err := temporalcli.Start(t.Context(), "temporal", local.Place{Host: defaults.Host, Port: stack.FreePort(), Namespace: "default"})
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "make run TEMPORAL_CLI=")
		})
	}
}

// A server that ends by itself ends the program, which says so.
func TestAServerThatIsLost(t *testing.T) {
	inPath(t, standIn(t))
	running, err := temporalcli.Start(t.Context(), "temporal", local.Place{Host: defaults.Host, Port: stack.FreePort(), Namespace: "default", LogLevel: zap.ErrorLevel})
	require.NoError(t, err)
	opts := local.Options{Host: defaults.Host, NoUI: true, NoSandbox: true, NoWorker: true, FreePorts: true, Demo: "no"}
	printed, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- local.Run(t.Context(), opts, func(context.Context, local.Place) (local.Temporal, error) { return running, nil }, stdout)
	}()
	readUntil(t, printed, "Ready.")
	go func() { _, _ = io.Copy(io.Discard, printed) }()
	require.NoError(t, running.Stop()) // by somebody else
	require.ErrorContains(t, <-ended, "the Temporal server ended")
}

// With a CLI in PATH, make run builds no Temporal server.
func TestMakeRunWithACLI(t *testing.T) {
	inPath(t, "exit 1")
	dry := func(args ...string) string {
		make := exec.CommandContext(t.Context(), "make", append([]string{"--dry-run", "--no-print-directory", "-C", "../..", "run"}, args...)...)
		out, err := make.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	with, without := dry(), dry("TEMPORAL_CLI=")
	require.Contains(t, with, "./devcli")
	require.Contains(t, with, "bin/devcli")
	require.NotContains(t, with, "devserver")
	require.Contains(t, without, "./devserver")
	require.NotContains(t, without, "devcli")
}

// inPath makes a script the temporal of PATH. What it writes to $SAID can be read.
func inPath(t *testing.T, script string) (said func() string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal"), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	file := filepath.Join(dir, "said")
	t.Setenv("SAID", file)
	return func() string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(text)
	}
}

// standIn is a script that runs this test program as the CLI; see TestMain.
func standIn(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return standInFor + `=1 exec "` + self + `" "$@"`
}

// readUntil reads lines until one begins as is said.
func readUntil(t *testing.T, r io.Reader, begin string) {
	t.Helper()
	var text strings.Builder
	one := make([]byte, 1)
	for !strings.Contains(text.String(), "\n"+begin) {
		_, err := r.Read(one)
		require.NoError(t, err, text.String())
		text.Write(one)
	}
}
