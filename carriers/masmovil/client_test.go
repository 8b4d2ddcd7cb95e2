package masmovil

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var line = Line{OrgID: "yoigo", SubscriptionID: 70011223}

const linePath = "/masmovil/v2/orgs/yoigo/subscriptions/70011223"

// asked is a request on its way.
func asked[R carriers.Request](r R) carriers.Submission[R] {
	return carriers.Submission[R]{Reference: "r-1", Request: r}
}

// orderOf is what an acknowledgement keeps of the answer to an order.
func orderOf(a carriers.Acknowledgement) order {
	return order{HTTPStatus: a.HTTPStatus, RiskDecision: a.Outcome.Status, SubscriptionTerminalID: carriers.Text(a.TransactionID)}
}

// serve returns a client of a server that answers with handle for every API.
func serve(t *testing.T, handle http.HandlerFunc, change ...func(*Config)) *client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	config := defaults(t)
	config.BaseURL, config.FraudRequestsURL = server.URL+"/masmovil/v2", server.URL+"/masmovil/subscriptions/v1"
	config.BarringsURL, config.AppliedMasksPath = server.URL+"/masmovil/barrings/v2", "/orgs/{orgId}/subscriptions/{subscriptionId}/barrings-masks"
	config.SubscriptionsURL = server.URL + "/masmovil/subscriptions/v2"
	for _, with := range change {
		with(&config)
	}
	c, err := newClient(config, nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// defaults is the configuration the tags describe.
func defaults(t testing.TB) (config Config) {
	t.Helper()
	require.NoError(t, kong.ApplyDefaults(&config))
	return config
}

// answer is a handler with one answer for everything.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestSubscription(t *testing.T) {
	for name, tc := range map[string]struct {
		include []string
		uri     string
	}{
		"plain": {nil, linePath},
		"parts travel as escaped JSON": {
			[]string{"origin", "historical_status"},
			linePath + "?query=%7B%22include%22%3A%5B%22origin%22%2C%22historical_status%22%5D%7D",
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "GET "+tc.uri, r.Method+" "+r.RequestURI)
				assert.Empty(t, r.Header.Values("Authorization"))
				assert.Empty(t, r.Header.Values("X-Auth-Roles"), "a role is never guessed")
				answer(http.StatusOK, `{"id":70011223,"subscription_status":{"id":1,"value":"INSTALADO"},"sell_date":"soon",
					"dealer_id":null,"identification_nr":34612000111,"imsi":214030000000123,"iccid":89340300000000000179,"unheard":[{}]}`)(w, r)
			})
			s, err := client.subscription(t.Context(), "r-1", GetSubscription{Line: line, Include: tc.include})
			require.NoError(t, err)
			assert.Equal(t, "89340300000000000179", s.ICCID.String(), "20 digits, as a number")
			assert.Equal(t, "34612000111", s.IdentificationNr.String(), "more than an int32")
			assert.Equal(t, &Coded{ID: "1", Value: "INSTALADO"}, s.SubscriptionStatus)
			assert.Equal(t, "soon", s.SellDate.Raw)
			assert.Empty(t, s.DealerID)
		})
	}
	t.Run("iccid as text, in exactly its digits", func(t *testing.T) {
		s, err := serve(t, answer(200, `{"iccid":"0034030000000000017","imsi":null}`)).subscription(t.Context(), "r-1", GetSubscription{Line: line})
		require.NoError(t, err)
		assert.Equal(t, "0034030000000000017", s.ICCID.String())
		assert.Empty(t, s.IMSI)
	})
}

