package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	deploymentpb "go.temporal.io/api/deployment/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
)

// What waits for a worker that is not there is said, with what to do, and the exit code says it too.
func TestNobodyServesIt(t *testing.T) {
	var asked []string
	open := func(carrier string) *workflowpb.WorkflowExecutionInfo {
		return unmarked(carrier+":r-1", isRunning, time.Minute)
	}
	for name, test := range map[string]struct {
		idle    []string
		waiting int64
		code    exitCode
		says    string
	}{
		"all are there": {nil, 1, exitDone, ""},
		"no worker at all": {
			[]string{"carrierflow", "carrierflow-dish", "carrierflow-stn", "carrierflow-masmovil"},
			0, exitUnreachable,
			"starter: no worker runs: no worker has asked the task queue carrierflow in namespace default for work in the last minutes.\n" +
				"Start one (bin/worker --help says how); what waits goes on then, nothing is lost.\n",
		},
		"a carrier that is needed": {
			[]string{"carrierflow-stn"},
			1, exitUnreachable,
			"starter: no worker serves stn: 1 operation waits for it. Start a worker with STN_BASE_URL (bin/worker --help lists what else it needs); what waits goes on then.\n",
		},
		"two": {
			[]string{"carrierflow-dish", "carrierflow-masmovil"},
			3, exitUnreachable,
			"starter: no worker serves dish: 3 operations wait for it. Start a worker with DISH_BASE_URL (bin/worker --help lists what else it needs); what waits goes on then.\n" +
				"no worker serves masmovil: 3 operations wait for it. Start a worker with MASMOVIL_BASE_URL (bin/worker --help lists what else it needs); what waits goes on then.\n",
		},
		"a carrier that is not used": {[]string{"carrierflow-stn"}, 0, exitDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fake := visibility(&asked, open("dish"), needing("dish:r-2", isRunning, 0, "Overdue"))
			fake.idle, fake.waiting = test.idle, test.waiting
			for _, args := range [][]string{{"attention"}, {"list"}, {"list", "--needs-attention"}, {"list", "--output=json"}} {
				got := try(t, fake, args...)
				assert.Equal(t, int(test.code), got.code, "%v", args)
				assert.Equal(t, test.says, got.stderr, "%v", args)
				assert.NotContains(t, got.stdout, "Nothing needs attention", "%v", args)
				assert.NotEmpty(t, got.stdout, "the list is shown all the same")
			}
			empty := visibility(&asked)
			empty.idle, empty.waiting = test.idle, test.waiting
			assert.Equal(t, test.code == exitDone, try(t, empty, "attention").stdout == "Nothing needs attention.\n")
			if name == "a carrier that is needed" {
				assert.Equal(t, int(exitDone), try(t, fake, "attention", "--carrier=dish").code, "it was not asked for")
			}
		})
	}
}

func TestNobodyServesARun(t *testing.T) {
	end := asClientsSeeIt(t, errors.New("terminated"))
	for name, test := range map[string]struct {
		fake *fakeTemporal
		idle []string
		says string
	}{
		"all are there": {waitingRun(), nil, ""},
		"no worker":     {waitingRun(), []string{"carrierflow", "carrierflow-dish"}, "no worker runs: no worker has asked the task queue carrierflow"},
		"its carrier":   {waitingRun(), []string{"carrierflow-dish"}, "no worker serves dish. Start a worker with DISH_BASE_URL"},
		"another":       {waitingRun(), []string{"carrierflow-stn"}, ""},
		"it has ended":  {endedRun(isTerminated, nil), []string{"carrierflow", "carrierflow-dish"}, ""},
		"it is for later": {
			&fakeTemporal{describe: describing(toBegin(described(activation, isRunning), noon.Add(time.Hour)))},
			[]string{"carrierflow", "carrierflow-dish"},
			"",
		},
		"callbacks for no operation": {&fakeTemporal{describe: describing(described("UnmatchedCallback", isRunning))}, []string{"carrierflow-dish"}, ""},
		"an unknown operation":       {&fakeTemporal{describe: describing(described("dish.NoSuchThing", isRunning))}, nil, `"dish.NoSuchThing" is not an operation of this release`},
	} {
		t.Run(name, func(t *testing.T) {
			test.fake.idle = test.idle
			test.fake.end = func(context.Context) (string, error) { return "", end }
			code := exitDone
			if test.says != "" {
				code = exitUnreachable
			}
			for _, command := range []string{"status", "show"} {
				got := try(t, test.fake, command, "dish:r-1")
				assert.Equal(t, int(code), got.code, command)
				assert.Contains(t, got.stdout, test.says)
				assert.Empty(t, got.stderr)

				got = try(t, test.fake, command, "dish:r-1", "--output=json")
				assert.Equal(t, int(code), got.code, command)
				var told struct{ Unserved string }
				require.NoError(t, json.Unmarshal([]byte(got.stdout), &told))
				assert.Contains(t, told.Unserved, test.says)
			}
		})
	}
}

