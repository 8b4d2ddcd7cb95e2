package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// watched are timings with which everything shows soon, and nothing ends while a test looks.
const watched = `{"pollEvery":"500ms","overduePollEvery":"500ms","lookupDelay":"500ms","callTimeout":"10s","confirmWithin":"3s","deadline":"1h"}`

// Whoever asks learns how far an operation is, in types: what the workflow knows, and what the call under way has heard.
func TestStatus(t *testing.T) {
	t.Parallel()
	t.Run("the carrier is down, then it takes the request and decides it", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("stn.SetServices")
		ref, line := reference(t), fresh(s, subject.Ordinary)
		down := sandbox.Rule{Carrier: s.Carrier(), Operation: "set-services", Line: line, Scenario: "unavailable-503"}
		require.NoError(t, world.Direct(down))
		run := startOn(t, s, ref, line, watched)
		status := awaitStatus(t, run, "the carrier has answered", func(s workflows.OperationStatus) bool {
			return s.Activity != nil && s.Activity.HTTPStatus == 503
		})
		require.Equal(t, []any{s.Carrier(), s.Type, ref}, []any{status.Carrier, status.Operation, status.Reference})
		require.Equal(t, workflows.PhaseSending, status.Phase)
		require.Equal(t, activities.SubmitName(s.Type), status.Activity.Name)
		require.NotEmpty(t, status.Activity.LastFailure)
		require.Nil(t, status.Acknowledgement)
		require.Empty(t, status.CarrierStatus)
		require.Empty(t, status.Attention)
		require.Equal(t, []string{"extend-deadline"}, status.Actions)
		require.WithinRange(t, status.Deadline, time.Now(), time.Now().Add(time.Hour))
		requireNothingPersonal(t, status, line)

		require.NoError(t, world.Undirect(down))
		succeed(t, run)
		status = statusOf(t, run)
		require.True(t, status.Ended())
		require.Equal(t, "DONE", status.CarrierStatus)
		require.Empty(t, status.Failure)
		require.Nil(t, status.Activity)
		require.Empty(t, status.Actions)
		requireNothingPersonal(t, status, line)
	})
	t.Run("the outcome is awaited, and a poll hears the carrier's word", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("stn.SetServices")
		line := fresh(s, subject.NeverDecided)
		run := startOn(t, s, reference(t), line, watched)
		status := awaitStatus(t, run, "a poll has heard it", func(s workflows.OperationStatus) bool { return s.CarrierStatus == "BUSY" })
		require.Equal(t, workflows.PhaseWaiting, status.Phase)
		require.Equal(t, "INIT", status.Acknowledgement.Status)
		require.NotEmpty(t, status.Acknowledgement.TransactionID)
		require.Equal(t, activities.CheckName(s.Type), status.Activity.Name)
		require.Equal(t, []string{"check-now", "resolve", "extend-deadline"}, status.Actions)
		require.Equal(t, carriers.Duration(500*time.Millisecond), status.CheckEvery)
		require.True(t, status.OverdueAt.After(time.Now()))
		requireNothingPersonal(t, status, line)
		require.NoError(t, world.client.TerminateWorkflow(t.Context(), run.GetID(), "", "the test is over"))
	})
	t.Run("a callback has told that it goes on", func(t *testing.T) {
		t.Parallel()
		run := waitingOperation(t)
		code, text := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"InProgress","eventId":"e-1"}`, referenceOf(run)))
		require.Equal(t, 202, code, text)
		status := awaitStatus(t, run, "the callback", func(s workflows.OperationStatus) bool { return s.Callbacks == 1 })
		require.Equal(t, workflows.PhaseWaiting, status.Phase)
		require.Equal(t, carriers.Pending, status.LastCallback.State)
		require.Equal(t, "InProgress", status.LastCallback.Status)
		require.Equal(t, "e-1", status.LastCallback.EventID)
		require.NoError(t, world.client.TerminateWorkflow(t.Context(), run.GetID(), "", "the test is over"))
	})
	t.Run("held, approved, denied", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("masmovil.ReplaceSIM")
		line := fresh(s, subject.HeldForever)
		run := startOn(t, s, reference(t), line, watched)
		status := awaitStatus(t, run, "held", func(s workflows.OperationStatus) bool { return s.Held })
		require.Equal(t, workflows.PhaseWaiting, status.Phase)
		require.Equal(t, []workflows.Attention{workflows.AttentionHeld}, status.Attention)
		require.Equal(t, []string{"check-now", "resolve", "extend-deadline", "approve", "deny"}, status.Actions)
		require.False(t, status.Approved)

		answer, err := update(t, run, workflows.ApproveUpdate, alex)
		require.NoError(t, err)
		status = statusOf(t, run)
		require.True(t, status.Held)
		require.True(t, status.Approved)
		require.Empty(t, status.Attention)
		require.NotContains(t, status.Actions, "approve")
		require.Equal(t, status.Actions, answer.Actions, "an update answers with the status")

		_, err = update(t, run, workflows.DenyUpdate, alex)
		require.NoError(t, err)
		require.Equal(t, workflows.DecisionDenied, fail(t, run).Type)
		status = statusOf(t, run)
		require.True(t, status.Ended())
		require.Equal(t, workflows.DecisionDenied, status.Failure)
	})
	t.Run("nobody can tell whether the carrier has it", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("masmovil.ReplaceSIM")
		line := fresh(s, subject.ResetNotRecorded)
		run := startOn(t, s, reference(t), line, watched)
		status := awaitStatus(t, run, "parked", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseParked && s.Activity != nil })
		require.Equal(t, []workflows.Attention{workflows.AttentionOutcomeUnknown}, status.Attention)
		require.NotEmpty(t, status.ParkedBecause)
		require.Nil(t, status.Acknowledgement)
		require.Equal(t, []string{"check-now", "resolve", "extend-deadline"}, status.Actions)
		require.Equal(t, activities.CheckName(s.Type), status.Activity.Name)
		requireNothingPersonal(t, status, line)
		_, err := update(t, run, workflows.ResolveUpdate, workflows.Resolve{OperatorAction: alex, Outcome: carriers.Failed})
		require.NoError(t, err)
		require.Equal(t, workflows.ResolvedFailed, fail(t, run).Type)
		require.Equal(t, workflows.ResolvedFailed, statusOf(t, run).Failure)
	})
	t.Run("ended as failed", func(t *testing.T) {
		t.Parallel()
		s := subject.Of("stn.SetServices")
		line := fresh(s, subject.DelayedError)
		run := startOn(t, s, reference(t), line, watched)
		require.Equal(t, workflows.CarrierFailed, fail(t, run).Type)
		status := statusOf(t, run)
		require.Equal(t, workflows.PhaseEnded, status.Phase)
		require.Equal(t, workflows.CarrierFailed, status.Failure)
		require.Equal(t, "ERROR", status.CarrierStatus)
		requireNothingPersonal(t, status, line)
	})
	t.Run("a read has none", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		run := start(t, "dish.GetSubscription", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q}`, ref, iccid(0)))
		require.NoError(t, run.Get(stack.Context(t), nil))
		_, err := workflows.GetStatus(t.Context(), world.client, run.GetID(), "")
		require.ErrorContains(t, err, run.GetID())
	})
}

// statusOf is how far an operation is now.
func statusOf(t *testing.T, run client.WorkflowRun) workflows.OperationStatus {
	t.Helper()
	status, err := workflows.GetStatus(stack.Context(t), world.client, run.GetID(), run.GetRunID())
	require.NoError(t, err)
	return status
}

// awaitStatus waits for an operation to be as far as that.
func awaitStatus(t *testing.T, run client.WorkflowRun, what string, reached func(workflows.OperationStatus) bool) (status workflows.OperationStatus) {
	t.Helper()
	eventually(t, what, func() bool {
		var err error
		status, err = workflows.GetStatus(t.Context(), world.client, run.GetID(), "")
		return err == nil && reached(status) // before the first workflow task there is nobody to ask
	})
	return status
}

func requireNothingPersonal(t *testing.T, status workflows.OperationStatus, line string) {
	t.Helper()
	text, err := json.Marshal(status)
	require.NoError(t, err)
	require.NotContains(t, string(text), line)
}