func TestDevices(t *testing.T) {
	const whole = `{"subscription_terminal_id":9007199254740993,"status":{"id":3,"value":"ACTIVO"},"fees":{"upfront_fee":1.10}}`
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "GET "+linePath+"/devices", r.Method+" "+r.RequestURI)
		answer(http.StatusOK, `{"devices":[`+whole+`,{"subscription_terminal_id":"7","status":"BAJA"},{"id":1},null,{"status":null,"subscription_terminal_id":{}}]}`)(w, r)
	})
	list, err := client.devices(t.Context(), "r-1", ListDevices{Line: line})
	require.NoError(t, err)
	require.Len(t, list.Devices, 4)
	assert.Equal(t, Device{SubscriptionTerminalID: "9007199254740993", Status: &Coded{ID: "3", Value: "ACTIVO"}, Raw: carriers.Object(whole)}, list.Devices[0])
	assert.Equal(t, Device{SubscriptionTerminalID: "7", Status: &Coded{Value: "BAJA"}, Raw: carriers.Object(`{"subscription_terminal_id":"7","status":"BAJA"}`)}, list.Devices[1])
	assert.True(t, deviceActive(client.cfg.ActiveDeviceStatuses, Device{Status: &Coded{Value: " activo "}}), "in any case")
	for i, active := range []bool{true, false, true, true} {
		assert.Equal(t, active, deviceActive(client.cfg.ActiveDeviceStatuses, list.Devices[i]), i)
	}
	assert.True(t, deviceActive([]string{"9"}, Device{Status: &Coded{ID: "9", Value: "?"}}))

	again, err := json.Marshal(list)
	require.NoError(t, err)
	var back Devices
	require.NoError(t, json.Unmarshal(again, &back))
	assert.Equal(t, list, back, "a list survives being stored")
}

// A list that is missing is no list; one that is empty is, and a single device is a list of one.
func TestAMissingListOfDevicesIsNoList(t *testing.T) {
	for body, want := range map[string]Devices{
		`{}`: {}, `{"devices":null}`: {}, `{"devices":[]}`: {Devices: []Device{}}, `{"devices":[null]}`: {Devices: []Device{}},
		`{"devices":{"subscription_terminal_id":7}}`: {Devices: []Device{{SubscriptionTerminalID: "7", Raw: carriers.Object(`{"subscription_terminal_id":7}`)}}},
	} {
		list, err := serve(t, answer(200, body)).devices(t.Context(), "r-1", ListDevices{Line: line})
		require.NoError(t, err)
		assert.Equal(t, want, list, body)
	}
}

