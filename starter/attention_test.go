package main

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/starter/internal/payload"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows"
)

// needing is a run as a list shows it, which began some time before noon.
func needing(id string, status enumspb.WorkflowExecutionStatus, age time.Duration, reasons ...string) *workflowpb.WorkflowExecutionInfo {
	info := marked(described(activation, status), reasons...).WorkflowExecutionInfo
	info.Execution.WorkflowId, info.StartTime = id, timestamppb.New(noon.Add(-age))
	return info
}

// visibility answers lists as Temporal does, as far as the starter asks: by the kind of the query and the ids in it.
func visibility(asked *[]string, infos ...*workflowpb.WorkflowExecutionInfo) *fakeTemporal {
	isOpen := func(i *workflowpb.WorkflowExecutionInfo) bool { return i.Status == isRunning }
	hasReason := func(i *workflowpb.WorkflowExecutionInfo) bool { return payload.Attention(i.SearchAttributes) != nil }
	return &fakeTemporal{describe: notThere, list: func(r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		*asked = append(*asked, r.Query)
		found := &workflowservice.ListWorkflowExecutionsResponse{}
		for _, info := range infos {
			fits := false
			switch asks := func(text string) bool { return strings.Contains(r.Query, text) }; {
			case asks("WorkflowId IN"):
				fits = asks("'"+info.Execution.WorkflowId+"'") && (!asks("ExecutionStatus IN") || isOpen(info) || info.Status == isComplete)
			case asks("WorkflowType NOT IN ('UnmatchedCallback'"):
				fits = isOpen(info) && !asks("'"+info.Type.Name+"'")
			case asks("CloseTime >="):
				fits = info.Status == isTerminated || info.Status == isTimedOut || !isOpen(info) && info.Status != isComplete && hasReason(info)
			case asks("NeedsAttention"):
				fits = isOpen(info) && hasReason(info)
			default:
				fits = info.Type.Name != workflows.FollowUpType
			}
			if fits {
				found.Executions = append(found.Executions, info)
			}
		}
		return found, nil
	}}
}

const (
	isTerminated = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	isTimedOut   = enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT
)

// ofType makes a listed run one of another type.
func ofType(operation string, info *workflowpb.WorkflowExecutionInfo) *workflowpb.WorkflowExecutionInfo {
	info.Type.Name = operation
	return info
}

// unmarked is a run as a list shows it that has no reason for attention.
func unmarked(id string, status enumspb.WorkflowExecutionStatus, age time.Duration) *workflowpb.WorkflowExecutionInfo {
	info := needing(id, status, age)
	info.SearchAttributes = nil
	return info
}

// leftBehind is an open follow-up of an operation and what it was started with.
func leftBehind(f workflows.FollowUp) *fakeTemporal {
	return &fakeTemporal{history: events(began(workflows.FollowUpType, f, 0))}
}

