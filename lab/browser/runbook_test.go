package browser

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

const (
	runbook = "../../docs/runbook.md"
	images  = "../../docs/images"
)

// Whatever operators can be called for, and whatever a run can fail as, has a heading.
func TestRunbookIsComplete(t *testing.T) {
	t.Parallel()
	text := read(t, runbook)
	_, attention, _ := strings.Cut(text, "\n## Needs attention\n")
	attention, failures, _ := strings.Cut(attention, "\n## Failures\n")
	heading := regexp.MustCompile(`(?m)^### (\w+)$`)
	for kind, section := range map[string]string{"Attention": attention, "FailureType": failures} {
		var headings []string
		for _, match := range heading.FindAllStringSubmatch(section, -1) {
			headings = append(headings, match[1])
		}
		assert.ElementsMatch(t, constants(t, kind), headings, "one heading for every %s", kind)
	}
}

// constants are the values of a type of package workflows, read in its source so that a new one cannot be forgotten.
func constants(t *testing.T, kind string) []string {
	t.Helper()
	files, err := filepath.Glob("../../workflows/*.go")
	require.NoError(t, err)
	var values []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			of, typed := spec.Type.(*ast.Ident)
			literal, constant := spec.Values[0].(*ast.BasicLit)
			if typed && constant && of.Name == kind {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				values = append(values, value)
			}
			return true
		})
	}
	require.NotEmpty(t, values)
	return values
}

// The runbook shows the pictures that there are, and no others.
func TestRunbookPictures(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(images + "/*")
	require.NoError(t, err)
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	assert.ElementsMatch(t, picturesIn(t), files, "take the missing ones with: go test ./browser -update")
}

// picturesIn are the names of the pictures that the runbook shows.
func picturesIn(t *testing.T) (names []string) {
	t.Helper()
	for _, match := range regexp.MustCompile(`\]\(images/([^)]+)\)`).FindAllStringSubmatch(read(t, runbook), -1) {
		names = append(names, match[1])
	}
	return names
}

// Every command of the starter that the runbook names is one, with these flags.
func TestRunbookCommands(t *testing.T) {
	t.Parallel()
	require.NoError(t, begin())
	help := map[string]string{} // by command
	for _, match := range regexp.MustCompile("(?:`|    )starter ((?:plan )?[a-z-]+)([^`\n]*)").FindAllStringSubmatch(read(t, runbook), -1) {
		command := match[1]
		if help[command] == "" {
			text, err := exec.Command(world.Starter, append(strings.Fields(command), "--help")...).CombinedOutput()
			require.NoError(t, err, "%s: %s", match[0], text)
			help[command] = string(text)
		}
		for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(match[2], -1) {
			assert.Regexp(t, flag+`\b`, help[command], match[0])
		}
	}
	require.NotEmpty(t, help)
}

// Every search that the runbook gives is one.
func TestRunbookSearches(t *testing.T) {
	t.Parallel()
	require.NoError(t, begin())
	searches := regexp.MustCompile("(?m)(?:^    |`)((?:NeedsAttention|WorkflowType) .*?)(?:`|$)").FindAllStringSubmatch(read(t, runbook), -1)
	require.NotEmpty(t, searches)
	for _, match := range searches {
		_, err := world.client.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: match[1]})
		assert.NoError(t, err, match[1])
	}
}

// What the runbook tells to send is taken by a run in that situation.
func TestRunbookUpdates(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`--name ([a-z-]+) \\\n\s+--input '(.*)'`)
	var sent []string
	for i, match := range command.FindAllStringSubmatch(read(t, runbook), -1) {
		name, argument := match[1], match[2]
		of := overdue
		if name == workflows.ApproveUpdate.Name || name == workflows.DenyUpdate.Name {
			of = stuck[slices.IndexFunc(stuck, func(s situation) bool { return s.why == workflows.AttentionHeld })]
		}
		run := of.start(t, 501+i)
		handle, err := world.client.UpdateWorkflow(t.Context(), client.UpdateWorkflowOptions{
			WorkflowID: run.GetID(), UpdateName: name, Args: []any{json.RawMessage(argument)}, WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		require.NoError(t, err, match[0])
		var status workflows.OperationStatus
		require.NoError(t, handle.Get(t.Context(), &status), match[0])
		t.Log(name + ": " + status.Message)
		sent = append(sent, name)
	}
	assert.ElementsMatch(t, []string{
		workflows.CheckNowUpdate.Name, workflows.ResolveUpdate.Name, workflows.ExtendDeadlineUpdate.Name,
		workflows.ApproveUpdate.Name, workflows.DenyUpdate.Name,
	}, sent)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
