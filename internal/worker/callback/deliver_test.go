package callback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

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
	signals, kept, _ := f.temporal.received()
	require.Len(t, signals, 1)
	assert.Empty(t, kept)
	received := signals[0].callback.ReceivedAt
	assert.WithinRange(t, received, before.Add(-time.Second), time.Now())
	assert.Equal(t, signal{workflowID: "dish:ref-1", callback: workflows.Callback{
		State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no", EventID: "e-1", ReceivedAt: received,
	}}, signals[0])
	assert.Equal(t, 1, f.logs.FilterField(zap.String("reference", "ref-1")).FilterField(zap.String("result", "stored")).Len())
}

// What is as usual is logged for debugging only; each line that operators see is about something else.
func TestOnlyAnUnusualCallbackIsALineOfTheLog(t *testing.T) {
	for result, want := range map[Result]zapcore.Level{
		Stored: zap.DebugLevel, Finished: zap.InfoLevel, Late: zap.WarnLevel, Unmatched: zap.WarnLevel, Unavailable: zap.ErrorLevel, Malformed: zap.WarnLevel,
	} {
		f := newFixture(t, AuthConfig{})
		f.log(reply{result: result, carrier: "dish", counts: map[Result]int{result: 1}, reference: "ref-1"})
		require.Len(t, f.logs.All(), 1, result)
		require.Equal(t, want, f.logs.All()[0].Level, result)
		require.Equal(t, string(result), f.logs.All()[0].ContextMap()["result"])
	}
}

func TestACallbackWithoutAnEventHasTheIdOfItsMessage(t *testing.T) {
	f := newFixture(t, signedWith(keyA))
	body := `{"partnerTransactionId":"ref-1","status":"Success"}`
	post(t, f.server(t)+"/callbacks/dish", body, sign(t, keyA, "m-1", time.Now(), body))
	signals, _, _ := f.temporal.received()
	require.Len(t, signals, 1)
	assert.Equal(t, "m-1", signals[0].callback.EventID)
}

