package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
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

// worldManners are how carriers behave in the fault table.
type worldManners struct {
	name string
	// timings of an ordinary operation, and of one that ends at its deadline.
	timings, parked string
	// other puts gateways, late records and other spellings before everything that is asked and answered.
	other bool
}

// With other manners, settle has to be longer than records may be late, and the machine busy.
var bothManners = []worldManners{
	{
		name:    "own manners",
		timings: `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"500ms","callTimeout":"10s","confirmWithin":"3s"}`,
		parked:  `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"500ms","callTimeout":"10s","deadline":"12s"}`,
	},
	{
		name: "other manners", other: true,
		timings: `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"2s","callTimeout":"10s","confirmWithin":"3s","deadline":"30s"}`,
		parked:  `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"2s","callTimeout":"10s","deadline":"15s"}`,
	},
}

const lateAtMost = 500 * time.Millisecond

// greet puts the manners on an operation: on its line, and on its reference, which is all that a look-up at DISH has
// before the carrier knows the request.
func (m worldManners) greet(t *testing.T, carrier, ref, line string) {
	t.Helper()
	if !m.other {
		return
	}
	rule := sandbox.Rule{Carrier: carriers.Carrier(carrier), Line: line, Scenario: "other-manners", Delay: carriers.Duration(lateAtMost)}
	require.NoError(t, world.Direct(rule))
	if carrier == "dish" {
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.DISH, Operation: "transaction", Reference: ref, Scenario: "other-manners"}))
	}
}

// cannotBeTold reports whether the manners may leave an operation that should have ended as want for an operator: where a
// record's reference is only like ours, or only the effect tells what has arrived.
func (m worldManners) cannotBeTold(carrier string, want ends) bool {
	return m.other && carrier != "dish" && (want.failure == "" || want.failure == workflows.OutcomeUnknown)
}

// What comes back from a submit decides how the operation ends, and whatever it is, the carrier records the change once at
// the most. MásMóvil can be asked about a change only through its effect: where that does not show, the operation is
// parked and never sent again. It is so at carriers of other manners, too.
func TestFaultsOfASubmit(t *testing.T) {
	for _, m := range bothManners {
		t.Run(m.name, m.faultsOfASubmit)
	}
}

func (m worldManners) faultsOfASubmit(t *testing.T) {
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
				m.greet(t, s.carrier, ref, line)
				timings := m.timings
				if want == unknown {
					timings = m.parked
				}
				run := start(t, s.operation, ref, fmt.Sprintf(`{"reference":%q,"timings":%s,%s}`, ref, timings, s.input(line)))
				result, failure := end(t, run)
				sent := ledger(t, s.carrier, line)
				requireSentOnce(t, sent)
				if m.cannotBeTold(s.carrier, want) && failure != nil {
					require.Equal(t, workflows.OutcomeUnknown, failure.Type, "%s %+v", failure.Message, sent)
					return
				}
				require.Equal(t, want.recorded, recorded(t, s.carrier, line), "%+v", sent)
				if want.failure == "" {
					require.Nil(t, failure, "%+v", sent)
					requireTrue(t, result, sent, m.other)
					return
				}
				require.NotNil(t, failure, "%+v", sent)
				require.Equal(t, want.failure, failure.Type, "%s %+v", failure.Message, sent)
				require.NotContains(t, failure.Message, line, "nothing personal")
				if fault.code < 75 {
					require.NotZero(t, failure.HTTPStatus)
				}
			})
		}
	}
}

// end waits for either end of a change.
func end(t *testing.T, run client.WorkflowRun) (result workflows.Result, failure *workflows.Failure) {
	t.Helper()
	err := run.Get(stack.Context(t), &result)
	if err == nil {
		return result, nil
	}
	failure, ok := workflows.AsFailure(err)
	require.True(t, ok, "%v: %s", err, describe(run))
	return result, failure
}

// requireSentOnce checks that nothing arrived after it had been recorded, whatever it was answered.
func requireSentOnce(t *testing.T, sent []sandbox.Entry) {
	t.Helper()
	for _, e := range sent {
		require.Zero(t, e.DuplicateOf, "%+v", sent)
	}
}

// requireTrue checks a result against the carrier's ledger. What is shown is in effect; with other manners a read may be
// one that cannot be compared.
func requireTrue(t *testing.T, result workflows.Result, sent []sandbox.Entry, otherManners bool) {
	t.Helper()
	if otherManners && result.Effect == carriers.Incomparable {
		return
	}
	require.Equal(t, carriers.Shown, result.Effect)
	require.True(t, slices.ContainsFunc(sent, func(e sandbox.Entry) bool { return e.InEffect }), "shown, but not in effect: %+v", sent)
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
