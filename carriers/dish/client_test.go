package dish

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialogue is a carrier that keeps the last request and gives one answer.
type dialogue struct {
	status int
	answer string
	// what arrived
	count        int
	method, path string
	header       http.Header
	body         string
}

func (d *dialogue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.count++
	d.method, d.path, d.header, d.body = r.Method, r.URL.RequestURI(), r.Header, string(body)
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, d.answer)
}

// ask answers every request with a status and a body, and returns a client of it.
func ask(t *testing.T, status int, answer string, change ...func(*Config)) (*client, *dialogue, *observer.ObservedLogs) {
	t.Helper()
	d := &dialogue{status: status, answer: answer}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	cfg := defaults(t, server.URL+"/dish")
	for _, c := range change {
		c(&cfg)
	}
	core, logs := observer.New(zap.DebugLevel)
	c, err := newClient(cfg, zap.New(core))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, d, logs
}

var (
	brand = Customer{WholesaleCustomerID: "920000108464"}
	// patient is what a caller may ask of us, and DISH has no business to hear of.
	patient    = carriers.Options{Confirm: new(false), Timings: &carriers.Timings{Deadline: carriers.Duration(time.Hour)}}
	activation = ActivateSubscription{
		Reference: "ref-1", Customer: brand, Options: patient, SubscriberID: "SUB-000042", WholesalePlanID: "PLAN-BASIC", Location: carriers.Object(`{"zip":12345678901234567890,"street":"Elm Street"}`),
		BillCycleStartDay: 15, GPSI: "15550100123", ICCID: "89010000000000000017",
	}
	suspend  = UpdateSubscriptionStatus{Reference: "ref-1", Customer: brand, Options: patient, ICCID: "89010000000000000017", Action: Suspend}
	cycle    = UpdateBillCycle{Reference: "ref-1", Customer: brand, Options: patient, GPSI: "15550100123", BillCycleFrequency: "MONTHLY", BillCycleStartDay: 15}
	renumber = ChangeNumber{Reference: "ref-1", Customer: brand, Options: patient, GPSI: "15550100123", NewGPSI: "15560100123", GPSIReservationID: "RSV-1001"}
)

// submitted is a request on its way.
func submitted[R any](r R) carriers.Submission[R] {
	return carriers.Submission[R]{Reference: "ref-1", Request: r}
}

// changes are the calls that change something.
var changes = map[string]func(context.Context, *client) (carriers.Acknowledgement, error){
	"activate": func(ctx context.Context, c *client) (carriers.Acknowledgement, error) {
		return c.activate(ctx, submitted(activation))
	},
	"update status": func(ctx context.Context, c *client) (carriers.Acknowledgement, error) {
		return c.updateStatus(ctx, submitted(suspend))
	},
	"update bill cycle": func(ctx context.Context, c *client) (carriers.Acknowledgement, error) {
		return c.updateBillCycle(ctx, submitted(cycle))
	},
	"change number": func(ctx context.Context, c *client) (carriers.Acknowledgement, error) {
		return c.changeNumber(ctx, submitted(renumber))
	},
}

