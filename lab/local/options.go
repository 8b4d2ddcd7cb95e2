package local

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// Options are the command line.
type Options struct {
	Host         string        `help:"IP address to listen on." default:"127.0.0.1"`
	Port         int           `help:"Port of the Temporal frontend (gRPC)." default:"7233"`
	UIPort       int           `help:"Port of the Temporal Web UI." name:"ui-port" default:"8233"`
	SandboxPort  int           `help:"Port of the sandbox carriers." default:"8088"`
	CallbackPort int           `help:"Port where the worker receives callbacks." default:"8090"`
	HealthPort   int           `help:"Port of the worker's health checks and metrics." default:"8091"`
	CodecPort    int           `help:"Port of the codec endpoint, with --encrypt." default:"8092"`
	PortOffset   int           `help:"Added to every port, to move all of them at once." default:"0"`
	FreePorts    bool          `help:"Use any free ports instead."`
	NoUI         bool          `help:"Do not serve the Web UI." name:"no-ui"`
	NoSandbox    bool          `help:"Do not serve the sandbox carriers." name:"no-sandbox"`
	NoWorker     bool          `help:"Do not run a worker." name:"no-worker"`
	DB           string        `help:"SQLite file that keeps the workflows; without it they are lost when the server stops." name:"db" type:"path" placeholder:"FILE"`
	Namespace    string        `help:"Namespace to work in, created if it does not exist." default:"default"`
	Encrypt      bool          `help:"Encrypt payloads, and serve the codec endpoint with which the Web UI shows them. The keys are those of CARRIERFLOW_ENCRYPTION_KEYS or CARRIERFLOW_ENCRYPTION_KEYS_FILE, else new ones; with --db these are kept beside the database."`
	LogLevel     zapcore.Level `help:"Least severe log level of the Temporal server and the worker: debug, info, warn or error." default:"error"`
	Demo         demoMode      `help:"Show a demonstration when everything runs: no, stay (and keep running), exit (with status 0 if every outcome was the expected one)." enum:"no,stay,exit" default:"no"`

	Version kong.VersionFlag `help:"Show the version and exit."`

	Sandbox sandboxes.Config `embed:"" prefix:"sandbox-" envprefix:"SANDBOX_" group:"Sandbox carriers"`
}

// demoMode says what happens once everything runs.
type demoMode string

const (
	noDemo   demoMode = "no"
	stayDemo demoMode = "stay"
	exitDemo demoMode = "exit"
)

// Validate refuses combinations that cannot work.
func (o Options) Validate() error {
	if o.Demo != noDemo && (o.NoSandbox || o.NoWorker) {
		return fmt.Errorf("--demo=%s needs the sandbox and the worker", o.Demo)
	}
	if o.NoSandbox && !o.NoWorker {
		return fmt.Errorf("the worker of this process needs the sandbox carriers: use --no-worker with --no-sandbox")
	}
	return nil
}

// use is the purpose of a port.
type use struct {
	what, flag string
	port       *int
}

// uses are the ports that the options ask for.
func (o *Options) uses() []use {
	uses := []use{{"the Temporal frontend", "--port", &o.Port}}
	if !o.NoUI {
		uses = append(uses, use{"the Temporal Web UI", "--ui-port", &o.UIPort})
	}
	if !o.NoSandbox {
		uses = append(uses, use{"the sandbox carriers", "--sandbox-port", &o.SandboxPort})
	}
	if !o.NoWorker {
		uses = append(uses, use{"the worker's callbacks", "--callback-port", &o.CallbackPort}, use{"the worker's health checks", "--health-port", &o.HealthPort})
	}
	if o.Encrypt {
		uses = append(uses, use{"the codec endpoint", "--codec-port", &o.CodecPort})
	}
	return uses
}

// choosePorts picks free ports if requested, else adds the offset. It changes all ports, also those of parts that do not
// run here: the sandbox sends callbacks to a port that a worker in another process may have.
func (o *Options) choosePorts() {
	for _, port := range []*int{&o.Port, &o.UIPort, &o.SandboxPort, &o.CallbackPort, &o.HealthPort, &o.CodecPort} {
		if o.FreePorts {
			*port = stack.FreePort()
		} else {
			*port += o.PortOffset
		}
	}
}

// probePorts names all ports that cannot be used, before anything runs.
func (o *Options) probePorts() error {
	var faults []string
	taken := false
	for _, u := range o.uses() {
		if err := probe(o.Host, *u.port); err != nil {
			why := err.Error()
			if errors.Is(err, syscall.EADDRINUSE) {
				taken, why = true, "something else listens there"
			}
			faults = append(faults, fmt.Sprintf("  %-5d  %s (%s): %s", *u.port, u.what, u.flag, why))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	text := "these ports cannot be used:\n" + strings.Join(faults, "\n")
	if taken {
		text += fmt.Sprintf("\nstop what listens there, or move all ports at once: make run PORT_OFFSET=%[1]d, or --port-offset=%[1]d", o.freeOffset())
	}
	return errors.New(text)
}

// An offset is looked for in these steps, up to this one.
const offsetStep, maxOffset = 100, 10000

// freeOffset is an offset with which all ports are free at the moment.
func (o *Options) freeOffset() int {
	for further := offsetStep; further <= maxOffset; further += offsetStep {
		free := true
		for _, u := range o.uses() {
			free = free && probe(o.Host, *u.port+further) == nil
		}
		if free {
			return o.PortOffset + further
		}
	}
	return o.PortOffset + offsetStep
}

// probe listens on a port for an instant.
func probe(host string, port int) error {
	listener, err := net.Listen("tcp", address(host, port))
	if err != nil {
		return err
	}
	return listener.Close()
}
