package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/lab/embedded"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// embeddedServer starts the server that the development server has.
func embeddedServer(ctx context.Context, place Place) (Temporal, error) {
	server, err := embedded.Start(ctx, embedded.Options{Host: place.Host, Port: place.Port, UIPort: place.UIPort, Namespace: place.Namespace})
	if err != nil {
		return Temporal{}, err
	}
	return Temporal{Address: server.Address(), UIAddress: server.UIAddress(), Stop: server.Stop}, nil
}

func TestRunPrintsTheAddressesAndStops(t *testing.T) {
	opts := Options{
		Host: "127.0.0.1", Port: stack.FreePort(), UIPort: stack.FreePort(),
		Namespace: "default", LogLevel: zap.ErrorLevel, NoSandbox: true, NoWorker: true, Demo: noDemo,
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, opts, embeddedServer, stdout)
		stdout.CloseWithError(errors.Join(io.EOF, err))
		ended <- err
	}()

	var lines []string
	for scanner := bufio.NewScanner(reader); scanner.Scan(); {
		lines = append(lines, scanner.Text())
		if scanner.Text() == "Ready. Ctrl-C stops." {
			cancel()
		}
	}
	require.NoError(t, <-ended)
	require.Equal(t, []string{
		"Temporal   127.0.0.1:" + strconv.Itoa(opts.Port) + " (namespace default)",
		"Web UI     http://127.0.0.1:" + strconv.Itoa(opts.UIPort),
		"Database   in memory, lost at the end; keep it with --db FILE",
		"Encryption OFF: numbers and ICCIDs can be read in Temporal; --encrypt turns it on",
		"Ready. Ctrl-C stops.",
		"Stopping.",
	}, lines)
}

// All ports in use are named at once, before anything runs, with one setting that moves all of them to free ones.
func TestAllTakenPortsAreNamedAtOnce(t *testing.T) {
	block := func(port int) {
		listener, err := net.Listen("tcp", address("127.0.0.1", port))
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
	}
	base := freeBase(t)
	opts := Options{
		Host: "127.0.0.1", Port: base, UIPort: base + 1, SandboxPort: base + 2, CallbackPort: base + 3, HealthPort: base + 4,
		Namespace: "default", Demo: noDemo, PortOffset: 1000,
	}
	for _, port := range []int{base + 1000, base + 1002, base + 1004, base + 1101} { // the last one blocks the first offset that is tried
		block(port)
	}
	err := Run(t.Context(), opts, embeddedServer, io.Discard)
	line := func(offset int, text string) string { return fmt.Sprintf("\n  %-5d  %s", base+offset, text) }
	require.EqualError(t, err, "these ports cannot be used:"+
		line(1000, "the Temporal frontend (--port): something else listens there")+
		line(1002, "the sandbox carriers (--sandbox-port): something else listens there")+
		line(1004, "the worker's health checks (--health-port): something else listens there")+
		"\nstop what listens there, or move all ports at once: make run PORT_OFFSET=1200, or --port-offset=1200")

	opts.PortOffset = 1200
	opts.choosePorts()
	require.NoError(t, opts.probePorts(), "the advice works")
	require.Equal(t, []int{base + 1200, base + 1201, base + 1202, base + 1203, base + 1204},
		[]int{opts.Port, opts.UIPort, opts.SandboxPort, opts.CallbackPort, opts.HealthPort})
}

// freeBase is a port after which the ports of the test above are free.
func freeBase(t *testing.T) int {
	t.Helper()
	for base := 20000; base < 30000; base += 10 {
		free := true
		for _, offset := range []int{0, 1000, 1100, 1200} {
			for port := range 5 {
				free = free && probe("127.0.0.1", base+offset+port) == nil
			}
		}
		if free {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func TestTheSettingsForTheStarter(t *testing.T) {
	usual := Options{Host: "127.0.0.1", Port: 7233, UIPort: 8233, Namespace: "default"}
	require.Empty(t, settings(usual, "127.0.0.1:7233", "http://127.0.0.1:8233", keysInUse{}))
	moved := usual
	moved.PortOffset, moved.Namespace = 100, "shop"
	moved.choosePorts()
	require.Equal(t, "TEMPORAL_ADDRESS=127.0.0.1:7333 TEMPORAL_NAMESPACE=shop TEMPORAL_UI_URL=http://127.0.0.1:8333 CARRIERFLOW_ENCRYPTION_KEYS_FILE=/tmp/keys.json",
		settings(moved, "127.0.0.1:7333", "http://127.0.0.1:8333", keysInUse{setting: "CARRIERFLOW_ENCRYPTION_KEYS_FILE=/tmp/keys.json"}))
}

func TestPartsStopInReverseAlthoughOneFails(t *testing.T) {
	var stopped []string
	var running parts
	for _, name := range []string{"first", "second", "third"} {
		running.add(name, func() error {
			stopped = append(stopped, name)
			if name == "second" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	require.EqualError(t, running.stop(), "stop second: stuck")
	require.Equal(t, []string{"third", "second", "first"}, stopped)
}
