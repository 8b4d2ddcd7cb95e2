package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// lineOf is the workflow id of a line.
func lineOf(s subject.Subject, onLine string) string {
	return workflows.LineID(s.Carrier(), workflows.LineKey("secret", s.Carrier(), onLine))
}

// awaitQueued waits until an operation waits for its line's turn, and returns its status.
func awaitQueued(t *testing.T, run client.WorkflowRun) workflows.OperationStatus {
	t.Helper()
	return awaitStatus(t, run, "it waits for its line's turn", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseQueued })
}

// What is not known of a line's request keeps the others from being sent, until an operator has settled it or taken its turn.
func TestAParkedHolderKeepsTheTurn(t *testing.T) {
	t.Parallel()
	parked := func(t *testing.T) (s subject.Subject, onLine string, holder, next client.WorkflowRun) {
		s = subject.Of("masmovil.ChangeProduct")
		onLine = fresh(s, subject.ResetRecorded)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Line: onLine, Scenario: "late-effect", Delay: carriers.Duration(time.Hour)}))
		holder = startOn(t, s, reference(t), onLine, patient)
		awaitStatus(t, holder, "parked", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseParked })
		next = startOn(t, s, reference(t), onLine, fast)
		require.Equal(t, &workflows.TurnStatus{Line: lineOf(s, onLine), Holder: holder.GetID()}, awaitQueued(t, next).Turn)
		require.Len(t, ledger(t, string(s.Carrier()), onLine), 1)
		return s, onLine, holder, next
	}
	t.Run("until it is settled", func(t *testing.T) {
		t.Parallel()
		s, onLine, holder, next := parked(t)
		printed := operate(t, 0, "status", next.GetID())
		require.Contains(t, printed, "queued  "+next.GetID())
		require.Contains(t, printed, holder.GetID()+" has it")
		require.Contains(t, operate(t, 0, "show", next.GetID()), "it waits for its line's turn")
		operate(t, 0, "resolve", holder.GetID(), "--outcome", "failed", "--reason", "MásMóvil does not have it")
		eventually(t, "the next one is sent", func() bool { return len(ledger(t, string(s.Carrier()), onLine)) == 2 })
	})
	t.Run("until its turn is taken from it", func(t *testing.T) {
		t.Parallel()
		s, onLine, holder, next := parked(t)
		require.Contains(t, operate(t, 2, "release-line", holder.GetID(), "--reason", "no"), "does not wait for its line's turn")
		printed := operate(t, 0, "release-line", next.GetID(), "--reason", "MásMóvil does not have it", "--operator", "jo")
		require.Contains(t, printed, holder.GetID()+" no longer has the turn")
		eventually(t, "the next one is sent", func() bool { return len(ledger(t, string(s.Carrier()), onLine)) == 2 })
		require.Equal(t, workflows.PhaseParked, awaitStatus(t, holder, "it goes on", func(workflows.OperationStatus) bool { return true }).Phase)
	})
	t.Run("after its end too, until that is acknowledged", func(t *testing.T) {
		t.Parallel()
		s, onLine, holder, next := parked(t)
		require.NoError(t, world.client.CancelWorkflow(t.Context(), holder.GetID(), ""))
		require.Equal(t, workflows.OutcomeUnknown, fail(t, holder).Type)
		eventually(t, "the follow-up has the turn", func() bool {
			status, err := workflows.GetStatus(t.Context(), world.client, next.GetID(), "")
			return err == nil && status.Turn != nil && status.Turn.Holder == workflows.FollowUpID(holder.GetID())
		})
		require.Len(t, ledger(t, string(s.Carrier()), onLine), 1)
		operate(t, 0, "acknowledge", holder.GetID(), "--reason", "MásMóvil does not have it")
		eventually(t, "the next one is sent", func() bool { return len(ledger(t, string(s.Carrier()), onLine)) == 2 })
	})
}

