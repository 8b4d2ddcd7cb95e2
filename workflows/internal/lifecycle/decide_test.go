package lifecycle

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestReactionTo(t *testing.T) {
	for _, c := range []struct {
		state      carriers.State
		confirming bool
		want       reaction
	}{
		{carriers.Done, true, reactConfirm},
		{carriers.Done, false, reactBelieve},
		{carriers.Failed, true, reactConfirm},
		{carriers.Failed, false, reactConfirm},
		{carriers.Pending, true, reactCheck},
		{carriers.Pending, false, reactCheck},
		{carriers.Unknown, true, reactCheck},
		{carriers.Unknown, false, reactCheck},
		{"", false, reactCheck},
		{"DONE", false, reactCheck},
	} {
		require.Equal(t, c.want, reactionTo(workflows.Callback{State: c.state}, c.confirming, true), "%s %v", c.state, c.confirming)
		require.Equal(t, reactCheck, reactionTo(workflows.Callback{State: c.state}, c.confirming, false), "the carrier documents no callbacks about it")
	}
}

func TestFailureOf(t *testing.T) {
	ignored := carriers.Acknowledgement{Applied: []string{"a"}, Ignored: []string{"b"}}
	failedOutcome := carriers.Outcome{State: carriers.Failed, Status: "ERROR", Code: "7", Reason: "no"}
	denied := carriers.Outcome{State: carriers.Failed, Denied: true}
	for name, c := range map[string]struct {
		ack     carriers.Acknowledgement
		outcome carriers.Outcome
		confirm bool
		want    workflows.FailureType
		says    string
	}{
		"done and shown":                  {carriers.Acknowledgement{}, done, true, "", ""},
		"done, nothing to compare":        {carriers.Acknowledgement{}, carriers.Outcome{State: carriers.Done, Effect: carriers.Incomparable}, true, "", ""},
		"done, not read":                  {carriers.Acknowledgement{}, carriers.Outcome{State: carriers.Done}, false, "", ""},
		"done, missing":                   {carriers.Acknowledgement{}, not, true, workflows.NotInEffect, "its own read"},
		"done, missing, no confirmation":  {carriers.Acknowledgement{}, not, false, "", ""},
		"failed":                          {carriers.Acknowledgement{}, failedOutcome, true, workflows.CarrierFailed, `ended it with "ERROR", code 7, reason: no`},
		"denied":                          {carriers.Acknowledgement{}, denied, true, workflows.DecisionDenied, "nothing to retry"},
		"ignored":                         {ignored, done, true, workflows.PartlyTaken, "ignored b and applied a"},
		"ignored, no confirmation":        {ignored, carriers.Outcome{State: carriers.Done}, false, workflows.PartlyTaken, ""},
		"ignored and failed":              {ignored, failedOutcome, true, workflows.CarrierFailed, ""},
		"ignored and missing":             {ignored, not, true, workflows.NotInEffect, ""},
		"all ignored, still being worked": {carriers.Acknowledgement{Ignored: []string{"b"}}, carriers.Outcome{State: carriers.Pending}, true, workflows.PartlyTaken, ""},
	} {
		kind, message := failureOf("sTN", c.ack, decision{outcome: c.outcome, by: workflows.ByCheck}, c.confirm, false)
		require.Equal(t, c.want, kind, name)
		require.Contains(t, message, c.says, name)
		require.Equal(t, c.want == "", message == "", name)
	}
	_, message := failureOf("sTN", carriers.Acknowledgement{}, decision{outcome: failedOutcome, by: workflows.ByCheck}, true, true)
	require.NotContains(t, message, "accepted", "this is not known of a parked request")

	byOperator := func(outcome carriers.Outcome) workflows.FailureType {
		kind, _ := failureOf("sTN", ignored, decision{outcome: outcome, by: workflows.ByOperator}, true, true)
		return kind
	}
	require.Equal(t, workflows.ResolvedFailed, byOperator(carriers.Outcome{State: carriers.Failed}))
	require.Equal(t, workflows.DecisionDenied, byOperator(denied))
	require.Empty(t, byOperator(carriers.Outcome{State: carriers.Done}), "the operator is responsible")
}

func TestWhatDecides(t *testing.T) {
	ackDone := carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}
	require.Equal(t, workflows.ByAcknowledgement, checkedBy(done, ackDone))
	require.Equal(t, workflows.ByCheck, checkedBy(ended, ackDone), "the check contradicts it")
	require.Equal(t, workflows.ByCheck, checkedBy(done, accepted))
	require.Equal(t, workflows.ByCallback, confirmedBy(done, saysDone.AsOutcome(), workflows.ByCallback))
	require.Equal(t, workflows.ByCallback, confirmedBy(not, saysDone.AsOutcome(), workflows.ByCallback))
	require.Equal(t, workflows.ByCheck, confirmedBy(ended, saysDone.AsOutcome(), workflows.ByCallback))
	require.Equal(t, workflows.ByCallback, confirmedBy(ended, saysFailed.AsOutcome(), workflows.ByCallback))
	require.Equal(t, workflows.ByCheck, confirmedBy(done, saysFailed.AsOutcome(), workflows.ByCallback))
	require.Equal(t, workflows.ByCheck, toldBy(workflows.Callback{Swept: true}), "it was read at the carrier")
}
