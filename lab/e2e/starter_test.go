package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// starter runs the binary as people do and returns what it printed and its exit code.
func starter(t *testing.T, input string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), world.Starter, args...)
	cmd.Env = append(os.Environ(), world.StarterEnv()...)
	cmd.Stdin = strings.NewReader(input)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

var fastFlags = []string{"--poll-every=100ms", "--call-timeout=10s", "--confirm-within=3s"}

func TestStarterFollowsAnOperationToItsEnd(t *testing.T) {
	t.Parallel()
	ref, sim := reference(t), iccid(0)
	out, errs, code := starter(t, "", append([]string{"dish", "update-status", "--reference", ref, "--iccid", sim, "--action", "Suspend", "--wait"}, fastFlags...)...)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "dish:"+ref)
	require.NotContains(t, out, sim, "nothing personal is printed back")

	out, errs, code = starter(t, "", "status", "dish:"+ref)
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "Suspend line …"+sim[len(sim)-4:]+" at DISH")

	// The same reference again: refused, and nothing is sent.
	out, errs, code = starter(t, "", "dish", "update-status", "--reference", ref, "--iccid", sim, "--action", "Suspend")
	require.Equal(t, 2, code, out+errs)
	require.Contains(t, errs, ref)
	require.Len(t, ledger(t, "dish", sim), 1)
}

func TestStarterReportsAFailure(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	out, errs, code := starter(t, "", append([]string{
		"stn", "set-services", "--reference", ref, "--subscription-id", line("SUB-", 6, 0),
		"--service", "dataRoamingLimitation=Limit 12.5", "--wait", "--output", "json",
	}, fastFlags...)...)
	require.Equal(t, 1, code, out+errs)
	var printed map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &printed), out)
	require.Contains(t, out, "CarrierFailed")
	require.Contains(t, out, "ERROR")
}

func TestStarterRefusesBadInput(t *testing.T) {
	t.Parallel()
	id := line("7", 6, 0)
	out, errs, code := starter(t, "", "masmovil", "replace-sim", "--org-id", "yoigo", "--subscription-id", id, "--ip-address", "nowhere")
	require.Equal(t, 2, code, out)
	for _, flag := range []string{"--dealer-id", "--logistic", "--ip-address"} {
		require.Contains(t, errs, flag, "all faults at once")
	}
	require.Empty(t, ledger(t, "masmovil", id))
}

func TestStarterReadsInputFromAFile(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	input := fmt.Sprintf(`{"reference":%q,"orgId":"yoigo","subscriptionId":%s}`, ref, line("7", 6, 0))
	out, errs, code := starter(t, input, "masmovil", "get-subscription", "--input", "-", "--output", "json")
	require.Zero(t, code, out+errs)
	require.True(t, json.Valid([]byte(out)), out)

	out, errs, code = starter(t, "", "list", "--limit", "100", "--output", "json")
	require.Zero(t, code, errs)
	require.True(t, json.Valid([]byte(out)), out)
}

// Ctrl-C ends the looking, not the operation.
func TestStarterInterruptedLeavesTheOperationRunning(t *testing.T) {
	t.Parallel()
	ref := reference(t)
	p, err := stack.Launch(world.Starter, world.StarterEnv(), "stn", "set-services", "--reference", ref,
		"--subscription-id", line("SUB-", 6, 63), "--service", "voiceMail=false", "--wait", "--poll-every=1s", "--deadline=1h")
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	require.NoError(t, p.AwaitText(stack.Context(t), "BUSY"))
	require.NoError(t, p.Interrupt())
	require.Equal(t, 130, p.Wait(), p.Output())
	require.Contains(t, p.Output(), "stn:"+ref)
	require.Contains(t, describe(world.client.GetWorkflow(t.Context(), "stn:"+ref, "")), "Running")
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), "stn:"+ref, "", "the test is over"))
}

func TestStarterWithoutTemporal(t *testing.T) {
	t.Parallel()
	nowhere := stack.FreeAddress()
	p, err := stack.Launch(world.Starter, []string{"TEMPORAL_ADDRESS=" + nowhere}, "list")
	require.NoError(t, err)
	require.Equal(t, 3, p.Wait(), p.Output())
	require.Contains(t, p.Output(), nowhere)
	require.Contains(t, p.Output(), "make run")
}
