package e2e

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// Temporal is restored to a state in which one operation was not sent yet, and another one not started; both were sent since. With
// the lost time set, neither is sent again. Without it, both are: this is why it has to be set.
func TestARestoreOfTemporal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told     bool
		requests int
	}{
		"with the lost time set": {true, 1},
		"without it":             {false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRestored(t)
			kinds := []subject.Subject{subject.Of("dish.UpdateSubscriptionStatus"), subject.Of("stn.SetServices"), subject.Of("masmovil.ReplaceSIM")}
			begun, lost := map[string]subject.Subject{}, map[string]subject.Subject{}
			lineOf := map[string]string{}
			begin := func(ref string, kind subject.Subject) client.WorkflowRun {
				if lineOf[ref] == "" {
					lineOf[ref] = fresh(kind, subject.Ordinary)
				}
				return r.start(kind, ref, lineOf[ref])
			}
			for _, kind := range kinds {
				ref := reference(t)
				begun[ref] = kind
				begin(ref, kind)
			}

			from := time.Now()
			r.backUp()
			for _, kind := range kinds {
				ref := reference(t)
				lost[ref] = kind
				begin(ref, kind)
			}
			require.NoError(t, r.StartWorker())
			for _, all := range []map[string]subject.Subject{begun, lost} {
				for ref, kind := range all {
					r.completed(kind.WorkflowID(ref))
					require.Equal(t, 1, r.sent(kind, lineOf[ref]))
				}
			}
			require.NoError(t, r.Worker.Stop(stack.Patience))
			until := time.Now().Add(time.Second) // written in whole seconds
			r.restore()
			eventually(t, "the lost time is over", func() bool { return time.Now().After(until) })

			var env []string
			if c.told {
				env = append(env, "CARRIERFLOW_LOST_TIME="+from.UTC().Format(time.RFC3339)+"/"+until.UTC().Format(time.RFC3339))
			}
			require.NoError(t, r.StartWorker(env...))
			for ref, kind := range lost { // their callers find them unknown, and start them again
				_, err := r.client.DescribeWorkflowExecution(t.Context(), kind.WorkflowID(ref), "")
				require.ErrorAs(t, err, new(*serviceerror.NotFound))
				if kind.FoundBy != carriers.FoundByEffect {
					begin(ref, kind)
				}
			}
			for ref, kind := range begun {
				status := r.decided(kind.WorkflowID(ref))
				if kind.FoundBy == carriers.FoundByEffect { // the new card is on the line already, or nobody can tell
					require.Equal(t, 1, r.sent(kind, lineOf[ref]), kind.Type)
					if c.told {
						require.Equal(t, workflows.PhaseParked, status.Phase, kind.Type)
					}
					continue
				}
				require.Equal(t, c.requests, r.sent(kind, lineOf[ref]), kind.Type)
				require.True(t, status.Ended(), kind.Type)
				if c.told {
					r.completed(kind.WorkflowID(ref))
				}
			}
			for ref, kind := range lost {
				if kind.FoundBy == carriers.FoundByEffect {
					continue
				}
				require.True(t, r.decided(kind.WorkflowID(ref)).Ended(), kind.Type)
				if c.told {
					r.completed(kind.WorkflowID(ref))
				}
				require.Equal(t, c.requests, r.sent(kind, lineOf[ref]), kind.Type)
			}
		})
	}
}