func TestAttention(t *testing.T) {
	var asked []string
	fake := visibility(&asked,
		needing("dish:new", isRunning, time.Minute, "Overdue", "Held"),
		unmarked("dish:failed", isFailed, time.Hour),
		ofType("FollowUp", needing("follow-up:dish:failed", isRunning, 10*time.Second, "NotInEffect")),
		ofType("FollowUp", needing("follow-up:dish:gone", isRunning, 2*time.Hour, "LateCallback")),
		needing("stn:old", isRunning, 50*time.Hour, "Overdue"),
		unmarked("dish:ended", isTerminated, 3*time.Hour),
		unmarked("dish:late", isTimedOut, 4*time.Hour),
		unmarked("dish:seen", isTerminated, 5*time.Hour), // acknowledged
		ofType("FollowUp", unmarked("follow-up:dish:seen", isComplete, 5*time.Hour)),
		ofType("dish.GetSubscription", unmarked("dish:read", isTerminated, 6*time.Hour)), // leaves nothing behind
		ofType("dish.NoSuchThing", unmarked("dish:odd", isRunning, 30*time.Minute)),
	)
	fake.others = map[string]*fakeTemporal{"follow-up:dish:failed": leftBehind(workflows.FollowUp{
		WorkflowID: "dish:failed", Carrier: "dish", Operation: activation, Reference: "failed", Failure: workflows.NotInEffect,
		Message: "dish.ActivateSubscription, reference failed: DISH says done, but its own read does not show the change; an operator has to look into it",
	}), "follow-up:dish:gone": leftBehind(workflows.FollowUp{Operation: activation, Failure: workflows.DeadlineExceeded, Message: "undecided"})}
	got := try(t, fake, "attention")
	assert.Equal(t, int(exitUnreachable), got.code, "nobody knows one of them")
	assert.Equal(t, "NeedsAttention IS NOT NULL AND ExecutionStatus = 'Running'", asked[0], "as the runbook has it for the Web UI")
	runbook, err := os.ReadFile("../docs/runbook.md")
	require.NoError(t, err)
	assert.Contains(t, string(runbook), "\n    "+strings.ReplaceAll(asked[0], "'", `"`)+"\n")
	assert.Equal(t, `7 need attention, the oldest first.

stn:old  Overdue
  dish.ActivateSubscription, running, started 2d 2h ago
  Ask sTN why it takes so long. check-now makes the next check at once.
  $ bin/starter check-now stn:old --reason='ticket NUMBER'

dish:late  TimedOut
  dish.ActivateSubscription, timed out 10s ago
  Look at the line at DISH: what became of the request? The run was ended by force.
  $ bin/starter retry dish:late --looked-at-carrier --reason='ticket NUMBER'
  when nothing is left to do:
  $ bin/starter acknowledge dish:late --reason='ticket NUMBER'

dish:ended  Terminated
  dish.ActivateSubscription, terminated 10s ago
  Look at the line at DISH: what became of the request? The run was ended by force.
  $ bin/starter retry dish:ended --looked-at-carrier --reason='ticket NUMBER'
  when nothing is left to do:
  $ bin/starter acknowledge dish:ended --reason='ticket NUMBER'

follow-up:dish:gone  LateCallback
  dish.ActivateSubscription, failed 2h ago, DeadlineExceeded
    undecided
  Look at the line at DISH: what became of the request? Tell the caller.
  $ bin/starter acknowledge follow-up:dish:gone --reason='ticket NUMBER'

dish:failed  NotInEffect
  dish.ActivateSubscription, failed 10s ago, NotInEffect
    DISH says done, but its own read does not show the change; an operator has to look into it
  An operator has to look at the carrier; until then send nothing again.
  $ bin/starter retry dish:failed --looked-at-carrier --reason='ticket NUMBER'
  when nothing is left to do:
  $ bin/starter acknowledge dish:failed --reason='ticket NUMBER'

dish:odd  UnknownOperation
  dish.NoSuchThing, running, started 30m ago
  Start a worker of this release, which ends it as InvalidRequest, or a newer one that may have it.
  $ bin/starter show dish:odd

dish:new  Overdue, Held
  dish.ActivateSubscription, running, started 1m ago
  If it lasts, ask DISH for its decision, and record it with approve or deny.
  $ bin/starter approve dish:new --reason='ticket NUMBER'
`, got.stdout)

	asked = nil
	got = try(t, fake, "attention", "--limit=1", "--since=2d", "--carrier=dish")
	assert.True(t, strings.HasPrefix(asked[0], "Carrier IN ('dish') AND"), asked[0])
	assert.Contains(t, strings.Join(asked, "\n"), "CloseTime >= '2026-11-20T12:00:00Z'")
	assert.Contains(t, got.stdout, "--limit shows them")

	var tasks []struct {
		WorkflowID                 string
		NeedsAttention             []string
		Failure, Message, FollowUp string
		Todo, Command, Acknowledge string
	}
	require.NoError(t, json.Unmarshal([]byte(try(t, fake, "attention", "--output=json").stdout), &tasks))
	require.Len(t, tasks, 7)
	assert.Equal(t, "stn:old", tasks[0].WorkflowID)
	assert.Equal(t, []string{"Overdue"}, tasks[0].NeedsAttention)
	assert.Equal(t, "bin/starter check-now stn:old --reason='ticket NUMBER'", tasks[0].Command)
	assert.Equal(t, "follow-up:dish:failed", tasks[4].FollowUp)
	assert.Equal(t, "NotInEffect", tasks[4].Failure)

	assert.Equal(t, "Nothing needs attention.\n", try(t, visibility(&asked), "attention").stdout)
	assert.Equal(t, "[]\n", try(t, visibility(&asked), "attention", "--output=json").stdout)
	for _, flag := range []string{"--since=x", "--limit=0", "--carrier=x"} {
		assert.Equal(t, int(exitUsage), try(t, nil, "attention", flag).code, flag)
	}

	// Where nobody knows who sits there, a command has a place for it.
	assert.Equal(t, "starter check-now stn:old --reason='ticket NUMBER' --operator=NAME",
		printer{self: "starter", unnamed: true}.task(runs.View{WorkflowID: "stn:old", State: runs.Running, Attention: []string{"Overdue"}}).Command)
}

