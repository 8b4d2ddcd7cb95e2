package carriers_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// FuzzClients answers every call of every client with any status and any body: what is no answer is an error with a class, and no
// error repeats the number that the request was about.
func FuzzClients(f *testing.F) {
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
		{204, ``},
		{302, `{}`},
	} {
		for call := range uint8(10) {
			f.Add(call, uint16(seed.status), []byte(seed.body))
		}
	}
	answer := new(fuzzedAnswer)
	server := httptest.NewServer(answer)
	f.Cleanup(server.Close)
	calls := clientCalls(f, server.URL)
	classes := []carriers.Class{
		carriers.Unreachable, carriers.Uncertain, carriers.Throttled, carriers.Conflict, carriers.NotFound, carriers.Misrouted, carriers.Unauthorized,
		carriers.Rejected,
	}
	f.Fuzz(func(t *testing.T, call uint8, status uint16, body []byte) {
		answer.set(200+int(status)%400, body)
		carrier, err := calls[int(call)%len(calls)](t.Context())
		if err == nil {
			return
		}
		failure, ok := errors.AsType[*carriers.Error](err)
		if !ok || !slices.Contains(classes, failure.Class) || failure.Carrier != carrier || failure.Reference != "r-1" || failure.Call == "" {
			t.Fatalf("an error that says too little: %#v", err)
		}
		if strings.Contains(err.Error(), fuzzedNumber) {
			t.Fatalf("an error that says too much: %v", err)
		}
	})
}

const fuzzedNumber = "15550100123"

// clientCalls are the calls of all clients, each about one number.
func clientCalls(f *testing.F, url string) []func(context.Context) (carriers.Carrier, error) {
	var d dish.Config
	var s stn.Config
	var m masmovil.Config
	for _, cfg := range []any{&d, &s, &m} {
		require.NoError(f, kong.ApplyDefaults(cfg))
	}
	d.BaseURL, s.BaseURL, m.BaseURL, m.FraudRequestsURL = url, url, url, url
	s.APIKey = "key"
	dishClient, err := dish.New(d, nil)
	require.NoError(f, err)
	stnClient, err := stn.New(s, nil)
	require.NoError(f, err)
	masmovilClient, err := masmovil.New(m, nil)
	require.NoError(f, err)
	f.Cleanup(func() { dishClient.Close(); stnClient.Close(); masmovilClient.Close() })

	none := dish.Customer{}
	services := stn.SetServices{PhoneNumber: fuzzedNumber, Services: map[string]any{"voiceMail": false}}
	line, yes := masmovil.Line{OrgID: "yoigo", SubscriptionID: 70011223}, true
	var calls []func(context.Context) (carriers.Carrier, error)
	add := func(c carriers.Carrier, call func(context.Context) error) {
		calls = append(calls, func(ctx context.Context) (carriers.Carrier, error) { return c, call(ctx) })
	}
	add(carriers.DISH, func(ctx context.Context) error {
		_, err := dishClient.Activate(ctx, "r-1", none, dish.Activation{GPSI: fuzzedNumber, Location: carriers.Object(`{}`)})
		return err
	})
	add(carriers.DISH, func(ctx context.Context) error {
		_, err := dishClient.UpdateStatus(ctx, "r-1", none, dish.StatusUpdate{GPSI: fuzzedNumber, Action: dish.Suspend})
		return err
	})
	add(carriers.DISH, func(ctx context.Context) error {
		_, err := dishClient.TransactionStatus(ctx, "r-1", none, "r-1")
		return err
	})
	add(carriers.DISH, func(ctx context.Context) error {
		_, err := dishClient.Subscriber(ctx, "r-1", none, dish.SubscriptionQuery{GPSI: fuzzedNumber})
		return err
	})
	add(carriers.STN, func(ctx context.Context) error {
		_, err := stnClient.SetServices(ctx, "r-1", services)
		return err
	})
	add(carriers.STN, func(ctx context.Context) error {
		_, err := stnClient.FindSetServices(ctx, "r-1", services, time.Time{})
		return err
	})
	add(carriers.STN, func(ctx context.Context) error {
		_, _, err := stnClient.Line(ctx, "r-1", services, stn.Activation{})
		return err
	})
	add(carriers.MasMovil, func(ctx context.Context) error {
		_, err := masmovilClient.Subscription(ctx, "r-1", masmovil.SubscriptionQuery{Line: line})
		return err
	})
	add(carriers.MasMovil, func(ctx context.Context) error {
		_, err := masmovilClient.Devices(ctx, "r-1", line)
		return err
	})
	add(carriers.MasMovil, func(ctx context.Context) error {
		_, err := masmovilClient.ReplaceSIM(ctx, "r-1", line, masmovil.Origin{}, masmovil.SIMReplacement{DealerID: "D-1", Logistic: &yes, NewICC: fuzzedNumber})
		return err
	})
	return calls
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
