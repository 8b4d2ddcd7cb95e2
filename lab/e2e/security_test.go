package e2e

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

// Each attack is a good callback with one thing wrong. None of them may reach a workflow: neither the operation that waits for
// just this callback, nor one that would keep it for an operator.
func TestAttacksOnCallbacks(t *testing.T) {
	t.Parallel()
	waiting, stranger := waitingOperation(t), reference(t)
	var refused sync.Map // the bodies of all 401s
	t.Run("attack", func(t *testing.T) {
		for _, a := range attacks() {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				for _, ref := range []string{referenceOf(waiting), stranger} {
					m := callback(t, ref)
					a.edit(m)
					status, body := m.send(t, world.Callbacks)
					assert.Equal(t, a.status, status, body)
					assert.NotContains(t, body, ref, "nothing is repeated")
					if status == http.StatusUnauthorized {
						refused.Store(body, a.name)
					}
				}
			})
		}
	})
	distinct := 0
	refused.Range(func(any, any) bool { distinct++; return true })
	require.Equal(t, 1, distinct, "the answer does not tell what was wrong with a signature")
	_, metrics := get(t, "http://"+world.Health+"/metrics")
	for _, why := range []string{"mismatch", "missing", "expired", "early"} {
		require.Contains(t, metrics, `result="unauthorized_`+why+`"`, "operators see what was wrong")
	}

	require.Zero(t, signals(t, waiting))
	requireUnknown(t, stranger)
	// The very same message, unharmed, is taken and decides.
	status, body := callback(t, referenceOf(waiting)).send(t, world.Callbacks)
	require.Equal(t, http.StatusAccepted, status, body)
	require.Equal(t, workflows.CarrierFailed, fail(t, waiting).Type)
}

type attack struct {
	name   string
	status int
	edit   func(*message)
}

