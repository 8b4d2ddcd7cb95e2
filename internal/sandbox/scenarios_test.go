package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// dishTests say how a suspension ends: the transaction's status, the line's, and the words of the callbacks.
var dishTests = []struct{ scenario, transaction, line, callbacks string }{
	{"lost-callback", "Success", "Suspended", ""},
	{"duplicate-callback", "Success", "Suspended", "Success Success Success Success Success"},
	{"early-callback", "Success", "Suspended", "Success"},
	{"out-of-order", "Success", "Suspended", "Success InProgress"},
	{"intermediate-callback", "Success", "Suspended", "InProgress Success"},
	{"unknown-word-callback", "Success", "Suspended", "Fulfilled"},
	{"unknown-status", "Success", "Suspended", ""},
	{"contradicting-callback", "Failed", "Active", "Success"},
	{"delayed-error", "Failed", "Active", "Failed"},
	{"not-in-effect", "Success", "Active", "Success"},
	{"never-decided", "InProgress", "Active", ""},
	{"no-word", "Success", "Suspended", "Success"},
	{"slow", "Success", "Suspended", "Success"},
	{"late-effect", "Success", "Suspended", "Success"},
}

func TestScenariosAtDISH(t *testing.T) {
	for _, tc := range dishTests {
		t.Run(tc.scenario, func(t *testing.T) {
			t.Parallel()
			box := sandboxtest.Receive(t, nil)
			cfg := sandboxtest.Quick()
			if tc.scenario == "unknown-status" {
				cfg = sandboxtest.Unhurried()
			}
			cfg.Callback.URL = box.URL
			b := start(t, cfg)
			card := fmt.Sprintf("890100000000000000%02d", codeOf(t, tc.scenario))
			sent := time.Now()
			ack := b.suspend("ref", card)
			require.Equal(t, 200, ack.Status)
			assert.Equal(t, tc.scenario == "no-word", ack.Field("status") == nil)

			seen := map[any]bool{}
			b.Eventually(func() bool {
				word := b.transaction("ref")
				seen[word] = true
				return word == tc.transaction
			})
			took := time.Since(sent)
			if tc.scenario == "slow" {
				assert.GreaterOrEqual(t, took, 10*sandboxtest.Quick().DecideAfter)
			}
			assert.Equal(t, tc.scenario == "unknown-status", seen["Fulfilled"])
			if tc.transaction == "Failed" {
				assert.Equal(t, "PROVISIONING_FAILED", b.Get("/dish/transaction/status/ref").Field("code"))
			}
			b.Eventually(func() bool { return b.dishStatus(card) == tc.line })
			want := strings.Fields(tc.callbacks)
			b.Eventually(func() bool { return len(box.Bodies()) >= len(want) })
			b.Close() // waits for whatever else is being sent
			assert.Equal(t, want, words(t, box))
		})
	}
}

func TestEarlyCallbackArrivesBeforeTheAcknowledgement(t *testing.T) {
	acknowledged := make(chan struct{})
	box := sandboxtest.Receive(t, func(http.ResponseWriter, int) {
		select {
		case <-acknowledged:
			t.Error("the acknowledgement came first")
		default:
		}
	})
	cfg := sandboxtest.Quick()
	cfg.Callback.URL = box.URL
	b := start(t, cfg)
	b.suspend("ref", "89010000000000000053")
	close(acknowledged)
	assert.Equal(t, []string{"Success"}, words(t, box))
}

func TestDuplicateCallbacksShareOneEvent(t *testing.T) {
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Quick()
	cfg.Callback.URL = box.URL
	b := start(t, cfg)
	b.suspend("ref", "89010000000000000052")
	b.Eventually(func() bool { return len(box.Bodies()) == 5 })
	for _, n := range notices(t, box) {
		assert.Equal(t, notices(t, box)[0], n)
	}
}

func TestLateAndMissingEffects(t *testing.T) {
	b := start(t, sandboxtest.Unhurried())

	b.suspend("late", "89010000000000000062")
	b.Eventually(func() bool { return b.transaction("late") == "Success" })
	assert.Equal(t, "Active", b.dishStatus("89010000000000000062"))
	b.Eventually(func() bool { return b.dishStatus("89010000000000000062") == "Suspended" })

	id := b.setServices("late", "Sub62", `{"voiceMail":false}`).Field("id")
	b.Eventually(func() bool { return b.activation(id) == "DONE" })
	assert.Equal(t, true, b.service("Sub62", "voiceMail"))
	b.Eventually(func() bool { return b.service("Sub62", "voiceMail") == false })

	assert.Equal(t, 201, b.replaceSIM("762", newCard).Status)
	assert.NotEqual(t, newCard, b.card("762"))
	b.Eventually(func() bool { return b.card("762") == newCard })

	assert.Equal(t, 201, b.replaceSIM("761", newCard).Status)
	assert.NotEqual(t, newCard, b.card("761"))
	assert.Equal(t, 404, func() int {
		b.activate("none", "89010000000000000061")
		b.Eventually(func() bool { return b.transaction("none") == "Success" })
		return b.Get("/dish/subscription?iccid=89010000000000000061").Status
	}())
}

// stnTests say how switching voice mail off and roaming on ends.
var stnTests = []struct {
	scenario, status   string
	voiceMail, roaming bool
}{
	{"delayed-error", "ERROR", true, false},
	{"part-left-out", "DONE", true, true}, // voiceMail comes first in the alphabet
	{"not-in-effect", "DONE", true, false},
	{"never-decided", "BUSY", true, false},
	{"unknown-status", "DONE", false, true},
	{"slow", "DONE", false, true},
	{"no-word", "DONE", false, true},
}

