package workflows

import (
	"context"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
)

// LineType is the type of the workflow that keeps who has the turn of a line. The changes of one line are carried out one after
// the other, in the order in which they asked for the turn; reads take no turn. The workflow is open only while a change has the
// turn or waits for it. Nobody has to start it.
const LineType = activities.LineType

// LineID is the workflow id of a line: "line:<carrier>:<line key>", with the key of [LineKey].
func LineID(c carriers.Carrier, key string) string { return activities.LineID(c, key) }

// ParseLineID reads the carrier from the workflow id of a line; ok is false for any other id.
func ParseLineID(id string) (c carriers.Carrier, ok bool) {
	kind, rest, _ := strings.Cut(id, ":")
	name, key, _ := strings.Cut(rest, ":")
	return carriers.Carrier(name), kind == "line" && key != ""
}

// The signals between an operation and its line.
var (
	// AskTurnSignal asks the line for its turn.
	AskTurnSignal = Signal[activities.Asker]{Name: activities.AskTurnSignal}
	// ReleaseTurnSignal gives the turn back to the line, or withdraws what was asked.
	ReleaseTurnSignal = Signal[activities.Release]{Name: activities.ReleaseTurnSignal}
	// TurnSignal tells an operation that it is its turn, or who has it.
	TurnSignal = Signal[TurnNotice]{Name: "turn"}
)

// TurnNotice is the payload of [TurnSignal].
type TurnNotice struct {
	// Granted tells that the operation may be sent, and Refused that too many wait for the line already.
	Granted bool `json:"granted,omitempty" jsonschema_description:"it is the operation's turn, and it may be sent"`
	Refused bool `json:"refused,omitempty" jsonschema_description:"too many operations wait for the line already"`
	// Holder is the workflow that has the turn, when it is another.
	Holder string `json:"holder,omitempty" jsonschema_description:"the workflow id of who has the turn, when it is another"`
	// RunID is the run that has asked.
	RunID string `json:"runId,omitempty" jsonschema_description:"the run that has asked"`
}

// MaxWaiting is how many operations can wait for one line. More are refused, and nothing of them is sent.
const MaxWaiting = 10_000

// LineStatus is who has a line's turn, and who waits for it: the answer to [StatusQuery] of a line, and to [ReleaseLineUpdate].
type LineStatus struct {
	Carrier carriers.Carrier `json:"carrier" jsonschema_description:"the carrier"`
	// Holder is the workflow that has the turn: an operation, or the follow-up of one of which it is not known what became of it.
	Holder string    `json:"holder,omitempty" jsonschema_description:"the workflow id of the operation, or of the follow-up, that has the turn; absent when the line is free"`
	Since  time.Time `json:"since,omitzero" jsonschema_description:"since when it has the turn"`
	// Waiting is how many operations wait, and Next are the first of them, in their order.
	Waiting int      `json:"waiting" jsonschema_description:"how many operations wait for the turn"`
	Next    []string `json:"next,omitempty" jsonschema_description:"the workflow ids of the first that wait, in their order"`
	// Released are the latest turns that operators have taken from their holders.
	Released []ReleasedTurn `json:"released,omitempty" jsonschema_description:"the latest turns that operators have taken from their holders"`
}

// ReleasedTurn is a turn that an operator has taken from its holder.
type ReleasedTurn struct {
	Resolution
	Holder string `json:"holder" jsonschema_description:"the workflow that had the turn"`
}

// TurnHolder reads at Temporal which workflow has a line's turn, "" when the line is free. line is the line's workflow id. It needs
// no worker.
func TurnHolder(ctx context.Context, c interface {
	DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}, line string,
) (string, error) {
	found, err := c.DescribeWorkflowExecution(ctx, line, "")
	if err != nil {
		return "", fmt.Errorf("looking who has the turn of %s: %w", line, err)
	}
	if found.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return "", nil
	}
	holder, err := activities.HolderIn(found.GetWorkflowExecutionInfo().GetMemo())
	return holder.WorkflowID, err
}
