package masmovil

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestAcknowledge(t *testing.T) {
	client := serve(t, nil)
	denied := carriers.Outcome{State: carriers.Failed, Status: "D", Code: "D", Reason: "the risk decision is negative", Denied: true}
	for name, tc := range map[string]struct {
		order  order
		want   carriers.Outcome
		review bool
	}{
		"201":                            {order{HTTPStatus: 201}, carriers.Outcome{State: carriers.Done}, false},
		"201 denied, in another case":    {order{HTTPStatus: 201, RiskDecision: "d"}, carriers.Outcome{State: carriers.Failed, Status: "d", Code: "d", Reason: "the risk decision is negative", Denied: true}, false},
		"201 accepted":                   {order{HTTPStatus: 201, RiskDecision: "A"}, carriers.Outcome{State: carriers.Done, Status: "A"}, false},
		"201 denied":                     {order{HTTPStatus: 201, RiskDecision: "D"}, denied, false},
		"201 referred":                   {order{HTTPStatus: 201, RiskDecision: "R"}, carriers.Outcome{State: carriers.Pending, Status: "R"}, true},
		"201 with a letter nobody knows": {order{HTTPStatus: 201, RiskDecision: "X"}, carriers.Outcome{State: carriers.Unknown, Status: "X"}, false},
		"202":                            {order{HTTPStatus: 202}, carriers.Outcome{State: carriers.Pending}, true},
		"202 accepted is not done":       {order{HTTPStatus: 202, RiskDecision: "A"}, carriers.Outcome{State: carriers.Pending, Status: "A"}, true},
		"202 denied at once":             {order{HTTPStatus: 202, RiskDecision: "D"}, denied, false},
		"202 with an unknown letter":     {order{HTTPStatus: 202, RiskDecision: "X"}, carriers.Outcome{State: carriers.Pending, Status: "X"}, true},
		"no order at all":                {order{}, carriers.Outcome{State: carriers.Unknown}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tc.order.SubscriptionTerminalID = "55001"
			ack := client.acknowledge(tc.order)
			assert.Equal(t, tc.want, ack.Outcome)
			assert.Equal(t, tc.review, ack.Held)
			assert.Equal(t, "55001", ack.TransactionID)
			assert.Equal(t, tc.order.HTTPStatus, ack.HTTPStatus)
		})
	}
}

func TestWhatARiskDecisionMeans(t *testing.T) {
	client := serve(t, nil)
	for letter, want := range map[string]carriers.State{
		"A": carriers.Done, "D": carriers.Failed, "R": carriers.Pending, "X": carriers.Unknown, "": carriers.Unknown, "a": carriers.Done, " d\n": carriers.Failed, "r": carriers.Pending, "ACCEPTED": carriers.Unknown,
	} {
		assert.Equal(t, want, client.cfg.Risk.vocabulary().StateOf(letter), letter)
	}
	taught := Risk{Accepted: []string{"OK"}, Denied: []string{"D", "X"}}
	assert.Equal(t, carriers.Done, taught.vocabulary().StateOf("OK"))
	assert.Equal(t, carriers.Failed, taught.vocabulary().StateOf("X"))
	assert.Equal(t, carriers.Unknown, taught.vocabulary().StateOf("A"))
}