// The same runs are on the list of list, under their operations; a follow-up is no row of its own.
func TestListShowsWhatIsLeftBehind(t *testing.T) {
	var asked []string
	fake := visibility(&asked,
		needing("dish:new", isRunning, time.Minute, "Overdue"),
		unmarked("dish:failed", isFailed, time.Hour),
		ofType("FollowUp", needing("follow-up:dish:failed", isRunning, 10*time.Second, "NotInEffect", "LateCallback", "OutcomeUnknown")),
		unmarked("dish:ended", isTerminated, 2*time.Hour),
		unmarked("dish:seen", isTerminated, 3*time.Hour),
		ofType("FollowUp", unmarked("follow-up:dish:seen", isComplete, 3*time.Hour)),
	)
	got := try(t, fake, "list")
	assert.Equal(t, "TaskQueue = 'carrierflow' AND WorkflowType NOT IN ('FollowUp', 'Line', 'Sweep', 'WebhookDelivery')", asked[0])
	assert.Equal(t, `ID           STATUS      STARTED      AGE  OPERATION             ATTENTION
dish:new     running     11-22 11:59  1m   ActivateSubscription  Overdue
dish:failed  failed      11-22 11:00  1h   ActivateSubscription  NotInEffect,LateCallback,OutcomeUnknown
dish:ended   terminated  11-22 10:00  2h   ActivateSubscription  Terminated
dish:seen    terminated  11-22 09:00  3h   ActivateSubscription
`, got.stdout)

	got = try(t, fake, "list", "--needs-attention")
	assert.Equal(t, `ID           STATUS      STARTED      AGE  OPERATION             ATTENTION
dish:new     running     11-22 11:59  1m   ActivateSubscription  Overdue
dish:failed  failed      11-22 11:00  1h   ActivateSubscription  NotInEffect,LateCallback,OutcomeUnknown
dish:ended   terminated  11-22 10:00  2h   ActivateSubscription  Terminated
`, got.stdout)
	got = try(t, fake, "list", "--needs-attention", "--state=failed,terminated", "--limit=1")
	assert.Contains(t, got.stdout, "dish:failed")
	assert.NotContains(t, got.stdout, "dish:new")
	assert.NotContains(t, got.stdout, "dish:ended")
}

// Where workers answer, the list says how far an open operation is; after one that is not answered, no other is asked.
func TestAttentionReadsTheStatus(t *testing.T) {
	var asked []string
	fake := visibility(&asked, needing("dish:r-1", isRunning, time.Hour, "Overdue"))
	fake.status, fake.describe = waitingStatus(), describing(described(activation, isRunning))
	assert.Contains(t, try(t, fake, "attention").stdout, `dish.ActivateSubscription, overdue, started 1h ago, DISH says "Success"`)
	var tasks []struct{ Status workflows.OperationStatus }
	require.NoError(t, json.Unmarshal([]byte(try(t, fake, "attention", "--output=json").stdout), &tasks))
	assert.Equal(t, noon.Add(72*time.Hour), tasks[0].Status.Deadline)
	fake.status = nil
	assert.Contains(t, try(t, fake, "attention").stdout, "dish.ActivateSubscription, running, started 1h ago\n")
}

// A follow-up that was itself ended by force says nothing any more: its operation is on the list as one that was.
func TestAFollowUpThatWasEndedByForce(t *testing.T) {
	var asked []string
	followUp := ofType("FollowUp", needing("follow-up:dish:r-1", isTerminated, time.Minute, "NotInEffect"))
	followUp.SearchAttributes.IndexedFields["Operation"] = payloads(activation).Payloads[0]
	got := try(t, visibility(&asked, unmarked("dish:r-1", isFailed, time.Hour), followUp), "attention")
	assert.Contains(t, got.stdout, "1 needs attention.\n\ndish:r-1  Terminated, NotInEffect\n")
}