// heldLine starts an operation that its carrier never decides, and another that waits behind it for the turn of their line.
func heldLine(t *testing.T) (s subject.Subject, onLine string, holder, waiting client.WorkflowRun) {
	t.Helper()
	s = subject.Of("stn.SetServices")
	onLine = fresh(s, subject.NeverDecided)
	holder = startOn(t, s, reference(t), onLine, fast)
	eventually(t, "sent", func() bool { return recorded(t, "stn", onLine) == 1 })
	waiting = startOn(t, s, reference(t), onLine, fast)
	awaitQueued(t, waiting)
	return s, onLine, holder, waiting
}

// A reset run of an operation takes the turn from the follow-up that keeps it.
func TestAResetRunHasTheTurnOfItsFollowUp(t *testing.T) {
	t.Parallel()
	_, onLine, holder, next := heldLine(t)
	require.NoError(t, world.client.CancelWorkflow(t.Context(), holder.GetID(), ""))
	require.Equal(t, workflows.CanceledAfterSubmit, fail(t, holder).Type)
	hasTurn := func(who string) {
		eventually(t, who+" has the turn", func() bool {
			status, err := workflows.GetStatus(t.Context(), world.client, next.GetID(), "")
			return err == nil && status.Turn != nil && status.Turn.Holder == who
		})
	}
	hasTurn(workflows.FollowUpID(holder.GetID()))
	_, err := world.client.ResetWorkflowExecution(t.Context(), resetToBeginning(holder.GetID(), holder.GetRunID()))
	require.NoError(t, err)
	hasTurn(holder.GetID())
	again := world.client.GetWorkflow(t.Context(), holder.GetID(), "")
	awaitStatus(t, again, "it has found its request", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseWaiting })
	require.Equal(t, 1, recorded(t, "stn", onLine))
	operate(t, 0, "resolve", holder.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	eventually(t, "the next one is sent", func() bool { return recorded(t, "stn", onLine) == 2 })
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), next.GetID(), "", "the test is over"))
}

// An operation that waits for its line's turn can be cancelled: nothing was sent, and the next one moves up.
func TestAWaitingChangeIsCancelled(t *testing.T) {
	t.Parallel()
	s, onLine, holder, waiting := heldLine(t)
	third := startOn(t, s, reference(t), onLine, fast)
	awaitQueued(t, third)
	require.NoError(t, world.client.CancelWorkflow(t.Context(), waiting.GetID(), ""))
	require.Equal(t, workflows.Canceled, fail(t, waiting).Type)
	operate(t, 0, "resolve", holder.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	eventually(t, "the third one is sent", func() bool { return recorded(t, "stn", onLine) == 2 })
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), third.GetID(), "", "the test is over"))
}

