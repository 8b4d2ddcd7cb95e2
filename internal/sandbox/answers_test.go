package sandbox_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// answerTests say what one request, sent again and again, is answered, in the words of the ledger ("ok" is the
// carrier's ordinary success), and how often it ends up recorded. They hold at every carrier.
var answerTests = []struct {
	scenario, answers string
	recorded          int
}{
	{"refuse-400", "400,400", 0},
	{"unauthorized-401", "401,401", 0},
	{"expired-token", "401,ok,ok", 2},
	{"forbidden-403", "403,403", 0},
	{"not-found-404", "404,404", 0},
	{"conflict-409", "ok,409,409", 1},
	{"conflict-409-recorded", "409,409", 1},
	{"conflict-409-plain", "409,409", 0},
	{"throttled-429", "429,429,ok", 1},
	{"throttled-429-retry-after", "429,429,ok", 1},
	{"unavailable-503", "503,503,ok", 1},
	{"error-500-after-recording", "500,ok", 2},
	{"timeout-before-recording", "client gone,ok", 1},
	{"timeout-after-recording", "client gone,ok", 2},
	{"reset-before-recording", "reset,ok", 1},
	{"reset-after-recording", "reset,ok", 2},
	{"half-body", "half body,ok", 2},
	{"html-page", "200 with an HTML page,ok", 2},
	{"error-inside-200", "200,200", 0},
	{"stall-after-recording", "client gone,ok", 2},
}

func TestScenariosOfAnswers(t *testing.T) {
	for _, tc := range answerTests {
		for _, carrier := range []carriers.Carrier{"dish", "stn", "masmovil"} {
			t.Run(fmt.Sprint(tc.scenario, " at ", carrier), func(t *testing.T) {
				t.Parallel()
				b := start(t, sandboxtest.Quick())
				send := b.sender(carrier, codeOf(t, tc.scenario))
				ok := map[bool]string{false: "200", true: "201"}[carrier == "masmovil"]
				want := strings.Split(strings.ReplaceAll(tc.answers, "ok", ok), ",")
				for i, answered := range want {
					if answered == "client gone" {
						b.giveUpOnceHeld(send)
						continue
					}
					got := send(t.Context())
					switch answered {
					case "reset":
						require.ErrorIs(t, got.Err, syscall.ECONNRESET)
						assert.Zero(t, got.Status)
					case "half body":
						require.Error(t, got.Err)
						assert.NotEmpty(t, got.Raw)
						assert.Equal(t, ok, fmt.Sprint(got.Status))
					case "200 with an HTML page":
						assert.Contains(t, got.Raw, "<html>")
					default:
						require.NoError(t, got.Err)
						assert.Equal(t, answered, fmt.Sprint(got.Status), "answer %d", i+1)
						assert.True(t, strings.HasPrefix(got.Raw, "{"), got.Raw)
					}
					retryAfter := ""
					if tc.scenario == "throttled-429-retry-after" && answered == "429" {
						retryAfter = "1"
					}
					assert.Equal(t, retryAfter, got.Header.Get("Retry-After"))
					if tc.scenario == "error-inside-200" {
						assert.Regexp(t, `"(code|errorCode)":`, got.Raw)
					}
				}
				b.Eventually(func() bool { return slices.Equal(want, b.answers()) }, "%v", b.answers())
				recorded := 0
				for _, e := range b.Ledger(sandbox.Filter{}) {
					assert.Equal(t, carrier, e.Carrier)
					if e.Recorded {
						recorded++
					}
				}
				assert.Equal(t, tc.recorded, recorded)
			})
		}
	}
}

// sender returns the same changing request every time, for a line that chooses a scenario.
func (b *bench) sender(carrier carriers.Carrier, code int) func(context.Context) sandboxtest.Answer {
	requests := map[carriers.Carrier][2]string{
		"dish": {
			"/dish/subscription/activate",
			fmt.Sprintf(`{"partnerTransactionId":"ref","subscriberId":"S","wholesalePlanId":"P","location":{},"iccid":"890100000000000000%02d"}`, code),
		},
		"stn": {
			"/stn/api/SetServicesSubscription",
			fmt.Sprintf(`{"phoneNumber":"06-100000%02d","services":{"voiceMail":false},"referenceNumber":"ref"}`, code),
		},
		"masmovil": {masLine(fmt.Sprintf("700112%02d", code)) + "/sim_replacement", `{"dealer_id":"D","logistic":false,"new_icc":"` + newCard + `"}`},
	}
	request := requests[carrier]
	return func(ctx context.Context) sandboxtest.Answer {
		return b.CallContext(ctx, http.MethodPost, request[0], request[1])
	}
}

// giveUpOnceHeld sends a request and leaves when the ledger says that its answer is held.
func (b *bench) giveUpOnceHeld(send func(context.Context) sandboxtest.Answer) {
	b.t.Helper()
	ctx, leave := context.WithCancel(b.t.Context())
	defer leave()
	done := make(chan sandboxtest.Answer, 1)
	go func() { done <- send(ctx) }()
	last := func() string { return append([]string{""}, b.answers()...)[len(b.answers())] }
	b.Eventually(func() bool { return last() == "held" })
	leave()
	require.ErrorIs(b.t, (<-done).Err, context.Canceled)
	b.Eventually(func() bool { return last() == "client gone" })
	assert.Zero(b.t, b.Release(), "who is gone is not waiting")
}

func (b *bench) answers() []string {
	answers := []string{}
	for _, e := range b.Ledger(sandbox.Filter{}) {
		answers = append(answers, e.Answered)
	}
	return answers
}

func codeOf(t *testing.T, name string) int {
	t.Helper()
	code, ok := sandbox.CodeOf(name)
	require.True(t, ok, name)
	return code
}
