package dish

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestDecodeCallback(t *testing.T) {
	words := defaults(t, "").Words
	at := time.Date(2024, 3, 15, 12, 0, 0, 0, time.UTC)
	plain := Callback{PartnerTransactionID: "ref-1", Status: "Success", State: carriers.Done}
	failed := Callback{PartnerTransactionID: "ref-1", Status: "Failed", State: carriers.Failed, Code: "E1", Reason: "no"}
	for _, test := range []struct {
		name, body string
		want       Callback
	}{
		{
			"our shape", `{"eventId":"e-1","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z","partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}`,
			Callback{PartnerTransactionID: "ref-1", Status: "Failed", State: carriers.Failed, Code: "E1", Reason: "no", EventID: "e-1", At: at},
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
		{"inside data", `{"status":"Delivered","code":"200","data":{"partnerTransactionId":"ref-1","status":"Success"}}`, Callback{PartnerTransactionID: "ref-1", Status: "Success", State: carriers.Done, Code: "200"}},
		{"inside content, inside data", `{"data":{"content":{"partnerTransactionId":"ref-1","status":"Failed","code":"E1","reason":"no"}}}`, failed},
		{"beside another envelope", `{"event":{"name":"x"},"data":{"partnerTransactionId":"ref-1","status":"Success"}}`, plain},
		{"id outside, status inside", `{"partnerTransactionId":"ref-1","data":{"status":"Failed","code":"E1","reason":"no"}}`, failed},
		{
			"numbers", `{"partnerTransactionId":98765432109876543210,"status":"Success","code":17,"eventId":12345678901234567890}`,
			Callback{PartnerTransactionID: "98765432109876543210", Status: "Success", State: carriers.Done, Code: "17", EventID: "12345678901234567890"},
		},
		{
			"not final", `{"partnerTransactionId":"ref-1","status":"InProgress"}`,
			Callback{PartnerTransactionID: "ref-1", Status: "InProgress", State: carriers.Pending},
		},
		{
			"a word nobody knows", `{"partnerTransactionId":"ref-1","status":"Completed"}`,
			Callback{PartnerTransactionID: "ref-1", Status: "Completed", State: carriers.Unknown},
		},
		{
			"personal data", `{"partnerTransactionId":"ref-1","status":"Failed","code":"15550100123","reason":"number 15550100123 of ada@example.com"}`,
			Callback{PartnerTransactionID: "ref-1", Status: "Failed", State: carriers.Failed, Code: "…", Reason: "number … of …"},
		},
		{"a date that is none", `{"partnerTransactionId":"ref-1","status":"Success","eventTime":"noon \"sharp\""}`, plain},
		{"36 characters", `{"partnerTransactionId":"` + strings.Repeat("é", 36) + `","status":"Success"}`, Callback{PartnerTransactionID: strings.Repeat("é", 36), Status: "Success", State: carriers.Done}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := decodeCallback(words, []byte(test.body))
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestACallbackThatCannotBeUsedNamesWhatIsMissing(t *testing.T) {
	client, err := New(defaults(t, "http://carrier.invalid"), nil)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	for body, want := range map[string][]string{
		``:                                      {"cannot be read"},
		`null`:                                  {"not a JSON object"},
		`[{"partnerTransactionId":"ref-1"},{}]`: {"not a JSON object"},
		`"15550100123"`:                         {"not a JSON object"},
		`<html>15550100123</html>`:              {"not JSON"},
		`{"partnerTransactionId":"15550100123","st`:                                                         {"not JSON"},
		`{"gpsi":"15550100123"}`:                                                                            {"no partnerTransactionId", "no status"},
		`{"status":"Success","transactionId":"15550100123"}`:                                                {"no partnerTransactionId"},
		`{"partnerTransactionId":" ","status":"Success"}`:                                                   {"no partnerTransactionId"},
		`{"partnerTransactionId":{"id":"15550100123"},"status":"Success"}`:                                  {"no partnerTransactionId"},
		`{"partnerTransactionId":"15550100123","status":true}`:                                              {"no status"},
		`{"partnerTransactionId":"15550100123","x":{"status":"Success"}}`:                                   {"no status"},
		`{"partnerTransactionId":"15550100123-15550100123-15550100123-15550100123","status":"15550100123"}`: {"more than 36"},
	} {
		_, err := client.DecodeCallback([]byte(body))
		for _, part := range want {
			assert.ErrorContains(t, err, part, body)
		}
		assert.NotContains(t, err.Error(), "15550100123", "the body is not repeated")
	}
}