// Every reason that the workflows can raise is known here, with a command that exists.
func TestEveryReasonHasARemedy(t *testing.T) {
	raised := attentionValues(t)
	require.NotEmpty(t, raised)
	known := map[string]bool{}
	for _, r := range reasons {
		known[string(r.reason)] = true
	}
	for _, reason := range raised {
		assert.True(t, known[reason], reason)
	}
	p := printer{self: "bin/starter"}
	check := func(status runs.State, reason string) {
		task := p.task(runs.View{WorkflowID: "dish:r-1", State: status, Attention: []string{reason}})
		assert.NotEmpty(t, task.Todo)
		var out strings.Builder
		p.Out = &out
		p.timelineFoot(report{View: runs.View{WorkflowID: "masmovil:r-1", State: status, Attention: []string{reason}}}, noon)
		for line := range strings.Lines(out.String()) {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), terminal.Width+1, line)
		}
		for _, command := range []string{task.Command, task.Acknowledge} {
			if command == "" && (!status.Final() || strings.Contains(task.Command, "acknowledge")) {
				continue
			}
			parses(t, command)
		}
	}
	for _, status := range []runs.State{runs.Running, runs.Failed, runs.Completed} {
		for _, reason := range append(raised, "OfANewerWorker") {
			check(status, reason)
		}
	}
	check(runs.Terminated, "Terminated")
	check(runs.TimedOut, "TimedOut")
	check(runs.Running, "UnknownOperation")
}

// parses tells whether a printed command is one, with all the flags it needs.
func parses(t *testing.T, command string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `for word in `+command+`; do printf '%s\n' "$word"; done`).Output()
	require.NoError(t, err, command)
	words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	assert.Equal(t, "bin/starter", words[0])
	var root grammar
	parser, _, err := newParser(&root, "bin/starter", words[1:])
	require.NoError(t, err)
	_, err = parser.Parse(words[1:])
	assert.NoError(t, err, command)
}

// attentionValues reads the constants of the type Attention in the source of package workflows.
func attentionValues(t *testing.T) (values []string) {
	t.Helper()
	files, err := filepath.Glob("../workflows/*.go")
	require.NoError(t, err)
	for _, file := range files {
		source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(source, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && fmt.Sprint(spec.Type) == "Attention" {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				values = append(values, value)
			}
			return true
		})
	}
	return values
}

// One that no worker served until its deadline is started anew as the runbook has it: retry refuses it without the look.
func TestWhatToDoWhenNoWorkerServedIt(t *testing.T) {
	got := printer{self: "starter"}.task(runs.View{WorkflowID: "stn:r-1", State: runs.Failed, Attention: []string{"NotServed"}})
	assert.Equal(t, "starter retry stn:r-1 --looked-at-carrier --reason='ticket NUMBER'", got.Command)
	assert.NotEmpty(t, runs.MayHaveIt(runs.Ending{Failure: &workflows.Failure{Type: workflows.DeadlineExceeded}}, false))
}

// What the carrier refused for our credentials may be sent again without a look at the carrier, if it was the request that it
// refused. The commands are the ones that retry takes.
func TestWhatToDoWhenTheCarrierRefusesOurCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		submitted time.Time
		reasons   []string
		looked    bool
	}{
		"for the request":                   {reasons: []string{"Unauthorized"}},
		"later":                             {submitted: noon, reasons: []string{"Unauthorized"}, looked: true},
		"and something else was said since": {reasons: []string{"Unauthorized", "LateCallback"}, looked: true},
	} {
		t.Run(name, func(t *testing.T) {
			end := asClientsSeeIt(t, temporal.NewApplicationErrorWithOptions("refused", string(workflows.CarrierUnauthorized), temporal.ApplicationErrorOptions{
				Details: []any{workflows.Failure{Type: workflows.CarrierUnauthorized, Operation: activation, Message: "refused", SubmittedAt: test.submitted}},
			}))
			followUp := ofType("FollowUp", needing("follow-up:dish:r-1", isRunning, 0, test.reasons...))
			var asked []string
			fake := visibility(&asked, unmarked("dish:r-1", isFailed, time.Hour), followUp)
			fake.describe = describing(described(activation, isFailed))
			fake.end = func(context.Context) (string, error) { return "", end }
			fake.others = map[string]*fakeTemporal{"follow-up:dish:r-1": leftBehind(workflows.FollowUp{Operation: activation, Failure: workflows.CarrierUnauthorized, Message: "refused"})}
			fake.others["follow-up:dish:r-1"].describe = describing(&describedRun{WorkflowExecutionInfo: followUp})

			command := "$ bin/starter retry dish:r-1 --reason='ticket NUMBER'\n"
			if test.looked {
				command = "$ bin/starter retry dish:r-1 --looked-at-carrier --reason='ticket NUMBER'\n"
			}
			assert.Contains(t, try(t, fake, "attention").stdout, command)
			assert.Contains(t, try(t, fake, "show", "dish:r-1").stdout, command)
		})
	}
}
