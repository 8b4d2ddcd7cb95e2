package callback

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestACallbackIsStored(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	before := time.Now()
	got := post(t, f.server(t)+"/callbacks/dish",
		`{"eventId":"e-1","partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}`, nil)
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Equal(t, "stored", got.message.Status)
	signals, kept, _ := f.temporal.told()
	require.Len(t, signals, 1)
	assert.Empty(t, kept)
	received := signals[0].callback.ReceivedAt
	assert.WithinRange(t, received, before.Add(-time.Second), time.Now())
	assert.Equal(t, signal{workflowID: "dish:ref-1", callback: workflows.Callback{
		State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no", EventID: "e-1", ReceivedAt: received,
	}}, signals[0])
	assert.Equal(t, 1, f.logs.FilterField(zap.String("reference", "ref-1")).FilterField(zap.String("result", "stored")).Len())
}

func TestACallbackWithoutAnEventHasTheIdOfItsMessage(t *testing.T) {
	f := newFixture(t, signedWith(keyA))
	body := `{"partnerTransactionId":"ref-1","status":"Success"}`
	post(t, f.server(t)+"/callbacks/dish", body, sign(t, keyA, "m-1", time.Now(), body))
	signals, _, _ := f.temporal.told()
	require.Len(t, signals, 1)
	assert.Equal(t, "m-1", signals[0].callback.EventID)
}

func TestACallbackThatNobodyWaitsFor(t *testing.T) {
	for _, test := range []struct {
		name, reference string
		open            map[string]bool
		status          int
		result          string
		kept            string // the workflow that keeps it
	}{
		{"over", "ref-1", map[string]bool{"dish:ref-1": false}, http.StatusOK, "finished", ""},
		{"never started", "ref-1", nil, http.StatusAccepted, "unmatched", "unmatched:dish:ref-1"},
		{"another carrier's", "ref-1", map[string]bool{"stn:ref-1": true}, http.StatusAccepted, "unmatched", "unmatched:dish:ref-1"},
		{"cannot be a reference", personal + ":x", map[string]bool{"dish:" + personal + ":x": true}, http.StatusAccepted, "unmatched", "unmatched:dish:sha256-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, AuthConfig{})
			f.temporal.open = test.open
			got := post(t, f.server(t)+"/callbacks/dish", `{"partnerTransactionId":"`+test.reference+`","status":"Success"}`, nil)
			assert.Equal(t, test.status, got.status)
			assert.Equal(t, test.result, got.message.Status)
			assert.Equal(t, map[string]int{"dish " + test.result: 1}, f.count())
			signals, kept, _ := f.temporal.told()
			assert.Empty(t, signals)
			if test.kept == "" {
				assert.Empty(t, kept)
				return
			}
			require.Len(t, kept, 1)
			assert.True(t, strings.HasPrefix(kept[0].workflowID, test.kept), kept[0].workflowID)
			assert.Equal(t, workflows.Unmatched{Carrier: carriers.DISH, Reference: test.reference}, kept[0].unmatched)
			assert.Equal(t, carriers.Done, kept[0].callback.State)
		})
	}
}

func TestAnOperationThatOpensMeanwhileIsSignalled(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	first := true
	f.temporal.before = func(context.Context) error {
		if first {
			first = false
			return serviceerror.NewNotFound("not yet")
		}
		return nil
	}
	assert.Equal(t, http.StatusAccepted, post(t, f.server(t)+"/callbacks/dish", success, nil).status)
	signals, kept, _ := f.temporal.told()
	assert.Len(t, signals, 1)
	assert.Empty(t, kept)
}

func TestAnUnavailableTemporal(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name string
		err  error
	}{
		{"unavailable", serviceerror.NewUnavailable("down")},
		{"deadline", serviceerror.NewDeadlineExceeded("slow")},
		{"exhausted", &serviceerror.ResourceExhausted{Message: "busy"}},
		{"no namespace", serviceerror.NewNamespaceNotFound("carrierflow")},
		{"not permitted", serviceerror.NewPermissionDenied("denied", "")},
		{"too many signals", serviceerror.NewInvalidArgument("exceeded workflow execution limit for signal events")},
		{"not connected", errors.New("failed reaching server")},
	} {
		for _, reference := range []string{"ref-1", "of nobody"} {
			t.Run(test.name+", "+reference, func(t *testing.T) {
				f := newFixture(t, signedWith(keyA))
				f.temporal.fail(test.err)
				url := f.server(t) + "/callbacks/dish"
				body := strings.Replace(success, "ref-1", reference, 1)
				header := sign(t, keyA, "m-1", now, body)
				got := post(t, url, body, header)
				assert.Equal(t, http.StatusServiceUnavailable, got.status)
				assert.Equal(t, "10", got.header.Get("Retry-After"))
				assert.Equal(t, "unavailable", got.message.Status)
				assert.NotContains(t, got.raw, test.err.Error(), "our insides are not the carrier's business")
				assert.Equal(t, map[string]int{"dish unavailable": 1}, f.count())

				f.temporal.fail(nil)
				assert.Equal(t, http.StatusAccepted, post(t, url, body, header).status, "the same message, sent again, is not taken for a replay")
			})
		}
	}
}