func TestScenariosAtSTN(t *testing.T) {
	for _, tc := range stnTests {
		t.Run(tc.scenario, func(t *testing.T) {
			t.Parallel()
			cfg := sandboxtest.Quick()
			if tc.scenario == "unknown-status" {
				cfg = sandboxtest.Unhurried()
			}
			b := start(t, cfg)
			line := fmt.Sprint("Sub", codeOf(t, tc.scenario))
			sent := time.Now()
			got := b.setServices("ref", line, `{"voiceMail":false,"voiceRoaming":true}`)
			assert.Equal(t, tc.scenario == "no-word", got.Field("status") == nil)
			_, kept := got.Field("info", "services").(map[string]any)["voiceMail"]
			assert.Equal(t, tc.scenario != "part-left-out", kept)
			seen := map[any]bool{}
			b.Eventually(func() bool {
				word := b.activation(got.Field("id"))
				seen[word] = true
				return word == tc.status
			})
			if tc.scenario == "slow" {
				assert.GreaterOrEqual(t, time.Since(sent), 10*sandboxtest.Quick().DecideAfter)
			}
			assert.Equal(t, tc.scenario == "unknown-status", seen["PARKED"])
			assert.Equal(t, tc.voiceMail, b.service(line, "voiceMail"))
			assert.Equal(t, tc.roaming, b.service(line, "voiceRoaming"))
		})
	}
}

func TestForgetfulLooksAsIfNothingHadCome(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	assert.Equal(t, 200, b.suspend("ref", "89010000000000000068").Status)
	assert.Equal(t, 404, b.Get("/dish/transaction/status/ref").Status)
	got := b.setServices("ref", "Sub68", `{"voiceMail":false}`)
	assert.Equal(t, "INIT", got.Field("status"))
	assert.Empty(t, b.Get("/stn/api/QueryActivation?subscriptionId=Sub68").Field("results"))
	assert.Equal(t, 201, b.replaceSIM("768", newCard).Status)
	assert.NotEqual(t, newCard, b.card("768"))
	b.Set(sandbox.Rule{Carrier: "masmovil", Scenario: "review-accept"})
	assert.Equal(t, 202, b.replaceSIM("868", newCard).Status)
	assert.Nil(t, b.risk("868"))
	for _, e := range b.Ledger(sandbox.Filter{}) {
		assert.True(t, e.Recorded, "the ledger does not forget")
	}
}

func TestALineIsOrdinaryWhereItsScenarioMeansNothing(t *testing.T) {
	b := start(t, sandboxtest.Quick())
	b.suspend("ref", "89010000000000000065")                  // a denied review is MásMóvil's
	b.setServices("ref", "Sub51", `{"voiceMail":false}`)      // a lost callback is DISH's
	assert.Equal(t, 201, b.replaceSIM("760", newCard).Status) // an ignored service is sTN's
	b.Eventually(func() bool { return b.transaction("ref") == "Success" })
	for _, e := range b.Ledger(sandbox.Filter{}) {
		assert.Empty(t, e.Scenarios)
	}
}

func TestUnknownRiskLetterComesBeforeTheDecision(t *testing.T) {
	b := start(t, sandboxtest.Unhurried())
	assert.Equal(t, 202, b.replaceSIM("757", newCard).Status)
	b.Eventually(func() bool { return b.risk("757") == "X" })
	b.Eventually(func() bool { return b.risk("757") == "A" })
	assert.Equal(t, newCard, b.card("757"))
}

// testedElsewhere are scenarios that no table above covers.
var testedElsewhere = []string{
	"review-accept", "review-deny", "review-forever", "denied-at-once", "forgetful", "down", "refusing",
	// manners_test.go and spellings_test.go
	"other-manners", "gateway-404-text", "gateway-404-json", "gateway-404-html", "gateway-403", "gateway-400", "late-visibility",
	"duplicate-400", "batched-callback", "null-list", "unordered-list", "code-zero", "spelled-otherwise", "numbers-for-text", "one-for-list",
	"packed-otherwise",
}

func TestTheTableIsSoundAndEveryScenarioIsTested(t *testing.T) {
	tested := map[string]bool{}
	for _, tc := range answerTests {
		tested[tc.scenario] = true
	}
	for _, tc := range dishTests {
		tested[tc.scenario] = true
	}
	for _, tc := range stnTests {
		tested[tc.scenario] = true
	}
	for _, name := range testedElsewhere {
		tested[name] = true
	}
	codes := map[int]bool{}
	for _, sc := range sandbox.Table {
		assert.True(t, tested[sc.Name], "%s is not tested", sc.Name)
		assert.NotEmpty(t, sc.Sentence)
		assert.False(t, sc.Code != 0 && (sc.Code < 50 || sc.Code > 99 || codes[sc.Code]), "%s has code %d", sc.Name, sc.Code)
		codes[sc.Code] = true
	}
	for code := range 50 {
		assert.False(t, sandbox.ByLine(fmt.Sprintf("8901%02d", code)), "%02d is an ordinary line", code)
	}
	for _, line := range []string{"", "7", "p4RzExampleSub9", "Sub5x"} {
		assert.False(t, sandbox.ByLine(line), line)
	}
}
