package e2e

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// carrierManners are how carriers behave in the fault table.
type carrierManners struct {
	name string
	// timings of an ordinary operation, and of one that ends at its deadline because nobody can tell.
	timings, parked string
	// other puts gateways, late records and other spellings before everything that is asked and answered.
	other bool
}

// With other manners, lookupDelay has to be longer than records may be late, and the machine busy.
var bothManners = []carrierManners{
	{
		name:    "own manners",
		timings: `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"500ms","callTimeout":"10s","confirmWithin":"3s"}`,
		parked:  `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"500ms","callTimeout":"10s","deadline":"12s"}`,
	},
	{
		name: "other manners", other: true,
		timings: `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"2s","callTimeout":"10s","confirmWithin":"3s","deadline":"30s"}`,
		parked:  `{"pollEvery":"100ms","overduePollEvery":"100ms","lookupDelay":"2s","callTimeout":"10s","deadline":"15s"}`,
	},
}

const lateAtMost = 500 * time.Millisecond

// direct puts the manners on an operation: on its line, and on its reference, which is all that a look-up of one has before the
// carrier knows the request.
func (m carrierManners) direct(t *testing.T, s subject.Subject, ref, line string) {
	t.Helper()
	if !m.other {
		return
	}
	rule := sandbox.Rule{Carrier: s.Carrier(), Line: line, Scenario: "other-manners", Delay: carriers.Duration(lateAtMost)}
	require.NoError(t, world.Direct(rule))
	if s.FoundBy != carriers.FoundByReference {
		return
	}
	for _, operation := range lookUps(s.Carrier()) {
		require.NoError(t, world.Direct(sandbox.Rule{Carrier: s.Carrier(), Operation: operation, Reference: ref, Scenario: "other-manners"}))
	}
}

// lookUps are the operations of a carrier's sandbox that show what became of a request.
func lookUps(carrier carriers.Carrier) (names []string) {
	for _, c := range (sandboxes.Settings{}).All() {
		for _, o := range c.Operations {
			if c.Name == carrier && o.Kind == sandbox.KindLookUp {
				names = append(names, o.Name)
			}
		}
	}
	return names
}

// cannotBeTold reports whether the manners may leave an operation that should have ended as want for an operator: where a
// record's reference is only like ours, or only the effect tells what has arrived.
func (m carrierManners) cannotBeTold(s subject.Subject, want subject.Expected) bool {
	return m.other && s.FoundBy != carriers.FoundByReference && (want.Failure == "" || want.Failure == workflows.OutcomeUnknown)
}

// What comes back from a submit decides how the operation ends, and whatever it is, the carrier records the change once at
// the most. Where a carrier can be asked about a request only through its effect, and a request that is held has none, one of
// which nothing shows is parked and never sent again. It is so at carriers of other manners, too.
func TestFaultsOfASubmit(t *testing.T) {
	for _, m := range bothManners {
		t.Run(m.name, func(t *testing.T) {
			for _, s := range subject.Changes() {
				for _, code := range s.Codes() {
					if code.AboutTheAnswer() {
						t.Run(code.Name()+" at "+s.Type, func(t *testing.T) {
							t.Parallel()
							m.faultOfASubmit(t, s, code)
						})
					}
				}
			}
		})
	}
}

func (m carrierManners) faultOfASubmit(t *testing.T, s subject.Subject, code subject.Code) {
	ref, line := reference(t), fresh(s, code)
	m.direct(t, s, ref, line)
	want, timings := s.Ends(code), m.timings
	if s.StaysUnknown(code) {
		want, timings = subject.Expected{Failure: workflows.OutcomeUnknown}, m.parked
	}
	result, failure := end(t, startOn(t, s, ref, line, timings))
	sent := ledger(t, string(s.Carrier()), line)
	requireSentOnce(t, sent)
	if m.cannotBeTold(s, want) && failure != nil {
		require.Equal(t, workflows.OutcomeUnknown, failure.Type, "%s %+v", failure.Message, sent)
		return
	}
	if m.other && s.FoundBy != carriers.FoundByReference && code == subject.ConflictNotRecorded && failure != nil && failure.Type == workflows.OutcomeUnknown {
		return // a 409 is believed when a look-up shows nothing, and that needs a good answer from before the request
	}
	require.Equal(t, want.Recorded, recorded(t, string(s.Carrier()), line), "%+v", sent)
	if want.Failure == "" {
		require.Nil(t, failure, "%+v", sent)
		requireTrue(t, result, sent, m.other)
		return
	}
	require.NotNil(t, failure, "%+v", sent)
	require.Equal(t, want.Failure, failure.Type, "%s %+v", failure.Message, sent)
	require.NotContains(t, failure.Message, line, "nothing personal")
	if code < subject.Conflict {
		require.NotZero(t, failure.HTTPStatus)
	}
}

// fresh is a line of an operation that no other test uses, with a scenario of the sandbox.
func fresh(s subject.Subject, code subject.Code) string {
	return s.Line(int(lines.Add(1)), int(code))
}

// startOn starts a change on a line.
func startOn(t *testing.T, s subject.Subject, ref, line, timings string) client.WorkflowRun {
	t.Helper()
	return start(t, s.Type, ref, string(s.Request(ref, line, map[string]any{"timings": json.RawMessage(timings)})))
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

// A bad request that was not checked before is refused before anything is sent, with all its faults. That each rule is enforced is
// shown next to the workflows; this shows that nothing reaches a carrier.
func TestBadInputSendsNothing(t *testing.T) {
	t.Parallel()
	for _, s := range subject.Changes() {
		t.Run(s.Type, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s, subject.Ordinary)
			run := startUnchecked(t, s.Type, ref, string(s.Request(ref, line, map[string]any{"nosuch": 1, "confirm": "yes"})))
			failure := fail(t, run)
			require.Equal(t, workflows.InvalidRequest, failure.Type)
			require.Len(t, failure.Faults, 2, failure.Message)
			for _, fault := range failure.Faults {
				require.Contains(t, failure.Message, fault.String())
			}
			require.Empty(t, ledger(t, "", line))
			require.Len(t, history(t, run), 5)
		})
	}
}

// Starting one reference twice submits once, and the second caller is told.
func TestOneReferenceIsOneSubmission(t *testing.T) {
	t.Parallel()
	for _, s := range subject.Changes() {
		t.Run(s.Type, func(t *testing.T) {
			t.Parallel()
			ref, line := reference(t), fresh(s, subject.Ordinary)
			input := string(s.Request(ref, line, map[string]any{"timings": json.RawMessage(fast)}))
			first := start(t, s.Type, ref, input)
			for range 2 { // once while it runs, once after it has ended
				_, err := world.client.ExecuteWorkflow(t.Context(), options(t, s.Type, input), s.Type, json.RawMessage(input))
				require.ErrorContains(t, err, "already")
				succeed(t, first)
			}
			require.Len(t, ledger(t, string(s.Carrier()), line), 1)
		})
	}
}