func TestRiskDecision(t *testing.T) {
	mine := `"subscriptions":[{"subscription_id":1},{"subscription_id":70011223,"subscription_type":"MOBILE"}]`
	for name, tc := range map[string]struct {
		status   int
		body     string
		id       string
		decision string
		class    carriers.Class
	}{
		"one":                         {200, `[{"id":9001,"sell_id":410,"risk_decision":"R",` + mine + `}]`, "9001", "R", ""},
		"the highest id, by number":   {200, `[{"id":9001,"risk_decision":"D",` + mine + `},{"id":10000,"risk_decision":"A",` + mine + `},{"id":"9999","risk_decision":"R",` + mine + `}]`, "10000", "A", ""},
		"of this line only":           {200, `[{"id":9001,"risk_decision":"R",` + mine + `},{"id":9002,"risk_decision":"D","subscriptions":[{"subscription_id":7001122}]},{"id":9003,"risk_decision":"D"},null]`, "9001", "R", ""},
		"none of this line":           {200, `[{"id":9002,"risk_decision":"D","subscriptions":[{"subscription_id":1}]}]`, "", "", ""},
		"an empty list":               {200, `[]`, "", "", ""},
		"404 is nothing yet":          {404, `{"code":"0001","status":"NOT_FOUND","message":"nothing"}`, "", "", ""},
		"404 of something else":       {404, `default backend - 404`, "", "", carriers.Misrouted},
		"404 of a gateway":            {404, `{"message":"no Route matched with those Values"}`, "", "", carriers.Misrouted},
		"500":                         {500, ``, "", "", carriers.Uncertain},
		"403, another API's right":    {403, ``, "", "", carriers.Unauthorized},
		"an error inside":             {200, `{"code":"0007","status":"BAD_REQUEST","message":"x"}`, "", "", carriers.Rejected},
		"an unknown error inside":     {200, `{"code":"1","message":"x"}`, "", "", carriers.Conflict},
		"an object is no list":        {200, `{}`, "", "", carriers.Uncertain},
		"undecided, with null inside": {200, `[{"id":9001,"risk_decision":null,` + mine + `}]`, "9001", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "GET /masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id=70011223", r.Method+" "+r.RequestURI)
				answer(tc.status, tc.body)(w, r)
			})
			got, found, err := client.riskDecision(t.Context(), "r-1", line)
			assert.Equal(t, tc.id != "", found)
			assert.Equal(t, tc.id, got.ID.String())
			assert.Equal(t, tc.decision, got.RiskDecision)
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				return
			}
			require.NoError(t, err)
		})
	}

	t.Run("not asked without a place to ask", func(t *testing.T) {
		client := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") }, func(c *Config) { c.FraudRequestsURL = "" })
		_, found, err := client.riskDecision(t.Context(), "r-1", line)
		require.NoError(t, err)
		assert.False(t, found)
	})
}

// What MásMóvil itself says of a 404 is an ErrorMessage, whole. All else comes from something in front of it.
func TestA404CountsInTheCarriersOwnWordsAlone(t *testing.T) {
	cfg := defaults(t)
	for body, want := range map[string]carriers.Class{
		`{"code":"0007","status":"NOT_FOUND","message":"no such line"}`:                                                               carriers.NotFound,
		`{"code":7,"status":"BAD_REQUEST","message":"no such line"}`:                                                                  carriers.NotFound,
		`{"code":"SUBSCRIPTION_NOT_FOUND"}`:                                                                                           carriers.NotFound,
		`{"code":"subscription_not_found","message":"no such line"}`:                                                                  carriers.NotFound,
		`{"code":5,"message":"Not Found","details":[]}`:                                                                               carriers.Misrouted,
		`{"code":404,"message":"HTTP 404 Not Found"}`:                                                                                 carriers.Misrouted,
		`{"timestamp":"2024-03-15T12:00:00.000+0000","status":404,"error":"Not Found","message":"No message available","path":"/v2"}`: carriers.Misrouted,
		`{"error":{"code":404,"message":"Not found.","status":"NOT_FOUND"}}`:                                                          carriers.Misrouted,
		`{"status":"NOT_FOUND","message":"no such line"}`:                                                                             carriers.Misrouted,
		`{"message":"no Route matched with those Values"}`:                                                                            carriers.Misrouted,
		`{"statusCode":404,"message":"Resource not found"}`:                                                                           carriers.Misrouted,
		`{"code":"0007","status":"","message":"no such line"}`:                                                                        carriers.Misrouted,
		`{"code":"0007","status":"NOT_FOUND"}`:                                                                                        carriers.Misrouted,
		`[{"code":"0007","status":"NOT_FOUND","message":"no such line"}]`:                                                             carriers.Misrouted,
		`{}`: carriers.Misrouted, `null`: carriers.Misrouted, ``: carriers.Misrouted,
		`default backend - 404`: carriers.Misrouted, `<html><title>404</title></html>`: carriers.Misrouted,
	} {
		class, _, _ := cfg.classify(404, []byte(body))
		assert.Equal(t, want, class, body)
	}
}