func TestWhatAChangeSends(t *testing.T) {
	for name, want := range map[string]struct{ path, body string }{
		"activate": {"/dish/subscription/activate", `{"partnerTransactionId":"ref-1","subscriberId":"SUB-000042","wholesalePlanId":"PLAN-BASIC",
			"location":{"zip":12345678901234567890,"street":"Elm Street"},"billCycleStartDay":15,"gpsi":"15550100123","iccid":"89010000000000000017"}`},
		"update status":     {"/dish/subscription/status", `{"partnerTransactionId":"ref-1","iccid":"89010000000000000017","action":"Suspend"}`},
		"update bill cycle": {"/dish/subscription/billCycle", `{"gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":15}`},
		"change number":     {"/dish/change", `{"partnerTransactionId":"ref-1","gpsi":"15550100123","newGpsi":"15560100123","gpsiReservationId":"RSV-1001"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, d, logs := ask(t, 200, `{"status":"Success"}`)
			before := time.Now()
			ack, err := changes[name](t.Context(), c)
			require.NoError(t, err)
			assert.Equal(t, http.MethodPost, d.method)
			assert.Equal(t, want.path, d.path)
			assert.JSONEq(t, want.body, d.body)
			if name == "activate" {
				assert.Contains(t, d.body, `{"zip":12345678901234567890,"street":"Elm Street"}`, "an undocumented object goes out as it came in")
			}
			assert.Equal(t, "920000108464", d.header.Get("wholesaleCustomerId"))
			assert.Equal(t, carriers.CorrelationID(carrier, "ref-1"), d.header.Get("X-Correlation-Id"))

			assert.Equal(t, "ref-1", ack.TransactionID)
			assert.Equal(t, 200, ack.HTTPStatus)
			assert.False(t, ack.Found)
			assert.Equal(t, time.UTC, ack.At.Location())
			assert.WithinRange(t, ack.At, before, time.Now())
			state := carriers.Pending
			if name == "update bill cycle" {
				state = carriers.Done
			}
			assert.Equal(t, carriers.Outcome{State: state, Status: "Success"}, ack.Outcome)

			require.Equal(t, 1, logs.Len())
			logged := fmt.Sprint(logs.All()[0].ContextMap())
			for _, personal := range []string{"15550100123", "15560100123", "RSV-1001", "89010000000000000017", "SUB-000042", "Elm"} {
				assert.NotContains(t, logged, personal)
			}
		})
	}
}

func TestWhatAnAcknowledgementMeans(t *testing.T) {
	const page = `<html><body>Bad gateway of 15550100123</body></html>`
	for _, test := range []struct {
		status      int
		answer      string
		state, sync carriers.State // of the calls decided later and of the bill cycle
		word        string
		class       carriers.Class
		says        string
	}{
		{status: 202, answer: `{"status":"success","x":1}`, state: carriers.Pending, sync: carriers.Done, word: "success"},
		{status: 200, answer: `{"status":"Accepted"}`, state: carriers.Pending, sync: carriers.Pending, word: "Accepted"},
		{status: 200, answer: `{"status":"Queued"}`, state: carriers.Unknown, sync: carriers.Unknown, word: "Queued"},
		{status: 200, answer: `{}`, state: carriers.Unknown, sync: carriers.Unknown},
		{status: 200, answer: `{"status":"Failed","code":"E1","reason":"no line 15550100123"}`, class: carriers.Rejected, says: "code E1: no line …"},
		{status: 200, answer: `{"status":"Rejected"}`, class: carriers.Rejected, says: "status Rejected"},
		{status: 200, answer: `{"code":0,"message":"OK"}`, state: carriers.Unknown, sync: carriers.Unknown},
		{status: 200, answer: `{"status":"Success","code":0,"message":"OK"}`, state: carriers.Pending, sync: carriers.Done, word: "Success"},
		{status: 200, answer: `{"status":"Success","partnerTransactionId":"ref-1"}`, state: carriers.Pending, sync: carriers.Done, word: "Success"},
		{status: 200, answer: `{"status":"Success","partnerTransactionId":"ref-2"}`, class: carriers.Uncertain, says: "another transaction"},
		{status: 200, answer: `{"code":"BAD_REQUEST","message":"Elm Street, SUB-000042"}`, class: carriers.Rejected, says: "code BAD_REQUEST"},
		{status: 200, answer: `{"code":"BAD_REQUEST","message":"RSV-1001 is over"}`, class: carriers.Rejected, says: "is over"},
		{status: 200, answer: `{"code":"E1","message":"Elm Street, SUB-000042"}`, class: carriers.Conflict, says: "code E1"},
		{status: 200, answer: page, class: carriers.Uncertain, says: "not JSON"},
		{status: 200, answer: `{"status":"Succ`, class: carriers.Uncertain, says: "not JSON"},
		{status: 200, answer: ``, class: carriers.Uncertain, says: "not JSON"},
		{status: 200, answer: `"Success"`, class: carriers.Uncertain, says: "not a JSON object"},
		{status: 400, answer: `{"code":"E1","message":"no"}`, class: carriers.Rejected, says: "HTTP 400 Bad Request, code E1: no"},
		{status: 401, class: carriers.Unauthorized},
		{status: 400, answer: `{"code":"DUPLICATE_TRANSACTION"}`, class: carriers.Conflict, says: "code DUPLICATE_TRANSACTION"},
		{status: 404, class: carriers.Misrouted},
		{status: 404, answer: page, class: carriers.Misrouted},
		{status: 404, answer: `{"code":"NOT_FOUND"}`, class: carriers.NotFound},
		{status: 409, class: carriers.Conflict},
		{status: 429, class: carriers.Throttled},
		{status: 502, answer: page, class: carriers.Uncertain},
	} {
		for name, change := range changes {
			t.Run(fmt.Sprintf("%s %d %s", name, test.status, test.answer), func(t *testing.T) {
				c, d, _ := ask(t, test.status, test.answer)
				ack, err := change(t.Context(), c)
				assert.Equal(t, 1, d.count)
				if test.class != "" {
					assert.Equal(t, test.class, carriers.ClassOf(err))
					assert.ErrorContains(t, err, test.says)
					assert.ErrorContains(t, err, "dish: ")
					assert.ErrorContains(t, err, "reference ref-1")
					for _, personal := range []string{"15550100123", "89010000000000000017"} {
						assert.NotContains(t, err.Error(), personal)
					}
					if name == "activate" {
						assert.NotContains(t, err.Error(), "Elm Street")
						assert.NotContains(t, err.Error(), "SUB-000042")
					}
					if name == "change number" {
						assert.NotContains(t, err.Error(), "RSV-1001")
					}
					assert.Zero(t, ack)
					return
				}
				require.NoError(t, err)
				want := test.state
				if name == "update bill cycle" {
					want = test.sync
				}
				assert.Equal(t, carriers.Outcome{State: want, Status: test.word}, ack.Outcome)
				assert.Equal(t, test.status, ack.HTTPStatus)
			})
		}
	}
}

func TestAReferenceThatCannotBeAskedForIsNotSent(t *testing.T) {
	c, d, _ := ask(t, 200, `{"status":"Success"}`)
	for _, reference := range []string{"", "a b", "a/b", strings.Repeat("x", 37), ".", ".."} {
		_, err := c.activate(t.Context(), carriers.Submission[ActivateSubscription]{Reference: reference, Request: activation})
		assert.Equal(t, carriers.Rejected, carriers.ClassOf(err), reference)
		_, err = c.updateStatus(t.Context(), carriers.Submission[UpdateSubscriptionStatus]{Reference: reference, Request: suspend})
		assert.Equal(t, carriers.Rejected, carriers.ClassOf(err), reference)
		_, err = c.changeNumber(t.Context(), carriers.Submission[ChangeNumber]{Reference: reference, Request: renumber})
		assert.Equal(t, carriers.Rejected, carriers.ClassOf(err), reference)
		assert.ErrorContains(t, err, "nothing was sent")
	}
	assert.Zero(t, d.count)
}

func TestTransactionStatus(t *testing.T) {
	for _, test := range []struct {
		status int
		answer string
		want   TransactionStatus
		class  carriers.Class
	}{
		{200, `{"status":"Success"}`, TransactionStatus{Status: "Success", State: carriers.Done}, ""},
		{200, `{"status":"InProgress","x":null}`, TransactionStatus{Status: "InProgress", State: carriers.Pending}, ""},
		{200, `{"status":"Failed","code":"E1","reason":"15550100123 is gone"}`, TransactionStatus{"Failed", carriers.Failed, "E1", "… is gone"}, ""},
		{200, `{"status":"Failed","code":17}`, TransactionStatus{Status: "Failed", State: carriers.Failed, Code: "17"}, ""},
		{200, `{"status":"Completed"}`, TransactionStatus{Status: "Completed", State: carriers.Unknown}, ""},
		{200, `{}`, TransactionStatus{State: carriers.Unknown}, ""},
		{200, `{"status":"Success","code":0,"message":"OK"}`, TransactionStatus{Status: "Success", State: carriers.Done}, ""},
		{200, `{"status":"Success","partnerTransactionId":"ref-1"}`, TransactionStatus{Status: "Success", State: carriers.Done}, ""},
		{200, `{"status":"Success","partnerTransactionId":"ref-2"}`, TransactionStatus{}, carriers.Uncertain},
		{200, `{"code":"E1"}`, TransactionStatus{}, carriers.Conflict},
		{200, `{"code":"BAD_REQUEST"}`, TransactionStatus{}, carriers.Rejected},
		{200, `<html>`, TransactionStatus{}, carriers.Uncertain},
		{200, `{"status":"Succ`, TransactionStatus{}, carriers.Uncertain},
		{404, `{"code":"TRANSACTION_NOT_FOUND"}`, TransactionStatus{}, carriers.NotFound},
		{404, `{"code":"UNKNOWN"}`, TransactionStatus{}, carriers.Misrouted},
		{404, `default backend - 404`, TransactionStatus{}, carriers.Misrouted},
		{404, `{"message":"no Route matched with those Values"}`, TransactionStatus{}, carriers.Misrouted},
		{404, `<html>`, TransactionStatus{}, carriers.Misrouted},
		{500, ``, TransactionStatus{}, carriers.Uncertain},
	} {
		c, d, _ := ask(t, test.status, test.answer)
		status, err := c.transactionStatus(t.Context(), "ref-1", brand, "ref-1")
		assert.Equal(t, test.want, status, test.answer)
		if test.class == "" {
			assert.NoError(t, err, test.answer)
		} else {
			assert.Equal(t, test.class, carriers.ClassOf(err), test.answer)
		}
		assert.Equal(t, "GET /dish/transaction/status/ref-1", d.method+" "+d.path)
		assert.Empty(t, d.body)
		assert.Equal(t, "920000108464", d.header.Get("wholesaleCustomerId"))
		assert.Equal(t, carriers.CorrelationID(carrier, "ref-1"), d.header.Get("X-Correlation-Id"))
	}

	c, d, _ := ask(t, 200, `{"status":"Success"}`)
	_, err := c.transactionStatus(t.Context(), "ref-1", brand, "a/b c?d#é%2F")
	require.NoError(t, err)
	assert.Equal(t, "/dish/transaction/status/a%2Fb%20c%3Fd%23%C3%A9%252F", d.path)
}

func TestSubscriber(t *testing.T) {
	for want, query := range map[string]target{
		"/dish/subscription?gpsi=15550100123":           {gpsi: "15550100123"},
		"/dish/subscription?iccid=89010000000000000017": {iccid: "89010000000000000017", gpsi: "15550100123", subscriberID: "S"},
		"/dish/subscription?subscriberId=S+1%261":       {subscriberID: "S 1&1"},
	} {
		c, d, _ := ask(t, 200, sample)
		subscriber, err := c.subscriber(t.Context(), "ref-1", Customer{}, query)
		require.NoError(t, err)
		assert.Equal(t, want, d.path, "exactly one parameter")
		assert.Equal(t, http.MethodGet, d.method)
		assert.NotContains(t, d.header, "Wholesalecustomerid")
		assert.Equal(t, carriers.Text("SUB-000042"), subscriber.SubscriberID)
	}

	for answer, class := range map[string]carriers.Class{
		`<html>`: carriers.Uncertain, `{}`: carriers.Uncertain, sample[:len(sample)/2]: carriers.Uncertain,
		`{"subscriptions":[{"startDate":{}}]}`: carriers.Uncertain, `{"code":"E1"}`: carriers.Conflict, `{"code":"BAD_REQUEST"}`: carriers.Rejected,
	} {
		c, _, _ := ask(t, 200, answer)
		_, err := c.subscriber(t.Context(), "ref-1", brand, target{gpsi: "15550100123"})
		assert.Equal(t, class, carriers.ClassOf(err), answer)
		assert.NotContains(t, err.Error(), "15550100123")
	}

	c, d, _ := ask(t, 200, sample)
	_, err := c.subscriber(t.Context(), "ref-1", brand, target{})
	assert.Equal(t, carriers.Rejected, carriers.ClassOf(err))
	assert.Zero(t, d.count, "a query for nothing would list everybody")
}

func TestConfigurationReachesTheWire(t *testing.T) {
	c, d, _ := ask(t, 200, `{"status":"Queued"}`, func(c *Config) {
		c.UpdateStatusMethod, c.UpdateStatusPath = http.MethodPut, "/v5/status"
		c.WholesaleCustomerID = "100000000001"
		c.Auth, c.AuthHeader, c.AuthValue = HeaderAuth, "Api-Key", "s3cr3t"
		c.Words.Pending = []string{"queued"}
		c.Subscription.Ceased = []string{"Gone"}
		c.ReactivateQueryable = true
	})
	ofNobody := suspend
	ofNobody.Customer = Customer{}
	ack, err := c.updateStatus(t.Context(), submitted(ofNobody))
	require.NoError(t, err)
	assert.Equal(t, carriers.Pending, ack.Outcome.State)
	assert.Equal(t, "PUT /dish/v5/status", d.method+" "+d.path)
	assert.Equal(t, "100000000001", d.header.Get("wholesaleCustomerId"), "an operation that names no customer is the default's")
	assert.Equal(t, "s3cr3t", d.header.Get("Api-Key"))
	assert.Equal(t, carriers.Shown, c.cfg.Subscription.effectOf(Cease, "Gone"))
	assert.True(t, c.queryable(Reactivate))

	_, err = c.updateStatus(t.Context(), submitted(suspend))
	require.NoError(t, err)
	assert.Equal(t, "920000108464", d.header.Get("wholesaleCustomerId"), "and its own wins")

	byDefault, _, _ := ask(t, 200, "")
	for action, want := range map[Action]bool{Suspend: true, Resume: true, Cease: true, Reactivate: false} {
		assert.Equal(t, want, byDefault.queryable(action), action)
	}
}

func TestOAuth2(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseForm())
		assert.Equal(t, "client_credentials", r.Form.Get("grant_type"))
		assert.Equal(t, "read write", r.Form.Get("scope"))
		id, secret, _ := r.BasicAuth()
		assert.Equal(t, "me s3cr3t", id+" "+secret)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}`)
	}))
	t.Cleanup(tokens.Close)
	c, d, _ := ask(t, 200, `{"status":"Success"}`, func(c *Config) {
		c.Auth, c.TokenURL, c.ClientID, c.ClientSecret, c.Scopes = OAuth2, tokens.URL, "me", "s3cr3t", []string{"read", "write"}
	})
	_, err := c.updateBillCycle(t.Context(), submitted(cycle))
	require.NoError(t, err)
	assert.Equal(t, "Bearer t0ken", d.header.Get("Authorization"))
}
