package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// told is a receiver of callbacks.
func told(t *testing.T) (url string, notices chan notice) {
	notices = make(chan notice, 10)
	server := httptest.NewServer(receiver(testParty{notices}))
	t.Cleanup(server.Close)
	return server.URL, notices
}

func newTestCarrier(t *testing.T, callbacks string) *carrier {
	c, err := newCarrier(callbacks, "")
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.close() })
	return c
}

// The last of so many polls finds the decision, and none before.
func TestTheCarrierDecidesByTheNumberOfPolls(t *testing.T) {
	for _, on := range []string{calling, asked} {
		for _, polls := range []int{1, 2, 5} {
			c := newTestCarrier(t, "")
			op := newOperation(on)
			op.polls = polls
			c.expect(op)
			a, in := newAPI(c.url), order{Carrier: on, Reference: op.reference, Line: op.line}
			id, err := a.Submit(t.Context(), in)
			require.NoError(t, err)
			for n := range polls {
				if n == polls-1 { // it is decided beside the answer before
					require.Eventually(t, func() bool { return c.box.Ledger(sandbox.Filter{Reference: op.reference})[0].Decided != "" }, 10*time.Second, time.Millisecond)
				}
				status, err := a.Status(t.Context(), in, id)
				require.NoError(t, err)
				assert.Equal(t, n == polls-1, status == "DONE" || status == "Success", "%s: poll %d of %d says %s", on, n+1, polls, status)
			}
			assert.Equal(t, polls, op.wasAsked())
		}
	}
}

func TestACallbackIsSentWhenItIsDecidedByHand(t *testing.T) {
	url, notices := told(t)
	c := newTestCarrier(t, url)
	op := newOperation(calling)
	c.expect(op)
	_, err := newAPI(c.url).Submit(t.Context(), order{Carrier: calling, Reference: op.reference, Line: op.line})
	require.NoError(t, err)
	assert.True(t, op.wasAnswered())
	assert.Empty(t, notices)
	require.NoError(t, c.decide(op))
	assert.Equal(t, notice{op.reference, "Success"}, <-notices)
	assert.Error(t, c.decide(op), "it has been decided")
}

func TestTheCarrierLimitsItsRequests(t *testing.T) {
	c := newTestCarrier(t, "")
	c.allow(2)
	codes := map[int]int{}
	for range 5 {
		response, err := http.Get(c.url + "/stn/api/QueryActivation")
		require.NoError(t, err)
		_ = response.Body.Close()
		codes[response.StatusCode]++
	}
	assert.GreaterOrEqual(t, codes[http.StatusTooManyRequests], 2)
	assert.EqualValues(t, codes[http.StatusTooManyRequests], c.refused.Load())
	assert.EqualValues(t, codes[http.StatusOK], c.requests.Load())
	assert.Equal(t, c.requests.Load(), c.pages.Load(), "a list of all records is a page")
}
