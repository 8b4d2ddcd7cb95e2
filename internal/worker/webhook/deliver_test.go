package webhook

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/carrierflow/carrierflow/workflows"
)

var event = workflows.WebhookEvent{
	ID: "evt_1", Type: workflows.WebhookEnded, Timestamp: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC),
	Data: workflows.WebhookData{
		Carrier: "stn", Operation: "stn.SetServices", Reference: "r.1", WorkflowID: "stn:r.1", RunID: "run", Number: 2, Status: workflows.WebhookFailed,
		FailureType: workflows.CarrierFailed, Code: "E-42", Reason: "no such plan",
	},
}

// loaded reads endpoints that the tests listen at.
func loaded(t *testing.T, text string) *Webhooks {
	t.Helper()
	w, err := Settings{File: fileWith(t, text), AllowHTTP: true, AllowPrivate: []string{"127.0.0.1/32"}}.Load()
	require.NoError(t, err)
	return w
}

// at is a file with one endpoint.
func at(url string, secrets ...string) string {
	return "endpoints:\n- name: shop\n  url: " + url + "\n  secrets: [" + strings.Join(secrets, ", ") + "]\n"
}

// attempt makes one attempt.
func attempt(t *testing.T, w *Webhooks) (answer workflows.WebhookAnswer, err error) {
	t.Helper()
	suite := &testsuite.WorkflowTestSuite{}
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(w.deliver)
	value, err := env.ExecuteActivity(w.deliver, workflows.WebhookAttempt{Endpoint: "shop", Event: event})
	if err != nil {
		return "", err
	}
	require.NoError(t, value.Get(&answer))
	return answer, nil
}

func answering(t *testing.T, status int, header http.Header) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

// Each secret signs, so that a receiver may have the old one or the new one.
func TestEverySecretSigns(t *testing.T) {
	var calls atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		for _, key := range []string{key1, key2} {
			verifier, err := standardwebhooks.NewWebhook(key)
			if err != nil || verifier.Verify(body, r.Header) != nil {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
		}
		other, _ := standardwebhooks.NewWebhook("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
		var got workflows.WebhookEvent
		if other.Verify(body, r.Header) == nil || json.Unmarshal(body, &got) != nil || got != event ||
			r.Method != http.MethodPost || r.Header.Get("webhook-id") != "evt_1" || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	answer, err := attempt(t, loaded(t, at(s.URL, key1, key2)))
	require.NoError(t, err)
	require.Equal(t, workflows.AnswerDelivered, answer)
	require.EqualValues(t, 1, calls.Load())
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for status, want := range map[int]workflows.WebhookAnswer{200: workflows.AnswerDelivered, 204: workflows.AnswerDelivered, 299: workflows.AnswerDelivered, 410: workflows.AnswerGone} {
		answer, err := attempt(t, loaded(t, at(answering(t, status, nil).URL, key1)))
		require.NoError(t, err, status)
		require.Equal(t, want, answer)
	}
	var redirected atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { redirected.Add(1) }))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 307, 400, 401, 404, 429, 500, 503} {
		_, err := attempt(t, loaded(t, at(answering(t, status, http.Header{"Location": {elsewhere.URL}}).URL, key1)))
		failure, ok := errors.AsType[*temporal.ApplicationError](err)
		require.True(t, ok, "%v", err)
		require.False(t, failure.NonRetryable(), status)
		require.GreaterOrEqual(t, failure.NextRetryDelay(), 5*time.Second)
		require.Less(t, failure.NextRetryDelay(), 6*time.Second)
	}
	require.Zero(t, redirected.Load(), "redirects are not followed")
}

func TestRetryAfterIsHonoured(t *testing.T) {
	_, err := attempt(t, loaded(t, at(answering(t, 503, http.Header{"Retry-After": {"600"}}).URL, key1)))
	failure, _ := errors.AsType[*temporal.ApplicationError](err)
	require.Equal(t, 10*time.Minute, failure.NextRetryDelay())
	now := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	require.Equal(t, time.Minute, retryAfter(now.Add(time.Minute).Format(http.TimeFormat), now))
	require.Zero(t, retryAfter("soon", now))
	require.Zero(t, retryAfter("-5", now))
	require.Equal(t, longestRetryAfter, delayAfter(1, 1000*time.Hour))
}

