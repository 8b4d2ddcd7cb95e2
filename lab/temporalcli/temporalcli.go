// Package temporalcli runs the development server of a Temporal CLI, with the settings of the embedded one. Its flags are those of
// https://docs.temporal.io/cli/command-reference/server#start-dev.
package temporalcli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/carrierflow/carrierflow/lab/defaults"
	"github.com/carrierflow/carrierflow/lab/local"
	"github.com/carrierflow/carrierflow/workflows"
)

// stopTimeout bounds the end of the server, which usually takes a few seconds.
const stopTimeout = time.Minute

// Start starts the server of a CLI, named by its path or as it is found in PATH, and returns when it answers. What the CLI writes to
// stderr goes to stderr. The server runs until it is stopped; the context bounds only the start.
func Start(ctx context.Context, cli string, place local.Place) (local.Temporal, error) {
	path, err := exec.LookPath(cli)
	if err != nil {
		return local.Temporal{}, fmt.Errorf("looking for the Temporal CLI: %w; make run TEMPORAL_CLI= runs without it", err)
	}
	args, err := arguments(place)
	if err != nil {
		return local.Temporal{}, err
	}
	p := process{path: path, cmd: exec.Command(path, args...), ended: make(chan error, 1), done: make(chan struct{})}
	p.cmd.Stderr = os.Stderr
	// A group of its own: Ctrl-C is for us, who stop the worker before the server.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return local.Temporal{}, fmt.Errorf("starting %s: %w", path, err)
	}
	go p.wait()
	running := local.Temporal{Address: address(place, place.Port), From: path, Stop: p.stop, Ended: p.ended}
	if place.UIPort != 0 {
		running.UIAddress = "http://" + address(place, place.UIPort)
	}
	if err := p.await(ctx, running.Address, place.Namespace); err != nil {
		return local.Temporal{}, errors.Join(err, p.stop())
	}
	return running, nil
}

// arguments are those of the CLI.
func arguments(place local.Place) ([]string, error) {
	args := []string{
		"server", "start-dev", "--ip", place.Host, "--port", strconv.Itoa(place.Port), "--log-level", place.LogLevel.String(),
	}
	if place.Namespace != defaults.Namespace { // which it makes anyway
		args = append(args, "--namespace", place.Namespace)
	}
	if place.UIPort != 0 {
		args = append(args, "--ui-port", strconv.Itoa(place.UIPort))
		if place.CodecEndpoint != "" {
			args = append(args, "--ui-codec-endpoint", place.CodecEndpoint)
		}
	} else {
		args = append(args, "--headless")
	}
	if place.DB != "" {
		args = append(args, "--db-filename", place.DB)
	}
	for name, kind := range sorted(workflows.SearchAttributes()) {
		args = append(args, "--search-attribute", name+"="+kind.String())
	}
	for name, value := range sorted(defaults.Settings()) {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("setting %s of the Temporal server: %w", name, err)
		}
		args = append(args, "--dynamic-config-value", name+"="+string(text))
	}
	return args, nil
}

// sorted goes through a map in the order of its keys.
func sorted[V any](m map[string]V) func(func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}

// address is the address for clients, also when the server listens on every interface.
func address(place local.Place, port int) string {
	host := place.Host
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = defaults.Host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// process is the CLI that runs.
type process struct {
	path  string
	cmd   *exec.Cmd
	ended chan error    // receives why it ended
	done  chan struct{} // closed when it has ended
}

func (p process) wait() {
	err := p.cmd.Wait()
	p.ended <- p.why(err)
	close(p.done)
}

// why describes an end that nobody has asked for.
func (p process) why(err error) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("%s server start-dev: %w; what it said is above. It may be too old for these flags: update it, or run without it: make run TEMPORAL_CLI=", p.path, err)
}

// stop ends the server as Ctrl-C does, and returns when it has ended.
func (p process) stop() error {
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended already
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not stop within %s and was killed", p.path, stopTimeout)
	}
}
