package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/workflows"
)

// submit is one change of each kind, on a line that the sandbox plays a fault on.
type submit struct {
	operation string
	carrier   string
	line      func(code int) string
	input     func(line string) string
}

var submits = []submit{
	{
		"dish.UpdateSubscriptionStatus", "dish", iccid,
		func(line string) string { return fmt.Sprintf(`"iccid":%q,"action":"Suspend"`, line) },
	},
	{
		"stn.SetServices", "stn", func(code int) string { return line("SUB-", 6, code) },
		func(line string) string {
			return fmt.Sprintf(`"subscriptionId":%q,"services":{"voiceMail":false}`, line)
		},
	},
	{
		"masmovil.ReplaceSIM", "masmovil", func(code int) string { return line("7", 6, code) },
		func(line string) string {
			return fmt.Sprintf(`"orgId":"yoigo","subscriptionId":%s,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000888"`, line)
		},
	},
}

// ends is how an operation must end, and how many requests of it the carrier must have recorded.
type ends struct {
	failure  workflows.FailureType // empty for success
	recorded int
}

// What comes back from a submit decides how the operation ends, and whatever it is, the carrier records the change once at
// the most. MásMóvil can be asked about a change only through its effect: where that does not show, the operation is
// parked and never sent again.
func TestFaultsOfASubmit(t *testing.T) {
	completed, refused := ends{"", 1}, ends{workflows.CarrierRejected, 0}
	unauthorized, unknown := ends{workflows.CarrierUnauthorized, 0}, ends{workflows.OutcomeUnknown, 0}
	for _, fault := range []struct {
		name     string
		code     int
		known    ends // where the carrier can be asked about a request: DISH, sTN
		masmovil ends
	}{
		{"400", 70, refused, refused},
		{"401", 71, unauthorized, unauthorized},
		{"403", 73, unauthorized, unauthorized},
		{"404", 74, refused, refused},
		{"409 to what was recorded", 76, completed, completed},
		{"409 to what was not", 77, refused, unknown},
		{"429", 78, completed, completed},
		{"429 with Retry-After", 79, completed, completed},
		{"503", 80, completed, unknown},
		{"500 after recording", 81, completed, completed},
		{"timeout before recording", 82, completed, unknown},
		{"timeout after recording", 83, completed, completed},
		{"reset before recording", 84, completed, unknown},
		{"reset after recording", 85, completed, completed},
		{"half a body", 86, completed, completed},
		{"HTML page", 87, completed, completed},
		{"error inside a 200", 88, refused, refused},
	} {
		for _, s := range submits {
			want := fault.known
			if s.carrier == "masmovil" {
				want = fault.masmovil
			}
			t.Run(fault.name+" at "+s.carrier, func(t *testing.T) {
				t.Parallel()
				ref, line := reference(t), s.line(fault.code)
				timings := `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"500ms","callTimeout":"10s","confirmWithin":"3s"}`
				if want == unknown {
					timings = `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"500ms","callTimeout":"10s","deadline":"12s"}`
				}
				run := start(t, s.operation, ref, fmt.Sprintf(`{"reference":%q,"timings":%s,%s}`, ref, timings, s.input(line)))
				if want.failure == "" {
					succeed(t, run)
				} else {
					failure := fail(t, run)
					require.Equal(t, want.failure, failure.Type, failure.Message)
					require.NotContains(t, failure.Message, line, "nothing personal")
					if fault.code < 75 {
						require.NotZero(t, failure.HTTPStatus)
					}
				}
				require.Equal(t, want.recorded, recorded(t, s.carrier, line), "%+v", ledger(t, s.carrier, line))
			})
		}
	}
}

// A bad input is refused before anything is sent, with all its faults. That each rule is enforced is shown next to the
// workflows; this shows that nothing reaches a carrier.
func TestBadInputSendsNothing(t *testing.T) {
	for operation, input := range map[string]string{
		"dish.UpdateSubscriptionStatus": `{"reference":%q,"iccid":"%s","gpsi":"12","action":"Pause","nosuch":1}`,
		"stn.SetServices":               `{"reference":%q,"subscriptionId":"%s","services":{},"confirm":"yes"}`,
		"masmovil.ReplaceSIM":           `{"reference":%q,"orgId":"","subscriptionId":"%s","dealer_id":7}`,
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			ref, id := reference(t), line("89019", 13, 0)
			run := start(t, operation, ref, fmt.Sprintf(input, ref, id))
			failure := fail(t, run)
			require.Equal(t, workflows.InvalidRequest, failure.Type)
			require.GreaterOrEqual(t, len(failure.Faults), 2, failure.Message)
			for _, fault := range failure.Faults {
				require.Contains(t, failure.Message, fault.String())
			}
			require.Empty(t, ledger(t, "", id))
			require.Len(t, history(t, run), 5)
		})
	}
}

// Starting one reference twice submits once, and the second caller is told.
func TestOneReferenceIsOneSubmission(t *testing.T) {
	t.Parallel()
	ref, sim := reference(t), iccid(0)
	input := fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, sim, fast)
	first := start(t, "dish.UpdateSubscriptionStatus", ref, input)
	for range 2 { // once while it runs, once after it has ended
		_, err := world.client.ExecuteWorkflow(context.Background(), options(t, "dish.UpdateSubscriptionStatus", input), "dish.UpdateSubscriptionStatus", first)
		require.ErrorContains(t, err, "already")
		succeed(t, first)
	}
	require.Len(t, ledger(t, "dish", sim), 1)
}
