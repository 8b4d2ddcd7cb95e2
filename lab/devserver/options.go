package main

import (
	"errors"
	"fmt"
	"net"

	"go.temporal.io/server/common/testing/freeport"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/carriers/sandbox"
)

// options are the command line.
type options struct {
	Host         string        `help:"IP address to listen on." default:"127.0.0.1"`
	Port         int           `help:"Port of the Temporal frontend (gRPC)." default:"7233"`
	UIPort       int           `help:"Port of the Temporal Web UI." name:"ui-port" default:"8233"`
	SandboxPort  int           `help:"Port of the sandbox carriers." default:"8088"`
	CallbackPort int           `help:"Port where the worker receives callbacks." default:"8090"`
	HealthPort   int           `help:"Port of the worker's health checks and metrics." default:"8091"`
	FreePorts    bool          `help:"Take any free ports instead."`
	NoUI         bool          `help:"Do not serve the Web UI." name:"no-ui"`
	NoSandbox    bool          `help:"Do not serve the sandbox carriers." name:"no-sandbox"`
	NoWorker     bool          `help:"Do not run a worker." name:"no-worker"`
	DB           string        `help:"SQLite file that keeps the workflows; without it they are gone when the server stops." name:"db" type:"path" placeholder:"FILE"`
	Namespace    string        `help:"Namespace to work in, created if it does not exist." default:"default"`
	LogLevel     zapcore.Level `help:"Least important message of the Temporal server and the worker to show: debug, info, warn or error." default:"error"`
	Demo         demoMode      `help:"Show what the product does when everything runs: no, stay (and keep running), exit (with status 0 if every outcome was the expected one)." enum:"no,stay,exit" default:"no"`

	Sandbox sandbox.Config `embed:"" prefix:"sandbox-" envprefix:"SANDBOX_" group:"Sandbox carriers"`
}

// demoMode says what happens once everything runs.
type demoMode string

const (
	noDemo   demoMode = "no"
	stayDemo demoMode = "stay"
	exitDemo demoMode = "exit"
)

// Validate refuses combinations that cannot work.
func (o options) Validate() error {
	if o.Demo != noDemo && (o.NoSandbox || o.NoWorker) {
		return fmt.Errorf("--demo=%s needs the sandbox and the worker", o.Demo)
	}
	if o.NoSandbox && !o.NoWorker {
		return fmt.Errorf("the worker of this process talks to the sandbox carriers: with --no-sandbox goes --no-worker")
	}
	return nil
}

// settlePorts picks free ports if that was asked for.
func (o *options) settlePorts() {
	if !o.FreePorts {
		return
	}
	for _, port := range []*int{&o.Port, &o.UIPort, &o.SandboxPort, &o.CallbackPort, &o.HealthPort} {
		*port = freeport.MustGetFreePort()
	}
}

// probePorts says which of this process's ports are taken before anything runs. Temporal's own are probed by its package.
func (o options) probePorts() error {
	var taken []error
	probe := func(port int, use, flag string) {
		listener, err := net.Listen("tcp", address(o.Host, port))
		if err != nil {
			taken = append(taken, fmt.Errorf("port %d for %s cannot be had: %w; stop what listens there or choose another port with %s", port, use, err, flag))
			return
		}
		_ = listener.Close()
	}
	if !o.NoSandbox {
		probe(o.SandboxPort, "the sandbox carriers", "--sandbox-port")
	}
	if !o.NoWorker {
		probe(o.CallbackPort, "the worker's callbacks", "--callback-port")
		probe(o.HealthPort, "the worker's health checks", "--health-port")
	}
	return errors.Join(taken...)
}
