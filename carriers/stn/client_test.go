package stn

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// longReference is a caller's reference that does not fit sTN's 15 characters.
const longReference = "0b9c5f2e-5d7a-4d0a-9c7e-0f6a3a1d2b4c"

// serve returns a client of a server that answers with handle.
func serve(t *testing.T, handle http.HandlerFunc) *client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := newClient(configured(t, server.URL+"/stn", "key-1"), nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// asked is a change of services as it is sent. since is when its operation began.
func asked(reference string, r SetServices, since time.Time) order {
	return order{
		what: "set services", page: "SetServicesSubscription", activationType: typeSetServices, reference: reference, since: since,
		line: r.line(), fields: map[string]any{"services": r.Services}, services: r.Services,
	}
}

// configured is the configuration of a worker that was told the base URL and the key, and nothing else.
func configured(t testing.TB, base, key string) (config Config) {
	t.Helper()
	require.NoError(t, kong.ApplyDefaults(&config))
	config.BaseURL, config.APIKey = base, transport.Secret(key)
	return config
}

// answer is a handler with one answer for everything.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestSetServicesSendsTheDocumentedRequest(t *testing.T) {
	services := map[string]any{"voiceMail": false}
	short := carriers.ShortReference(longReference, 15)
	for name, tc := range map[string]struct {
		request   SetServices
		reference string
		want      map[string]any
	}{
		"by subscription id": {
			SetServices{SubscriptionID: "p4Rz", Services: services},
			"WF-1",
			map[string]any{"subscriptionId": "p4Rz", "services": services, "referenceNumber": "WF-1"},
		},
		"by number, in national form": {
			SetServices{PhoneNumber: "+31612345678", Services: services},
			"WF-1",
			map[string]any{"phoneNumber": "0612345678", "services": services, "referenceNumber": "WF-1"},
		},
		"the id alone when both are known": {
			SetServices{SubscriptionID: "p4Rz", PhoneNumber: "0612345678", Services: services},
			"WF-1",
			map[string]any{"subscriptionId": "p4Rz", "services": services, "referenceNumber": "WF-1"},
		},
		"a reference of 36 characters is shortened": {
			SetServices{SubscriptionID: "p4Rz", Services: services},
			longReference,
			map[string]any{"subscriptionId": "p4Rz", "services": services, "referenceNumber": short},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "POST /stn/api/SetServicesSubscription", r.Method+" "+r.URL.Path)
				assert.Equal(t, "key-1", r.Header.Get("stn-api-key"))
				assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
				var body map[string]any
				assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
				assert.Equal(t, tc.want, body)
				answer(http.StatusOK, `{"id":"A1","status":"INIT","activationType":"SETSERVICES"}`)(w, r)
			})
			_, err := client.send(t.Context(), asked(tc.reference, tc.request, time.Time{}))
			require.NoError(t, err)
		})
	}
}

func TestSetServicesReadsTheAcknowledgement(t *testing.T) {
	request := SetServices{SubscriptionID: "p4Rz", Services: map[string]any{
		"voiceMail": false, "dataRoamingLimitation": "Limit 50", "newOptionNotDefined": true, "accessType": "INTERNETACCESS",
	}}
	for name, tc := range map[string]struct {
		info             string
		applied, ignored []string
	}{
		"an unknown service is left out": {
			`{"services":{"voiceMail":false,"dataRoamingLimitation":"Limit 50","accessType":"Internet Access"}}`,
			[]string{"accessType", "dataRoamingLimitation", "voiceMail"},
			[]string{"newOptionNotDefined"},
		},
		"all are left out": {
			`{"services":{}}`, nil, []string{"accessType", "dataRoamingLimitation", "newOptionNotDefined", "voiceMail"},
		},
		"taken with another value is not taken": {
			`{"services":{"voiceMail":true,"dataRoamingLimitation":"Limit 100","accessType":"MOBILEPAY","newOptionNotDefined":null}}`,
			nil,
			[]string{"accessType", "dataRoamingLimitation", "newOptionNotDefined", "voiceMail"},
		},
		"a boolean as text": {
			`{"services":{"voiceMail":"False","dataRoamingLimitation":"Limit 50","accessType":"INTERNETACCESS","newOptionNotDefined":"true"}}`,
			[]string{"accessType", "dataRoamingLimitation", "newOptionNotDefined", "voiceMail"},
			nil,
		},
		"no services object says nothing": {`{}`, nil, nil},
		"an info nobody documented":       {`["?"]`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, answer(http.StatusCreated, `{"id":"A1","status":"INIT","activationType":"SETSERVICES",
				"createdAt":"2026-03-04T10:00:01.2345678+01:00","phoneNumber":"06-######969","unheardOf":[1],"info":`+tc.info+`}`))
			ack, err := client.send(t.Context(), asked("WF-1", request, time.Time{}))
			require.NoError(t, err)
			assert.Equal(t, "A1", ack.TransactionID)
			assert.Equal(t, http.StatusCreated, ack.HTTPStatus)
			assert.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "INIT"}, ack.Outcome)
			assert.Equal(t, tc.applied, ack.Applied)
			assert.Equal(t, tc.ignored, ack.Ignored)
			assert.False(t, ack.Found)
			assert.WithinDuration(t, time.Now(), ack.At, time.Minute)
		})
	}
}