func attacks() []attack {
	const oversize = 64<<10 + 1
	all := []attack{
		{"forged signature", 401, func(m *message) { m.signature = "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32)) }},
		{"no signature", 401, func(m *message) { m.signature = "" }},
		{"signature without a version", 401, func(m *message) { m.signature = strings.TrimPrefix(m.signature, "v1,") }},
		{"signature of a version nobody knows", 401, func(m *message) { m.signature = "v2" + strings.TrimPrefix(m.signature, "v1") }},
		{"half a signature", 401, func(m *message) { m.signature = m.signature[:len(m.signature)/2] }},
		{"wrong key", 401, func(m *message) {
			m.sign("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
		}},
		{"empty key", 401, func(m *message) { m.sign("whsec_") }},
		{"a bearer token instead of a signature", 401, func(m *message) {
			m.signature, m.header = "", append(m.header, "Authorization: Bearer "+world.WebhookSecret)
		}},
		{"a good signature behind a bad one", 401, func(m *message) {
			m.header = append(m.header, "webhook-signature: "+m.signature)
			m.signature = "v1,AAAA"
		}},
		{"other body", 401, func(m *message) { m.body = strings.Replace(m.body, "Failed", "Success", 1) }},
		{"body with a space more", 401, func(m *message) { m.body += " " }},
		{"other message id", 401, func(m *message) { m.id += "x" }},
		{"no message id", 401, func(m *message) { m.id = "" }},
		{"other time", 401, func(m *message) { m.at = m.at.Add(-time.Second) }},
		{"no time", 401, func(m *message) { m.at = time.Time{} }},
		{"expired", 401, func(m *message) { m.at = m.at.Add(-6 * time.Minute); m.sign(world.WebhookSecret) }},
		{"future-dated", 401, func(m *message) { m.at = m.at.Add(6 * time.Minute); m.sign(world.WebhookSecret) }},
		{"oversize", 413, func(m *message) { m.body += strings.Repeat(" ", oversize); m.sign(world.WebhookSecret) }},
		{"oversize, in chunks", 413, func(m *message) {
			m.body += strings.Repeat(" ", oversize)
			m.sign(world.WebhookSecret)
			m.chunked = true
		}},
		{"oversize header", 431, func(m *message) { m.header = append(m.header, "X-Long: "+strings.Repeat("x", 32<<10)) }},
		{"packed and cut off", 400, func(m *message) {
			m.header, m.body = append(m.header, "Content-Encoding: gzip"), "\x1f\x8b\x08\x00\x00\x00"
			m.sign(world.WebhookSecret)
		}},
		{"two content types", 415, func(m *message) { m.header = append(m.header, "Content-Type: text/plain") }},
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "PROPFIND"} {
		all = append(all, attack{"method " + method, 405, func(m *message) { m.method = method }})
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/jsonp"} {
		all = append(all, attack{"content type " + kind, 415, func(m *message) { m.contentType = kind }})
	}
	for _, target := range []string{
		"/callbacks/stn", "/callbacks/masmovil", // carriers that do not call back
		"/", "*", "/callbacks", "/callbacks/", "/callbacks/dish//", "/callbacks/dish/x", "//callbacks/dish", "/callbacks//dish", "/./callbacks/dish",
		"/callbacks/../callbacks/dish", "/callbacks/stn/../dish", "/callbacks/dish/../stn", "/callbacks/dish/..", "/x/../callbacks/dish", "/..;/callbacks/dish",
		"/callbacks/%64ish", "/callbacks%2Fdish", "/callbacks/dish%2F", "/callbacks/dish%2F..%2Fstn", "/callbacks/dish%00", "/callbacks/dish%20", "/callbacks/dish;a=b",
		"/callbacks/DISH", "/CALLBACKS/dish", "/callbacks/dish.json", `/callbacks\dish`, "/callbacks/dish%0d%0aX:1", "/metrics", "/healthz", "/debug/pprof/",
	} {
		all = append(all, attack{"path " + target, 404, func(m *message) { m.target = target }})
	}
	for what, body := range map[string]string{
		"no body": "", "no JSON": "partnerTransactionId=%s", "a list": `["%s"]`, "no status": `{"partnerTransactionId":%q}`,
		"a status that is no word": `{"partnerTransactionId":%q,"status":{}}`, "no reference": `{"id":%q,"status":"Failed"}`,
		"cut off": `{"partnerTransactionId":%q,"status":"Failed"`, "two values": `{"partnerTransactionId":%q,"status":"Failed"}{}`,
		"a notice that cannot be read behind a good one": `[{"partnerTransactionId":%q,"status":"Failed"},{"status":"Failed"}]`,
		"a reference of 37 characters":                   `{"partnerTransactionId":"%s-0123456789012345678901234567890123456","status":"Failed"}`,
	} {
		all = append(all, attack{what, 400, func(m *message) {
			m.body = body
			if body != "" {
				m.body = fmt.Sprintf(body, m.ref)
			}
			m.sign(world.WebhookSecret)
		}})
	}
	return all
}

// A message that was taken is not taken again, however often it is sent, and by whomever.
func TestReplayedCallbacks(t *testing.T) {
	t.Parallel()
	waiting := waitingOperation(t)
	m := callback(t, referenceOf(waiting))
	m.body = strings.Replace(m.body, "Failed", "InProgress", 1) // decides nothing, so every signal would be seen
	m.sign(world.WebhookSecret)
	status, body := m.send(t, world.Callbacks)
	require.Equal(t, http.StatusAccepted, status, body)
	for range 5 {
		status, body = m.send(t, world.Callbacks)
		require.Equal(t, http.StatusAccepted, status, body)
	}
	renamed := *m
	renamed.id += "-2"
	status, body = renamed.send(t, world.Callbacks)
	require.Equal(t, http.StatusUnauthorized, status, body)
	require.Equal(t, 1, signals(t, waiting))
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), waiting.GetID(), "", "the test is over"))
}

