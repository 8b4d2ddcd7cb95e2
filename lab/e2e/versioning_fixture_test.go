package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// deployment is the name of the worker deployment in the tests. The second build says secondVersion of itself.
const (
	deployment    = "carrierflow"
	secondVersion = "v9.9.9-second"
)

// fleet is a Temporal of its own with workers of several builds.
type fleet struct {
	t       *testing.T
	s       *stack.Stack
	c       client.Client
	workers map[string]*stack.Stack
	// ownAddresses tells that something else has the address that the sandbox calls back.
	ownAddresses bool
}

func newFleet(t *testing.T, args ...string) *fleet {
	t.Helper()
	f := &fleet{t: t, s: ownStack(t), workers: map[string]*stack.Stack{}}
	require.NoError(t, f.s.StartServer(args...))
	var err error
	f.c, err = stack.Dial(f.s.Temporal)
	require.NoError(t, err)
	t.Cleanup(func() {
		f.c.Close()
		for id := range f.workers {
			f.stop(id)
		}
		assert.NoError(t, f.s.Stop())
	})
	return f
}

// launch starts a worker under a name. The first one has the address that the sandbox calls back.
func (f *fleet) launch(name string, env ...string) *stack.Stack {
	f.t.Helper()
	one := *f.s
	one.Server, one.Sandbox, one.Worker = nil, nil, nil
	if len(f.workers) > 0 || f.ownAddresses {
		one.Callbacks, one.Health = stack.FreeAddress(), stack.FreeAddress()
	}
	if strings.HasPrefix(name, "b") {
		one.Binaries.Worker = secondBuild(f.t)
	}
	require.NoError(f.t, one.StartWorker(env...))
	f.workers[name] = &one
	return &one
}

// version starts a worker of a build of the deployment.
func (f *fleet) version(id string, env ...string) *stack.Stack {
	f.t.Helper()
	return f.launch(id, append(env, "TEMPORAL_DEPLOYMENT_NAME="+deployment, "TEMPORAL_WORKER_BUILD_ID="+id)...)
}

// stop stops a worker, which has to end cleanly.
func (f *fleet) stop(name string) {
	f.t.Helper()
	w := f.workers[name]
	delete(f.workers, name)
	assert.NoError(f.t, w.Worker.Stop(stack.Patience))
}

// kill ends a worker as kill -9 does.
func (f *fleet) kill(name string) {
	f.workers[name].Worker.Kill()
	delete(f.workers, name)
}

// setCurrent is "temporal worker deployment set-current-version"; an empty id is --unversioned. It is repeated until Temporal knows all task
// queues of the version.
func (f *fleet) setCurrent(id string) {
	f.t.Helper()
	handle := f.c.WorkerDeploymentClient().GetHandle(deployment)
	eventually(f.t, "the current version is "+id, func() bool {
		_, err := handle.SetCurrentVersion(stack.Context(f.t), client.WorkerDeploymentSetCurrentVersionOptions{BuildID: id})
		if err != nil {
			f.t.Logf("set-current-version %s: %v", id, err)
		}
		return err == nil
	})
}

// drainage is what "temporal worker deployment describe-version" says of a version that is not current.
func (f *fleet) drainage(id string) client.WorkerDeploymentVersionDrainageStatus {
	f.t.Helper()
	d, err := f.c.WorkerDeploymentClient().GetHandle(deployment).DescribeVersion(stack.Context(f.t), client.WorkerDeploymentDescribeVersionOptions{BuildID: id})
	require.NoError(f.t, err)
	if d.Info.DrainageInfo == nil {
		return client.WorkerDeploymentVersionDrainageStatusUnspecified
	}
	return d.Info.DrainageInfo.DrainageStatus
}

// begin starts an operation on a line.
func (f *fleet) begin(operation, onLine, timings string) client.WorkflowRun {
	f.t.Helper()
	input := subject.Of(operation).Request(reference(f.t), onLine, map[string]any{"timings": json.RawMessage(timings)})
	run, err := f.c.ExecuteWorkflow(f.t.Context(), options(f.t, operation, string(input)), operation, input)
	require.NoError(f.t, err)
	return run
}

// sent waits until the requests for some lines are at the carriers.
func (f *fleet) sent(lines ...string) {
	f.t.Helper()
	for _, onLine := range lines {
		eventually(f.t, "the request for a line is sent", func() bool {
			entries, err := f.s.Ledger("", "", onLine)
			return err == nil && len(entries) == 1
		})
	}
}

// ranOn lists who has done the tasks of a run, in their order: the build of workflow tasks, and the process of activities.
func (f *fleet) ranOn(id, run string) (builds, processes []string) {
	f.t.Helper()
	for _, event := range f.history(id, run) {
		if a := event.GetWorkflowTaskCompletedEventAttributes(); a != nil {
			builds = append(builds, a.GetDeploymentVersion().GetBuildId())
		}
		if a := event.GetActivityTaskStartedEventAttributes(); a != nil {
			pid, _, _ := strings.Cut(a.GetIdentity(), "@")
			processes = append(processes, pid)
		}
	}
	return builds, processes
}

