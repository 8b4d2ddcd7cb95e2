package dish

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestStateOf(t *testing.T) {
	words := defaults(t, "").Words.vocabulary()
	for word, want := range map[string]carriers.State{
		"Success": carriers.Done, "SUCCESS": carriers.Done, "success": carriers.Done, " Success\n": carriers.Done,
		"InProgress": carriers.Pending, "inprogress": carriers.Pending, "Pending": carriers.Pending,
		"Accepted": carriers.Pending, "Submitted": carriers.Pending,
		"Failed": carriers.Failed, "Failure": carriers.Failed, "ERROR": carriers.Failed,
		"Rejected": carriers.Failed, "Cancelled": carriers.Failed,
		"": carriers.Unknown, " ": carriers.Unknown, "Succes": carriers.Unknown, "Success!": carriers.Unknown,
		"Successful": carriers.Unknown, "NotFailed": carriers.Unknown, "In Progress": carriers.Unknown,
		"Completed": carriers.Unknown, "200": carriers.Unknown, "null": carriers.Unknown,
	} {
		assert.Equal(t, want, words.StateOf(word), "%q", word)
		assert.Equal(t, carriers.Unknown, Words{}.vocabulary().StateOf(word), "%q without words", word)
	}
	assert.Equal(t, carriers.Unknown, Words{Done: []string{""}}.vocabulary().StateOf(""), "no word is no success")
	assert.Equal(t, carriers.Done, Words{Done: []string{" Completed "}}.vocabulary().StateOf("completed"))
}

func TestEffectOf(t *testing.T) {
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	words := defaults(t, "").Subscription
	statuses := []string{"Active", "Suspended", "Ceased", "aCtIvE ", "Blocked", "", " "}
	for action, want := range map[Action][]carriers.Effect{
		Suspend:     {missing, shown, missing, missing, incomparable, incomparable, incomparable},
		Resume:      {shown, missing, missing, shown, missing, incomparable, incomparable},
		Cease:       {missing, missing, shown, missing, incomparable, incomparable, incomparable},
		Reactivate:  {shown, missing, missing, shown, missing, incomparable, incomparable},
		"Terminate": {incomparable, incomparable, incomparable, incomparable, incomparable, incomparable, incomparable},
		"":          {incomparable, incomparable, incomparable, incomparable, incomparable, incomparable, incomparable},
	} {
		for i, status := range statuses {
			assert.Equal(t, want[i], words.effectOf(action, status), "%q on %q", action, status)
		}
	}
	for i, want := range []carriers.Effect{shown, missing, missing, shown, missing, incomparable, incomparable} {
		assert.Equal(t, want, words.effectOfActivation(statuses[i]), "activation and %q", statuses[i])
	}
}

func TestClassify(t *testing.T) {
	cfg := defaults(t, "")
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
		// a code that means "no error" is no refusal
		{200, `{"code":0,"message":"OK"}`, "", "", ""},
		{202, `{"errorCode":"0","message":"accepted"}`, "", "", ""},
		{200, `{"code":200}`, "", "", ""},
		{200, `{"code":" ok "}`, "", "", ""},
		{200, `{"errorCode":null,"code":"Success"}`, "", "", ""},
		{200, `{"error":{"code":0,"message":"no error"}}`, "", "", ""},
		// errors inside a 2xx: a refusal by a word from the list, else something to be looked up
		{200, `{"code":"BAD_REQUEST","message":"no"}`, carriers.Rejected, "BAD_REQUEST", "no"},
		{200, `{"code":"bad_request"}`, carriers.Rejected, "bad_request", ""},
		{200, `[{"code":400,"message":"no"}]`, carriers.Rejected, "400", "no"},
		{200, `{"error":{"errorCode":"VALIDATION_ERROR","description":"no"}}`, carriers.Rejected, "VALIDATION_ERROR", "no"},
		{200, `{"code":"DUPLICATE_TRANSACTION"}`, carriers.Conflict, "DUPLICATE_TRANSACTION", ""},
		{200, `{"code":"E1","message":"no"}`, carriers.Conflict, "E1", "no"},
		{200, `[{"code":"E1","message":"no"}]`, carriers.Conflict, "E1", "no"},
		{201, `{"status":"","code":17}`, carriers.Conflict, "17", ""},
		{200, `{"error":"no"}`, carriers.Conflict, "", "no"},
		{200, `{"error":{"errorCode":"E1","description":"no"}}`, carriers.Conflict, "E1", "no"},
		{200, `{"errors":[{"code":"E1","detail":"no"},{"code":"E2"}]}`, carriers.Conflict, "E1", "no"},
		{200, `{"subscriptions":null,"code":"E1"}`, carriers.Conflict, "E1", ""},
		// errors by number
		{300, ``, carriers.Rejected, "", ""},
		{400, `{"code":"E1","message":"no"}`, carriers.Rejected, "E1", "no"},
		{400, `{"reasonCode":"8A","reasonDesc":"taken"}`, carriers.Rejected, "8A", "taken"},
		{400, page, carriers.Rejected, "", ""},
		{400, `{"status":"Success"}`, carriers.Rejected, "", ""}, // the number wins
		{401, ``, carriers.Unauthorized, "", ""},
		{403, `{"error":"invalid_scope","error_description":"ask for it"}`, carriers.Unauthorized, "", "ask for it"},
		{400, `{"code":"DUPLICATE_TRANSACTION","message":"seen"}`, carriers.Conflict, "DUPLICATE_TRANSACTION", "seen"},
		{422, `{"error":{"code":"already_exists"}}`, carriers.Conflict, "already_exists", ""},
		{400, `{"code":0,"message":"OK"}`, carriers.Rejected, "0", "OK"}, // the number wins
		// a 404 counts in DISH's own words alone
		{404, `{"code":"NOT_FOUND"}`, carriers.NotFound, "NOT_FOUND", ""},
		{404, `{"error":{"code":"Transaction_Not_Found","message":"unknown"}}`, carriers.NotFound, "Transaction_Not_Found", "unknown"},
		{404, ``, carriers.Misrouted, "", ""},
		{404, `{}`, carriers.Misrouted, "", ""},
		{404, `{"code":"E4"}`, carriers.Misrouted, "E4", ""},
		{404, `{"code":404}`, carriers.Misrouted, "404", ""},
		{404, `404 page not found`, carriers.Misrouted, "", ""},
		{404, `default backend - 404`, carriers.Misrouted, "", ""},
		{404, `{"message":"no Route matched with those Values"}`, carriers.Misrouted, "", "no Route matched with those Values"},
		{404, `{"code":5,"message":"Not Found","details":[]}`, carriers.Misrouted, "5", "Not Found"},
		{404, `{"timestamp":"2024-03-15T12:00:00Z","status":404,"error":"Not Found","path":"/x"}`, carriers.Misrouted, "", "Not Found"},
		{404, page, carriers.Misrouted, "", ""},
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
		class, code, message := cfg.classify(test.status, []byte(test.body))
		assert.Equal(t, test.class, class, "%d %s", test.status, test.body)
		assert.Equal(t, test.code, code, "%d %s", test.status, test.body)
		assert.Equal(t, test.message, message, "%d %s", test.status, test.body)
	}
}
