package dish

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestReadCallbacks(t *testing.T) {
	words := defaults(t, "").Words
	at := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	plain := carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}
	failed := carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no"}}
	for _, test := range []struct {
		name, body string
		want       carriers.Notice
	}{
		{
			"our shape", `{"eventId":"e-1","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z","partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}`,
			carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no"}, EventID: "e-1", At: at},
		},
		{"the least", `{"partnerTransactionId":"ref-1","status":"Success"}`, plain},
		{"other case", `{"PartnerTransactionID":"ref-1","STATUS":"Success"}`, plain},
		{"unknown fields", `{"partnerTransactionId":"ref-1","status":"Success","gpsi":15550100123,"x":{"status":"Failed"}}`, plain},
		{"transactionStatus", `{"partnerTransactionId":"ref-1","transactionStatus":"Success"}`, plain},
		{"transactionStatus beside a status", `{"partnerTransactionId":"ref-1","status":"Delivered","transactionStatus":"Success"}`, plain},
		{"state", `{"partnerTransactionId":"ref-1","state":"Success"}`, plain},
		{"a null status beside a state", `{"partnerTransactionId":"ref-1","status":null,"state":"Success"}`, plain},
		{"errorCode and message", `{"partnerTransactionId":"ref-1","status":"Failed","errorCode":"E1","message":"no"}`, failed},
		{"reasonCode and reasonDesc", `{"partnerTransactionId":"ref-1","status":"Failed","reasonCode":"E1","reasonDesc":"no"}`, failed},
		{"an error inside", `{"partnerTransactionId":"ref-1","status":"Failed","error":{"code":"E1","message":"no"}}`, failed},
		{"a list of errors", `{"partnerTransactionId":"ref-1","status":"Failed","errors":[{"code":"E1","message":"no"}]}`, failed},
		{"inside event", `{"eventType":"x","event":{"partnerTransactionId":"ref-1","status":"Success"}}`, plain},
		{"inside data", `{"status":"Delivered","code":"200","data":{"partnerTransactionId":"ref-1","status":"Success"}}`, plain},
		{"inside content, inside data", `{"data":{"content":{"partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}}}`, failed},
		{"beside another envelope", `{"event":{"name":"x"},"data":{"partnerTransactionId":"ref-1","status":"Success"}}`, plain},
		{"id outside, status inside", `{"partnerTransactionId":"ref-1","data":{"status":"Failed","code":"E1","reason":"no"}}`, failed},
		{
			"numbers", `{"partnerTransactionId":98765432109876543210,"status":"Failed","code":17,"eventId":12345678901234567890}`,
			carriers.Notice{Reference: "98765432109876543210", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "17"}, EventID: "12345678901234567890"},
		},
		{
			"not final", `{"partnerTransactionId":"ref-1","status":"InProgress"}`,
			carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Pending, Status: "InProgress"}},
		},
		{
			"a word nobody knows", `{"partnerTransactionId":"ref-1","status":"Completed"}`,
			carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Unknown, Status: "Completed"}},
		},
		{
			"personal data", `{"partnerTransactionId":"ref-1","status":"Failed","code":"15550100123","reason":"number 15550100123 of ada@example.com"}`,
			carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "…", Reason: "number … of …"}},
		},
		{"code 0 beside a success", `{"partnerTransactionId":"ref-1","status":"Success","code":0,"message":"OK"}`, plain},
		{"code 0 as a text", `{"partnerTransactionId":"ref-1","status":"Success","errorCode":"0","reason":null}`, plain},
		{"code OK", `{"partnerTransactionId":"ref-1","status":" success ","code":"OK","description":"done"}`, carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Done, Status: "success"}}},
		{"code null", `{"partnerTransactionId":"ref-1","status":"Success","code":null}`, plain},
		{"code 0 beside a failure", `{"partnerTransactionId":"ref-1","status":"Failed","code":0,"message":"OK"}`, carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed"}}},
		{"code 0 beside a failure and its error", `{"partnerTransactionId":"ref-1","status":"Failed","code":0,"error":{"code":"E1","message":"no"}}`, failed},
		{"code of the delivery around a failure", `{"code":"200","message":"OK","data":{"partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}}`, failed},
		{"a padded id", `{"partnerTransactionId":" ref-1\t","status":"Success"}`, plain},
		{"a padded id of 36 characters", `{"partnerTransactionId":" ` + strings.Repeat("x", 36) + ` ","status":"Success"}`, carriers.Notice{Reference: strings.Repeat("x", 36), Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}},
		{"a long numeric id", `{"partnerTransactionId":9007199254740993,"status":"Success"}`, carriers.Notice{Reference: "9007199254740993", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}},
		{"an id with leading zeros", `{"partnerTransactionId":"000123","status":"Success"}`, carriers.Notice{Reference: "000123", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}},
		{"a list of one", `[{"partnerTransactionId":"ref-1","status":"Success"}]`, plain},
		{"a list of one inside an envelope", `{"data":[{"partnerTransactionId":"ref-1","status":"Success"}]}`, plain},
		{"an envelope in a list of one", `[{"event":{"partnerTransactionId":"ref-1","status":"Success"}}]`, plain},
		{"a list of one in a list of one", `[[{"partnerTransactionId":"ref-1","status":"Success"}]]`, plain},
		{"a list of details", `{"partnerTransactionId":"ref-1","status":"Success","data":[{"name":"a","status":"Failed"},{"name":"b"}]}`, plain},
		{"a list of details that name it again", `{"partnerTransactionId":"ref-1","status":"Success","data":[{"partnerTransactionId":"ref-1"},{"name":"b"}]}`, plain},
		{"a list of texts beside an envelope", `{"partnerTransactionId":"ref-1","event":{"status":"Success"},"data":["a","b"]}`, plain},
		{"a date that is none", `{"partnerTransactionId":"ref-1","status":"Success","eventTime":"noon \"sharp\""}`, plain},
		{"36 characters", `{"partnerTransactionId":"` + strings.Repeat("é", 36) + `","status":"Success"}`, carriers.Notice{Reference: strings.Repeat("é", 36), Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readCallbacks(words, []byte(test.body))
			require.NoError(t, err)
			assert.Equal(t, []carriers.Notice{test.want}, got)
		})
	}
}

