package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// A roll from build a to build b and back, and to b again, as docs/upgrading.md has it: what is in flight ends on the build that it began
// on, with its activities; what is new runs on the current one; what may be open for ever moves; none fails. A drained build is stopped.
func TestARollFromOneBuildToTheNext(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "--sandbox-decide-after=300ms")
	sweeping := []string{"STN_SWEEP=true", "STN_SWEEP_EVERY=1s"}
	a := f.version("a", sweeping...)
	early := fresh(subject.Of("stn.SetServices"), subject.Ordinary)
	first := f.begin("stn.SetServices", early, fast) // it waits until a version is current
	f.setCurrent("a")
	f.succeeds(first, early)
	f.on("a", a, first)

	// In flight on a: two that wait for their carriers, one that waits for its line's turn, one that leaves a follow-up, and a plan.
	sim, line, gone := fresh(subject.Of("dish.UpdateSubscriptionStatus"), subject.NeverDecided), fresh(subject.Of("stn.SetServices"), subject.NeverDecided), fresh(subject.Of("stn.SetServices"), subject.NeverDecided)
	callback, check, cancelled := f.begin("dish.UpdateSubscriptionStatus", sim, fast), f.begin("stn.SetServices", line, fast), f.begin("stn.SetServices", gone, fast)
	plan := shippedPlan(t, "onboard-line")
	step := plans.StepReference(plan.Reference, "line", 1)
	require.NoError(t, f.s.Direct(sandbox.Rule{Carrier: "stn", Reference: carriers.ShortReference(step, 15), Scenario: "never-decided"}))
	whole, err := plans.Start(t.Context(), f.c, plan)
	require.NoError(t, err)
	f.sent(sim, line, gone)
	eventually(t, "the plan has sent its step", func() bool {
		_, recorded := sentTo(t, f.s, step)
		return recorded
	})
	queued := f.begin("stn.SetServices", line, fast)
	f.queued(queued)

	b := f.version("b", sweeping...)
	_, metrics := get(t, "http://"+b.Health+"/metrics")
	require.Contains(t, metrics, `version="`+secondVersion+`"`, "it is another build")
	f.setCurrent("b")
	newer := f.begin("stn.SetServices", line, fast) // it waits behind two of a
	f.queued(newer)
	f.runsOn("b", b)
	require.NoError(t, f.c.CancelWorkflow(t.Context(), cancelled.GetID(), ""))
	failure, ok := workflows.AsFailure(cancelled.Get(stack.Context(t), nil))
	require.True(t, ok)
	require.Equal(t, workflows.CanceledAfterSubmit, failure.Type)

	for _, ended := range []struct {
		run    client.WorkflowRun
		onLine string
		build  string
		worker *stack.Stack
	}{{callback, sim, "a", a}, {check, line, "a", a}, {queued, line, "a", a}, {newer, line, "b", b}} {
		eventually(t, ended.run.GetID()+" is decided", func() bool {
			f.decide(ended.run)
			d, err := f.c.DescribeWorkflowExecution(t.Context(), ended.run.GetID(), "")
			return err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() != nil
		})
		f.succeeds(ended.run, ended.onLine)
		f.on(ended.build, ended.worker, ended.run)
	}
	f.on("a", a, cancelled)
	require.NoError(t, f.s.Decide("stn", carriers.ShortReference(step, 15)))
	_, err = plans.Await(stack.Context(t), f.c, whole.GetID())
	require.NoError(t, err)
	f.on("a", a, whole)
	for _, name := range []string{"card", "line", "services"} {
		f.on("a", a, f.c.GetWorkflow(t.Context(), workflows.WorkflowID("stn", plans.StepReference(plan.Reference, name, 1)), ""))
	}
	builds, _ := f.ranOn(lineOf(subject.Of("stn.SetServices"), line), "")
	require.Contains(t, builds, "b", "the line goes on with the current build")

	// Back to a: what b has begun ends on b.
	onB := fresh(subject.Of("stn.SetServices"), subject.NeverDecided)
	begunOnB := f.begin("stn.SetServices", onB, fast)
	f.sent(onB)
	f.setCurrent("a")
	f.runsOn("a", a)
	require.Equal(t, client.WorkerDeploymentVersionDrainageStatus(client.WorkerDeploymentVersionDrainageStatusDraining), f.drainage("b"))
	f.decide(begunOnB)
	f.succeeds(begunOnB, onB)
	f.on("b", b, begunOnB)
	f.ramp("b", 100)
	f.runsOn("b", b)
	f.ramp("", 0)
	f.runsOn("a", a)

	// Forward again: a is drained, and nobody misses it.
	f.setCurrent("b")
	eventually(t, "a is drained", func() bool { return f.drainage("a") == client.WorkerDeploymentVersionDrainageStatusDrained })
	f.stop("a")
	f.runsOn("b", b)
	eventually(t, "the sweep goes on at b", func() bool {
		d, err := f.c.DescribeWorkflowExecution(t.Context(), workflows.SweepID("stn"), "")
		require.NoError(t, err)
		return slices.ContainsFunc(d.GetPendingActivities(), func(p *workflowpb.PendingActivityInfo) bool {
			return strings.HasPrefix(p.GetLastWorkerIdentity(), strconv.Itoa(b.Worker.PID())+"@")
		})
	})
	printed, code := f.starter("acknowledge", cancelled.GetID(), "--reason", "told")
	require.Zero(t, code, printed)
	followUp := f.c.GetWorkflow(t.Context(), workflows.FollowUpID(cancelled.GetID()), "")
	require.NoError(t, followUp.Get(stack.Context(t), nil), "the follow-up of an operation of a is acknowledged")
	printed, code = f.starter("status", callback.GetID())
	require.Zero(t, code, printed)
	require.Contains(t, printed, "completed  "+callback.GetID(), "what has ended on a is shown without it")
}

