package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// personalPlans are plans with personal values everywhere: one whose answer is not the expected one, one that can be undone, and one that
// waits for an operator when it fails.
var personalPlans = map[string]string{
	"unexpected": `{"name":"card","operation":"stn.GetSIM","request":{HASTY},"from":{"simCardNumber":"values.card"},"expect":{"sims.0.phoneNumber":["0600000000"]}}`,
	"undone": `{"name":"suspend","operation":"stn.Suspend","request":{HASTY},"from":{"phoneNumber":"values.number"},
			"undo":{"operation":"stn.Resume","request":{HASTY},"from":{"phoneNumber":"values.number"}}},
		{"name":"services","operation":"stn.SetServices","request":{HASTY,"services":{"voiceMail":false}},"from":{"phoneNumber":"values.number"},"undo":"nothing"}`,
	"stopped": `{"name":"line","operation":"stn.GetSubscription","request":{HASTY},"from":{"phoneNumber":"values.number"}},
		{"name":"swap","operation":"stn.SwapSIM","request":{HASTY},"from":{"phoneNumber":"values.number","newSimCardNumber":"values.card"},"undo":"cannot"},
		{"name":"services","operation":"stn.SetServices","request":{HASTY,"services":{"voiceMail":false}},"from":{"phoneNumber":"values.number"},"undo":"nothing"}`,
}

// runPersonalPlan runs a plan to its end. Where it waits for an operator, one leaves it, with a number in the reason.
func runPersonalPlan(t *testing.T, s *stack.Stack, temporal client.Client, terminal *output, name, hasty string, byStarter bool) {
	steps := strings.ReplaceAll(personalPlans[name], "HASTY", strings.TrimSuffix(hasty, ","))
	plan := fields(fmt.Sprintf(`{"reference":%q,"title":"Line {phone number}","values":{"number":"{phone number}","card":"{new ICC}"},"steps":[%s]}`, reference(t), steps))
	p, faults := plans.Read(json.RawMessage(plan))
	if !assert.Empty(t, faults) {
		return
	}
	id := plans.WorkflowID(p.Reference)
	if byStarter {
		terminal.runWith(t, s, plan, "plan", "start", "-")
	} else if _, err := plans.StartJSON(t.Context(), temporal, json.RawMessage(plan)); !assert.NoError(t, err) {
		return
	}
	ctx := stack.Context(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = plans.Await(ctx, temporal, id) // how it ends is not the matter here
	}()
	for open := true; open; {
		status, err := plans.GetStatus(ctx, temporal, id, "")
		switch {
		case err != nil: // it is asked again
		case status.Phase == plans.PhaseStopped:
			terminal.run(t, s, "", "plan", "show", id)
			_, err := plans.LeaveUpdate.Send(ctx, temporal, id, workflows.OperatorAction{Operator: "alex", Reason: "called " + planted["phone number"]})
			assert.NoError(t, err)
		}
		select {
		case <-ended:
			open = false
		case <-time.After(500 * time.Millisecond):
		}
	}
	terminal.run(t, s, "", "plan", "show", id)
}
