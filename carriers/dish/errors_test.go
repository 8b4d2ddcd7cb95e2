package dish

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestClassify(t *testing.T) {
	const page = "\n<!DOCTYPE html><html><body>404</body></html>"
	for _, test := range []struct {
		status        int
		body          string
		class         carriers.Class
		code, message string
	}{
		// answers
		{200, `{"status":"Success"}`, "", "", ""},
		{200, `{"status":"Failed","code":"E1","reason":"no"}`, "", "", ""}, // a failed transaction is a good answer
		{200, `{"Status":"Queued","message":"later"}`, "", "", ""},
		{200, `{"status":400,"message":"odd"}`, "", "", ""}, // a word nobody knows, not a refusal
		{200, `{}`, "", "", ""},
		{202, ``, "", "", ""},
		{200, `{"subscriberId":"S","message":"one found"}`, "", "", ""},
		{200, `{"subscriptions":[],"code":"0"}`, "", "", ""},
		{200, page, "", "", ""},
		{200, `[{"code":"E1"},{"code":"E2"}]`, "", "", ""},
		{200, `{"error":null,"code":"","message":"  "}`, "", "", ""},
		{200, `{"error":false}`, "", "", ""},
		{200, `{"message":"accepted"}`, "", "", ""}, // a message alone is no refusal
		// errors inside a 2xx
		{200, `{"code":"E1","message":"no"}`, carriers.Rejected, "E1", "no"},
		{200, `[{"code":"E1","message":"no"}]`, carriers.Rejected, "E1", "no"},
		{201, `{"status":"","code":17}`, carriers.Rejected, "17", ""},
		{200, `{"error":"no"}`, carriers.Rejected, "", "no"},
		{200, `{"error":{"errorCode":"E1","description":"no"}}`, carriers.Rejected, "E1", "no"},
		{200, `{"errors":[{"code":"E1","detail":"no"},{"code":"E2"}]}`, carriers.Rejected, "E1", "no"},
		{200, `{"subscriptions":null,"code":"E1"}`, carriers.Rejected, "E1", ""},
		// errors by number
		{300, ``, carriers.Rejected, "", ""},
		{400, `{"code":"E1","message":"no"}`, carriers.Rejected, "E1", "no"},
		{400, `{"reasonCode":"8A","reasonDesc":"taken"}`, carriers.Rejected, "8A", "taken"},
		{400, page, carriers.Rejected, "", ""},
		{400, `{"status":"Success"}`, carriers.Rejected, "", ""}, // the number wins
		{401, ``, carriers.Unauthorized, "", ""},
		{403, `{"error":"invalid_scope","error_description":"ask for it"}`, carriers.Unauthorized, "", "ask for it"},
		{404, ``, carriers.NotFound, "", ""},
		{404, `{"code":"E4"}`, carriers.NotFound, "E4", ""},
		{404, `404 page not found`, carriers.NotFound, "", ""},
		{404, page, carriers.Uncertain, "", "a web page is no answer, check DISH_BASE_URL and the paths"},
		{405, ``, carriers.Rejected, "", ""},
		{408, ``, carriers.Uncertain, "", ""},
		{409, `{"code":"DUP"}`, carriers.Conflict, "DUP", ""},
		{422, ``, carriers.Rejected, "", ""},
		{429, page, carriers.Throttled, "", ""},
		{500, `{"code":"E5","message":"oops"}`, carriers.Uncertain, "E5", "oops"},
		{502, page, carriers.Uncertain, "", ""},
		{503, ``, carriers.Uncertain, "", ""},
		{504, ``, carriers.Uncertain, "", ""},
	} {
		class, code, message := classify(test.status, []byte(test.body))
		assert.Equal(t, test.class, class, "%d %s", test.status, test.body)
		assert.Equal(t, test.code, code, "%d %s", test.status, test.body)
		assert.Equal(t, test.message, message, "%d %s", test.status, test.body)
	}
}
