package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/carrierflow/carrierflow/lab/postgres"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// programs are the built programs that are measured. self is this one.
type programs struct {
	stack.Binaries
	self string
}

func programsIn(dir string) (programs, error) {
	self, err := os.Executable()
	if err != nil {
		return programs{}, fmt.Errorf("finding this program: %w", err)
	}
	p := programs{stack.In(dir), self}
	for _, file := range []string{p.Devserver, p.Worker, p.Starter} {
		if _, err := os.Stat(file); err != nil {
			return p, fmt.Errorf("the program to measure is missing: %w; make build builds it", err)
		}
	}
	return p, nil
}

// server is a Temporal server on a database file, in a process of its own.
type server struct {
	programs programs
	dir      string
	address  string
	process  *stack.Process
	client   client.Client // of the default namespace
	closers  closers
}

// newServer starts a server. Its files are in dir.
func newServer(ctx context.Context, p programs, dir string) (*server, error) {
	own, err := os.MkdirTemp(dir, "temporal")
	if err != nil {
		return nil, err
	}
	s := &server{programs: p, dir: own, address: stack.FreeAddress()}
	s.process, err = stack.Launch(p.Devserver, nil, "--no-worker", "--no-sandbox", "--no-ui", "--port="+stack.Port(s.address), "--db="+filepath.Join(own, "temporal.db"))
	if err != nil {
		return nil, err
	}
	s.closers.add(func() error { s.process.Kill(); return os.RemoveAll(own) })
	ctx, cancel := context.WithTimeout(ctx, stack.Patience)
	defer cancel()
	if err = s.process.AwaitText(ctx, "Ready."); err == nil {
		s.client, err = dial(s.address, client.DefaultNamespace)
	}
	if err != nil {
		return nil, withClosed(err, &s.closers)
	}
	s.closers.add(func() error { s.client.Close(); return nil })
	return s, nil
}

func withClosed(err error, c *closers) error {
	if closing := c.closeAll(); closing != nil {
		return fmt.Errorf("%w (and %w)", err, closing)
	}
	return err
}

// namespace makes a namespace, so that two workers of ours do not take each other's tasks.
func (s *server) namespace(ctx context.Context, name string) error {
	_, err := s.client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	if err != nil {
		return fmt.Errorf("making the namespace %s: %w", name, err)
	}
	return stack.Until(ctx, "the namespace "+name+" can be used", 200*time.Millisecond, func() (bool, error) {
		_, err := s.client.WorkflowService().ListOpenWorkflowExecutions(ctx, &workflowservice.ListOpenWorkflowExecutionsRequest{Namespace: name})
		return err == nil, nil
	})
}

// host is a worker process with the sandbox that it talks to.
type host struct {
	process   *stack.Process
	server    *server          // nil outside Temporal
	database  *postgres.Server // nil on Temporal
	client    client.Client    // nil outside Temporal
	carrier   *carrier
	callbacks string // URL of its receiver
	metrics   string // URL
	health    string // URL of its readiness
	launch    func() (*stack.Process, error)
	env       []string // of a worker of ours
}

// ours starts a worker of the product with the settings that everybody has, rate limits raised out of the way. Later settings win.
func (s *server) ours(ctx context.Context, namespace string, env ...string) (*host, error) {
	settings := stack.New(s.programs.Binaries)
	settings.Temporal = s.address
	c, err := newCarrier("http://"+settings.Callbacks+"/callbacks/{carrier}", settings.WebhookSecret)
	if err != nil {
		return nil, err
	}
	s.closers.add(c.close)
	settings.Carriers = c.url
	h := &host{server: s, carrier: c, callbacks: "http://" + settings.Callbacks + "/callbacks/" + calling}
	h.metrics, h.health = "http://"+settings.Health+"/metrics", "http://"+settings.Health+"/readyz"
	h.env = append(settings.WorkerEnv(), "DISH_PER_SECOND=100000", "STN_PER_SECOND=100000", "DISH_TIMEOUT=10s", "STN_TIMEOUT=10s", "TEMPORAL_NAMESPACE="+namespace)
	h.env = append(h.env, env...)
	h.launch = func() (*stack.Process, error) { return stack.Launch(s.programs.Worker, h.env) }
	if h.client, err = dial(s.address, namespace); err != nil {
		return nil, err
	}
	s.closers.add(func() error { h.client.Close(); return nil })
	return h, h.begin(ctx, &s.closers)
}

// others starts the worker of the workflows that are not ours.
func (s *server) others(ctx context.Context) (*host, error) {
	h, err := s.programs.other(ctx, &s.closers, "temporal", "--temporal="+s.address)
	if err == nil {
		h.server, h.client = s, s.client
	}
	return h, err
}

// other starts the worker of a contestant that is not ours.
func (p programs) other(ctx context.Context, closing *closers, kind string, args ...string) (*host, error) {
	callbacks, health := stack.FreeAddress(), stack.FreeAddress()
	c, err := newCarrier("http://"+callbacks+"/", "")
	if err != nil {
		return nil, err
	}
	closing.add(c.close)
	h := &host{carrier: c, callbacks: "http://" + callbacks + "/", metrics: "http://" + health + "/metrics", health: "http://" + health + "/readyz"}
	all := append([]string{"worker", kind, "--carriers=" + c.url, "--callbacks=" + callbacks, "--health=" + health}, args...)
	h.launch = func() (*stack.Process, error) { return stack.Launch(p.self, nil, all...) }
	return h, h.begin(ctx, closing)
}

// begin launches the process and waits until it is ready.
func (h *host) begin(ctx context.Context, closing *closers) error {
	if err := h.relaunch(ctx); err != nil {
		return err
	}
	closing.add(func() error { h.process.Kill(); return nil })
	return nil
}

// relaunch launches the process again, after it has been killed.
func (h *host) relaunch(ctx context.Context) (err error) {
	if h.process, err = h.launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stack.Patience)
	defer cancel()
	return h.process.Await(ctx, h.health)
}

// usage is what the worker has used so far.
func (h *host) usage() usage { return usageOf(h.process.PID(), h.metrics) }

// serverCPU is the CPU time that the server behind it has used so far.
func (h *host) serverCPU() time.Duration {
	if h.server != nil {
		return cpuOf(h.server.process.PID())
	}
	if h.database == nil {
		return 0
	}
	pid, err := h.database.PID()
	if err != nil {
		return 0 // it has ended, which the measure notices
	}
	return cpuOf(pid)
}

// startIdle starts a workflow that no worker ever runs: something to signal.
func (s *server) startIdle(ctx context.Context, id string) error {
	_, err := s.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "nobody"}, bareFlow)
	return err
}