func (f *fleet) history(id, run string) (events []*historypb.HistoryEvent) {
	f.t.Helper()
	for it := f.c.GetWorkflowHistory(f.t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		require.NoError(f.t, err)
		events = append(events, event)
	}
	return events
}

// on asserts that every task of a run was done by one build.
func (f *fleet) on(id string, worker *stack.Stack, run client.WorkflowRun) {
	f.t.Helper()
	builds, processes := f.ranOn(run.GetID(), run.GetRunID())
	require.NotEmpty(f.t, builds)
	for _, build := range builds {
		require.Equal(f.t, id, build, "%s: workflow tasks on %v", run.GetID(), builds)
	}
	for _, process := range processes { // a read that confirms a callback is no task of its own
		require.Equal(f.t, fmt.Sprint(worker.Worker.PID()), process, "%s: activities in %v", run.GetID(), processes)
	}
}

// decide makes the carrier decide what it never decides by itself.
func (f *fleet) decide(run client.WorkflowRun) {
	f.t.Helper()
	carrier, ref, _ := workflows.ParseWorkflowID(run.GetID())
	if carrier == "stn" {
		ref = carriers.ShortReference(ref, 15)
	}
	require.NoError(f.t, f.s.Decide(string(carrier), ref))
}

// succeeds waits for the result of a change, which was sent once.
func (f *fleet) succeeds(run client.WorkflowRun, onLine string) (result workflows.Result) {
	f.t.Helper()
	require.NoError(f.t, run.Get(stack.Context(f.t), &result), run.GetID())
	entries, err := f.s.Ledger("", "", onLine)
	require.NoError(f.t, err)
	recorded := 0
	for _, e := range entries {
		_, ref, _ := workflows.ParseWorkflowID(run.GetID())
		mine := slices.Contains([]string{ref, carriers.ShortReference(ref, 15), ""}, e.Reference) // MásMóvil and Telnyx have no field for it
		if e.Recorded && mine {
			recorded++
		}
	}
	require.Equal(f.t, 1, recorded, "%s is recorded once: %+v", run.GetID(), entries)
	return result
}

// starter runs the starter against this Temporal.
func (f *fleet) starter(args ...string) (printed string, code int) {
	f.t.Helper()
	p, err := stack.Launch(f.s.Starter, append(f.s.StarterEnv(), "CARRIERFLOW_OPERATOR=alex"), args...)
	require.NoError(f.t, err)
	code = p.Wait()
	return p.Output(), code
}

var second struct {
	once sync.Once
	path string
	err  error
}

// secondBuild is the worker built as another version. It is built when the first test needs it.
func secondBuild(t *testing.T) string {
	t.Helper()
	second.once.Do(func() {
		second.path = filepath.Join(filepath.Dir(world.Binaries.Worker), "worker-second")
		second.err = stack.BuildWorker(second.path, secondVersion)
	})
	require.NoError(t, second.err)
	return second.path
}

func versionOf(id string) worker.WorkerDeploymentVersion {
	return worker.WorkerDeploymentVersion{DeploymentName: deployment, BuildID: id}
}

// ramp is "temporal worker deployment set-ramping-version"; an empty id is --delete.
func (f *fleet) ramp(id string, percent float32) {
	f.t.Helper()
	_, err := f.c.WorkerDeploymentClient().GetHandle(deployment).SetRampingVersion(stack.Context(f.t),
		client.WorkerDeploymentSetRampingVersionOptions{BuildID: id, Percentage: percent})
	require.NoError(f.t, err)
}

// queued waits until an operation waits for its line's turn.
func (f *fleet) queued(run client.WorkflowRun) {
	f.t.Helper()
	eventually(f.t, run.GetID()+" waits for its line's turn", func() bool {
		s, err := workflows.GetStatus(f.t.Context(), f.c, run.GetID(), "")
		return err == nil && s.Phase == workflows.PhaseQueued
	})
}

// runsOn asserts that new operations run on a build from now on. Temporal tells its task queues of a change one after the other, so the first
// ones may still run on the build before.
func (f *fleet) runsOn(id string, worker *stack.Stack) {
	f.t.Helper()
	f.prefers(id)
	for _, operation := range []string{"dish.UpdateSubscriptionStatus", "stn.SetServices", "masmovil.ReplaceSIM", "telnyx.EnableSIM"} {
		run := f.begin(operation, fresh(subject.Of(operation), subject.Ordinary), fast)
		require.NoError(f.t, run.Get(stack.Context(f.t), nil))
		f.on(id, worker, run)
	}
}

// prefers waits until a new operation runs on a build.
func (f *fleet) prefers(id string) {
	f.t.Helper()
	eventually(f.t, "new operations run on "+id, func() bool {
		onLine := fresh(subject.Of("dish.UpdateSubscriptionStatus"), subject.Ordinary)
		run := f.begin("dish.UpdateSubscriptionStatus", onLine, fast)
		f.succeeds(run, onLine)
		builds, _ := f.ranOn(run.GetID(), "")
		return builds[0] == id
	})
}