// A reset run of the holder keeps the turn; one that has waited asks again; a reset line goes through its requests once more.
func TestTheTurnSurvivesResets(t *testing.T) {
	t.Parallel()
	s, onLine, holder, waiting := heldLine(t)
	line := world.client.GetWorkflow(t.Context(), lineOf(s, onLine), "")
	for _, run := range []client.WorkflowRun{line, holder, waiting} {
		request := resetToBeginning(run.GetID(), run.GetRunID())
		eventually(t, "a workflow task is completed", func() bool {
			for _, event := range history(t, run) {
				if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
					request.WorkflowTaskFinishEventId = event.GetEventId()
					return true
				}
			}
			return false
		})
		_, err := world.client.ResetWorkflowExecution(t.Context(), request)
		require.NoError(t, err)
	}
	current := func(run client.WorkflowRun) client.WorkflowRun {
		return world.client.GetWorkflow(t.Context(), run.GetID(), "")
	}
	require.Equal(t, holder.GetID(), awaitQueued(t, current(waiting)).Turn.Holder)
	awaitStatus(t, current(holder), "it has found its request", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseWaiting })
	require.Equal(t, 1, recorded(t, "stn", onLine))
	operate(t, 0, "resolve", holder.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	eventually(t, "the waiting one is sent", func() bool { return recorded(t, "stn", onLine) == 2 })
	operate(t, 0, "resolve", waiting.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	eventually(t, "the line is closed", func() bool { return !open(t, lineOf(s, onLine)) })
}

// open reports whether a run of a workflow is open.
func open(t *testing.T, id string) bool {
	t.Helper()
	d, err := world.client.DescribeWorkflowExecution(t.Context(), id, "")
	require.NoError(t, err)
	return d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// A hundred changes on ten lines, while workers are killed and runs are terminated: on no line do two changes overlap at the carrier,
// and each line's are sent in the order in which they asked.
func TestChangesOfOneLineNeverOverlap(t *testing.T) {
	t.Parallel()
	const onEach, kills = 10, 4
	s := ownStack(t)
	require.NoError(t, s.StartServer("--sandbox-decide-after=300ms"))
	require.NoError(t, s.StartWorker())
	c, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		assert.NoError(t, s.Stop())
	})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	type change struct {
		id         string
		terminated bool
	}
	subjects := []subject.Subject{subject.Of("stn.SetServices"), subject.Of("dish.UpdateBillCycle"), subject.Of("masmovil.AddDevice")}
	lines := map[string]subject.Subject{}
	var all []*change
	byReference := map[string]*change{}
	for i := range 10 {
		kind := subjects[i%len(subjects)]
		onLine := kind.Line(100+i, int(subject.Ordinary))
		lines[onLine] = kind
		for n := range onEach {
			ref := fmt.Sprintf("order-%d-%d", i, n)
			one := &change{id: kind.WorkflowID(ref)}
			all, byReference[ref] = append(all, one), one
			var further map[string]any
			require.NoError(t, json.Unmarshal([]byte(`{"timings":`+fast+`}`), &further))
			if kind.Type == "dish.UpdateBillCycle" {
				further["billCycleStartDay"] = n + 1
			}
			request := kind.Request(ref, onLine, further)
			options, err := workflows.StartOptions(kind.Type, request, "secret")
			require.NoError(t, err)
			_, err = c.ExecuteWorkflow(t.Context(), options, kind.Type, request)
			require.NoError(t, err)
		}
	}
	for range kills { // after every kill, three runs are terminated, whatever they do
		time.Sleep(time.Duration(500+random.IntN(1000)) * time.Millisecond)
		s.Worker.Kill()
		for range 3 {
			one := all[random.IntN(len(all))]
			if c.TerminateWorkflow(t.Context(), one.id, "", "a test") == nil {
				one.terminated = true
			}
		}
		require.NoError(t, s.StartWorker())
	}
	// A request of which only the effect could tell whether it was sent is parked when its worker was killed, and keeps the turn.
	resolving, stop := context.WithCancel(t.Context())
	var resolved sync.WaitGroup
	resolved.Go(func() { resolveParked(resolving, c) })
	defer resolved.Wait()
	defer stop()
	ends := map[string]time.Time{}
	for _, one := range all {
		err := c.GetWorkflow(t.Context(), one.id, "").Get(stack.Context(t), nil)
		if !one.terminated {
			require.NoError(t, err, one.id)
		}
		d, err := c.DescribeWorkflowExecution(t.Context(), one.id, "")
		require.NoError(t, err)
		ends[one.id] = d.GetWorkflowExecutionInfo().GetCloseTime().AsTime()
	}
	for onLine, kind := range lines {
		entries, err := s.Ledger(string(kind.Carrier()), "", onLine)
		require.NoError(t, err)
		var sent []string
		var previous sandbox.Entry
		for _, e := range entries {
			if !e.Recorded {
				continue
			}
			sent = append(sent, e.Reference)
			if previous.Recorded {
				until := previous.InEffectAt
				if before := byReference[previous.Reference]; before != nil && before.terminated {
					until = ends[before.id]
				}
				require.False(t, e.ArrivedAt.Before(until), "%s on a line arrived at %s; the one before, %s, was under way until %s", e.Reference, e.ArrivedAt, previous.Reference, until)
			}
			previous = e
		}
		require.GreaterOrEqual(t, len(sent), onEach-kills*3)
		if kind.FoundBy == carriers.FoundByEffect {
			continue // its requests have no reference
		}
		inOrder := slices.DeleteFunc(askedInOrder(t, c, lineOf(kind, onLine)), func(ref string) bool { return !slices.Contains(sent, ref) })
		require.Equal(t, inOrder, sent, "in the order in which they asked")
	}
}