func TestTheScheduleTakesThreeDays(t *testing.T) {
	total := time.Duration(0)
	for n := int32(1); n <= int32(len(delays)); n++ {
		delay := delayAfter(n, 0)
		require.GreaterOrEqual(t, delay, delays[n-1])
		require.LessOrEqual(t, delay, delays[n-1]*11/10)
		total += delays[n-1]
	}
	require.Equal(t, 75*time.Hour+35*time.Minute+5*time.Second, total)
	require.GreaterOrEqual(t, delayAfter(99, 0), 24*time.Hour)
}

// The address is checked when the connection is made, so that neither a name nor a redirect leads to a private one. The error does not
// repeat the URL.
func TestAPrivateTargetIsRefused(t *testing.T) {
	var called atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	t.Cleanup(s.Close)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		url := strings.Replace(s.URL, "127.0.0.1", host, 1) + "/hooks?token=geheim"
		w, err := Settings{File: fileWith(t, at(url, key1)), AllowHTTP: true}.Load()
		require.NoError(t, err)
		_, err = attempt(t, w)
		require.ErrorContains(t, err, "not public")
		require.ErrorContains(t, err, "CARRIERFLOW_WEBHOOKS_ALLOW_PRIVATE")
		require.NotContains(t, err.Error(), "geheim")
	}
	require.Zero(t, called.Load())
}

// A proxy from the environment would be connected to in place of the target.
func TestNoProxyIsUsed(t *testing.T) {
	require.Nil(t, newClient(guard{}).Transport.(*http.Transport).Proxy)
}

func TestAnUnknownEndpointIsTriedAgainAndADisabledOneIsNot(t *testing.T) {
	_, err := attempt(t, loaded(t, strings.Replace(at("https://shop.example", key1), "name: shop", "name: other", 1)))
	failure, ok := errors.AsType[*temporal.ApplicationError](err)
	require.True(t, ok)
	require.False(t, failure.NonRetryable(), "another worker may know it")
	answer, err := attempt(t, loaded(t, at("https://shop.example", key1)+"  disabled: true\n"))
	require.NoError(t, err)
	require.Equal(t, workflows.AnswerDisabled, answer)
}

func TestHowARunEnded(t *testing.T) {
	result := workflows.Result{TransactionID: "tx-1", Status: "DONE"}
	for name, c := range map[string]struct {
		err  error
		want workflows.WebhookData
	}{
		"completed": {nil, workflows.WebhookData{Status: workflows.WebhookCompleted, TransactionID: "tx-1", CarrierStatus: "DONE"}},
		"failed": {
			temporal.NewApplicationError("m", string(workflows.CarrierFailed), workflows.Failure{Type: workflows.CarrierFailed, TransactionID: "tx-2", Status: "ERROR", Code: "7", Reason: "why", Message: "m"}),
			workflows.WebhookData{Status: workflows.WebhookFailed, FailureType: workflows.CarrierFailed, TransactionID: "tx-2", CarrierStatus: "ERROR", Code: "7", Reason: "why"},
		},
		"cancelled": {
			temporal.NewCanceledError(workflows.Failure{Type: workflows.Canceled, Message: "m"}),
			workflows.WebhookData{Status: workflows.WebhookCanceled, FailureType: workflows.Canceled},
		},
		"a mistake in the program": {errors.New("panic"), workflows.WebhookData{Status: workflows.WebhookFailed}},
		"ended by force":           {&temporal.TerminatedError{}, workflows.WebhookData{Status: workflows.WebhookTerminated}},
	} {
		var got workflows.WebhookData
		set(&got, result, c.err)
		require.Equal(t, c.want, got, name)
	}
}