func TestSetServicesErrors(t *testing.T) {
	request := SetServices{PhoneNumber: "+31612345678", Services: map[string]any{"voiceMail": true}}
	refusal := `{"responseStatus":{"errorCode":"MaximumLength","message":"0612345678 (06-12345678) is too long",
		"errors":[{"fieldName":"phoneNumber","meta":{"PropertyValue":"0612345678"}}]}}`
	for name, tc := range map[string]struct {
		status int
		body   string
		class  carriers.Class
		code   string
	}{
		"400 with a code":           {400, refusal, carriers.Rejected, "MaximumLength"},
		"400, a duplicate":          {400, errorOf("already_exists"), carriers.Conflict, "already_exists"},
		"a documented error in 200": {200, refusal, carriers.Rejected, "MaximumLength"},
		"another one in a 200":      {200, errorOf("BadRequest"), carriers.Rejected, "BadRequest"},
		"a third one in a 200":      {200, errorOf("SerializationException"), carriers.Rejected, "SerializationException"},
		"an unknown error in a 200": {200, errorOf("SomethingElse"), carriers.Conflict, "SomethingElse"},
		"a duplicate in a 200":      {200, errorOf("CONFLICT"), carriers.Conflict, "CONFLICT"},
		"401":                       {401, "", carriers.Unauthorized, ""},
		"403":                       {403, refusal, carriers.Unauthorized, "MaximumLength"},
		"404 in sTN's own words":    {404, errorOf("NotFound"), carriers.NotFound, "NotFound"},
		"404":                       {404, "", carriers.Misrouted, ""},
		"404 of a gateway":          {404, `{"message":"no Route matched with those Values"}`, carriers.Misrouted, ""},
		"404 as a page":             {404, "<html>Not found</html>", carriers.Misrouted, ""},
		"404 with another error":    {404, refusal, carriers.Misrouted, "MaximumLength"},
		"409":                       {409, "", carriers.Conflict, ""},
		"429":                       {429, "", carriers.Throttled, ""},
		"500":                       {500, refusal, carriers.Uncertain, "MaximumLength"},
		"502 as a page":             {502, "<html>Bad gateway</html>", carriers.Uncertain, ""},
		"200 as a page":             {200, "<html>Welcome</html>", carriers.Uncertain, ""},
		"200 and nothing":           {200, "", carriers.Uncertain, ""},
		"200 and null":              {200, "null", carriers.Uncertain, ""},
		"half a body":               {200, `{"id":"A1","status":"IN`, carriers.Uncertain, ""},
		"two answers in one":        {200, `{"id":"A1","status":"INIT","activationType":"SETSERVICES"}}`, carriers.Uncertain, ""},
		"no id":                     {200, `{"status":"INIT","activationType":"SETSERVICES"}`, carriers.Uncertain, ""},
		"no status":                 {200, `{"id":"A1","activationType":"SETSERVICES"}`, carriers.Uncertain, ""},
		"an answer to another call": {200, `{"id":"A1","status":"INIT","activationType":"SUSPEND"}`, carriers.Uncertain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, answer(tc.status, tc.body)).send(t.Context(), asked("WF-1", request, time.Time{}))
			var failure *carriers.Error
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, tc.class, failure.Class)
			assert.Equal(t, tc.code, failure.Code)
			assert.Equal(t, tc.status, failure.HTTPStatus)
			assert.Equal(t, carrier, failure.Carrier)
			assert.Contains(t, err.Error(), "set services, reference WF-1")
			assert.NotContains(t, strings.ReplaceAll(err.Error(), "-", ""), "12345678", "a phone number in an error's text")
		})
	}
}

func errorOf(code string) string {
	return `{"responseStatus":{"errorCode":"` + code + `","message":"text for humans","errors":[]}}`
}

// A responseStatus that means "no error" is none.
func TestSuccessWordsAreNoRefusal(t *testing.T) {
	for _, code := range []string{`0`, `"0"`, `200`, `"OK"`, `"success"`, `null`, `""`} {
		body := `{"id":"A1","status":"INIT","activationType":"SETSERVICES","responseStatus":{"errorCode":` + code + `,"message":"OK"}}`
		ack, err := serve(t, answer(http.StatusOK, body)).send(t.Context(), asked("WF-1", SetServices{SubscriptionID: "p4Rz"}, time.Time{}))
		require.NoError(t, err, code)
		assert.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "INIT"}, ack.Outcome, code)
	}
}