// A run of a type that nobody knows is on the list, although no worker could mark it.
func TestUnknownOperationsAreListed(t *testing.T) {
	var asked []string
	odd := ofType("dish.NoSuchThing", unmarked("dish:r-9", isRunning, time.Minute))
	for _, args := range [][]string{{"list"}, {"attention"}, {"list", "--needs-attention=unknownoperation"}, {"attention", "--carrier=dish"}} {
		got := try(t, visibility(&asked, odd), args...)
		assert.Contains(t, got.stdout, "dish:r-9", "%v", args)
		assert.Contains(t, got.stdout, "UnknownOperation", "%v", args)
		assert.Equal(t, int(exitUnreachable), got.code)
		assert.Contains(t, got.stderr, `dish:r-9 waits: "dish.NoSuchThing" is not an operation of this release.`)
	}
	assert.NotContains(t, try(t, visibility(&asked, odd), "attention", "--carrier=stn").stdout, "dish:r-9")
}

// A run that is on a build waits for a worker of that build, whichever others are running.
func TestTheBuildThatIsMissingIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		info *workflowpb.WorkflowExecutionVersioningInfo
		says string
	}{
		"not versioned": {nil, "no worker has taken it up for 20s; is one running?"},
		"versioned": {
			&workflowpb.WorkflowExecutionVersioningInfo{DeploymentVersion: build("v1")},
			"no worker of build v1 has taken it up for 20s; is one of that build running?",
		},
		"moved": {
			&workflowpb.WorkflowExecutionVersioningInfo{DeploymentVersion: build("v1"), VersioningOverride: movedTo("v2")},
			"no worker of build v2 has taken it up for 20s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := described(activation, isRunning, call("Check", "", 3, -20*time.Second))
			d.WorkflowExecutionInfo.VersioningInfo = test.info
			got := try(t, &fakeTemporal{describe: describing(d)}, "status", "dish:r-1")
			assert.Contains(t, got.stdout, test.says)
			assert.Equal(t, test.info != nil, strings.Contains(got.stdout, "Build "))
		})
	}
}

func build(id string) *deploymentpb.WorkerDeploymentVersion {
	return &deploymentpb.WorkerDeploymentVersion{DeploymentName: "carrierflow", BuildId: id}
}

func movedTo(id string) *workflowpb.VersioningOverride {
	return &workflowpb.VersioningOverride{Override: &workflowpb.VersioningOverride_Pinned{
		Pinned: &workflowpb.VersioningOverride_PinnedOverride{Version: build(id)},
	}}
}

// Whoever follows a run that no worker serves is told so.
func TestNobodyServesWhatIsFollowed(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	looks := 0
	fake := &fakeTemporal{
		idle: []string{"carrierflow-dish"},
		describe: func() (*describedRun, error) {
			if looks++; looks > 2 {
				interrupt()
			}
			return described(activation, isRunning, call("Submit", "", 1, -20*time.Second)), nil
		},
		end: func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		},
	}
	got := tryWith(ctx, t, fake, "", "wait", "dish:r-1")
	assert.Equal(t, int(exitInterrupted), got.code)
	assert.Contains(t, got.stdout, "no worker takes it up; no worker serves dish. Start a worker with DISH_BASE_URL (bin/worker --help lists what else it needs)")
}

// A worker that has stopped counts as there for minutes. What has been waiting for it is said before.
func TestWhatNobodyTakesUpIsSaid(t *testing.T) {
	for name, test := range map[string]struct {
		waits time.Duration
		code  exitCode
		says  string
	}{
		"for as long as a busy worker needs": {30 * time.Second, exitDone, ""},
		"for longer": {
			31 * time.Second, exitUnreachable,
			"starter: dish:r-1 has waited for a worker for 31s. Is one running, and does it keep up?\n" +
				"A worker that has stopped counts as there for up to five minutes. Start one (bin/worker --help says how); what waits goes on then, nothing is lost.\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			fake := visibility(&asked, unmarked("dish:r-1", isRunning, time.Minute), unmarked("dish:r-2", isRunning, time.Minute))
			fake.others = map[string]*fakeTemporal{
				"dish:r-1": {describe: describing(described(activation, isRunning, call("Check", "", 3, -test.waits)))},
				"dish:r-2": waitingRun(), // for its next poll
			}
			got := try(t, fake, "attention", "--carrier=dish")
			assert.Equal(t, int(test.code), got.code)
			assert.Equal(t, test.says, got.stderr)
			assert.Equal(t, test.code == exitDone, got.stdout == "Nothing needs attention.\n")
			assert.Regexp(t, `^TaskQueue = 'carrierflow' AND ExecutionStatus = 'Running' AND WorkflowType IN \('dish[^)]*\) AND ExecutionTime <= '2026-11-22T11:59:30Z'$`, asked[len(asked)-1])

			if test.code != exitDone {
				fake.others["dish:r-2"] = &fakeTemporal{describe: describing(described(activation, isRunning, call("Submit", "", 1, -time.Hour)))}
				got = try(t, fake, "attention")
				assert.Contains(t, got.stderr, "2 operations have waited for a worker for up to 1h, among them dish:r-1. Is one running")
			}
		})
	}
}
