package swept

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

// world are the operations that a test knows: their open workflows, with the key of their line.
type world struct {
	mu   sync.Mutex
	open map[string]string
	// signals are those that were sent, by workflow; requests the request ids.
	signals  map[string][]workflows.Callback
	requests map[string]bool
	queries  []string
	failing  string
}

func newTeller(t *testing.T, open map[string]string) (*Teller, *world) {
	adapter, ok := registry.Carrier("stn")
	require.True(t, ok)
	w := &world{open: open, signals: map[string][]workflows.Callback{}, requests: map[string]bool{}}
	return &Teller{Adapter: adapter, Secret: "secret", Sender: w, Lister: w}, w
}

func (w *world) Send(_ context.Context, workflowID, requestID string, c workflows.Callback) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, open := w.open[workflowID]; !open {
		return serviceerror.NewNotFound("no such workflow")
	}
	if workflowID == w.failing {
		return errors.New("Temporal is not there")
	}
	if !w.requests[requestID] {
		w.requests[requestID] = true
		w.signals[workflowID] = append(w.signals[workflowID], c)
	}
	return nil
}

func (w *world) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	w.queries = append(w.queries, r.GetQuery())
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	for id, key := range w.open {
		if key == "" || !strings.Contains(r.GetQuery(), "'"+key+"'") {
			continue
		}
		payload, err := converter.GetDefaultDataConverter().ToPayload(key)
		if err != nil {
			return nil, err
		}
		answer.Executions = append(answer.Executions, &workflowpb.WorkflowExecutionInfo{
			Execution:        &commonpb.WorkflowExecution{WorkflowId: id},
			SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"LineKey": payload}},
		})
	}
	return answer, nil
}

func about(reference, transaction string, lines ...string) carriers.Decided {
	return carriers.Decided{Reference: reference, TransactionID: transaction, Lines: lines, Outcome: carriers.Outcome{State: carriers.Failed, Status: "ERROR", Code: "7", Reason: "no"}}
}

func TestOperationsAreToldByTheirReference(t *testing.T) {
	teller, w := newTeller(t, map[string]string{"stn:order-1": "", "stn:order-2": ""})
	named := about("order-1", "A1", "S1")
	named.Outcome.Line = &carriers.Line{SubscriptionID: "S1", Number: "0612345678"}
	done, told, err := teller.Tell(t.Context(), []carriers.Decided{named, about("order-2", "A2"), about("other", "A3")})
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true}, done, "nobody has the third, and there is no other way to find out")
	require.Equal(t, 2, told)
	require.Empty(t, w.queries)
	got := w.signals["stn:order-1"][0]
	require.False(t, got.ReceivedAt.IsZero())
	got.ReceivedAt = workflows.Callback{}.ReceivedAt
	require.Equal(t, workflows.Callback{State: carriers.Failed, Status: "ERROR", Code: "7", Reason: "no", Swept: true, TransactionID: "A1", Line: &workflows.ListedLine{SubscriptionID: "S1", Number: "0612345678"}}, got)
}

// While the secret is replaced, operations that were started with the one before are told as well.
func TestOperationsAreFoundUnderThePreviousSecret(t *testing.T) {
	teller, w := newTeller(t, map[string]string{"stn:before": workflows.LineKey("old", "stn", "S1"), "stn:since": workflows.LineKey("secret", "stn", "S1")})
	teller.Previous = "old"
	done, told, err := teller.Tell(t.Context(), []carriers.Decided{about("", "A1", "S1")})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, done)
	require.Equal(t, 2, told)
	require.Len(t, w.queries, 1)
}

func TestOperationsAreFoundByTheirLine(t *testing.T) {
	key := func(line string) string { return workflows.LineKey("secret", "stn", line) }
	teller, w := newTeller(t, map[string]string{
		"stn:0b9c5f2e-5d7a-4d0a-9c7e-0f6a3a1d2b4c": key("S1"), "stn:also-on-that-line": key("S1"), "stn:by-number": key("0612345678"),
	})
	done, told, err := teller.Tell(t.Context(), []carriers.Decided{
		about("abcdefghijklmno", "A1", "S1", "06-11111111"), about(" not a reference", "A2", "S9", "06-12345678"), about("", "A3", "S7"),
	})
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, false}, done, "of the third it is not known: it may have begun a moment ago")
	require.Equal(t, 3, told, "every operation of a line: the id of the request says whom it is about")
	require.Equal(t, "A1", w.signals["stn:also-on-that-line"][0].TransactionID)
	require.Equal(t, "A2", w.signals["stn:by-number"][0].TransactionID)
	require.Len(t, w.queries, 1, "one look-up for all")
	for _, part := range []string{"WorkflowType IN ('stn.SetServices'", "ExecutionStatus = 'Running'"} {
		require.Contains(t, w.queries[0], part)
	}
	require.NotContains(t, w.queries[0], "S1'", "no line in plain text")
	require.NotContains(t, w.queries[0], "Cancel")

	_, _, err = teller.Tell(t.Context(), []carriers.Decided{about("abcdefghijklmno", "A1", "S1")})
	require.NoError(t, err)
	require.Len(t, w.signals["stn:also-on-that-line"], 1, "whoever tells it again, it has the same request id")
}

func TestManyLinesAreLookedUpInParts(t *testing.T) {
	teller, w := newTeller(t, nil)
	var all []carriers.Decided
	for i := range 2*keysAtOnce + 1 {
		all = append(all, about("", "A", strings.Repeat("S", i+1)))
	}
	_, _, err := teller.Tell(t.Context(), all)
	require.NoError(t, err)
	require.Len(t, w.queries, 3)
}

func TestAFailureIsReportedAndTheOthersAreTold(t *testing.T) {
	teller, w := newTeller(t, map[string]string{"stn:order-1": "", "stn:order-2": "", "stn:order-3": ""})
	w.failing = "stn:order-2"
	done, told, err := teller.Tell(t.Context(), []carriers.Decided{about("order-1", "A1"), about("order-2", "A2"), about("order-3", "A3")})
	require.ErrorContains(t, err, "signalling workflow stn:order-2: Temporal is not there")
	require.Equal(t, []bool{true, false, true}, done)
	require.Equal(t, 2, told)
}

// turnsOf are lines by their workflow id, with who has the turn.
type turnsOf map[string]string

func (t turnsOf) DescribeWorkflowExecution(_ context.Context, line, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	holder, open := t[line]
	if !open {
		return nil, serviceerror.NewNotFound("no such line")
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(activities.Asker{WorkflowID: holder})
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{activities.HolderMemo: payload}},
	}}, err
}

// An operation whose caller has not set LineKey is found by the turn of its line.
func TestAnOperationIsFoundByTheTurnOfItsLine(t *testing.T) {
	teller, w := newTeller(t, map[string]string{"stn:a-long-reference": ""})
	lineID := workflows.LineID("stn", teller.Adapter.LineKey("secret", "SUB-1"))
	teller.Turns = turnsOf{lineID: "stn:a-long-reference"}
	done, told, err := teller.Tell(t.Context(), []carriers.Decided{about("shortened", "tx-1", "SUB-1"), about("other", "tx-2", "SUB-2")})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, done)
	require.Equal(t, 1, told)
	require.Len(t, w.signals["stn:a-long-reference"], 1)
}