// A build that is stopped before it is drained leaves operations behind. The starter says which build they wait for, and they can be moved.
func TestOperationsOfABuildThatIsGoneAreSeenAndMoved(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "--sandbox-decide-after=300ms")
	f.version("a")
	f.setCurrent("a")
	operations := []string{"dish.UpdateSubscriptionStatus", "stn.SetServices", "stn.SwapSIM"}
	var runs []client.WorkflowRun
	var lines []string
	for _, operation := range operations {
		onLine := fresh(subject.Of(operation), subject.NeverDecided)
		lines, runs = append(lines, onLine), append(runs, f.begin(operation, onLine, fast))
	}
	f.sent(lines...)
	f.version("b")
	f.setCurrent("b")
	f.kill("a")
	for _, run := range runs {
		f.decide(run)
		eventually(t, "the starter says which build is missing", func() bool {
			printed, _ := f.starter("status", run.GetID())
			return strings.Contains(printed, "no worker of build a has taken it up for")
		})
	}
	eventually(t, "they are on the operators' list", func() bool {
		printed, code := f.starter("attention")
		return code == 3 && strings.Contains(printed, "3 operations have waited for a worker")
	})
	left := `TemporalWorkerDeploymentVersion = "carrierflow:a" AND TemporalWorkflowVersioningBehavior = "Pinned" AND ExecutionStatus = "Running"`
	eventually(t, "the query of docs/upgrading.md finds them", func() bool {
		counted, err := f.c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: "default", Query: left})
		require.NoError(t, err)
		return counted.GetCount() == int64(len(runs))
	})
	for i, override := range []client.VersioningOverride{
		&client.PinnedVersioningOverride{Version: versionOf("b")}, &client.AutoUpgradeVersioningOverride{}, &client.OneTimeVersioningOverride{TargetVersion: versionOf("b")},
	} {
		_, err := f.c.UpdateWorkflowExecutionOptions(t.Context(), client.UpdateWorkflowExecutionOptionsRequest{
			WorkflowId:                      runs[i].GetID(),
			WorkflowExecutionOptionsChanges: client.WorkflowExecutionOptionsChanges{VersioningOverride: &client.VersioningOverrideChange{Value: override}},
		})
		require.NoError(t, err)
		f.succeeds(runs[i], lines[i])
	}
}

