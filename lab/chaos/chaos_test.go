package main

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// programs builds the system's programs when the first test needs them.
var programs = sync.OnceValues(func() (stack.Binaries, error) { return stack.Build(binaries) })

// binaries is where they are.
var binaries string

func TestMain(m *testing.M) {
	var err error
	if binaries, err = os.MkdirTemp("", "carrierflow-chaos-bin"); err != nil {
		fmt.Fprintln(os.Stderr, "chaos tests:", err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(binaries)
	os.Exit(status)
}

// The short run, against carriers of both manners: nothing is lost, doubled, untrue, unnoticed or late.
func TestThePromiseHoldsUnderFaults(t *testing.T) {
	built, err := programs()
	require.NoError(t, err)
	for _, manners := range []string{sandbox.OwnManners, sandbox.OtherManners} {
		t.Run(manners+" manners", func(t *testing.T) {
			s := flags{Short: true}.size()
			r, err := run(t.Context(), options{size: s, manners: manners, binaries: built}, t.Output())
			require.NoError(t, err)
			r.print(t.Output())
			require.True(t, r.kept())
			require.Equal(t, s.operations, r.count(completed)+r.count(failedAsExpected)+r.count(parked))
			require.Positive(t, r.count(completed))
			require.Positive(t, r.count(failedAsExpected))
		})
	}
}

// The control: when carriers deny requests that they have, the harness must find doubled operations.
func TestTheHarnessFindsDoubledOperations(t *testing.T) {
	built, err := programs()
	require.NoError(t, err)
	// Long enough that the operations of the first kills are sent again before the carriers stop denying.
	s := size{operations: 48, workerKills: 16, duration: 45 * time.Second, seed: 1}
	r, err := run(t.Context(), options{size: s, manners: sandbox.OwnManners, naive: true, binaries: built}, t.Output())
	require.NoError(t, err)
	r.print(t.Output())
	require.Positive(t, r.count(doubled))
}
