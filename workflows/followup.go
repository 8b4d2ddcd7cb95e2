package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	// FollowUpType is the workflow type that keeps on the operators' list what an operation left behind when it ended.
	FollowUpType = "FollowUp"
	// AttentionLateCallback: the carrier has said a final word about an operation that had ended.
	AttentionLateCallback Attention = "LateCallback"

	followUpPrefix = "follow-up:"
	// mostLateCallbacks bounds what one follow-up keeps.
	mostLateCallbacks = 100
)

// FollowUp is the input of the FollowUp workflow. Nothing can be changed about a closed run, its search attributes
// included, so an operation that ends with something left to look at hands it over to a workflow of its own. That one
// is open, and therefore on every list of what needs attention, until an operator acknowledges it with [SeenSignal].
type FollowUp struct {
	// WorkflowID and RunID are the run that has ended.
	WorkflowID string           `json:"workflowId"`
	RunID      string           `json:"runId,omitempty"`
	Carrier    carriers.Carrier `json:"carrier"`
	Operation  string           `json:"operation,omitempty"`
	Reference  string           `json:"reference"`
	// Failure is how it ended; empty when it completed.
	Failure FailureType `json:"failure,omitempty"`
	// Message says what happened, without personal data.
	Message string `json:"message,omitempty"`
	// Attention lists why an operator has to look.
	Attention []Attention `json:"attention,omitempty"`
	// Callbacks are final words that came too late.
	Callbacks []Callback `json:"callbacks,omitempty"`
}

// FollowUpResult is what the FollowUp workflow returns.
type FollowUpResult struct {
	Callbacks []Callback `json:"callbacks,omitempty" jsonschema_description:"the carrier's words that came after the end"`
	SeenBy    string     `json:"seenBy,omitempty" jsonschema_description:"who acknowledged it"`
	Reason    string     `json:"reason,omitempty" jsonschema_description:"what was done about it"`
}

// FollowUpID is the workflow id of the follow-up of an operation.
func FollowUpID(workflowID string) string { return followUpPrefix + workflowID }

// ParseFollowUpID is the inverse of [FollowUpID]; ok is false for any other id.
func ParseFollowUpID(id string) (workflowID string, ok bool) {
	return strings.CutPrefix(id, followUpPrefix)
}

// FollowUpOptions are the options to start a follow-up with signal-with-start. A follow-up that is open takes the signal; one that
// was acknowledged before is begun anew.
func FollowUpOptions(f FollowUp) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                    FollowUpID(f.WorkflowID),
		TaskQueue:             TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: f.attributes(""),
		StaticSummary:         f.summary(),
	}
}

func (f FollowUp) attributes(lineKey string) temporal.SearchAttributes {
	set := []temporal.SearchAttributeUpdate{CarrierAttribute.ValueSet(string(f.Carrier))}
	if f.Operation != "" {
		set = append(set, OperationAttribute.ValueSet(f.Operation))
	}
	if lineKey != "" {
		set = append(set, LineKeyAttribute.ValueSet(lineKey))
	}
	if len(f.Attention) > 0 {
		set = append(set, NeedsAttentionAttribute.ValueSet(attentionWords(f.Attention)))
	}
	return temporal.NewSearchAttributes(set...)
}

func (f FollowUp) summary() string { return "To look at after the end of " + f.WorkflowID }

// startFollowUp hands what is left to look at over to a follow-up, as a child that outlives the run.
func startFollowUp(ctx workflow.Context, f FollowUp) workflow.ChildWorkflowFuture {
	lineKey, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(LineKeyAttribute)
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            FollowUpID(f.WorkflowID),
		TaskQueue:             TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: f.attributes(lineKey),
		StaticSummary:         f.summary(),
	})
	return workflow.ExecuteChildWorkflow(ctx, FollowUpType, f)
}

// followUp keeps what an operation left behind until an operator acknowledges it.
func followUp(ctx workflow.Context, f FollowUp) (FollowUpResult, error) {
	result := FollowUpResult{Callbacks: f.Callbacks}
	raised := slices.Clone(f.Attention)
	describe := func() { workflow.SetCurrentDetails(ctx, f.describe(raised, result)) }
	if f.RunID != "" && len(raised) == 0 {
		raised = append(raised, AttentionLateCallback)
		raiseAttention(ctx, raised...)
	}
	describe()
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(CallbackSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var c Callback
		if !channel.ReceiveAsync(&c) {
			return
		}
		if len(result.Callbacks) < mostLateCallbacks {
			result.Callbacks = append(result.Callbacks, c)
		}
		if !slices.Contains(raised, AttentionLateCallback) {
			raised = append(raised, AttentionLateCallback)
			raiseAttention(ctx, raised...)
		}
		describe()
	})
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	seen := false
	selector.AddReceive(SeenSignal.Channel(ctx), func(channel workflow.ReceiveChannel, _ bool) {
		var s Seen
		if channel.ReceiveAsync(&s) {
			result.SeenBy, result.Reason, seen = s.By, carriers.Redact(s.Reason), true
		}
	})
	for !seen || selector.HasPending() {
		selector.Select(ctx)
		if ctx.Err() != nil {
			return result, ctx.Err()
		}
	}
	lowerAttention(ctx)
	describe()
	return result, nil
}

// describe is what the Web UI shows of a follow-up.
func (f FollowUp) describe(raised []Attention, r FollowUpResult) string {
	lines := []string{"**" + f.summary() + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	if f.Message != "" {
		say("%s", f.Message)
	}
	for _, c := range r.Callbacks {
		said := c.outcome()
		say("A callback that came after the end says %q%s.", cmp.Or(said.Status, string(said.State)), because(said))
	}
	if r.SeenBy != "" {
		say("Acknowledged by %s.", r.SeenBy)
		return strings.Join(lines, "\n")
	}
	if len(raised) > 0 {
		say("**Needs attention:** %s.", list(raised))
	}
	say("Look at the line at %s: what became of the request? Tell the caller.", f.Carrier.Name())
	say("Then take it off the list: starter acknowledge %s --reason 'what was done about it'", f.WorkflowID)
	say(`In the Web UI: Send a Signal, %q, {"by":"your name","reason":"what was done about it"}.`, SeenSignal.Name)
	return strings.Join(lines, "\n")
}