func TestSeveralNoticesInOneBody(t *testing.T) {
	words := defaults(t, "").Words
	one := carriers.Notice{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}}
	two := carriers.Notice{Reference: "ref-2", Outcome: carriers.Outcome{State: carriers.Failed, Status: "Failed", Code: "E1", Reason: "no"}}
	first, second := `{"partnerTransactionId":"ref-1","status":"Success"}`, `{"partnerTransactionId":"ref-2","status":"Failed","code":"E1","reason":"no"}`
	both := "[" + first + "," + second + "]"
	for name, test := range map[string]struct {
		body string
		want []carriers.Notice
	}{
		"a bare list":                 {both, []carriers.Notice{one, two}},
		"data":                        {`{"data":` + both + `}`, []carriers.Notice{one, two}},
		"events":                      {`{"eventType":"Batch","events":` + both + `}`, []carriers.Notice{one, two}},
		"notifications, content":      {`{"content":{"Notifications":` + both + `}}`, []carriers.Notice{one, two}},
		"two lists":                   {`{"events":` + both + `,"data":` + both + `}`, []carriers.Notice{one, two, one, two}},
		"each in an envelope":         {`[{"event":` + first + `},{"data":[` + second + `]}]`, []carriers.Notice{one, two}},
		"a list in a list's envelope": {`[{"data":` + both + `},` + first + `]`, []carriers.Notice{one, two, one}},
		"a status of the delivery":    {`{"status":"Delivered","code":200,"data":` + both + `}`, []carriers.Notice{one, two}},
		"an id of the delivery":       {`{"partnerTransactionId":"batch-1","data":` + both + `}`, []carriers.Notice{one, two}},
		"the same twice":              {"[" + first + "," + first + "]", []carriers.Notice{one, one}},
		"several words about one":     {`{"partnerTransactionId":"ref-1","data":[{"status":"InProgress"},{"status":"Success"}]}`, []carriers.Notice{{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Pending, Status: "InProgress"}}, one}},
		"a common word and a common id": {`{"eventId":"e-1","status":"Success","data":[{"partnerTransactionId":"ref-1"},{"partnerTransactionId":"ref-3"}]}`, []carriers.Notice{
			{Reference: "ref-1", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}, EventID: "e-1"}, {Reference: "ref-3", Outcome: carriers.Outcome{State: carriers.Done, Status: "Success"}, EventID: "e-1"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readCallbacks(words, []byte(test.body))
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

// No notice of a body is read when one of them cannot be, and nothing is guessed where a notice could get lost.
func TestABodyIsReadWholeOrNotAtAll(t *testing.T) {
	words := defaults(t, "").Words
	const good = `{"partnerTransactionId":"ref-1","status":"Success"}`
	for body, want := range map[string]string{
		`[]`:                "it is an empty list",
		`{"data":[]}`:       "it has no partnerTransactionId, it has no status",
		`[` + good + `,{}]`: "notice 2 of 2: it has no partnerTransactionId, it has no status",
		`[{"status":"15550100123"},` + good + `]`:                                      "notice 1 of 2: it has no partnerTransactionId",
		`{"data":[` + good + `,{"partnerTransactionId":"15550100123"}]}`:               "notice 2 of 2: it has no status",
		`{"events":[` + good + `,null,` + good + `]}`:                                  "notice 2 of 3: not a JSON object",
		`{"events":[` + good + `,"15550100123"]}`:                                      "notice 2 of 2: not a JSON object",
		`[` + good + `,[` + good + `,` + good + `]]`:                                   "notice 2 of 2: not a JSON object",
		`[` + good + `,{"data":[` + good + `,{"status":"x"}]}]`:                        "notice 2 of 2: notice 2 of 2: it has no partnerTransactionId",
		`[` + good + `,` + good:                                                        "not JSON",
		`{"partnerTransactionId":"a","status":"Success","data":[` + good + `,{}]}`:     "it is about one transaction and holds a list of others",
		`{"event":` + good + `,"data":{"partnerTransactionId":"b","status":"Failed"}}`: "it names several transactions outside a list",
		strings.Repeat(`{"data":`, 9) + good + strings.Repeat(`}`, 9):                  "it has more than 8 envelopes",
		strings.Repeat(`{"data":[{},`, 20) + good + strings.Repeat(`]}`, 20):           "notice",
	} {
		_, err := readCallbacks(words, []byte(body))
		if assert.ErrorContains(t, err, want, body) {
			assert.NotContains(t, err.Error(), "15550100123", "the body is not repeated")
		}
	}
}

func TestACallbackThatCannotBeUsedNamesWhatIsMissing(t *testing.T) {
	c, err := newClient(defaults(t, "http://carrier.invalid"), nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	for body, want := range map[string][]string{
		``:                                   {"cannot be read"},
		`null`:                               {"not a JSON object"},
		`[{"partnerTransactionId":"ref-1"}]`: {"no status"},
		`"15550100123"`:                      {"not a JSON object"},
		`<html>15550100123</html>`:           {"not JSON"},
		`{"partnerTransactionId":"15550100123","st`:                                                         {"not JSON"},
		`{"gpsi":"15550100123"}`:                                                                            {"no partnerTransactionId", "no status"},
		`{"status":"Success","transactionId":"15550100123"}`:                                                {"no partnerTransactionId"},
		`{"partnerTransactionId":" ","status":"Success"}`:                                                   {"no partnerTransactionId"},
		`{"partnerTransactionId":{"id":"15550100123"},"status":"Success"}`:                                  {"no partnerTransactionId"},
		`{"partnerTransactionId":"15550100123","status":true}`:                                              {"no status"},
		`{"partnerTransactionId":"15550100123","x":{"status":"Success"}}`:                                   {"no status"},
		`{"partnerTransactionId":"15550100123-15550100123-15550100123-15550100123","status":"15550100123"}`: {"more than 36"},
	} {
		_, err := c.ReadCallbacks([]byte(body))
		for _, part := range want {
			assert.ErrorContains(t, err, part, body)
		}
		assert.NotContains(t, err.Error(), "15550100123", "the body is not repeated")
	}
}
