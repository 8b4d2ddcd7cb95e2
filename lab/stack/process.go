package stack

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is a program that was started.
type Process struct {
	name string
	cmd  *exec.Cmd
	out  *output
	done chan struct{}
	err  error // of the exit; to be read after done
}

// output keeps what a program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Launch starts a program with extra environment variables.
func Launch(path string, env []string, args ...string) (*Process, error) {
	p := &Process{name: path, cmd: exec.Command(path, args...), out: &output{}, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Output is what the program has printed so far.
func (p *Process) Output() string { return p.out.String() }

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Kill ends the program as kill -9 does, and returns when it has ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.done
}

// Interrupt sends Ctrl-C.
func (p *Process) Interrupt() error { return p.cmd.Process.Signal(os.Interrupt) }

// Stop asks the program to end, and returns an error if it does not do so cleanly within the time.
func (p *Process) Stop(within time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return p.exitError()
	}
	select {
	case <-p.done:
		return p.exitError()
	case <-time.After(within):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s; it printed:\n%s", p.name, within, p.Output())
	}
}

// Wait returns the program's exit code when it ends.
func (p *Process) Wait() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

func (p *Process) exitError() error {
	<-p.done
	if p.err != nil {
		return fmt.Errorf("%s: %w; it printed:\n%s", p.name, p.err, p.Output())
	}
	return nil
}

// Await returns when a URL answers 200, or an error when the program or the context ends.
func (p *Process) Await(ctx context.Context, url string) error {
	return p.until(ctx, url, func() bool {
		response, err := http.Get(url)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// AwaitText returns when the program has printed a text.
func (p *Process) AwaitText(ctx context.Context, text string) error {
	return p.until(ctx, text, func() bool { return bytes.Contains([]byte(p.Output()), []byte(text)) })
}

func (p *Process) until(ctx context.Context, what string, met func() bool) error {
	for !met() {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended before %q; it printed:\n%s", p.name, what, p.Output())
		case <-ctx.Done():
			return fmt.Errorf("%s: no %q: %w; it printed:\n%s", p.name, what, ctx.Err(), p.Output())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// The ports of FreePort are below those that systems take for outgoing connections, one of which could take a port between the
// moment at which it is found free and that at which a program listens there. Each process begins at a random one, and gives out each once.
const firstPort, ports = 12_000, 18_000

var nextPort atomic.Uint32

func init() { nextPort.Store(rand.Uint32N(ports)) }

// FreePort is a port of the loopback address that is free at the moment.
func FreePort() int {
	for range ports {
		port := int(firstPort + nextPort.Add(1)%ports)
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	panic("no free port") // such a machine cannot run anything here
}

// FreeAddress is a loopback address that is free at the moment.
func FreeAddress() string { return loopback(FreePort()) }

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// Port is the port of an address.
func Port(address string) string {
	_, port, err := net.SplitHostPort(address)
	if _, convErr := strconv.Atoi(port); err != nil || convErr != nil {
		panic("no port in " + address)
	}
	return port
}
