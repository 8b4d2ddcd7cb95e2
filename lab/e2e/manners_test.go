package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/workflows"
)

// Carriers of other manners, one at a time. All at once are in TestFaultsOfASubmit and in lab/chaos.

// The codes of lines whose first answer is lost, after the change was recorded or before.
const (
	lostAfterRecording  = 85
	lostBeforeRecording = 84
)

// looking gives a test two seconds between a lost answer and the first look-up.
const looking = `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"2s","callTimeout":"10s","confirmWithin":"3s","deadline":"40s"}`

// hopeless are timings of an operation that nobody can tell about.
const hopeless = `{"pollEvery":"100ms","overduePollEvery":"100ms","settle":"500ms","callTimeout":"10s","deadline":"8s"}`

// lookUps are what a carrier is asked to find a request again.
var lookUps = map[string]string{"dish": "transaction", "stn": "query-activation", "masmovil": "subscription"}

// withoutCallback keeps DISH from telling by itself what only a look-up is to tell.
func (s submit) withoutCallback(t *testing.T, line string) {
	t.Helper()
	if s.carrier == "dish" {
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.DISH, Line: line, Scenario: "lost-callback"}))
	}
}

// startOn starts a change on a line.
func (s submit) startOn(t *testing.T, ref, line, timings string) client.WorkflowRun {
	t.Helper()
	return start(t, s.operation, ref, fmt.Sprintf(`{"reference":%q,"timings":%s,%s}`, ref, timings, s.input(line)))
}

// requireDoneOnce runs a change against carriers that keep to a scenario: it has to be done, and to be sent once.
func (s submit) requireDoneOnce(t *testing.T, scenario string) {
	t.Helper()
	ref, line := reference(t), s.line(0)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.Carrier(s.carrier), Line: line, Scenario: scenario}))
	requireTrue(t, succeed(t, s.startOn(t, ref, line, looking)), ledger(t, s.carrier, line), false)
	require.Len(t, ledger(t, s.carrier, line), 1)
}

// lookUp is a rule for the look-ups of one operation.
func (s submit) lookUp(ref, line, scenario string) sandbox.Rule {
	r := sandbox.Rule{Carrier: carriers.Carrier(s.carrier), Operation: lookUps[s.carrier], Line: line, Scenario: scenario}
	if s.carrier == "dish" {
		r.Line, r.Reference = "", ref // before it is recorded, a look-up has no line
	}
	return r
}

// A gateway's 404 is not the carrier's word: what was recorded is neither sent again nor given up, and is found once the
// gateway knows its way again.
func TestAGatewaysNotFoundProvesNothing(t *testing.T) {
	for _, page := range []string{"gateway-404-text", "gateway-404-json", "gateway-404-html"} {
		for _, s := range submits {
			t.Run(page+" at "+s.carrier, func(t *testing.T) {
				t.Parallel()
				ref, line := reference(t), s.line(lostAfterRecording)
				s.withoutCallback(t, line)
				run := s.startOn(t, ref, line, looking)
				eventually(t, "recorded", func() bool { return recorded(t, s.carrier, line) == 1 })
				gone := s.lookUp(ref, line, page)
				gone.Times = 4
				require.NoError(t, world.Direct(gone))
				requireTrue(t, succeed(t, run), ledger(t, s.carrier, line), false)
				require.Len(t, ledger(t, s.carrier, line), 1)
			})
		}
	}
}

// A record whose reference is only like ours may be ours, so nothing is sent again; and it may be another's, so nothing is
// taken over either.
func TestAReferenceThatReadsBackAsANumberIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := submits[1]
	ref, line := line("0000", 8, 0), s.line(lostAfterRecording)
	require.NoError(t, world.Direct(s.lookUp(ref, line, "numbers-for-text")))
	run := s.startOn(t, ref, line, hopeless)
	failure := fail(t, run)
	require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	require.Len(t, ledger(t, "stn", line), 1)
	require.Equal(t, 1, recorded(t, "stn", line))
}

// The same for the number of the line; the reference is ours here.
func TestANumberThatReadsBackWithoutItsZeroIsNotSentAgain(t *testing.T) {
	t.Parallel()
	ref, number := reference(t), line("06", 6, lostAfterRecording)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.STN, Operation: "query-activation", Line: number, Scenario: "numbers-for-text"}))
	run := start(t, "stn.SetServices", ref, fmt.Sprintf(`{"reference":%q,"timings":%s,"phoneNumber":%q,"services":{"voiceMail":false}}`, ref, hopeless, number))
	if _, failure := end(t, run); failure != nil {
		require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	}
	require.Len(t, ledger(t, "stn", number), 1)
}

// Without a list from before the order, a device on a later one may have been there always.
func TestNoListBeforeTheOrderIsNoBaseline(t *testing.T) {
	t.Parallel()
	ref, line := reference(t), line("7", 6, lostBeforeRecording)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.MasMovil, Operation: "devices", Line: line, Scenario: "null-list", Times: 1}))
	run := start(t, "masmovil.AddDevice", ref, fmt.Sprintf(
		`{"reference":%q,"timings":%s,"orgId":"yoigo","subscriptionId":%s,"sell":{},"client":{},"device":{},"subscription_offer_segment":"RES"}`, ref, hopeless, line))
	failure := fail(t, run)
	require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	require.Zero(t, recorded(t, "masmovil", line))
	require.Len(t, ledger(t, "masmovil", line), 1)
}

