// Package browser proves that operators can do their work in the Temporal Web UI: a real browser finds the runs that need
// somebody, reads what they wait for, and sends what is to be done. It takes the pictures of the runbook, too.
package browser

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// world is the stack that all tests share. Each test has its own references and lines.
var world struct {
	*stack.Stack
	client client.Client
	// stop is what to do at the end, in this order.
	stop []func() error
}

func TestMain(m *testing.M) {
	status := m.Run()
	var err error
	for _, stop := range world.stop {
		err = errors.Join(err, stop())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "stopping after the browser tests:", err)
		status = 1
	}
	os.Exit(status)
}

// begin starts the world for the first test that needs it: those that only read the runbook do without.
var begin = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "carrierflow-browser")
	if err != nil {
		return err
	}
	world.stop = append(world.stop, func() error { return os.RemoveAll(dir) })
	binaries, err := stack.Build(dir)
	if err != nil {
		return err
	}
	world.Stack = stack.New(binaries)
	world.WebUI = stack.FreeAddress()
	world.stop = append([]func() error{world.Stop}, world.stop...)
	if err := world.StartServer("--sandbox-decide-after=3s"); err != nil {
		return err
	}
	if err := world.StartWorker(); err != nil {
		return err
	}
	world.client, err = stack.Dial(world.Temporal)
	return err
})
