package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// sweptCount is how many operations wait, and sweptDecided how long the carrier takes, so that their first checks are too early.
	sweptCount   = 200
	sweptDecided = 20 * time.Second
	// slowly are timings with which the second check comes too late for any test.
	slowly = `{"pollEvery":"1h","overduePollEvery":"1h","overdueAfter":"4h","lookupDelay":"1s","callTimeout":"10s","confirmWithin":"20s"}`
)

// Operations whose own checks are an hour apart are told by the sweep when they are decided, also when the worker is killed meanwhile.
// When the sweep is turned off, they are not.
func TestWaitingOperationsAreToldByTheSweep(t *testing.T) {
	t.Parallel()
	s := ownStack(t)
	require.NoError(t, s.StartServer("--sandbox-decide-after="+sweptDecided.String()))
	sweeping := []string{"STN_SWEEP=true", "STN_SWEEP_EVERY=1s", "STN_SWEEP_PAGE=50", "TELNYX_SWEEP=true", "TELNYX_SWEEP_EVERY=1s"}
	require.NoError(t, s.StartWorker(sweeping...))
	c, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		assert.NoError(t, s.Stop())
	})
	lineOf := map[string]string{}
	begin := func(operation, ref, onLine, field, further string) client.WorkflowRun {
		input := fmt.Sprintf(`{"reference":%q,%q:%q,"timings":%s%s}`, ref, field, onLine, slowly, further)
		run, err := c.ExecuteWorkflow(t.Context(), options(t, operation, input), operation, json.RawMessage(input))
		require.NoError(t, err)
		lineOf[run.GetID()] = onLine
		return run
	}
	setServices := func(ref string) client.WorkflowRun {
		return begin("stn.SetServices", ref, line("SUB-", 6, 0), "subscriptionId", `,"services":{"voiceMail":false}`)
	}
	recorded := func() int {
		entries, err := s.Ledger("", "", "")
		require.NoError(t, err)
		return len(entries)
	}
	decided := func() (at map[string]time.Time) {
		entries, err := s.Ledger("", "", "")
		require.NoError(t, err)
		at = map[string]time.Time{}
		for _, e := range entries {
			if e.InEffect {
				at[e.Line] = e.InEffectAt
			}
		}
		return at
	}

	var runs []client.WorkflowRun
	for i := range sweptCount {
		ref := fmt.Sprintf("sw-%d", i)
		switch i % 10 {
		case 0: // Telnyx has no field for a reference, so the operation is found by its line
			runs = append(runs, begin("telnyx.EnableSIM", ref, line("5a2d9c10-0000-4000-8000-", 10, 0), "sim_card_id", ""))
			continue
		case 1, 3, 5, 7, 9: // too long for sTN's field
			ref = fmt.Sprintf("a-reference-of-many-characters-%d", i)
		}
		runs = append(runs, setServices(ref))
	}
	eventually(t, "all are submitted", func() bool { return recorded() == sweptCount })
	s.Worker.Kill()
	require.NoError(t, s.StartWorker(sweeping...))
	told := 0
	for _, run := range runs {
		require.Equal(t, workflows.ByCheck, succeed(t, run).DecidedBy, "what the list says was read at the carrier")
		for it := c.GetWorkflowHistory(t.Context(), run.GetID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			event, err := it.Next()
			require.NoError(t, err)
			if event.GetWorkflowExecutionSignaledEventAttributes().GetSignalName() == workflows.CallbackSignal.Name {
				told++
				break
			}
		}
	}
	require.GreaterOrEqual(t, told, sweptCount/2)
	t.Logf("%d of %d were told", told, sweptCount)
	var late []time.Duration
	at := decided()
	for _, run := range runs {
		d, err := c.DescribeWorkflowExecution(t.Context(), run.GetID(), "")
		require.NoError(t, err)
		late = append(late, d.GetWorkflowExecutionInfo().GetCloseTime().AsTime().Sub(at[lineOf[run.GetID()]]))
	}
	slices.Sort(late)
	stats, err := s.Stats()
	require.NoError(t, err)
	t.Logf("closed after the decision: median %s, 95%% within %s; requests: %v", late[len(late)/2], late[len(late)*95/100], stats)

	answer, err := http.Get("http://" + s.Health + "/metrics")
	require.NoError(t, err)
	metrics, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	for _, name := range []string{"carrierflow_sweep_pages_total", "carrierflow_sweep_told_total"} {
		require.Regexp(t, name+`\{.*carrier="stn".*\} [1-9]`, string(metrics))
	}

	require.NoError(t, s.Worker.Stop(stack.Patience))
	require.NoError(t, s.StartWorker("STN_SWEEP=false", "TELNYX_SWEEP=false"))
	for _, carrier := range []carriers.Carrier{"stn", "telnyx"} {
		eventually(t, "the sweep ends when it is turned off", func() bool {
			d, err := c.DescribeWorkflowExecution(t.Context(), workflows.SweepID(carrier), "")
			require.NoError(t, err)
			return d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
		})
	}
	untold := setServices("untold")
	eventually(t, "it is decided", func() bool { return len(decided()) == sweptCount+1 })
	d, err := c.DescribeWorkflowExecution(t.Context(), untold.GetID(), "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, d.GetWorkflowExecutionInfo().GetStatus(), "nobody tells it")
}