func TestACallbackWithoutARunningOperation(t *testing.T) {
	for _, test := range []struct {
		name, reference string
		open            map[string]bool
		status          int
		result          string
		kept            string // the workflow that keeps it
	}{
		{"completed", "ref-1", map[string]bool{"dish:ref-1": false}, http.StatusOK, "finished", ""},
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
			signals, kept, _ := f.temporal.received()
			assert.Empty(t, signals)
			if test.kept == "" {
				assert.Empty(t, kept)
				return
			}
			require.Len(t, kept, 1)
			assert.True(t, strings.HasPrefix(kept[0].workflowID, test.kept), kept[0].workflowID)
			assert.Equal(t, workflows.Unmatched{Carrier: "dish", Reference: test.reference}, kept[0].unmatched)
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
	signals, kept, _ := f.temporal.received()
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
				f := newFixture(t, signedWith(keyA), func(o *Options) { o.DeliverTimeout = 60 * time.Millisecond })
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

func TestAFailedLookUpIsUnavailable(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	f.temporal.failing = serviceerror.NewInternal("down")
	f.temporal.before = func(context.Context) error { return serviceerror.NewNotFound("over, or unknown") }
	assert.Equal(t, http.StatusServiceUnavailable, post(t, f.server(t)+"/callbacks/dish", success, nil).status)
	_, _, calls := f.temporal.received()
	assert.Equal(t, 1, calls, "one look-up, and nothing after it")
}

func TestAFailedSignalIsUnavailable(t *testing.T) {
	for name, open := range map[string]map[string]bool{"over": {"dish:ref-1": false}, "never started": nil} {
		f := newFixture(t, AuthConfig{}, func(o *Options) { o.DeliverTimeout = 60 * time.Millisecond })
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

// A redelivered callback is the same signal to Temporal, whichever process receives it.
func TestARepeatedCallbackIsSignalledOnce(t *testing.T) {
	temporal := &temporal{open: map[string]bool{"dish:ref-1": true}}
	now := time.Now()
	for i, again := range []struct {
		id     string
		at     time.Time
		body   string
		signal bool // it is a new notice
	}{
		{"m-1", now, success, true},
		{"m-1", now, success, false},
		{"m-1", now.Add(time.Second), success, false},                          // a redelivery has a new signature
		{"m-2", now, success, false},                                           // its event is the same
		{"m-2", now, strings.Replace(success, "e-1", "e-2", 1), true},          // another event
		{"m-1", now, strings.Replace(success, "Success", "Failed", 1), true},   // another status under the same id
		{"m-1", now, strings.Replace(success, "Success", "Rejected", 1), true}, // and again
		{"m-1", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E1"}`, true},
		{"m-1", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2"}`, true},
		{"m-1", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2","reason":"no"}`, true},
		{"m-1", now, ` {"reason":"no","partnerTransactionId": "ref-1","status":"Failed","code":"E2"}`, false},
		{"m-1", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2","reason":"no","eventTime":"2024-03-15T12:00:00Z"}`, true},
		{"m-1", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2","reason":"no","eventTime":"2024-03-15T13:00:00+01:00"}`, false},
		{"m-3", now, `{"partnerTransactionId":"ref-1","status":"Failed","code":"E2","reason":"no"}`, true}, // without an event id, the message id counts
	} {
		process := newFixture(t, signedWith(keyA), func(o *Options) { o.Temporal = temporal })
		before, _, _ := temporal.received()
		got := post(t, process.server(t)+"/callbacks/dish", again.body, sign(t, keyA, again.id, again.at, again.body))
		assert.Equal(t, "stored", got.message.Status, i)
		assert.Equal(t, http.StatusAccepted, got.status, i)
		after, _, _ := temporal.received()
		assert.Equal(t, again.signal, len(after) > len(before), i)
	}
	signals, _, _ := temporal.received()
	assert.Len(t, signals, 9)
	assert.Len(t, temporal.requests, 14)
	assert.Equal(t, temporal.requests[0], temporal.requests[1])
	for _, id := range temporal.requests {
		assert.Regexp(t, "^callback-[0-9a-f]{64}$", id)
	}
}

// Two carriers, or two references, never have the same request id.
func TestEveryNoticeHasItsRequestID(t *testing.T) {
	n := Notice{Reference: "ref-1", Callback: workflows.Callback{State: carriers.Done, Status: "Success"}}
	other := n
	other.Reference = "ref-2"
	later := n
	later.ReceivedAt = time.Now()
	assert.NotEqual(t, requestID("dish", n), requestID("stn", n))
	assert.NotEqual(t, requestID("dish", n), requestID("dish", other))
	assert.Equal(t, requestID("dish", n), requestID("dish", later))
}

const (
	failedOne  = `{"partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}`
	successTwo = `{"partnerTransactionId":"ref-2","status":"Success"}`
)

func TestTwoNoticesInOneBodyAreBothStored(t *testing.T) {
	for name, body := range map[string]string{
		"a list":               "[" + successTwo + "," + failedOne + "]",
		"data":                 `{"data":[` + successTwo + "," + failedOne + "]}",
		"events of a delivery": `{"status":"Delivered","events":[` + successTwo + "," + failedOne + "]}",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, AuthConfig{})
			f.temporal.open["dish:ref-2"] = true
			got := post(t, f.server(t)+"/callbacks/dish", body, nil)
			assert.Equal(t, http.StatusAccepted, got.status)
			assert.JSONEq(t, `{"status":"stored","message":"2 notices: 2 stored"}`, got.raw)
			signals, kept, _ := f.temporal.received()
			assert.Empty(t, kept)
			states := map[string]carriers.State{}
			for _, s := range signals {
				states[s.workflowID] = s.callback.State
			}
			assert.Equal(t, map[string]carriers.State{"dish:ref-1": carriers.Failed, "dish:ref-2": carriers.Done}, states)
			assert.Equal(t, map[string]int{"dish stored": 2}, f.count())
			assert.Equal(t, 1, f.logs.Len(), "one line for one request")
			assert.Equal(t, 1, f.logs.FilterField(zap.Int("notices", 2)).FilterField(zap.Strings("results", []string{"2 stored"})).Len())
		})
	}
}

func TestABodyWithOneUnreadableNoticeIsRefusedWhole(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	got := post(t, f.server(t)+"/callbacks/dish", `{"data":[`+failedOne+`,{"partnerTransactionId":"ref-2","gpsi":"`+personal+`"}]}`, nil)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "malformed", got.message.Status)
	assert.Contains(t, got.message.Message, "notice 2 of 2: it has no status")
	assert.NotContains(t, got.raw, personal)
	assert.Equal(t, map[string]int{"dish malformed": 1}, f.count())
	f.refusedAll(t)
}

func TestTooManyNoticesAreRefused(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	body := func(n int) string {
		return "[" + strings.Repeat(`{"partnerTransactionId":"ref-1","status":"x"},`, n-1) + failedOne + "]"
	}
	got := post(t, f.server(t)+"/callbacks/dish", body(maxNotices+1), nil)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Contains(t, got.message.Message, "more than 1000 notices")
	f.refusedAll(t)
	assert.Equal(t, http.StatusAccepted, post(t, f.server(t)+"/callbacks/dish", body(maxNotices), nil).status)
	signals, _, _ := f.temporal.received()
	assert.Len(t, signals, 2, "those that are alike are one signal")
}

// When one notice cannot be stored, the carrier is asked for all of them again, and the stored ones are not signalled
// twice.
func TestABodyThatIsStoredInPartIsSentAgain(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	f.temporal.open["dish:ref-2"] = true
	f.temporal.failOnly = map[string]error{"dish:ref-1": serviceerror.NewInternal("broken")}
	body := "[" + failedOne + "," + successTwo + `,{"partnerTransactionId":"ref-1","status":"Success"},{"partnerTransactionId":"nobody","status":"Success"}]`
	got := post(t, f.server(t)+"/callbacks/dish", body, nil)
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Equal(t, "10", got.header.Get("Retry-After"))
	assert.JSONEq(t, `{"status":"unavailable","message":"4 notices: 2 unavailable, 1 unmatched, 1 stored; send all of them again later"}`, got.raw)
	assert.Equal(t, map[string]int{"dish unavailable": 2, "dish unmatched": 1, "dish stored": 1}, f.count())

	f.temporal.failOnly = nil
	got = post(t, f.server(t)+"/callbacks/dish", body, nil)
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.JSONEq(t, `{"status":"unmatched","message":"4 notices: 1 unmatched, 3 stored"}`, got.raw)
	signals, kept, _ := f.temporal.received()
	assert.Len(t, signals, 3)
	assert.Len(t, kept, 1)
}

func TestNoticesOfOneReferenceKeepTheirOrder(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	var body []string
	for i := range 50 {
		for r := range 20 {
			f.temporal.open[fmt.Sprintf("dish:r-%d", r)] = true
			body = append(body, fmt.Sprintf(`{"partnerTransactionId":"r-%d","status":"%d"}`, r, i))
		}
	}
	assert.Equal(t, http.StatusAccepted, post(t, f.server(t)+"/callbacks/dish", "["+strings.Join(body, ",")+"]", nil).status)
	signals, _, _ := f.temporal.received()
	require.Len(t, signals, 1000)
	next := map[string]int{}
	for _, s := range signals {
		assert.Equal(t, strconv.Itoa(next[s.workflowID]), s.callback.Status)
		next[s.workflowID]++
	}
}

func TestACallbackIsStoredAlthoughTheCarrierClosesTheConnection(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	begun, closed, stored := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f.temporal.before = func(ctx context.Context) error {
		close(begun)
		<-closed
		stored <- ctx.Err()
		return ctx.Err()
	}
	// The request's context ends while Temporal stores the signal, as when the connection breaks.
	ctx, disconnect := context.WithCancel(t.Context())
	go func() {
		<-begun
		disconnect()
		close(closed)
	}()
	answer := f.deliverer.deliverAll(ctx, "dish", "", []Notice{{Reference: "ref-1"}})
	assert.NoError(t, <-stored)
	assert.Equal(t, Stored, answer.result)
}