// Idempotency lasts as long as Temporal keeps the run. After that a reference is a new one, and its request is sent again.
func TestAReferenceThatTemporalHasForgotten(t *testing.T) {
	t.Parallel()
	for _, kind := range []subject.Subject{subject.Of("dish.UpdateSubscriptionStatus"), subject.Of("stn.SetServices")} {
		t.Run(kind.Type, func(t *testing.T) {
			t.Parallel()
			ref, onLine := reference(t), fresh(kind, subject.Ordinary)
			run := startOn(t, kind, ref, onLine, fast)
			succeed(t, run)
			_, err := world.client.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
				Namespace: "default", WorkflowExecution: execution(run.GetID(), run.GetRunID()),
			})
			require.NoError(t, err)
			eventually(t, "the run is deleted", func() bool {
				_, err := world.client.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
				_, gone := err.(*serviceerror.NotFound)
				return gone
			})
			_, _ = end(t, startOn(t, kind, ref, onLine, fast)) // the carrier may find that the line has that status already
			require.Equal(t, 2, recorded(t, string(kind.Carrier()), onLine))
		})
	}
}

// restored is a stack whose Temporal keeps its state in a file, and whose carriers go on while it is exchanged.
type restored struct {
	*stack.Stack
	t      *testing.T
	file   string
	client client.Client
}

func newRestored(t *testing.T) *restored {
	r := &restored{Stack: ownStack(t), t: t, file: filepath.Join(t.TempDir(), "temporal.db")}
	require.NoError(t, r.StartServer("--no-sandbox", "--db="+r.file))
	require.NoError(t, r.StartSandbox("SANDBOX_DECIDE_AFTER=300ms"))
	t.Cleanup(func() { require.NoError(t, r.Stop()) })
	require.NoError(t, r.StartWorker()) // registers the search attributes
	require.NoError(t, r.Worker.Stop(stack.Patience))
	var err error
	r.client, err = stack.Dial(r.Temporal)
	require.NoError(t, err)
	t.Cleanup(r.client.Close)
	return r
}

func (r *restored) start(kind subject.Subject, ref, onLine string) client.WorkflowRun {
	r.t.Helper()
	request := kind.Request(ref, onLine, map[string]any{"timings": map[string]any{"pollEvery": "100ms", "lookupDelay": "1s", "callTimeout": "10s"}})
	options, err := workflows.StartOptions(kind.Type, request, "secret")
	require.NoError(r.t, err)
	run, err := r.client.ExecuteWorkflow(stack.Context(r.t), options, kind.Type, request)
	require.NoError(r.t, err)
	return run
}

// sent is how many requests for a change of a line have reached the carrier.
func (r *restored) sent(kind subject.Subject, onLine string) int {
	r.t.Helper()
	entries, err := r.Ledger(string(kind.Carrier()), "", onLine)
	require.NoError(r.t, err)
	return len(entries)
}

// decided waits until an operation has ended or is parked.
func (r *restored) decided(id string) (status workflows.OperationStatus) {
	r.t.Helper()
	eventually(r.t, id+" is decided or parked", func() bool {
		var err error
		status, err = workflows.GetStatus(r.t.Context(), r.client, id, "")
		return err == nil && (status.Ended() || status.Phase == workflows.PhaseParked)
	})
	return status
}

// completed waits until an operation is completed.
func (r *restored) completed(id string) {
	r.t.Helper()
	require.NoError(r.t, r.client.GetWorkflow(r.t.Context(), id, "").Get(stack.Context(r.t), nil), id)
}

func (r *restored) backUp() { r.exchange(func() { r.copy(r.file, r.file+".backup") }) }

func (r *restored) restore() {
	r.exchange(func() {
		for _, beside := range []string{"-wal", "-shm"} {
			_ = os.Remove(r.file + beside)
		}
		r.copy(r.file+".backup", r.file)
	})
}

// exchange does something while the server is stopped.
func (r *restored) exchange(do func()) {
	r.t.Helper()
	require.NoError(r.t, r.Server.Stop(stack.Patience))
	do()
	require.NoError(r.t, r.RestartServer())
}

func (r *restored) copy(from, to string) {
	r.t.Helper()
	in, err := os.Open(from)
	require.NoError(r.t, err)
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	require.NoError(r.t, err)
	_, err = io.Copy(out, in)
	require.NoError(r.t, err)
	require.NoError(r.t, out.Close())
}