// DISH's key opens DISH's operations alone, whatever the reference is made to look like.
func TestCallbackCannotReachAnotherCarrier(t *testing.T) {
	t.Parallel()
	ref, id := reference(t), line("SUB-", 6, 63)
	waiting := start(t, "stn.SetServices", ref, fmt.Sprintf(
		`{"reference":%q,"subscriptionId":%q,"services":{"voiceMail":false},"timings":%s}`, ref, id, patient))
	for _, disguise := range []string{ref, "stn:" + ref, "dish:../stn:" + ref, "stn%3A" + ref} {
		status, body := callback(t, disguise).send(t, world.Callbacks)
		require.Contains(t, []int{http.StatusAccepted, http.StatusBadRequest}, status, body)
		if status == http.StatusAccepted {
			kept := workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: disguise}).ID
			require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, kept, workflows.Seen{By: "a test"}), "an operator is told")
		}
	}
	require.Zero(t, signals(t, waiting))
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), waiting.GetID(), "", "the test is over"))
}

// A key is changed without losing a callback: first both are taken, then the new one alone.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	fresh := "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("n", 32)))
	old, never := world.WebhookSecret, "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 32)))
	s := ownStack(t)
	s.Temporal, s.Carriers = world.Temporal, world.Carriers
	for _, step := range []struct {
		keys  string
		taken map[string]bool
	}{
		{fresh + "," + old, map[string]bool{fresh: true, old: true, never: false}},
		{fresh, map[string]bool{fresh: true, old: false, never: false}},
	} {
		require.NoError(t, s.StartWorker("DISH_CALLBACK_WEBHOOK_SECRETS="+step.keys))
		t.Cleanup(s.Worker.Kill)
		for key, taken := range step.taken {
			ref := reference(t)
			m := callback(t, ref)
			m.sign(key)
			status, body := m.send(t, s.Callbacks)
			if !taken {
				require.Equal(t, http.StatusUnauthorized, status, body)
				requireUnknown(t, ref)
				continue
			}
			require.Equal(t, http.StatusAccepted, status, body)
			kept := workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: ref}).ID
			require.NoError(t, workflows.SeenSignal.Send(t.Context(), world.client, kept, workflows.Seen{By: "a test"}))
		}
		require.NoError(t, s.Worker.Stop(stack.Patience))
		for _, key := range []string{fresh, old, never} {
			require.NotContains(t, s.Worker.Output(), strings.TrimPrefix(key, "whsec_"))
		}
	}
}

// Clients that send a byte now and then are cut off, and keep nobody else waiting meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	waiting := waitingOperation(t)
	whole := callback(t, referenceOf(waiting)).text()
	head, _, _ := strings.Cut(whole, "\r\n\r\n")
	t.Run("slow", func(t *testing.T) {
		for _, kind := range []struct {
			name  string
			sent  int // bytes before it becomes slow
			until time.Duration
			ends  int
		}{
			{"header", 40, 5 * time.Second, 0},
			{"body", len(head) + 4 + 10, 10 * time.Second, http.StatusRequestTimeout},
		} {
			t.Run(kind.name, func(t *testing.T) {
				t.Parallel()
				const crowd = 100
				began := time.Now()
				var clients sync.WaitGroup
				ends := make([]int, crowd)
				for i := range crowd {
					connection, err := net.Dial("tcp", world.Callbacks)
					require.NoError(t, err)
					defer func() { _ = connection.Close() }()
					_, err = io.WriteString(connection, whole[:kind.sent])
					require.NoError(t, err)
					clients.Go(func() { ends[i] = dribble(connection, whole[kind.sent:], kind.until+stack.Patience) })
				}
				asked := time.Now()
				status, text := post(t, fmt.Sprintf(`{"partnerTransactionId":%q,"status":"InProgress"}`, referenceOf(waiting)))
				require.Equal(t, http.StatusAccepted, status, text)
				require.Less(t, time.Since(asked), kind.until, "a good callback is not kept waiting")
				clients.Wait()
				require.Equal(t, slices.Repeat([]int{kind.ends}, crowd), ends)
				require.Greater(t, time.Since(began), kind.until-time.Second)
			})
		}
	})
	require.Equal(t, 2, signals(t, waiting), "the good ones alone")
	require.NoError(t, world.client.TerminateWorkflow(t.Context(), waiting.GetID(), "", "the test is over"))
}

