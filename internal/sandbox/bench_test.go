package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick are delays short enough for a test and long enough to see what lies between.
var quick = Config{
	DecideAfter: 40 * time.Millisecond, ReviewFor: 40 * time.Millisecond, LateEffectAfter: 200 * time.Millisecond,
	HoldFor: 10 * time.Second, RetryAfter: time.Second,
	Callback: CallbackConfig{RetryFrom: 5 * time.Millisecond, RetryUpTo: 20 * time.Millisecond},
}

// unhurried leaves time to see what lies between acknowledgement and decision, on a busy machine too.
func unhurried() Config {
	cfg := quick
	cfg.DecideAfter, cfg.ReviewFor, cfg.LateEffectAfter = 400*time.Millisecond, 400*time.Millisecond, 500*time.Millisecond
	return cfg
}

// bench is a sandbox behind real HTTP and a client that keeps no connections.
type bench struct {
	*Sandbox
	t      *testing.T
	url    string
	client *http.Client
}

func start(t *testing.T, cfg Config) *bench {
	t.Helper()
	s := New(cfg)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return &bench{s, t, server.URL, &http.Client{
		Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
	}}
}

// answer is what a client saw.
type answer struct {
	status int
	header http.Header
	raw    string
	err    error // no answer, or not all of it
}

// field returns a part of a JSON answer: field("info", "services").
func (a answer) field(path ...any) any {
	var node any
	decoder := json.NewDecoder(strings.NewReader(a.raw))
	decoder.UseNumber()
	if decoder.Decode(&node) != nil {
		return nil
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := node.(map[string]any)
			node = object[step]
		case int:
			list, _ := node.([]any)
			if step >= len(list) {
				return nil
			}
			node = list[step]
		}
	}
	return node
}

func (b *bench) call(method, path, body string, headers ...string) answer {
	b.t.Helper()
	return b.callContext(b.t.Context(), method, path, body, headers...)
}

func (b *bench) callContext(ctx context.Context, method, path, body string, headers ...string) answer {
	request, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(raw), err}
}

func (b *bench) get(path string) answer { b.t.Helper(); return b.call(http.MethodGet, path, "") }

func (b *bench) post(path, body string) answer {
	b.t.Helper()
	return b.call(http.MethodPost, path, body, "Content-Type", "application/json")
}

func (b *bench) eventually(condition func() bool, what ...any) {
	b.t.Helper()
	require.Eventually(b.t, condition, 5*time.Second, 5*time.Millisecond, what...)
}

func (b *bench) set(rule Rule) {
	b.t.Helper()
	_, err := b.SetScenario(rule)
	require.NoError(b.t, err)
}

// The requests most tests send.

func (b *bench) activate(id, iccid string) answer {
	b.t.Helper()
	return b.post("/dish/subscription/activate", fmt.Sprintf(
		`{"partnerTransactionId":%q,"subscriberId":"SUB-000042","wholesalePlanId":"PLAN-1","location":{},"iccid":%q}`, id, iccid))
}

func (b *bench) suspend(id, iccid string) answer {
	b.t.Helper()
	return b.post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"iccid":%q,"action":"Suspend"}`, id, iccid))
}

func (b *bench) transaction(id string) any {
	b.t.Helper()
	return b.get("/dish/transaction/status/" + id).field("status")
}

func (b *bench) dishStatus(iccid string) any {
	b.t.Helper()
	return b.get("/dish/subscription?iccid="+iccid).field("subscriptions", 0, "subscriptionStatus")
}

func (b *bench) setServices(reference, id, services string) answer {
	b.t.Helper()
	return b.post("/stn/api/SetServicesSubscription", fmt.Sprintf(`{"subscriptionId":%q,"services":%s,"referenceNumber":%q}`, id, services, reference))
}

func (b *bench) activation(id any) any {
	b.t.Helper()
	return b.get(fmt.Sprint("/stn/api/QueryActivation?id=", id)).field("results", 0, "status")
}

func (b *bench) service(id, name string) any {
	b.t.Helper()
	return b.get("/stn/api/QuerySubscription?Id="+id).field("results", 0, "services", name)
}

func masLine(id string) string { return "/masmovil/v2/orgs/yoigo/subscriptions/" + id }

func (b *bench) replaceSIM(id, card string) answer {
	b.t.Helper()
	return b.post(masLine(id)+"/sim_replacement", fmt.Sprintf(`{"dealer_id":"D-100","logistic":false,"new_icc":%q}`, card))
}

func (b *bench) card(id string) string {
	b.t.Helper()
	return fmt.Sprint(b.get(masLine(id)).field("iccid"))
}

func (b *bench) risk(id string) any {
	b.t.Helper()
	return b.get("/masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id="+id).field(0, "risk_decision")
}

// mailbox receives callbacks.
type mailbox struct {
	mu       sync.Mutex
	notices  []dishNotice
	requests []*http.Request
	bodies   []string
	reply    func(w http.ResponseWriter, nth int)
	url      string
}

func receive(t *testing.T, reply func(w http.ResponseWriter, nth int)) *mailbox {
	t.Helper()
	box := &mailbox{reply: reply}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var n dishNotice
		assert.NoError(t, json.Unmarshal(raw, &n))
		box.mu.Lock()
		box.notices, box.requests, box.bodies = append(box.notices, n), append(box.requests, r), append(box.bodies, string(raw))
		nth := len(box.notices)
		box.mu.Unlock()
		if box.reply != nil {
			box.reply(w, nth)
		}
	}))
	t.Cleanup(server.Close)
	box.url = server.URL
	return box
}

func (m *mailbox) words() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	words := []string{}
	for _, n := range m.notices {
		words = append(words, n.Status)
	}
	return words
}
