package lifecycle

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// details are the current details that a run has at its end.
func (h *harness) details() string {
	h.t.Helper()
	value, err := h.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(h.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(h.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// After every kind of end the current details say what happened, what decided it, and what to do.
func TestTheDetailsSayHowItEnded(t *testing.T) {
	incomparable := carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Incomparable}
	unread := carriers.Outcome{State: carriers.Done, Status: "Success", Effect: carriers.Incomparable, NotReadable: "HTTP 403"}
	for name, c := range map[string]struct {
		play  fakes
		run   func(h *harness)
		patch string
		says  []string
	}{
		"completed and shown":      {fakes{acknowledges(accepted), answers(done), nil}, nil, `{}`, []string{"**Completed** at", "decided by check", `DISH says "Success"`, "A read at DISH shows the change", "nothing to do"}},
		"completed, not compared":  {fakes{acknowledges(accepted), answers(incomparable), nil}, nil, `{}`, []string{"**Completed**", "Nothing that can be read at DISH shows"}},
		"completed, not readable":  {fakes{acknowledges(accepted), answers(unread), nil}, nil, `{}`, []string{"**Completed**", "cannot be read at DISH: HTTP 403"}},
		"completed, not confirmed": {fakes{acknowledges(accepted), answers(done), nil}, nil, `{"confirm":false}`, []string{"**Completed**"}},
		"completed by an operator": {
			fakes{acknowledges(accepted), undecidedForEver, nil},
			func(h *harness) {
				sendUpdate(h, time.Minute, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Done})
			}, `{}`,
			[]string{"**Completed**", "decided by operator", "alex says so"},
		},
		"failed":                    {fakes{acknowledges(accepted), answers(ended), nil}, nil, `{}`, []string{"**Failed** at", "as CarrierFailed, decided by check", "E-42", "What to do: read the carrier's code"}},
		"not in effect":             {fakes{acknowledges(accepted), answers(not), nil}, nil, `{}`, []string{"as NotInEffect", "An operator has to look at it", "follow-up:dish:r-1"}},
		"deadline":                  {fakes{acknowledges(accepted), undecidedForEver, nil}, nil, hurried, []string{"as DeadlineExceeded", "follow-up:dish:r-1"}},
		"parked until the deadline": {fakes{refuses(lost), undecidedForEver, nil}, nil, hurried, []string{"as OutcomeUnknown", "It will not be sent again", "follow-up:dish:r-1"}},
		"refused":                   {fakes{refuses(problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 422, Code: "E-7"})), nil, nil}, nil, `{}`, []string{"as CarrierRejected", "HTTP 422", "start it with a new reference"}},
		"invalid":                   {fakes{}, nil, `{"action":"Pause"}`, []string{"as InvalidRequest", "action: must be one of", "correct the request"}},
		"in effect already": {
			fakes{refuses(problem(activities.PrecheckFailed, 0, activities.Problem{Reason: "it is active already"})), nil, nil},
			nil, `{}`,
			[]string{"as InvalidRequest", "nothing was sent: it is active already"},
		},
		"cancelled, nothing sent": {
			fakes{unreachable(time.Minute, false), checkingOnce(activities.CheckResult{Presence: carriers.Absent}), nil},
			func(h *harness) { h.at(30*time.Second, h.CancelWorkflow) }, `{}`,
			[]string{"**Cancelled** at", "before anything was sent to DISH", "nothing was sent; the same request"},
		},
		"cancelled after submit": {
			fakes{acknowledges(accepted), checkingOnce(carriers.Outcome{State: carriers.Pending, Status: "InProgress"}), nil},
			func(h *harness) { h.at(30*time.Second, h.CancelWorkflow) }, `{}`,
			[]string{"as CanceledAfterSubmit", "follow-up:dish:r-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, suspend, c.play)
			if c.run != nil {
				c.run(h)
			}
			h.run(c.patch)
			text := h.details()
			for _, part := range c.says {
				require.Contains(t, text, part)
			}
			for _, stale := range []string{"Waiting for", "You can send", "Sending the request", "Needs attention:", "Asking DISH"} {
				require.NotContains(t, text, stale)
			}
			samples.RequireNothingPersonal(t, strings.ReplaceAll(text, "…0018", ""))
		})
	}
	reads := map[string]error{
		"**Completed** at":    nil,
		"as CarrierRejected":  problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 404}),
		"as DeadlineExceeded": problem(activities.Retrying, time.Hour, activities.Problem{HTTPStatus: 503}),
		"as CarrierUnauthorized: DISH refused our credentials": problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401}),
	}
	for says, answer := range reads {
		h := newHarness(t, "dish.GetTransactionStatus", fakes{nil, nil, func(int, readInput) (map[string]any, error) {
			return map[string]any{"status": "Success", "state": "done"}, answer
		}}).run()
		require.Contains(t, h.details(), says)
	}
}

func TestCurrentDetails(t *testing.T) {
	at := time.Date(2026, 3, 4, 10, 0, 0, 0, time.FixedZone("", 3600))
	o := &run{carrier: "dish", name: "DISH", summary: "Suspend line …0017 at DISH", step: "100% now.", deadline: at.Add(time.Hour)}
	require.Equal(t, "**Suspend line …0017 at DISH**\n\n- 100% now.", o.describe())

	o.ack, o.stage = carriers.Acknowledgement{At: at, Outcome: carriers.Outcome{Status: "Success"}}, waiting
	o.lastCallback = &workflows.Callback{State: carriers.Pending, Status: "InProgress", ReceivedAt: at}
	require.Equal(t, `**Suspend line …0017 at DISH**

- DISH acknowledged the request at 2026-03-04 09:00:00 UTC with "Success".
- The last callback says "InProgress", received at 2026-03-04 09:00:00 UTC.
- 100% now.
- If it is still undecided at 2026-03-04 10:00:00 UTC, the run fails.
- You can send an update: check-now, resolve, extend-deadline.`, o.describe())

	o.ack.Held, o.ack.Found, o.raised, o.lastCallback = true, true, []workflows.Attention{workflows.AttentionHeld, workflows.AttentionOverdue}, &workflows.Callback{State: carriers.Pending}
	require.Equal(t, `**Suspend line …0017 at DISH**

- A look-up found the request at DISH. It was not sent again.
- Held until it is decided there.
- The last callback says "pending".
- **Needs attention:** Held, Overdue.
- If it lasts, ask DISH for its decision, and record it with approve or deny.
- Ask DISH why it takes so long. check-now makes the next check at once.
- 100% now.
- If it is still undecided at 2026-03-04 10:00:00 UTC, the run fails.
- You can send an update: check-now, resolve, extend-deadline, approve, deny.`, o.describe())

	o.approved = true
	require.Contains(t, o.describe(), "recorded as approved")
	require.NotContains(t, o.describe(), "extend-deadline, approve")

	o = &run{carrier: "stn", name: "sTN", summary: "Set", step: "Now.", unsure: &activities.Problem{}, stage: decided}
	require.Equal(t, "**Set**\n\n- It is not known whether sTN has the request. It will not be sent again.\n- Now.", o.describe())
}