// dribble sends a byte twice a second, never the last one, until the other side has enough. It returns the status of the answer, 0 when there was
// none, -1 when the other side is still patient at the end.
func dribble(connection net.Conn, text string, atMost time.Duration) int {
	_ = connection.SetDeadline(time.Now().Add(atMost))
	answered := make(chan int, 1)
	go func() {
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				answered <- -1
				return
			}
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case status := <-answered:
			return status
		case <-tick.C:
			if len(text) > 1 {
				_, _ = io.WriteString(connection, text[:1]) // the reader sees it when the connection is gone
				text = text[1:]
			}
		}
	}
}

// message is a callback on the wire, with everything an attacker could change.
type message struct {
	ref                         string
	method, target, contentType string
	id                          string
	at                          time.Time
	signature                   string
	header                      []string // further lines
	body                        string
	chunked                     bool
}

// callback is a good one, that tells of a failure.
func callback(t *testing.T, ref string) *message {
	t.Helper()
	m := &message{
		ref: ref, method: http.MethodPost, target: "/callbacks/dish", contentType: "application/json", id: "msg-" + reference(t), at: time.Now(),
		body: fmt.Sprintf(`{"partnerTransactionId":%q,"status":"Failed","code":"E1","reason":"told by callback"}`, ref),
	}
	m.sign(world.WebhookSecret)
	return m
}

func (m *message) sign(key string) {
	webhook, err := standardwebhooks.NewWebhook(key)
	if err != nil {
		panic(err) // a mistake in a test
	}
	if m.signature, err = webhook.Sign(m.id, m.at, []byte(m.body)); err != nil {
		panic(err)
	}
}

// text is the message as it is sent. Headers without a value are left out.
func (m *message) text() string {
	lines := []string{m.method + " " + m.target + " HTTP/1.1", "Host: callbacks.example", "Connection: close"}
	for _, h := range [][2]string{{"Content-Type", m.contentType}, {"webhook-id", m.id}, {"webhook-signature", m.signature}} {
		if h[1] != "" {
			lines = append(lines, h[0]+": "+h[1])
		}
	}
	if !m.at.IsZero() {
		lines = append(lines, fmt.Sprintf("webhook-timestamp: %d", m.at.Unix()))
	}
	lines = append(lines, m.header...)
	body := m.body
	if m.chunked {
		lines = append(lines, "Transfer-Encoding: chunked")
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	} else {
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n" + body
}

// send returns the answer's status and body.
func (m *message) send(t *testing.T, address string) (int, string) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	require.NoError(t, connection.SetDeadline(time.Now().Add(stack.Within(t))))
	written := make(chan struct{})
	go func() { // the answer to what is too long comes before its end
		defer close(written)
		_, _ = io.WriteString(connection, m.text())
	}()
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: m.method})
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body) // cut off when the server drops the rest of what was sent
	_ = connection.Close()
	<-written
	return response.StatusCode, string(body)
}

// waitingOperation starts an operation that the carrier never decides, and returns it when it waits for a callback.
func waitingOperation(t *testing.T) client.WorkflowRun {
	t.Helper()
	ref := reference(t)
	run := start(t, "dish.UpdateSubscriptionStatus", ref, fmt.Sprintf(`{"reference":%q,"iccid":%q,"action":"Suspend","timings":%s}`, ref, iccid(63), patient))
	awaitStatus(t, run, "it waits", func(s workflows.OperationStatus) bool { return s.Phase == workflows.PhaseWaiting })
	return run
}

func referenceOf(run client.WorkflowRun) string {
	_, ref, _ := workflows.ParseWorkflowID(run.GetID())
	return ref
}

// signals is how often a run has been signalled.
func signals(t *testing.T, run client.WorkflowRun) int {
	t.Helper()
	n := 0
	for _, event := range history(t, run) {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			n++
		}
	}
	return n
}

// requireUnknown asserts that nothing was started for a reference.
func requireUnknown(t *testing.T, ref string) {
	t.Helper()
	for _, id := range []string{
		workflows.WorkflowID("dish", ref), workflows.UnmatchedOptions(workflows.Unmatched{Carrier: "dish", Reference: ref}).ID,
	} {
		_, err := world.client.DescribeWorkflowExecution(t.Context(), id, "")
		var notFound *serviceerror.NotFound
		require.ErrorAs(t, err, &notFound, id)
	}
}