func TestOrdersSendTheDocumentedRequest(t *testing.T) {
	no := false
	options := carriers.Options{Confirm: &no, Timings: &carriers.Timings{PollEvery: carriers.Duration(time.Second)}}
	for name, tc := range map[string]struct {
		order   func(*client) (carriers.Acknowledgement, error)
		origin  string
		request string
		body    string
	}{
		"add device": {
			func(c *client) (carriers.Acknowledgement, error) {
				return c.addDevice(t.Context(), asked(AddDevice{
					Reference: "r-1", Line: line, Origin: Origin{IPAddress: "192.0.2.7"}, Options: options,
					Sell: carriers.Object(`{"id":12345678901234567890}`), Client: carriers.Object(`{}`), Device: carriers.Object(`{"catalogue_id":1.0}`),
					SubscriptionOfferSegment: "S",
				}))
			},
			"192.0.2.7", "POST " + linePath + "/devices",
			`{"client":{},"device":{"catalogue_id":1.0},"sell":{"id":12345678901234567890},"subscription_offer_segment":"S"}`,
		},
		"replace SIM": {
			func(c *client) (carriers.Acknowledgement, error) {
				return c.replaceSIM(t.Context(), asked(ReplaceSIM{
					Reference: "r-1", Line: line, Options: options, DealerID: "D-100", Logistic: &no, NewICC: "8934030000000000025",
				}))
			},
			"", "POST " + linePath + "/sim_replacement",
			`{"dealer_id":"D-100","logistic":false,"new_icc":"8934030000000000025"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				assert.Equal(t, tc.request, r.Method+" "+r.RequestURI)
				assert.Equal(t, tc.body, string(body), "numbers go out digit by digit")
				assert.Equal(t, tc.origin, r.Header.Get("x-ip-address"))
				assert.Equal(t, tc.origin != "", r.Header.Values("x-ip-address") != nil)
				assert.Equal(t, "API_KEY", r.Header.Get("x-auth-roles"))
				answer(http.StatusAccepted, `{"risk_decision":"R","subscription_terminal_id":9007199254740993}`)(w, r)
			}, func(c *Config) { c.RolesHeader = "API_KEY" })
			ack, err := tc.order(client)
			require.NoError(t, err)
			assert.Equal(t, order{HTTPStatus: 202, RiskDecision: "R", SubscriptionTerminalID: "9007199254740993"}, orderOf(ack))
		})
	}
}

func TestANewCardIsSentAsDigits(t *testing.T) {
	no := false
	for typed, want := range map[string]string{
		"8934030000000000025": "8934030000000000025", "8934 0300 0000 0000 025": "8934030000000000025", "8934-0300-0000-0000-0257": "89340300000000000257",
		" 8934030000000000025F": "8934030000000000025", "893403000000000002": "893403000000000002", "card 7": "card 7", "0034030000000000025": "0034030000000000025",
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			assert.JSONEq(t, `{"dealer_id":"D","logistic":false,"new_icc":"`+want+`"}`, string(body))
			answer(http.StatusBadRequest, `{"code":"0013","status":"BAD_REQUEST","message":"`+want+` is in use"}`)(w, r)
		})
		_, err := client.replaceSIM(t.Context(), asked(ReplaceSIM{Line: line, DealerID: "D", Logistic: &no, NewICC: typed}))
		require.ErrorContains(t, err, "… is in use")
	}
}

func TestOrderAnswers(t *testing.T) {
	refusal := `{"code":13,"status":"BAD_REQUEST","message":"8934030000000000025 is in use, call +34 612 000 111"}`
	for name, tc := range map[string]struct {
		status int
		body   string
		want   order
		class  carriers.Class
		code   string
	}{
		"201":                           {201, `{"risk_decision":"A"}`, order{HTTPStatus: 201, RiskDecision: "A"}, "", ""},
		"201, empty body":               {201, ``, order{HTTPStatus: 201}, "", ""},
		"201, null":                     {201, ` null `, order{HTTPStatus: 201}, "", ""},
		"202, empty object":             {202, `{}`, order{HTTPStatus: 202}, "", ""},
		"202, null inside":              {202, `{"risk_decision":null,"subscription_terminal_id":"55"}`, order{HTTPStatus: 202, SubscriptionTerminalID: "55"}, "", ""},
		"201 with a courtesy":           {201, `{"message":"created"}`, order{HTTPStatus: 201}, "", ""},
		"200 is not documented":         {200, `{}`, order{}, carriers.Uncertain, ""},
		"204 is not documented":         {204, ``, order{}, carriers.Uncertain, ""},
		"201 as a page":                 {201, `<html>`, order{}, carriers.Uncertain, ""},
		"half a body":                   {202, `{"risk_decision":"`, order{}, carriers.Uncertain, ""},
		"a list":                        {201, `[]`, order{}, carriers.Uncertain, ""},
		"an error inside a 200":         {200, refusal, order{}, carriers.Rejected, "13"},
		"an error inside a 201":         {201, refusal, order{}, carriers.Rejected, "13"},
		"an unknown error in a 202":     {202, `{"code":"0013"}`, order{}, carriers.Conflict, "0013"},
		"an unknown error in a 201":     {201, `{"code":13,"status":"STRANGE","message":"no"}`, order{}, carriers.Conflict, "13"},
		"a known refusal in a 201":      {201, `{"code":"bad_request"}`, order{}, carriers.Rejected, "bad_request"},
		"a duplicate in a 201":          {201, `{"code":"ALREADY_EXISTS","status":"BAD_REQUEST","message":"no"}`, order{}, carriers.Conflict, "ALREADY_EXISTS"},
		"a duplicate by its status":     {400, `{"code":"0014","status":"CONFLICT","message":"no"}`, order{}, carriers.Conflict, "0014"},
		"a code and another status":     {201, `{"code":"0013","status":"OK","message":"created"}`, order{}, carriers.Conflict, "0013"},
		"code 0":                        {201, `{"code":0,"message":"OK"}`, order{HTTPStatus: 201}, "", ""},
		"code 0 and a status":           {201, `{"code":"0","status":"OK","message":"created","risk_decision":"A"}`, order{HTTPStatus: 201, RiskDecision: "A"}, "", ""},
		"a status alone":                {201, `{"status":"ok","message":"created"}`, order{HTTPStatus: 201}, "", ""},
		"code null":                     {202, `{"code":null}`, order{HTTPStatus: 202}, "", ""},
		"code 200":                      {202, `{"code":200}`, order{HTTPStatus: 202}, "", ""},
		"an error without a code":       {201, `{"code":null,"status":"BAD_REQUEST","message":"no"}`, order{}, carriers.Rejected, ""},
		"400, code as a number":         {400, refusal, order{}, carriers.Rejected, "13"},
		"400, code as text":             {400, `{"code":"0013","status":"BAD_REQUEST","message":"no"}`, order{}, carriers.Rejected, "0013"},
		"401":                           {401, ``, order{}, carriers.Unauthorized, ""},
		"403":                           {403, `<html>`, order{}, carriers.Unauthorized, ""},
		"404 in MásMóvil's own words":   {404, refusal, order{}, carriers.NotFound, "13"},
		"404":                           {404, ``, order{}, carriers.Misrouted, ""},
		"404 as a page":                 {404, `<html>`, order{}, carriers.Misrouted, ""},
		"404 of a gateway":              {404, `{"code":5,"message":"Not Found","details":[]}`, order{}, carriers.Misrouted, "5"},
		"405 has no body":               {405, ``, order{}, carriers.Rejected, ""},
		"409":                           {409, ``, order{}, carriers.Conflict, ""},
		"422":                           {422, refusal, order{}, carriers.Rejected, "13"},
		"429":                           {429, ``, order{}, carriers.Throttled, ""},
		"500 may have been taken":       {500, refusal, order{}, carriers.Uncertain, "13"},
		"504, a back end's own timeout": {504, ``, order{}, carriers.Uncertain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				answer(tc.status, tc.body)(w, r)
			})
			no := false
			got, err := client.replaceSIM(t.Context(), asked(ReplaceSIM{Line: line, DealerID: "D", Logistic: &no, NewICC: "8934030000000000025"}))
			assert.Equal(t, 1, calls, "an order is never repeated here")
			assert.Equal(t, tc.want, orderOf(got))
			if tc.class == "" {
				require.NoError(t, err)
				return
			}
			var failure *carriers.Error
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, tc.class, failure.Class)
			assert.Equal(t, tc.code, failure.Code)
			assert.Equal(t, tc.status, failure.HTTPStatus)
			assert.Contains(t, err.Error(), "masmovil: replace SIM, reference r-1")
			for _, personal := range []string{"8934030000000000025", "612 000 111"} {
				assert.NotContains(t, err.Error(), personal)
			}
		})
	}
}