func TestALookUpThatFailsDecidesNothing(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	f.temporal.failing = serviceerror.NewUnavailable("down")
	f.temporal.before = func(context.Context) error { return serviceerror.NewNotFound("over, or unknown") }
	assert.Equal(t, http.StatusServiceUnavailable, post(t, f.server(t)+"/callbacks/dish", success, nil).status)
	_, _, calls := f.temporal.told()
	assert.Equal(t, 1, calls, "one look-up, and nothing after it")
}

func TestASignalThatFailsDecidesNothing(t *testing.T) {
	for name, open := range map[string]map[string]bool{"over": {"dish:ref-1": false}, "never started": nil} {
		f := newFixture(t, AuthConfig{})
		f.temporal.open = open
		f.temporal.before = func(context.Context) error { return serviceerror.NewUnavailable("down") }
		assert.Equal(t, http.StatusServiceUnavailable, post(t, f.server(t)+"/callbacks/dish", success, nil).status, name)
		f.refusedAll(t)
	}
}

func TestTemporalHasABoundedTime(t *testing.T) {
	f := newFixture(t, AuthConfig{}, func(o *Options) { o.DeliverTimeout, o.RetryAfter = 20*time.Millisecond, 1500*time.Millisecond })
	f.temporal.before = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	got := post(t, f.server(t)+"/callbacks/dish", success, nil)
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Equal(t, "2", got.header.Get("Retry-After"), "whole seconds, never fewer")
}

func TestAMessageSentAgain(t *testing.T) {
	f := newFixture(t, signedWith(keyA))
	url := f.server(t) + "/callbacks/dish"
	now := time.Now()
	for i, want := range []struct {
		id     string
		at     time.Time
		body   string
		result string
	}{
		{"m-1", now, success, "stored"},
		{"m-1", now, success, "repeated"},
		{"m-1", now.Add(time.Second), success, "repeated"}, // a redelivery is signed anew
		{"m-2", now, success, "stored"},
		{"m-1", now, strings.Replace(success, "Success", "Failed", 1), "stored"}, // other news under the same id
	} {
		got := post(t, url, want.body, sign(t, keyA, want.id, want.at, want.body))
		assert.Equal(t, want.result, got.message.Status, i)
		assert.Equal(t, map[string]int{"stored": 202, "repeated": 200}[want.result], got.status, i)
	}
	signals, _, _ := f.temporal.told()
	assert.Len(t, signals, 3)
}

func TestAMessageSentTwiceAtOnceIsSignalledOnce(t *testing.T) {
	for _, test := range []struct {
		name    string
		failing error
		want    map[Result]int
	}{
		{"stored", nil, map[Result]int{Stored: 1, Repeated: 2}},
		{"not stored", errors.New("down"), map[Result]int{Unavailable: 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, signals := make(chan struct{}), 0
				c := newCourier(&temporal{open: map[string]bool{"dish:ref-1": true}, failing: test.failing, before: func(context.Context) error {
					signals++
					<-release
					return nil
				}}, time.Minute)
				var mu sync.Mutex
				var all sync.WaitGroup
				got := map[Result]int{}
				for range 3 {
					all.Go(func() {
						answer := c.take(t.Context(), carriers.DISH, "m-1", Notice{Reference: "ref-1"}, []byte(success))
						mu.Lock()
						defer mu.Unlock()
						got[answer.result]++
					})
				}
				synctest.Wait() // all are under way
				close(release)
				all.Wait()
				assert.Equal(t, test.want, got)
				assert.Equal(t, 1, signals)
			})
		})
	}
}

func TestACarrierThatHangsUpHasStillTold(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	told, gone, stored := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f.temporal.before = func(ctx context.Context) error {
		close(told)
		<-gone
		stored <- ctx.Err()
		return ctx.Err()
	}
	// The request's context ends while Temporal is at work, as it does when the connection breaks.
	ctx, hangUp := context.WithCancel(t.Context())
	go func() {
		<-told
		hangUp()
		close(gone)
	}()
	answer := f.courier.take(ctx, carriers.DISH, "", Notice{Reference: "ref-1"}, []byte(success))
	assert.NoError(t, <-stored)
	assert.Equal(t, Stored, answer.result)
}