// Case and blanks do not make another word of one that is known.
func TestWordsOfAnActivationAreReadInAnyCase(t *testing.T) {
	body := `{"id":"A1","status":"done","activationType":" SetServices "}`
	ack, err := serve(t, answer(http.StatusOK, body)).send(t.Context(), asked("WF-1", SetServices{SubscriptionID: "p4Rz"}, time.Time{}))
	require.NoError(t, err)
	assert.Equal(t, carriers.Outcome{State: carriers.Done, Status: "done"}, ack.Outcome)
}

func TestErrorsDoNotNameTheLine(t *testing.T) {
	client := serve(t, answer(http.StatusBadRequest, `{"responseStatus":{"errorCode":"NotFound","message":"no subscription p4RzExampleSub"}}`))
	request := SetServices{SubscriptionID: "p4RzExampleSub", Services: map[string]any{"voiceMail": true}}
	_, err := client.send(t.Context(), asked("WF-1", request, time.Time{}))
	require.ErrorContains(t, err, "no subscription …")
	_, err = client.find(t.Context(), asked("WF-1", request, time.Now()))
	require.ErrorContains(t, err, "no subscription …")
	_, _, err = client.subscription(t.Context(), order{reference: "WF-1", line: Line{PhoneNumber: "0612345678"}}, Activation{SubscriptionID: "p4RzExampleSub"})
	require.ErrorContains(t, err, "no subscription …")
}

func TestActivation(t *testing.T) {
	record := `{"id":"A1","status":"DONE","activationType":"SETSERVICES","createdAt":"not a date","info":{}}`
	for name, tc := range map[string]struct {
		body  string
		found bool
	}{
		"envelope":                   {`{"offset":0,"total":0,"results":[` + record + `],"meta":{}}`, true},
		"bare array":                 {`[` + record + `]`, true},
		"a number as id of another":  {`[{"id":7,"status":"ERROR"},` + record + `]`, true},
		"the filter was ignored":     {`{"results":[{"id":"a1","status":"ERROR"},{"id":"A10","status":"ERROR"},null]}`, false},
		"not visible yet":            {`{"offset":0,"total":1,"results":[],"meta":{}}`, false},
		"not visible yet, in arrays": {`[]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "GET /stn/api/QueryActivation?id=A1", r.Method+" "+r.URL.RequestURI())
				answer(http.StatusOK, tc.body)(w, r)
			})
			got, found, err := client.activation(t.Context(), "WF-1", "A1")
			require.NoError(t, err)
			require.Equal(t, tc.found, found)
			if found {
				assert.Equal(t, "DONE", got.Status)
			} else {
				assert.Zero(t, got)
			}
		})
	}

	for name, body := range map[string]string{
		"no results is not an empty list": `{"offset":0,"total":0}`, "null results": `{"results":null}`, "no list": `"x"`, "null": `null`,
	} {
		t.Run(name, func(t *testing.T) {
			_, found, err := serve(t, answer(http.StatusOK, body)).activation(t.Context(), "WF-1", "A1")
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
			assert.Error(t, err)
			assert.False(t, found)
		})
	}
}

func TestAnErrorIsReadWhateverItsInfo(t *testing.T) {
	for info, reason := range map[string]string{
		`{}`:                  "",
		`null`:                "",
		`"failed"`:            "",
		`{"services":"none"}`: "",
		`{"errorMessage":"no bundle for 06-12345678","note":"call Jan"}`: "no bundle for …",
		`{"reason":{"code":1},"error":"rejected"}`:                       "rejected",
	} {
		t.Run(info, func(t *testing.T) {
			client := serve(t, answer(http.StatusOK, `[{"id":"A1","status":"ERROR","info":`+info+`}]`))
			got, found, err := client.activation(t.Context(), "WF-1", "A1")
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, carriers.Outcome{State: carriers.Failed, Status: "ERROR", Reason: reason}, outcomeOf(client.cfg.vocabulary(), got))
		})
	}
}

func TestNothingPersonalIsLogged(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	server := httptest.NewServer(answer(http.StatusOK, `[]`))
	defer server.Close()
	client, err := newClient(configured(t, server.URL, "top-secret"), zap.New(core))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.find(t.Context(), asked("WF-1", SetServices{PhoneNumber: "0612345678"}, time.Now()))
	require.NoError(t, err)
	require.NotZero(t, logs.Len(), "a call leaves a debug line")
	for _, entry := range logs.All() {
		line, err := json.Marshal(entry.ContextMap())
		require.NoError(t, err)
		assert.NotContains(t, string(line), "12345678")
		assert.NotContains(t, string(line), "top-secret")
	}
}

func TestACancelledCallIsUncertainOrUnreachable(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(http.ResponseWriter, *http.Request) { cancel() })
	_, err := client.send(ctx, asked("WF-1", SetServices{SubscriptionID: "p4Rz", Services: map[string]any{"voiceMail": true}}, time.Time{}))
	assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "the request had left already")
}
