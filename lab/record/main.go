// Command record runs every path of every workflow on a real Temporal server and writes the histories as JSON, for the
// replay test of the workflows package. With names of operations, it records those alone. It needs nothing but Go: it starts its own server, sandbox and worker.
//
// Record only from deployed code, never from a change under test: the files represent running operations.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: record DIRECTORY [OPERATION...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// atOnce is how many paths are recorded at the same time: they mostly wait.
const atOnce = 100

// run records the paths of some workflows, of all when none is named.
func run(directory string, only []string) (err error) {
	wanted := func(name string) bool {
		return len(only) == 0 || slices.ContainsFunc(only, func(one string) bool { return strings.HasPrefix(name, one+".") })
	}
	all := slices.DeleteFunc(paths(), func(p path) bool { return !wanted(p.name) })
	if len(all) == 0 {
		return fmt.Errorf("there is no path of %s", strings.Join(only, ", "))
	}
	var old []string
	for _, folder := range folders(directory) {
		there, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil {
			return err
		}
		old = append(old, there...)
	}
	old = slices.DeleteFunc(old, func(file string) bool { return !wanted(filepath.Base(file)) })
	build, err := os.MkdirTemp("", "carrierflow-record")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(build) }()
	binaries, err := stack.Build(build)
	if err != nil {
		return err
	}
	s := stack.New(binaries)
	if err := s.StartServer("--sandbox-decide-after=1500ms", "--sandbox-review-for=1500ms", "--sandbox-late-effect-after=2s"); err != nil {
		return err
	}
	defer func() { _ = s.Stop() }()
	endpoints, err := endpointsIn(build)
	if err != nil {
		return err
	}
	if err := s.StartWorker(endpoints); err != nil {
		return err
	}
	temporal, err := client.Dial(client.Options{HostPort: s.Temporal})
	if err != nil {
		return err
	}
	defer temporal.Close()

	for _, file := range old { // histories of removed paths must not remain
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	failures := make([]error, len(all))
	var running errgroup.Group
	running.SetLimit(atOnce)
	for i, p := range all {
		running.Go(func() error {
			if err := record(s, temporal, p, filepath.Join(p.folder(directory), p.name+".json")); err != nil {
				failures[i] = fmt.Errorf("%s: %w", p.name, err)
			}
			return nil // the others are recorded all the same
		})
	}
	_ = running.Wait() // none fails
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	fmt.Printf("recorded %d histories in %s\n", len(all), directory)
	return nil
}

// record runs one path to its end and writes its history.
func record(s *stack.Stack, c client.Client, p path, file string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	for _, rule := range p.rules {
		if err := s.Direct(rule); err != nil {
			return err
		}
	}
	run, err := p.start(ctx, c)
	if err != nil {
		return err
	}
	if p.during != nil {
		if err := p.during(ctx, c, run); err != nil {
			return err
		}
	}
	end := run.Get(ctx, nil)
	failure, failed := workflows.AsFailure(end)
	switch {
	case failed && p.mayBeRefused && failure.Type == workflows.CarrierRejected:
	case failed && failure.Type != p.failure, end == nil && p.failure != "", end != nil && !failed:
		return fmt.Errorf("ended with %v, not with %q", end, p.failure)
	}
	history := &historypb.History{}
	for it := c.GetWorkflowHistory(ctx, run.GetID(), run.GetRunID(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		if err != nil {
			return err
		}
		history.Events = append(history.Events, event)
	}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(history)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
