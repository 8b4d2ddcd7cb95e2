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
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// Carriers of other manners, one at a time. All at once are in TestFaultsOfASubmit and in lab/chaos.

// looking gives a test two seconds between a lost answer and the first look-up.
const looking = `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"2s","callTimeout":"10s","confirmWithin":"3s","deadline":"40s"}`

// hopeless are timings of an operation that nobody can tell about.
const hopeless = `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"500ms","callTimeout":"10s","deadline":"8s"}`

// representative is a change with the names that its carrier's sandbox has for what is sent, and for what is asked to find it
// again.
type representative struct {
	subject.Subject
	change, lookUp string
}

// representatives are one change for each way to find a request again.
var representatives = []representative{
	{subject.Of("dish.UpdateSubscriptionStatus"), "status", "transaction"},
	{subject.Of("stn.SetServices"), "set-services", "query-activation"},
	{subject.Of("masmovil.ReplaceSIM"), "sim-replacement", "subscription"},
}

// askable are those whose request itself can be asked about, and not only its effect.
func askable() (found []representative) {
	for _, s := range representatives {
		if s.FoundBy != carriers.FoundByEffect {
			found = append(found, s)
		}
	}
	return found
}

// withoutCallback keeps a carrier that calls back from telling by itself what only a look-up is to tell.
func (s representative) withoutCallback(t *testing.T, line string) {
	t.Helper()
	if s.CallsBack {
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Line: line, Scenario: "lost-callback"}))
	}
}

// requireDoneOnce runs a change against carriers that keep to a scenario: it has to be done, and to be sent once.
func (s representative) requireDoneOnce(t *testing.T, scenario string) {
	t.Helper()
	ref, line := reference(t), fresh(s.Subject, subject.Ordinary)
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Line: line, Scenario: scenario}))
	requireTrue(t, succeed(t, startOn(t, s.Subject, ref, line, looking)), s.sent(t, line), false)
	require.Len(t, s.sent(t, line), 1)
}

// sent is everything that was sent for a line.
func (s representative) sent(t *testing.T, line string) []sandbox.Entry {
	t.Helper()
	return ledger(t, string(s.Carrier()), line)
}

// recorded is how many requests for a line the carrier has recorded.
func (s representative) recorded(t *testing.T, line string) int {
	t.Helper()
	return recorded(t, string(s.Carrier()), line)
}

// rule is a rule for the look-ups of one operation.
func (s representative) rule(ref, line, scenario string) sandbox.Rule {
	r := sandbox.Rule{Carrier: s.Carrier(), Operation: s.lookUp, Line: line, Scenario: scenario}
	if s.FoundBy == carriers.FoundByReference {
		r.Line, r.Reference = "", ref // before it is recorded, a look-up has no line
	}
	return r
}

// A gateway's 404 is not the carrier's word: what was recorded is neither sent again nor given up, and is found once the
// gateway knows its way again.
func TestAGatewaysNotFoundProvesNothing(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"gateway-404-text", "gateway-404-json", "gateway-404-html"} {
		for _, s := range representatives {
			t.Run(page+" at "+string(s.Carrier()), func(t *testing.T) {
				t.Parallel()
				ref, line := reference(t), fresh(s.Subject, subject.ResetRecorded)
				s.withoutCallback(t, line)
				run := startOn(t, s.Subject, ref, line, looking)
				eventually(t, "recorded", func() bool { return s.recorded(t, line) == 1 })
				gone := s.rule(ref, line, page)
				gone.Times = 4
				require.NoError(t, world.Direct(gone))
				requireTrue(t, succeed(t, run), s.sent(t, line), false)
				require.Len(t, s.sent(t, line), 1)
			})
		}
	}
}

// A record whose reference is only like ours may be ours, so nothing is sent again; and it may be another's, so nothing is
// taken over either.
func TestAReferenceThatReadsBackAsANumberIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := askable()[1]
	ref, line := line("0000", 8, 0), fresh(s.Subject, subject.ResetRecorded)
	require.NoError(t, world.Direct(s.rule(ref, line, "numbers-for-text")))
	run := startOn(t, s.Subject, ref, line, hopeless)
	failure := fail(t, run)
	require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	require.Len(t, s.sent(t, line), 1)
	require.Equal(t, 1, s.recorded(t, line))
}

// The same for the number of the line; the reference is ours here.
func TestANumberThatReadsBackWithoutItsZeroIsNotSentAgain(t *testing.T) {
	t.Parallel()
	ref, number := reference(t), line("06", 6, int(subject.ResetRecorded))
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: "stn", Operation: "query-activation", Line: number, Scenario: "numbers-for-text"}))
	run := start(t, "stn.SetServices", ref, fmt.Sprintf(`{"reference":%q,"timings":%s,"phoneNumber":%q,"services":{"voiceMail":false}}`, ref, hopeless, number))
	if _, failure := end(t, run); failure != nil {
		require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	}
	require.Len(t, ledger(t, "stn", number), 1)
}

