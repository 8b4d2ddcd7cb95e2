package registry_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// FuzzClients answers every call of every client with any status and any body: what is not an answer is an error with a
// class, an unreadable body is never a success, and no error repeats the identifiers in the request.
func FuzzClients(f *testing.F) {
	answer := new(fuzzedAnswer)
	server := httptest.NewServer(answer)
	f.Cleanup(server.Close)
	calls := clientCalls(f, server.URL)
	require.LessOrEqual(f, len(calls), 256)
	for _, seed := range []struct {
		status int
		body   string
	}{
		{200, `{"status":"Success"}`},
		{200, `{"status":"Fulfilled","reason":"` + fuzzedNumber + `"}`},
		{400, `{"code":"E1","message":"no line 15550100123"}`},
		{201, `{"id":"m3","activationType":"SETSERVICES","status":"INIT","info":{"services":{"voiceMail":false}}}`},
		{200, `{"results":[]}`},
		{400, `{"responseStatus":{"errorCode":"BadRequest","message":"` + fuzzedNumber + ` is taken"}}`},
		{202, `{"risk_decision":"R","subscription_terminal_id":55001}`},
		{404, `{"code":"NOT_FOUND","message":"no line ` + fuzzedNumber + `"}`},
		{404, `default backend - 404`},
		{200, `{"code":0,"message":"OK"}`},
		{200, `{"code":"E1","message":"no line ` + fuzzedNumber + `"}`},
		{409, `{"code":"0409","status":"CONFLICT","message":"text for humans"}`},
		{503, `<html>`},
		{200, `<html>Success</html>`},
		{201, `"DONE"`},
		{200, `[]`},
		{200, `null`},
		{204, ``},
		{302, `{}`},
	} {
		for call := range calls {
			f.Add(uint8(call), uint16(seed.status), []byte(seed.body))
		}
	}
	classes := []carriers.Class{
		carriers.Unreachable, carriers.Uncertain, carriers.Throttled, carriers.Conflict, carriers.NotFound, carriers.Misrouted, carriers.Unauthorized,
		carriers.Rejected,
	}
	f.Fuzz(func(t *testing.T, number uint8, status uint16, body []byte) {
		if status < 200 || status > 599 {
			status = 200 + status%400
		}
		call := calls[int(number)%len(calls)]
		body = bytes.ReplaceAll(body, []byte(fuzzedNumber), []byte(call.identifier))
		answer.set(int(status), body)
		success, err := call.make(t.Context())
		if err == nil {
			if success && (status >= 300 || unreadable(body)) {
				t.Fatalf("%s takes %d %q for a success", call.name, status, body)
			}
			return
		}
		failure, ok := errors.AsType[*carriers.Error](err)
		if !ok || !slices.Contains(classes, failure.Class) || failure.Carrier != call.carrier || failure.Reference != "r-1" || failure.Call == "" {
			t.Fatalf("an error of %s that says too little: %#v", call.name, err)
		}
		for _, identifier := range call.identifiers {
			if strings.Contains(err.Error(), identifier) {
				t.Fatalf("an error of %s that says too much: %v", call.name, err)
			}
		}
	})
}

// unreadable reports whether a body certainly contains no answer about a change: there is no object in it. An empty body
// may be a valid answer.
func unreadable(body []byte) bool {
	text := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	return utf8.ValidString(text) && text != "" && text != "null" && !strings.ContainsAny(text, "{\x00")
}

// fuzzedNumber is the placeholder for identifiers in the seeds.
const fuzzedNumber = "15550100123"

// identifiers are the personal numbers in a request.
var identifiers = regexp.MustCompile(`[0-9]{10,}`)

// clientCall is one call of a client. It succeeds when it says that a change was made, or that the carrier has the request.
type clientCall struct {
	name    string
	carrier carriers.Carrier
	// identifiers are those of the request, and identifier is the first one.
	identifiers []string
	identifier  string
	make        func(context.Context) (success bool, err error)
}