// From workers without a version to a first version, and back: what is in flight is taken over, and none fails.
func TestVersioningIsTurnedOnAndOff(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "--sandbox-decide-after=300ms")
	f.launch("without")
	begin := func() (client.WorkflowRun, string) {
		onLine := fresh(subject.Of("stn.SetServices"), subject.NeverDecided)
		run := f.begin("stn.SetServices", onLine, fast)
		f.sent(onLine)
		return run, onLine
	}
	before, beforeLine := begin()
	a := f.version("a")
	f.setCurrent("a")
	f.runsOn("a", a)
	f.stop("without")
	f.decide(before)
	f.succeeds(before, beforeLine)

	pinned, pinnedLine := begin()
	f.launch("again")
	f.setCurrent("")
	after, afterLine := begin()
	for run, onLine := range map[client.WorkflowRun]string{pinned: pinnedLine, after: afterLine} {
		f.decide(run)
		f.succeeds(run, onLine)
	}
	f.on("a", a, pinned)
	f.on("", f.workers["again"], after)
	f.stop("a")
}

// The limit of a carrier is for all builds together, also while two of them work off what they have.
func TestTheLimitHoldsForAllBuildsTogether(t *testing.T) {
	t.Parallel()
	const each, perSecond = 40, 4
	limited := fmt.Sprintf("STN_PER_SECOND=%d", perSecond)
	f := newFleet(t, "--sandbox-decide-after=300ms")
	f.version("a", limited)
	f.version("b", limited)
	runs := map[string][]client.WorkflowRun{}
	// progress is how many of a build's runs are on it, and how many of their two activities, to send and to check, were done.
	progress := func(build string) (on, done int) {
		for _, run := range runs[build] {
			d, err := f.c.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
			require.NoError(t, err)
			if d.GetWorkflowExecutionInfo().GetVersioningInfo().GetDeploymentVersion().GetBuildId() != build || len(d.GetPendingActivities()) != 1 {
				continue
			}
			on++
			if p := d.GetPendingActivities()[0]; p.GetActivityType().GetName() == activities.CheckName("stn.SetServices") {
				done += min(2, int(p.GetAttempt()))
			}
		}
		return on, done
	}
	for _, build := range []string{"a", "b"} {
		f.setCurrent(build)
		f.prefers(build)
		for range each {
			runs[build] = append(runs[build], f.begin("stn.SetServices", fresh(subject.Of("stn.SetServices"), subject.NeverDecided), slowly))
		}
		require.Eventually(t, func() bool {
			on, _ := progress(build)
			return on == each
		}, stack.Within(t), 500*time.Millisecond, "all are on build %s", build)
	}
	both := func() (at time.Time, a, b int) {
		_, a = progress("a")
		_, b = progress("b")
		return time.Now(), a, b
	}
	from, a, b := both()
	require.Less(t, a, 2*each, "both have something to do")
	var to time.Time
	var aLater, bLater int
	require.Eventually(t, func() bool {
		to, aLater, bLater = both()
		return aLater == 2*each || bLater == 2*each
	}, stack.Within(t), 500*time.Millisecond, "one of them is done")
	done, took := aLater+bLater-a-b, to.Sub(from)
	t.Logf("%d activities of a and %d of b in %s, at %d a second", aLater-a, bLater-b, took, perSecond)
	require.Greater(t, done, each, "long enough to count")
	require.Less(t, float64(done)/took.Seconds(), 1.4*perSecond)
}
