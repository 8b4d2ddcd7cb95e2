package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Every operation on the carriers' pages ends with its change in effect, or with the carrier's answer.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	sim, number := iccid(0), line("1555", 5, 0)
	masmovil := line("7", 6, 0)
	for _, tc := range []struct {
		operation, fields string
		by                workflows.DecidedBy // empty for a read
	}{
		{"dish.ActivateSubscription", fmt.Sprintf(`"subscriberId":"S-1","wholesalePlanId":"P-1","location":{"zip":"80202"},"iccid":%q,"gpsi":%q`, sim, number), workflows.ByCallback},
		{"dish.UpdateSubscriptionStatus", fmt.Sprintf(`"gpsi":%q,"action":"Cease"`, line("1555", 5, 0)), workflows.ByCallback},
		{"dish.UpdateBillCycle", fmt.Sprintf(`"gpsi":%q,"billCycleFrequency":"MONTHLY","billCycleStartDay":17`, line("1555", 5, 0)), workflows.ByAcknowledgement},
		{"dish.ChangeNumber", fmt.Sprintf(`"gpsi":%q,"newGpsi":%q,"gpsiReservationId":"RSV-1"`, line("1555", 5, 0), line("1556", 5, 0)), workflows.ByCallback},
		{"stn.SetServices", fmt.Sprintf(`"phoneNumber":%q,"services":{"voiceMail":true,"dataRoamingLimitation":"Limit 50"}`, line("06", 6, 0)), workflows.ByCheck},
		{"masmovil.AddDevice", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"sell":{"id":1},"client":{"id":2},"device":{"id":3},"subscription_offer_segment":"RES","ipAddress":"192.0.2.7"`, masmovil), workflows.ByAcknowledgement},
		{"masmovil.ReplaceSIM", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000025"`, masmovil), workflows.ByAcknowledgement},
		{"dish.GetSubscription", fmt.Sprintf(`"iccid":%q`, iccid(0)), ""},
		{"dish.CheckSIM", fmt.Sprintf(`"iccid":%q`, iccid(0)), ""},
		{"dish.CheckDevice", `"pei":"350000000000017"`, ""},
		{"dish.CheckPortIn", fmt.Sprintf(`"gpsi":%q`, line("1557", 5, 0)), ""},
		{"masmovil.GetSubscription", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"include":["origin","historical_status"]`, masmovil), ""},
		{"masmovil.ListDevices", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s`, masmovil), ""},
		{"masmovil.ListRecharges", fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"start_date":"2026-01-01","end_date":"2026-01-31"`, masmovil), ""},
	} {
		t.Run(tc.operation, func(t *testing.T) {
			t.Parallel()
			ref, timings := reference(t), fast
			if tc.by == workflows.ByCallback {
				timings = patient
			}
			run := start(t, tc.operation, ref, fmt.Sprintf(`{"reference":%q,"timings":%s,%s}`, ref, timings, tc.fields))
			if tc.by == "" {
				var answer map[string]any
				require.NoError(t, run.Get(t.Context(), &answer))
				require.NotEmpty(t, answer)
				require.Len(t, history(t, run), 11)
				return
			}
			result := succeed(t, run)
			require.Equal(t, tc.by, result.DecidedBy)
			require.Equal(t, carriers.Shown, result.Effect)
			require.Equal(t, ref, result.Reference)
		})
	}
	t.Run("dish.GetTransactionStatus", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		succeed(t, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(0), fast)))
		read := reference(t)
		var answer struct{ Status, State string }
		require.NoError(t, start(t, "dish.GetTransactionStatus", read, fmt.Sprintf(`{"reference":%q,"partnerTransactionId":%q}`, read, ref)).Get(t.Context(), &answer))
		require.Equal(t, "Success", answer.Status)
		require.Equal(t, "done", answer.State)
	})
}

// A line goes through all its states, each change in effect before the next.
func TestSuspendResumeCeaseReactivate(t *testing.T) {
	t.Parallel()
	sim := iccid(0)
	for action, status := range orderedPairs("Suspend", "Suspended", "Resume", "Active", "Cease", "Ceased", "Reactivate", "Active") {
		ref := reference(t)
		result := succeed(t, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
			`{"reference":%q,"iccid":%q,"action":%q,"timings":%s}`, ref, sim, action, fast)))
		require.Equal(t, status, result.Line.Status, action)
	}
}

func orderedPairs(words ...string) func(func(string, string) bool) {
	return func(yield func(string, string) bool) {
		for i := 0; i+1 < len(words); i += 2 {
			if !yield(words[i], words[i+1]) {
				return
			}
		}
	}
}

func TestDelayedErrorFailsTheWorkflow(t *testing.T) {
	t.Parallel()
	t.Run("by callback", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
			`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(59), patient))
		failure := fail(t, run)
		require.Equal(t, workflows.CarrierFailed, failure.Type)
		require.Equal(t, workflows.ByCallback, failure.DecidedBy)
		require.Equal(t, "Failed", failure.Status)
		require.NotEmpty(t, failure.Code)
		require.NotEmpty(t, failure.Reason)
		require.Equal(t, ref, failure.TransactionID)
		require.LessOrEqual(t, len(history(t, run)), 24, "a failure is held against what the carrier says")
	})
	t.Run("by poll", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		failure := fail(t, start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"dataRoamingLimitation":"Limit 12.5","voiceMail":false},"timings":%s}`, ref, line("SUB-", 6, 0), fast)))
		require.Equal(t, workflows.CarrierFailed, failure.Type)
		require.Equal(t, workflows.ByCheck, failure.DecidedBy)
		require.Equal(t, "ERROR", failure.Status)
		require.NotEmpty(t, failure.TransactionID)
		require.False(t, failure.SubmittedAt.IsZero(), "it was INIT first")
	})
}

func TestPartsThatAreLeftOutAreNamed(t *testing.T) {
	t.Parallel()
	t.Run("some", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		failure := fail(t, start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false,"nosuch":true},"timings":%s}`, ref, line("SUB-", 6, 0), fast)))
		require.Equal(t, workflows.PartlyTaken, failure.Type)
		require.Equal(t, []string{"voiceMail"}, failure.Applied)
		require.Equal(t, []string{"nosuch"}, failure.Ignored)
	})
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		failure := fail(t, start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"nosuch":true},"timings":%s}`, ref, line("SUB-", 6, 0), fast)))
		require.Equal(t, workflows.PartlyTaken, failure.Type)
		require.Empty(t, failure.Applied)
		require.Equal(t, []string{"nosuch"}, failure.Ignored)
	})
}

func TestHeldRequests(t *testing.T) {
	t.Parallel()
	for name, operation := range map[string]string{
		"masmovil.ReplaceSIM": `"dealer_id":"D-1","logistic":true,"new_icc":"8934030000000000777"`,
		"masmovil.AddDevice":  `"sell":{},"client":{},"device":{},"subscription_offer_segment":"RES"`,
	} {
		t.Run(name+" accepted", func(t *testing.T) {
			t.Parallel()
			ref := reference(t)
			result := succeed(t, start(t, name, ref, fmt.Sprintf(
				`{"reference":%q,"orgId":"yoigo","subscriptionId":%s,%s,"timings":%s}`, ref, line("7", 6, 64), operation, fast)))
			require.Equal(t, workflows.ByCheck, result.DecidedBy)
			require.Equal(t, carriers.Shown, result.Effect)
		})
		t.Run(name+" denied", func(t *testing.T) {
			t.Parallel()
			ref := reference(t)
			failure := fail(t, start(t, name, ref, fmt.Sprintf(
				`{"reference":%q,"orgId":"yoigo","subscriptionId":%s,%s,"timings":%s}`, ref, line("7", 6, 65), operation, fast)))
			require.Equal(t, workflows.DecisionDenied, failure.Type)
		})
	}
}

func TestDoneMeansInEffect(t *testing.T) {
	t.Parallel()
	t.Run("late effect is waited for", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		result := succeed(t, start(t, "stn.SetServices", ref, fmt.Sprintf(
			`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, line("SUB-", 6, 62), fast)))
		require.Equal(t, carriers.Shown, result.Effect)
	})
	t.Run("no effect is a failure", func(t *testing.T) {
		t.Parallel()
		ref := reference(t)
		failure := fail(t, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(
			`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(61), patient)))
		require.Equal(t, workflows.NotInEffect, failure.Type)
	})
}