// clientCalls are the calls of all clients, each about the examples of its operation.
func clientCalls(f *testing.F, url string) (calls []clientCall) {
	for _, a := range registry.Carriers() {
		connection := connect(f, a, url, "--outage-after=1000000000") // no call is held back
		for _, o := range a.Operations {
			for _, example := range o.Info().Examples {
				now := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
				described, err := o.Describe(inJSON(f, example.Request), now)
				require.NoError(f, err)
				numbers := append(identifiers.FindAllString(string(described.Request), -1), fuzzedNumber)
				add := func(name string, call func(context.Context) (bool, error)) {
					calls = append(calls, clientCall{o.Info().Type + ", " + example.Title + ": " + name, a.Carrier, numbers, numbers[0], call})
				}
				switch o := o.(type) {
				case carriers.ChangeOperation:
					bound, err := o.Bind(connection, "r-1", now, described.Request)
					require.NoError(f, err)
					add("before", func(ctx context.Context) (bool, error) {
						_, err := bound.Before(ctx)
						return false, err
					})
					add("send", func(ctx context.Context) (bool, error) {
						ack, err := bound.Send(ctx)
						return ack.Outcome.State == carriers.Done, err
					})
					before := &carriers.Line{Status: "Active"}
					add("find", func(ctx context.Context) (bool, error) {
						found, err := bound.Find(ctx, before)
						return found.Presence == carriers.Present, err
					})
					add("look", func(ctx context.Context) (bool, error) {
						pending := carriers.Acknowledgement{TransactionID: "r-1", Outcome: carriers.Outcome{State: carriers.Pending}, Before: before}
						outcome, err := bound.Look(ctx, carriers.Inquiry{Acknowledgement: pending, Taken: true, Confirm: true, Once: true})
						return outcome.State == carriers.Done || outcome.Effect == carriers.Shown, err
					})
				case carriers.ReadOperation:
					add("get", func(ctx context.Context) (bool, error) {
						_, err := o.Get(ctx, connection, "r-1", described.Request)
						return false, err
					})
				}
			}
		}
	}
	return calls
}

// FuzzCallbacks gives every carrier's callback reader any body: nothing is guessed, and nothing of the body is repeated.
func FuzzCallbacks(f *testing.F) {
	var readers []carriers.CallbackReader
	for _, a := range registry.Carriers() {
		if reader, ok := connect(f, a, "http://127.0.0.1:1").(carriers.CallbackReader); ok {
			readers = append(readers, reader)
		}
	}
	for _, seed := range []string{
		`{"partnerTransactionId":"ref-1","status":"Success"}`, `[{"partnerTransactionId":"ref-1","status":"Failed","reason":"` + fuzzedNumber + `"}]`,
		`{"data":[{"status":"` + fuzzedNumber + `"}]}`, `null`, `<html>` + fuzzedNumber, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !utf8.Valid(body) {
			t.Skip()
		}
		for _, reader := range readers {
			notices, err := reader.ReadCallbacks(body)
			switch {
			case err == nil && (len(notices) == 0 || unreadable(body)):
				t.Errorf("%q is %+v", body, notices)
			case err != nil && strings.Contains(err.Error(), fuzzedNumber):
				t.Errorf("an error that says too much: %v", err)
			}
			for _, notice := range notices {
				if notice.Reference == "" || notice.Outcome.Status == "" || notice.Outcome.Effect != carriers.NotRead || notice.Outcome.Line != nil {
					t.Errorf("%q is %+v", body, notice)
				}
				if text := notice.Outcome.Status + notice.Outcome.Code + notice.Outcome.Reason; strings.Contains(text, fuzzedNumber) {
					t.Errorf("a notice that says too much: %+v", notice)
				}
			}
		}
	})
}

// fuzzedAnswer is what a carrier answers next.
type fuzzedAnswer struct {
	mu     sync.Mutex
	status int
	body   []byte
}

func (a *fuzzedAnswer) set(status int, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status, a.body = status, body
}

func (a *fuzzedAnswer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	status, body := a.status, a.body
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