func TestErrorsDoNotNameTheCustomer(t *testing.T) {
	client := serve(t, answer(http.StatusBadRequest, `{"code":"0007","message":"Ana Ruiz or card ICC-7 is unknown"}`))
	_, err := client.addDevice(t.Context(), asked(AddDevice{
		Line: line, Sell: carriers.Object(`{}`), Client: carriers.Object(`{"person":{"name":"Ana Ruiz"}}`), Device: carriers.Object(`{"cards":["ICC-7"]}`),
	}))
	require.ErrorContains(t, err, "code 0007: … or card … is unknown")
	no := false
	_, err = client.replaceSIM(t.Context(), asked(ReplaceSIM{Line: line, DealerID: "D", Logistic: &no, NewICC: "ICC-7"}))
	require.ErrorContains(t, err, "card … is unknown")
}

func TestRecharges(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "GET "+linePath+"/recharges?end_date=2026-02-28&start_date=2026-02-01", r.Method+" "+r.RequestURI)
		answer(http.StatusOK, `{"subscription_id":70011223,"identification_nr":612000111,"period_date":{"x":1},"recharges":[{"amount":10.50}]}`)(w, r)
	})
	got, err := client.recharges(t.Context(), "r-1", ListRecharges{Line: line, StartDate: "2026-02-01", EndDate: "2026-02-28"})
	require.NoError(t, err)
	assert.Equal(t, []carriers.Object{carriers.Object(`{"amount":10.50}`)}, got.Recharges)
	assert.Equal(t, "612000111", got.IdentificationNr.String())

	_, err = serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/masmovil/v2/topups/yoigo/70011223", r.RequestURI)
		answer(http.StatusOK, `{}`)(w, r)
	}, func(c *Config) { c.RechargesPath = "/topups/{orgId}/{subscriptionId}" }).recharges(t.Context(), "r-1", ListRecharges{Line: line})
	require.NoError(t, err)
}

func TestReadsRefuseWhatIsNoAnswer(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "a page": "<html>", "half": `{"id":7`, "two": `{}{}`, "wrong types": `{"id":{},"devices":1,"recharges":1,"subscription_status":7}`,
		"another line": `{"id":1,"subscription_id":1,"devices":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, answer(http.StatusOK, body))
			_, err := client.subscription(t.Context(), "r-1", GetSubscription{Line: line})
			require.Error(t, err)
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
			_, err = client.devices(t.Context(), "r-1", ListDevices{Line: line})
			require.Error(t, err)
			_, err = client.recharges(t.Context(), "r-1", ListRecharges{Line: line})
			require.Error(t, err)
			_, found, err := client.riskDecision(t.Context(), "r-1", line)
			require.Error(t, err)
			assert.False(t, found)
		})
	}
}