// askedInOrder are the references of those that have asked for a line's turn, in the order of its histories.
func askedInOrder(t *testing.T, c client.Client, line string) (references []string) {
	t.Helper()
	type asking struct {
		at  time.Time
		ref string
	}
	var all []asking
	var runs []string
	eventually(t, "the line's runs can be listed, and the last has ended", func() bool {
		page, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = '" + line + "'"})
		require.NoError(t, err)
		runs = nil
		for _, info := range page.GetExecutions() {
			if info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
				return false
			}
			runs = append(runs, info.GetExecution().GetRunId())
		}
		return len(runs) > 0
	})
	for _, run := range runs {
		for it := c.GetWorkflowHistory(t.Context(), line, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			event, err := it.Next()
			require.NoError(t, err)
			if signal := event.GetWorkflowExecutionSignaledEventAttributes(); signal.GetSignalName() == activities.AskTurnSignal {
				var a activities.Asker
				require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(signal.GetInput(), &a))
				_, ref, _ := workflows.ParseWorkflowID(a.WorkflowID)
				all = append(all, asking{event.GetEventTime().AsTime(), ref})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b asking) int { return a.at.Compare(b.at) })
	for _, a := range all {
		if !slices.Contains(references, a.ref) {
			references = append(references, a.ref)
		}
	}
	return references
}

// A line takes thousands of requests: it continues in new runs, and passes over those that have ended. CARRIERFLOW_LINE_REQUESTS
// says how many; 9990 is the most that can wait with the one behind them.
func TestALineTakesManyRequests(t *testing.T) {
	t.Parallel()
	many := 300
	if text := os.Getenv("CARRIERFLOW_LINE_REQUESTS"); text != "" {
		var err error
		many, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	s := subject.Of("stn.SetServices")
	onLine := fresh(s, subject.NeverDecided)
	holder := startOn(t, s, reference(t), onLine, fast)
	eventually(t, "sent", func() bool { return recorded(t, "stn", onLine) == 1 })
	line := lineOf(s, onLine)
	var asking errgroup.Group
	asking.SetLimit(16)
	for i := range many { // of runs that no longer exist
		asking.Go(func() error {
			gone := activities.Asker{WorkflowID: fmt.Sprintf("stn:gone-%d-%d", os.Getpid(), i), RunID: "gone"}
			for {
				err := workflows.AskTurnSignal.Send(context.Background(), world.client, line, gone)
				if err == nil || !strings.Contains(err.Error(), "limit for signal events") {
					return err
				}
				time.Sleep(time.Second) // as an operation does: the line needs a moment without a signal to continue in a new run
			}
		})
	}
	require.NoError(t, asking.Wait())
	last := startOn(t, s, reference(t), onLine, fast)
	awaitQueued(t, last)
	began := time.Now()
	operate(t, 0, "resolve", holder.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	require.Eventually(t, func() bool { return recorded(t, "stn", onLine) == 2 }, 20*time.Minute, 50*time.Millisecond)
	t.Logf("%d requests were passed over in %s", many, time.Since(began).Round(time.Millisecond))
	operate(t, 0, "resolve", last.GetID(), "--outcome", "failed", "--reason", "sTN dropped it")
	eventually(t, "the line is closed", func() bool { return !open(t, line) })
}

// resolveParked settles parked runs as an operator does, until ctx ends.
func resolveParked(ctx context.Context, c client.Client) {
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		parked, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			Namespace: "default", Query: fmt.Sprintf("NeedsAttention = '%s' AND ExecutionStatus = 'Running'", workflows.AttentionOutcomeUnknown),
		})
		if err != nil {
			continue
		}
		for _, run := range parked.GetExecutions() {
			// An error means that the run has ended meanwhile; else it is listed again.
			_, _ = workflows.ResolveUpdate.Send(ctx, c, run.GetExecution().GetWorkflowId(), workflows.Resolve{
				OperatorAction: workflows.OperatorAction{Operator: "a test", Reason: "the ledger tells"}, Outcome: carriers.Done,
			})
		}
	}
}