// Without a list from before the order, a device on a later one may have been there always.
func TestNoListBeforeTheOrderIsNoBaseline(t *testing.T) {
	t.Parallel()
	ref, line := reference(t), line("7", 6, int(subject.ResetNotRecorded))
	require.NoError(t, world.Direct(sandbox.Rule{Carrier: "masmovil", Operation: "devices", Line: line, Scenario: "null-list", Times: 1}))
	run := start(t, "masmovil.AddDevice", ref, fmt.Sprintf(
		`{"reference":%q,"timings":%s,"orgId":"yoigo","subscriptionId":%s,"sell":{},"client":{},"device":{},"subscription_offer_segment":"RES"}`, ref, hopeless, line))
	failure := fail(t, run)
	require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
	require.Zero(t, recorded(t, "masmovil", line))
	require.Len(t, ledger(t, "masmovil", line), 1)
}

// A gateway that sends a request on twice answers with what the second one got: the carrier has it already.
func TestAGatewaysOwnRepetitionIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, s := range representatives {
		t.Run(string(s.Carrier()), func(t *testing.T) {
			t.Parallel()
			s.requireDoneOnce(t, "duplicate-400")
		})
	}
}

// A wrong path answers for everything, in one page for a change and in another for a look-up: one request is enough to
// know.
func TestAWrongPathIsRefusedOnce(t *testing.T) {
	t.Parallel()
	for _, s := range representatives {
		t.Run(string(s.Carrier()), func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s.Subject, subject.Ordinary)
			require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Operation: s.change, Line: line, Scenario: "gateway-404-html"}))
			if s.FoundBy != carriers.FoundByEffect { // then the line is read before
				require.NoError(t, world.Direct(s.rule(ref, line, "gateway-404-json")))
			}
			failure := fail(t, startOn(t, s.Subject, ref, line, looking))
			require.Equal(t, workflows.CarrierRejected, failure.Type, failure.Message)
			require.Len(t, s.sent(t, line), 1)
			require.Zero(t, s.recorded(t, line))
		})
	}
}

// A record that becomes visible late, and still before lookupDelay is over, is found.
func TestALateRecordIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for _, s := range askable() { // where only the effect tells, nothing is ever sent again
		t.Run(string(s.Carrier()), func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s.Subject, subject.ResetRecorded)
			s.withoutCallback(t, line)
			require.NoError(t, world.Direct(sandbox.Rule{
				Carrier: s.Carrier(), Line: line, Scenario: "late-visibility", Delay: carriers.Duration(1300 * time.Millisecond),
			}))
			requireTrue(t, succeed(t, startOn(t, s.Subject, ref, line, looking)), s.sent(t, line), false)
			require.Len(t, s.sent(t, line), 1)
		})
	}
}

// Who is cancelled while only a gateway answers does not know whether anything was sent, and says so.
func TestCancelWhileOnlyAGatewayAnswers(t *testing.T) {
	t.Parallel()
	for _, s := range askable() {
		t.Run(string(s.Carrier()), func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s.Subject, subject.ResetRecorded)
			s.withoutCallback(t, line)
			require.NoError(t, world.Direct(s.rule(ref, line, "gateway-404-text")))
			run := startOn(t, s.Subject, ref, line, looking)
			eventually(t, "recorded", func() bool { return s.recorded(t, line) == 1 })
			require.NoError(t, world.client.CancelWorkflow(t.Context(), run.GetID(), ""))
			failure := fail(t, run)
			require.Equal(t, workflows.OutcomeUnknown, failure.Type, failure.Message)
			require.Contains(t, told(t, run), string(workflows.AttentionOutcomeUnknown))
			require.Len(t, s.sent(t, line), 1)
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
	t.Parallel()
	for _, s := range representatives {
		t.Run(string(s.Carrier()), func(t *testing.T) {
			t.Parallel()
			s.requireDoneOnce(t, "code-zero")
		})
	}
}

// Other spellings of one thing are that thing.
func TestAnEffectSpelledOtherwiseIsShown(t *testing.T) {
	t.Parallel()
	for _, scenario := range []string{"spelled-otherwise", "one-for-list", "packed-otherwise"} {
		for _, s := range subject.Changes() {
			t.Run(scenario+" at "+s.Type, func(t *testing.T) {
				t.Parallel()
				ref, line := reference(t), fresh(s, subject.Ordinary)
				require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Line: line, Scenario: scenario}))
				requireTrue(t, succeed(t, startOn(t, s, ref, line, looking)), ledger(t, string(s.Carrier()), line), false)
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
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: "dish", Line: sim, Scenario: "batched-callback", Delay: carriers.Duration(2 * time.Second)}))
		runs = append(runs, start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, sim, patient)))
	}
	for _, run := range runs {
		require.Equal(t, workflows.ByCallback, succeed(t, run).DecidedBy)
	}
}