// A gateway that sends a request on twice answers with what the second one got: the carrier has it already.
func TestAGatewaysOwnRepetitionIsNoRefusal(t *testing.T) {
	for _, s := range submits {
		t.Run(s.carrier, func(t *testing.T) {
			t.Parallel()
			s.requireDoneOnce(t, "duplicate-400")
		})
	}
}

// A wrong path answers for everything, in one page for a change and in another for a look-up: one request is enough to
// know.
func TestAWrongPathIsRefusedOnce(t *testing.T) {
	for _, s := range submits {
		t.Run(s.carrier, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), s.line(0)
			operation := map[string]string{"dish": "status", "stn": "set-services", "masmovil": "sim-replacement"}[s.carrier]
			require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.Carrier(s.carrier), Operation: operation, Line: line, Scenario: "gateway-404-html"}))
			if s.carrier != "masmovil" { // whose line is read before the order
				require.NoError(t, world.Direct(s.lookUp(ref, line, "gateway-404-json")))
			}
			failure := fail(t, s.startOn(t, ref, line, looking))
			require.Equal(t, workflows.CarrierRejected, failure.Type, failure.Message)
			require.Len(t, ledger(t, s.carrier, line), 1)
			require.Zero(t, recorded(t, s.carrier, line))
		})
	}
}

// A record that becomes visible late, and still before settle is over, is found.
func TestALateRecordIsNotSentAgain(t *testing.T) {
	for _, s := range submits[:2] { // at MásMóvil nothing is ever sent again
		t.Run(s.carrier, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), s.line(lostAfterRecording)
			s.withoutCallback(t, line)
			require.NoError(t, world.Direct(sandbox.Rule{
				Carrier: carriers.Carrier(s.carrier), Line: line, Scenario: "late-visibility", Delay: carriers.Duration(1300 * time.Millisecond),
			}))
			requireTrue(t, succeed(t, s.startOn(t, ref, line, looking)), ledger(t, s.carrier, line), false)
			require.Len(t, ledger(t, s.carrier, line), 1)
		})
	}
}

// Who is cancelled while only a gateway answers does not know whether anything was sent, and says so.
func TestCancelWhileOnlyAGatewayAnswers(t *testing.T) {
	for _, s := range submits[:2] {
		t.Run(s.carrier, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), s.line(lostAfterRecording)
			s.withoutCallback(t, line)
			require.NoError(t, world.Direct(s.lookUp(ref, line, "gateway-404-text")))
			run := s.startOn(t, ref, line, looking)
			eventually(t, "recorded", func() bool { return recorded(t, s.carrier, line) == 1 })
			require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
			failure := fail(t, run)
			require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
			require.Contains(t, told(t, run), string(workflows.AttentionOutcomeUnknown))
			require.Len(t, ledger(t, s.carrier, line), 1)
		})
	}
}

// told is what operators are told about a run that has ended, by itself or by the workflow that it left behind for them.
func told(t *testing.T, run client.WorkflowRun) []string {
	t.Helper()
	all := attention(t, run)
	for _, event := range history(t, run) {
		var more []string
		payload := event.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetSearchAttributes().GetIndexedFields()[workflows.NeedsAttentionAttribute.GetName()]
		if payload != nil {
			require.NoError(t, converter.GetDefaultDataConverter().FromPayload(payload, &more))
		}
		all = append(all, more...)
	}
	return all
}

// A zero where an error's code would be is no error.
func TestACodeOfZeroIsNoRefusal(t *testing.T) {
	for _, s := range submits {
		t.Run(s.carrier, func(t *testing.T) {
			t.Parallel()
			s.requireDoneOnce(t, "code-zero")
		})
	}
}

// Other spellings of one thing are that thing.
func TestAnEffectSpelledOtherwiseIsShown(t *testing.T) {
	for _, scenario := range []string{"spelled-otherwise", "one-for-list", "packed-otherwise"} {
		for _, s := range submits {
			t.Run(scenario+" at "+s.carrier, func(t *testing.T) {
				t.Parallel()
				ref, line := reference(t), s.line(0)
				require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.Carrier(s.carrier), Line: line, Scenario: scenario}))
				requireTrue(t, succeed(t, s.startOn(t, ref, line, looking)), ledger(t, s.carrier, line), false)
			})
		}
	}
}

// Callbacks of two operations in one body are two callbacks.
func TestCallbacksInOneBodyAreAllHeard(t *testing.T) {
	t.Parallel()
	var runs []client.WorkflowRun
	for range 2 {
		ref, sim := reference(t), iccid(0)
		letCallbackDecide(t, ref, 1)
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: carriers.DISH, Line: sim, Scenario: "batched-callback", Delay: carriers.Duration(2 * time.Second)}))
		runs = append(runs, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, sim, patient)))
	}
	for _, run := range runs {
		require.Equal(t, workflows.ByCallback, succeed(t, run).DecidedBy)
	}
}
