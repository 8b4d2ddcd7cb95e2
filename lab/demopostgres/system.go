package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/postgres"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// options say what to run.
type options struct {
	operations int
	binaries   stack.Binaries
	sqlTool    string // path of temporal-sql-tool
	compose    string // path of the compose file
}

// user is the user of the database, as in the compose file.
const user = "temporal"

// decideAfter is how long the sandbox carriers take to decide a request, so that there is always something under way.
const decideAfter = "3s"

// system is PostgreSQL, a Temporal server on it, the sandbox carriers, and two workers. Each is a process of its own.
type system struct {
	*stack.Stack // the server and the sandbox
	database     *postgres.Server
	workers      [2]*stack.Stack
	receivers    *httptest.Server // in front of the workers' callback receivers
	client       client.Client
}

// newSystem starts everything.
func newSystem(ctx context.Context, o options) (_ *system, err error) {
	sys := &system{Stack: stack.New(o.binaries)}
	defer func() {
		if err != nil {
			err = errors.Join(err, sys.stop())
		}
	}()
	if sys.database, err = postgres.Start(user); err != nil {
		return nil, err
	}
	if err := makeTables(ctx, o, sys.database); err != nil {
		return nil, err
	}
	if err := sys.StartServer("--no-sandbox", "--postgres-address="+sys.database.Address, "--postgres-user="+user); err != nil {
		return nil, err
	}
	var receivers []string
	for i := range sys.workers {
		sys.workers[i] = sys.Another()
		receivers = append(receivers, sys.workers[i].Callbacks)
	}
	sys.receivers = httptest.NewServer(balancer(receivers))
	sys.Callbacks = sys.receivers.Listener.Addr().String() // where the sandbox sends them
	if err := sys.StartSandbox("SANDBOX_DECIDE_AFTER="+decideAfter, "SANDBOX_CALLBACK_RETRY_UP_TO=2s"); err != nil {
		return nil, err
	}
	for _, w := range sys.workers {
		if err := w.StartWorker(); err != nil {
			return nil, err
		}
	}
	sys.client, err = stack.Dial(sys.Temporal)
	return sys, err
}

// stop ends everything. How the parts end is not tested here.
func (sys *system) stop() error {
	if sys.client != nil {
		sys.client.Close()
	}
	for _, w := range sys.workers {
		if w != nil && w.Worker != nil {
			w.Worker.Kill()
		}
	}
	for _, p := range []*stack.Process{sys.Server, sys.Sandbox} {
		if p != nil {
			p.Kill()
		}
	}
	if sys.receivers != nil {
		sys.receivers.Close()
	}
	if sys.database == nil {
		return nil
	}
	return sys.database.Stop()
}

// identity is how Temporal names a worker process in a history: the SDK begins it with the process id.
func identity(w *stack.Stack) string { return fmt.Sprintf("%d@", w.Worker.PID()) }
