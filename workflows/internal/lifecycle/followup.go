package lifecycle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

// maxLateCallbacks bounds the callbacks of one follow-up.
const maxLateCallbacks = 100

// followUp keeps what an operator has to look at after an operation ended, until an operator acknowledges it.
func followUp(ctx workflow.Context, f workflows.FollowUp) (workflows.FollowUpResult, error) {
	result := workflows.FollowUpResult{Callbacks: f.Callbacks}
	raised := slices.Clone(f.Attention)
	describe := func() { workflow.SetCurrentDetails(ctx, detailsOfFollowUp(f, raised, result)) }
	if f.RunID != "" && len(raised) == 0 {
		raised = append(raised, workflows.AttentionLateCallback)
		operators.RaiseAttention(ctx, raised...)
	}
	describe()
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(workflows.CallbackSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var c workflows.Callback
		if !channel.ReceiveAsync(&c) {
			return
		}
		if len(result.Callbacks) < maxLateCallbacks {
			result.Callbacks = append(result.Callbacks, c)
		}
		if !slices.Contains(raised, workflows.AttentionLateCallback) {
			raised = append(raised, workflows.AttentionLateCallback)
			operators.RaiseAttention(ctx, raised...)
		}
		describe()
	})
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	seen := false
	selector.AddReceive(workflows.SeenSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s workflows.Seen
		if channel.ReceiveAsync(&s) {
			result.SeenBy, result.Reason, seen = s.By, carriers.Redact(s.Reason), true
		}
	})
	for !seen || selector.HasPending() {
		selector.Select(ctx)
		if ctx.Err() != nil {
			handTurn(ctx, f.Line, "", activities.LineRequest{}) // under a previous secret the line finds out
			return result, ctx.Err()
		}
	}
	handTurn(ctx, f.Line, "", activities.LineRequest{})
	operators.UnsetAttention(ctx)
	describe()
	return result, nil
}

// detailsOfFollowUp is what the Web UI shows of a follow-up.
func detailsOfFollowUp(f workflows.FollowUp, raised []workflows.Attention, r workflows.FollowUpResult) string {
	lines := []string{"**" + f.StaticSummary() + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if f.Message != "" {
		say("%s", f.Message)
	}
	for _, c := range r.Callbacks {
		said := c.AsOutcome()
		say("A callback that came after the end says %q%s.", cmp.Or(said.Status, string(said.State)), because(said))
	}
	if r.SeenBy != "" {
		say("Acknowledged by %s.", r.SeenBy)
		return strings.Join(lines, "\n")
	}
	if len(raised) > 0 {
		say("**Needs attention:** %s.", list(raised))
	}
	if f.Carrier == "" { // it was not about one carrier
		say("Look at what it left in effect. Tell the caller.")
	} else {
		say("Look at the line at %s: what became of the request? Tell the caller.", workflows.CarrierName(f.Carrier))
	}
	say("Then take it off the list: starter acknowledge %s --reason 'what was done about it'", f.WorkflowID)
	say(`In the Web UI: Send a Signal, %q, {"by":"your name","reason":"what was done about it"}.`, workflows.SeenSignal.Name)
	return strings.Join(lines, "\n")
}
