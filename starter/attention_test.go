package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// needing is a run as a list shows it, which began some time before noon.
func needing(id string, status enumspb.WorkflowExecutionStatus, age time.Duration, reasons ...string) *workflowpb.WorkflowExecutionInfo {
	info := marked(described(activation, status), reasons...).WorkflowExecutionInfo
	info.Execution.WorkflowId, info.StartTime = id, timestamppb.New(noon.Add(-age))
	return info
}

func TestAttention(t *testing.T) {
	var asked string
	fake := listing(&asked,
		needing("dish:new", isRunning, time.Minute, "Overdue", "RiskReview"),
		needing("dish:failed", isFailed, time.Hour, "NotInEffect"),
		needing("stn:old", isRunning, 50*time.Hour, "Overdue"))
	got := try(t, fake, "attention")
	assert.Equal(t, int(exitDone), got.code)
	assert.Equal(t, "Carrier IN ('dish', 'stn', 'masmovil') AND NeedsAttention IS NOT NULL AND "+
		"(ExecutionStatus = 'Running' OR (ExecutionStatus != 'Completed' AND CloseTime >= '2026-11-15T12:00:00Z'))", asked)
	assert.Equal(t, `3 need attention, the oldest first.

stn:old  Overdue
  dish.ActivateSubscription, running for 2d 2h
  ask the carrier what keeps it; to look at once:
  $ starter check-now stn:old --reason

dish:failed  NotInEffect
  dish.ActivateSubscription, failed 10s ago
  ask the carrier why it does not show what it says is done; if it has to be sent again:
  $ starter retry dish:failed --looked-at-carrier

dish:new  Overdue, RiskReview
  dish.ActivateSubscription, running for 1m
  ask the carrier for its decision; when it is in favour (else deny-risk):
  $ starter approve-risk dish:new --reason
`, got.stdout)

	got = try(t, fake, "attention", "--limit=1", "--since=2d", "--carrier=dish")
	assert.True(t, strings.HasPrefix(asked, "Carrier IN ('dish') AND"), asked)
	assert.Contains(t, asked, "'2026-11-20T12:00:00Z'")
	assert.Contains(t, got.stdout, "stn:old")
	assert.NotContains(t, got.stdout, "dish:new")
	assert.Contains(t, got.stdout, "and 2 more; --limit shows them")

	var tasks []struct {
		WorkflowID     string
		NeedsAttention []string
		Todo, Command  string
	}
	require.NoError(t, json.Unmarshal([]byte(try(t, fake, "attention", "--output=json").stdout), &tasks))
	require.Len(t, tasks, 3)
	assert.Equal(t, "stn:old", tasks[0].WorkflowID)
	assert.Equal(t, []string{"Overdue"}, tasks[0].NeedsAttention)
	assert.Equal(t, "starter check-now stn:old --reason", tasks[0].Command)

	assert.Equal(t, "Nothing needs attention.\n", try(t, listing(&asked), "attention").stdout)
	assert.Equal(t, "[]\n", try(t, listing(&asked), "attention", "--output=json").stdout)
	for _, flag := range []string{"--since=x", "--limit=0", "--carrier=x"} {
		assert.Equal(t, int(exitUsage), try(t, nil, "attention", flag).code, flag)
	}
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
	for _, status := range []state{running, failed} {
		for _, reason := range append(raised, "OfANewerWorker") {
			task := taskOf(view{WorkflowID: "dish:" + strings.Repeat("r", 36), State: status, Attention: []string{reason}})
			assert.NotEmpty(t, task.Todo)
			for _, line := range []string{task.Todo + ":", "$ " + task.Command} {
				assert.LessOrEqual(t, utf8.RuneCountInString("  "+line), listWidth, line)
			}
			args := strings.Fields(strings.TrimPrefix(task.Command, "starter "))
			if args[len(args)-1] == "--reason" {
				args = append(args, "because")
			}
			var root grammar
			parser, _, err := newParser(&root, "bin/starter")
			require.NoError(t, err)
			_, err = parser.Parse(args)
			assert.NoError(t, err, task.Command)
		}
	}
}

// attentionValues reads the constants of the type Attention in the source of package workflows.
func attentionValues(t *testing.T) (values []string) {
	t.Helper()
	for _, file := range []string{"attention.go", "unmatched.go"} {
		source, err := parser.ParseFile(token.NewFileSet(), "../workflows/"+file, nil, 0)
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
