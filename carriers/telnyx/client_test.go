package telnyx

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ourCard   = "5a2d9c10-aaaa-4bbb-8ccc-0ddd0eee0fff"
	otherCard = "6b3e0d21-aaaa-4bbb-8ccc-0ddd0eee0fff"
	ourAction = "0b7c1f2e-1111-4222-8333-944455556666"
)

// configured is the configuration of a worker that was told the base URL and the key, and nothing else.
func configured(t testing.TB, base, key string) (config Config) {
	t.Helper()
	require.NoError(t, kong.ApplyDefaults(&config))
	config.BaseURL, config.APIKey = base, transport.Secret(key)
	return config
}

// serve returns a client of a server that answers with handle.
func serve(t *testing.T, handle http.HandlerFunc) *client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := newClient(configured(t, server.URL+"/v2", "key-1"), nil)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// answer is a handler with one answer for everything.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// row is a record of an action of our card, with changes: names and values in turn.
func row(id, kind, status string, changes ...any) map[string]any {
	r := map[string]any{
		"id": id, "record_type": "sim_card_action", "sim_card_id": ourCard, "action_type": kind,
		"status": map[string]any{"value": status, "reason": nil}, "settings": map[string]any{},
		"created_at": "2026-03-04T09:12:40.271Z", "updated_at": "2026-03-04T09:12:40.271Z",
	}
	for i := 0; i < len(changes); i += 2 {
		r[changes[i].(string)] = changes[i+1]
	}
	return r
}

// one is an answer about one thing.
func one(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{"data": v})
	require.NoError(t, err)
	return string(text)
}

// simOf is our card with a status, with changes.
func simOf(status string, changes ...any) map[string]any {
	s := map[string]any{
		"id": ourCard, "record_type": "sim_card", "status": map[string]any{"value": status, "reason": "all is well"}, "type": "physical",
		"iccid": "89310410106543789301", "imsi": "081932214823362973", "msisdn": "+13109098787", "actions_in_progress": false,
		"sim_card_group_id": otherCard, "tags": []string{"personal"}, "pin_puk_codes": map[string]any{"pin1": "1234"},
		"created_at": "2026-02-02T22:25:27.521Z", "updated_at": "2026-02-02T22:25:27.521Z",
	}
	for i := 0; i < len(changes); i += 2 {
		s[changes[i].(string)] = changes[i+1]
	}
	return s
}

func TestAnActionIsRequestedAsDocumented(t *testing.T) {
	for _, action := range []string{actionEnable, actionDisable, actionSetStandby} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "POST /v2/sim_cards/"+ourCard+"/actions/"+action, r.Method+" "+r.URL.RequestURI())
			assert.Equal(t, "Bearer key-1", r.Header.Get("Authorization"))
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			assert.Empty(t, body, "the request has no body")
			assert.Empty(t, r.Header.Get("Idempotency-Key"), "no operation about SIM cards documents one")
			answer(http.StatusAccepted, one(t, row(ourAction, action, "in-progress")))(w, r)
		})
		ack, err := client.request(t.Context(), "order-1", ourCard, action)
		require.NoError(t, err)
		assert.Equal(t, ourAction, ack.TransactionID)
		assert.Equal(t, http.StatusAccepted, ack.HTTPStatus)
		assert.Equal(t, carriers.Outcome{State: carriers.Pending, Status: "in-progress"}, ack.Outcome)
		assert.False(t, ack.Found)
		assert.WithinDuration(t, time.Now(), ack.At, time.Minute)
	}
}

func TestAnAcknowledgementIsReadAsItIs(t *testing.T) {
	const limit = "The SIM card has reached its data limit."
	reason := func(value string) any { return map[string]any{"value": value, "reason": limit} }
	for name, tc := range map[string]struct {
		action map[string]any
		want   carriers.Outcome
	}{
		"as documented":                              {row(ourAction, "enable", "in-progress"), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"the sample: completed, with a reason":       {row(ourAction, "enable", "", "status", reason("completed")), carriers.Outcome{State: carriers.Done, Status: "completed"}},
		"the sample of disable shows enable":         {row(ourAction, "enable", "in-progress", "action_type", "set_standby"), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"a status that is a text":                    {row(ourAction, "enable", "", "status", "in-progress"), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"failed already":                             {row(ourAction, "enable", "", "status", reason("failed")), carriers.Outcome{State: carriers.Failed, Status: "failed", Code: "failed", Reason: limit}},
		"interrupted already":                        {row(ourAction, "enable", "", "status", reason("interrupted")), carriers.Outcome{State: carriers.Failed, Status: "interrupted", Code: "interrupted", Reason: limit}},
		"a word nobody knows":                        {row(ourAction, "enable", "queued"), carriers.Outcome{State: carriers.Unknown, Status: "queued"}},
		"another case":                               {row(ourAction, "enable", "Completed"), carriers.Outcome{State: carriers.Done, Status: "Completed"}},
		"the card's id in capitals":                  {row(ourAction, "enable", "in-progress", "sim_card_id", strings.ToUpper(ourCard)), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"without the card's id":                      {row(ourAction, "enable", "in-progress", "sim_card_id", nil), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"fields that are null, and one nobody knows": {row(ourAction, "enable", "in-progress", "settings", nil, "created_at", nil, "more", []int{1}), carriers.Outcome{State: carriers.Pending, Status: "in-progress"}},
		"a reason with a number in it": {
			row(ourAction, "enable", "", "status", map[string]any{"value": "failed", "reason": "no IMEI 490154203237518"}),
			carriers.Outcome{State: carriers.Failed, Status: "failed", Code: "failed", Reason: "no IMEI …"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ack, err := serve(t, answer(http.StatusAccepted, one(t, tc.action))).request(t.Context(), "order-1", ourCard, actionDisable)
			require.NoError(t, err)
			assert.Equal(t, ourAction, ack.TransactionID)
			assert.Equal(t, tc.want, ack.Outcome)
		})
	}
}

// errorOf is an answer in Telnyx's shape with these codes.
func errorOf(codes ...string) string {
	var errors []string
	for _, code := range codes {
		errors = append(errors, `{"code":"`+code+`","title":"title of `+code+`","detail":"card `+ourCard+` of +13109098787","source":{"pointer":"/sim_card_group_id"}}`)
	}
	return `{"errors":[` + strings.Join(errors, ",") + `]}`
}

func TestErrors(t *testing.T) {
	action := one(t, row(ourAction, "enable", "in-progress"))
	for name, tc := range map[string]struct {
		status int
		body   string
		class  carriers.Class
		code   string
	}{
		"422 without a group":                {422, errorOf("70007"), carriers.Rejected, "70007"},
		"422 with a code nobody knows":       {422, errorOf("70099"), carriers.Rejected, "70099"},
		"422, a duplicate":                   {422, errorOf("10012"), carriers.Conflict, "10012"},
		"422, a duplicate among others":      {422, errorOf("70002", "10012"), carriers.Conflict, "10012"},
		"400 malformed":                      {400, errorOf("10015"), carriers.Rejected, "10015"},
		"400 without a body":                 {400, "", carriers.Rejected, ""},
		"401":                                {401, errorOf("10009"), carriers.Unauthorized, "10009"},
		"401 without a body":                 {401, "", carriers.Unauthorized, ""},
		"401 as one bare error":              {401, `{"code":"10009","title":"Authentication failed"}`, carriers.Unauthorized, "10009"},
		"403":                                {403, errorOf("10010"), carriers.Unauthorized, "10010"},
		"404 of Telnyx":                      {404, errorOf("10005"), carriers.NotFound, "10005"},
		"404, what belongs to it":            {404, errorOf("10017"), carriers.NotFound, "10017"},
		"404 as one bare error":              {404, `{"code":"10005","title":"Not found"}`, carriers.NotFound, "10005"},
		"404, one error in the list's place": {404, `{"errors":{"code":"10005","title":"Not found"}}`, carriers.NotFound, "10005"},
		"404, the code a number":             {404, `{"errors":[{"code":10005,"title":"Not found"}]}`, carriers.NotFound, "10005"},
		"404 with another code":              {404, errorOf("10007"), carriers.Misrouted, "10007"},
		"404 without a body":                 {404, "", carriers.Misrouted, ""},
		"404 of a gateway":                   {404, `{"message":"no Route matched with those Values"}`, carriers.Misrouted, ""},
		"404 as a page":                      {404, "<html>Not found</html>", carriers.Misrouted, ""},
		"408":                                {408, errorOf("10008"), carriers.Uncertain, "10008"},
		"409":                                {409, "", carriers.Conflict, ""},
		"429":                                {429, errorOf("10011"), carriers.Throttled, "10011"},
		"500, unexpected":                    {500, errorOf("10007"), carriers.Uncertain, "10007"},
		"500 with the code of a refusal":     {500, errorOf("70007"), carriers.Uncertain, "70007"},
		"502 as a page":                      {502, "<html>Bad gateway</html>", carriers.Uncertain, ""},
		"200 with a refusal":                 {200, errorOf("70007"), carriers.Rejected, "70007"},
		"200 with no error and a refusal":    {200, errorOf("0", "70007"), carriers.Rejected, "70007"},
		"200 with a refusal and no error":    {200, errorOf("70007", "0"), carriers.Rejected, "70007"},
		"200 with an error nobody knows":     {200, errorOf("70099"), carriers.Conflict, "70099"},
		"an error beside the action":         {202, strings.TrimSuffix(action, "}") + `,"errors":[{"code":"70099","title":"?"}]}`, carriers.Conflict, "70099"},
		"200 as a page":                      {200, "<html>Welcome</html>", carriers.Uncertain, ""},
		"200 and nothing":                    {200, "", carriers.Uncertain, ""},
		"202 and null":                       {202, "null", carriers.Uncertain, ""},
		"202 without data":                   {202, `{}`, carriers.Uncertain, ""},
		"202 with null as data":              {202, `{"data":null}`, carriers.Uncertain, ""},
		"half a body":                        {202, action[:len(action)/2], carriers.Uncertain, ""},
		"two answers in one":                 {202, action + action, carriers.Uncertain, ""},
		"no id":                              {202, one(t, row("", "enable", "in-progress")), carriers.Uncertain, ""},
		"no status":                          {202, one(t, row(ourAction, "enable", "in-progress", "status", nil)), carriers.Uncertain, ""},
		"an action of another card":          {202, one(t, row(ourAction, "enable", "in-progress", "sim_card_id", otherCard)), carriers.Uncertain, ""},
		"a redirect":                         {303, action, carriers.Uncertain, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, answer(tc.status, tc.body)).request(t.Context(), "order-1", ourCard, actionEnable)
			var failure *carriers.Error
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, tc.class, failure.Class)
			assert.Equal(t, tc.code, failure.Code)
			assert.Equal(t, tc.status, failure.HTTPStatus)
			assert.Equal(t, carrier, failure.Carrier)
			assert.Contains(t, err.Error(), "request enable, reference order-1")
			assert.NotContains(t, err.Error(), ourCard)
			assert.NotContains(t, err.Error(), "3109098787", "the detail is not told")
			if tc.code != "" && strings.HasPrefix(tc.body, `{"errors":[{"code":"`) {
				assert.Contains(t, err.Error(), "title of "+tc.code)
			}
		})
	}
}

// Fields of an error body that say "no error" are none.
func TestSuccessWordsAreNoRefusal(t *testing.T) {
	action, err := json.Marshal(row(ourAction, "enable", "in-progress"))
	require.NoError(t, err)
	for _, errors := range []string{`null`, `[]`, `[{"code":"0","title":"OK"}]`, `[{"code":0}]`, `[{"code":null}]`, `[{"code":"200","title":"OK"},{"code":"0"}]`} {
		ack, err := serve(t, answer(http.StatusAccepted, `{"data":`+string(action)+`,"errors":`+errors+`}`)).request(t.Context(), "order-1", ourCard, actionEnable)
		require.NoError(t, err, errors)
		assert.Equal(t, ourAction, ack.TransactionID)
	}
}

func TestHowLongToStayAway(t *testing.T) {
	for name, tc := range map[string]struct {
		status  int
		headers map[string]string
		want    time.Duration
	}{
		"nothing said":                  {429, nil, 0},
		"seconds until the reset":       {429, map[string]string{"x-ratelimit-reset": "7"}, 7 * time.Second},
		"Retry-After":                   {429, map[string]string{"Retry-After": "3"}, 3 * time.Second},
		"milliseconds":                  {429, map[string]string{"retry-after-ms": "1500"}, 1500 * time.Millisecond},
		"the longest":                   {429, map[string]string{"Retry-After": "3", "x-ratelimit-reset": "9", "retry-after-ms": "4000"}, 9 * time.Second},
		"the limit is not reached":      {422, map[string]string{"x-ratelimit-reset": "7"}, 0},
		"a reset that is no number":     {429, map[string]string{"x-ratelimit-reset": "soon"}, 0},
		"an epoch is bounded to a day":  {429, map[string]string{"x-ratelimit-reset": "1772615560"}, 24 * time.Hour},
		"after a failure of the server": {503, map[string]string{"Retry-After": "3"}, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				for header, value := range tc.headers {
					w.Header().Set(header, value)
				}
				answer(tc.status, errorOf("10011"))(w, r)
			})
			_, err := client.sim(t.Context(), "read-1", ourCard)
			var failure *carriers.Error
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, tc.want, failure.RetryAfter)
		})
	}
}

func TestErrorsDoNotNameTheCard(t *testing.T) {
	for _, id := range []string{ourCard, strings.ToUpper(ourCard)} {
		client := serve(t, answer(http.StatusUnprocessableEntity, `{"errors":[{"code":"10006","title":"no card `+id+`, no number +1 310 909 8787"}]}`))
		_, err := client.request(t.Context(), "order-1", ourCard, actionEnable)
		require.ErrorContains(t, err, "no card …, no number …")
		_, err = client.sim(t.Context(), "order-1", ourCard)
		require.ErrorContains(t, err, "no card …")
		_, err = client.actions(t.Context(), "order-1", ourCard)
		require.ErrorContains(t, err, "no card …")
		_, err = client.activationCode(t.Context(), "order-1", ourCard)
		require.ErrorContains(t, err, "no card …")
	}
}

func TestAnActionIsReadByItsID(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		found  bool
		class  carriers.Class
	}{
		"found":                     {200, one(t, row(ourAction, "enable", "completed")), true, ""},
		"its id in capitals":        {200, one(t, row(strings.ToUpper(ourAction), "enable", "completed")), true, ""},
		"a byte order mark":         {200, "\ufeff" + one(t, row(ourAction, "enable", "completed")), true, ""},
		"not visible yet":           {404, errorOf("10005"), false, ""},
		"404 of a gateway":          {404, "default backend - 404", false, carriers.Misrouted},
		"another action":            {200, one(t, row(otherCard, "enable", "completed")), false, carriers.Uncertain},
		"an action of another card": {200, one(t, row(ourAction, "enable", "completed", "sim_card_id", otherCard)), false, carriers.Uncertain},
		"a list":                    {200, one(t, []any{row(ourAction, "enable", "completed"), row(ourAction, "enable", "completed")}), false, carriers.Uncertain},
		"401":                       {401, "", false, carriers.Unauthorized},
		"an error inside a 200":     {200, errorOf("70099"), false, carriers.Conflict},
		"500":                       {500, "", false, carriers.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "GET /v2/sim_card_actions/"+ourAction, r.Method+" "+r.URL.RequestURI())
				assert.Equal(t, "Bearer key-1", r.Header.Get("Authorization"))
				answer(tc.status, tc.body)(w, r)
			})
			got, found, err := client.action(t.Context(), "order-1", ourCard, ourAction)
			require.Equal(t, tc.found, found)
			if tc.class != "" {
				require.Error(t, err)
				assert.Equal(t, tc.class, carriers.ClassOf(err))
				return
			}
			require.NoError(t, err)
			if found {
				assert.Equal(t, "completed", got.Status.Value)
			}
		})
	}
}

// pages answers the list of actions, page by page. total is of each page; the last one holds for all that follow.
type pages struct {
	pages  [][]map[string]any
	totals []any
	asked  []string
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.asked = append(p.asked, q.Get("page[number]"))
	number, _ := strconv.Atoi(q.Get("page[number]"))
	data := []map[string]any{}
	if number <= len(p.pages) {
		data = p.pages[number-1]
	}
	total := p.totals[min(number, len(p.totals))-1]
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "meta": map[string]any{
		"page_number": number, "page_size": 250, "total_pages": 1, "total_results": total,
	}})
}

// some are n actions of our card, numbered from a number on.
func some(from, n int) (rows []map[string]any) {
	for i := range n {
		rows = append(rows, row(fmt.Sprintf("0b7c1f2e-1111-4222-8333-%012d", from+i), "enable", "completed"))
	}
	return rows
}

func TestAListOfActionsIsWholeOrNone(t *testing.T) {
	for name, tc := range map[string]struct {
		pages []([]map[string]any)
		total []any
		rows  int // -1 for none
		asked int
	}{
		"one page":                    {[][]map[string]any{some(0, 3)}, []any{3}, 3, 1},
		"nothing at all":              {nil, []any{0}, 0, 1},
		"two pages":                   {[][]map[string]any{some(0, 250), some(250, 2)}, []any{252}, 252, 2},
		"two short pages":             {[][]map[string]any{some(0, 20), some(20, 2)}, []any{22}, 22, 2},
		"a full page and no more":     {[][]map[string]any{some(0, 250)}, []any{250}, 250, 1},
		"the total as a text":         {[][]map[string]any{some(0, 2)}, []any{"2"}, 2, 1},
		"the total with a fraction":   {[][]map[string]any{some(0, 2)}, []any{json.Number("2.0")}, 2, 1},
		"fewer than the total":        {[][]map[string]any{some(0, 2)}, []any{3}, -1, 2},
		"more than the total":         {[][]map[string]any{some(0, 3)}, []any{2}, -1, 1},
		"a new one shifted the pages": {[][]map[string]any{some(0, 250), some(249, 2)}, []any{252}, -1, 3},
		"one was added":               {[][]map[string]any{some(0, 250), some(249, 3)}, []any{251, 252}, -1, 2},
		"one was taken away":          {[][]map[string]any{some(0, 250), some(251, 1)}, []any{252, 251}, -1, 2},
		"the same page for ever":      {[][]map[string]any{some(0, 250), some(0, 250), some(0, 250), some(0, 250)}, []any{252}, -1, mostPages},
		"more than any card has":      {[][]map[string]any{some(0, 250), some(250, 250), some(500, 250), some(750, 250)}, []any{1001}, -1, mostPages},
		"as many as are read":         {[][]map[string]any{some(0, 250), some(250, 250), some(500, 250), some(750, 250)}, []any{1000}, 1000, mostPages},
		"one of another card":         {[][]map[string]any{append(some(0, 2), row(ourAction, "enable", "completed", "sim_card_id", otherCard))}, []any{3}, -1, 1},
		"one without its card":        {[][]map[string]any{append(some(0, 2), row(ourAction, "enable", "completed", "sim_card_id", nil))}, []any{3}, -1, 1},
		"one without an id":           {[][]map[string]any{append(some(0, 2), row(" ", "enable", "completed"))}, []any{3}, -1, 1},
		"one twice, in two cases":     {[][]map[string]any{{row(ourAction, "enable", "completed"), row(strings.ToUpper(ourAction), "enable", "completed")}}, []any{2}, -1, 2},
		"no total":                    {[][]map[string]any{some(0, 3)}, []any{nil}, -1, 1},
		"a total that is no number":   {[][]map[string]any{some(0, 3)}, []any{"many"}, -1, 1},
		"a total below nothing":       {nil, []any{-1}, -1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := pages{pages: tc.pages, totals: tc.total}
			all, err := serve(t, server.ServeHTTP).actions(t.Context(), "order-1", ourCard)
			assert.Len(t, server.asked, tc.asked)
			if tc.rows < 0 {
				require.Error(t, err)
				assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
				assert.Nil(t, all)
				return
			}
			require.NoError(t, err)
			assert.Len(t, all, tc.rows)
		})
	}
	for name, body := range map[string]string{
		"no meta":        `{"data":[]}`,
		"null as meta":   `{"data":[],"meta":null}`,
		"an empty meta":  `{"data":[],"meta":{}}`,
		"no data":        `{"meta":{"total_results":0}}`,
		"null as data":   `{"data":null,"meta":{"total_results":0}}`,
		"a text as data": `{"data":"none","meta":{"total_results":0}}`,
		"a web page":     `<html>`,
		"null":           `null`,
		"a list":         `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, answer(http.StatusOK, body)).actions(t.Context(), "order-1", ourCard)
			require.Error(t, err)
			assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "an answer that says nothing is no empty list")
		})
	}
	single, err := serve(t, answer(http.StatusOK, strings.TrimSuffix(one(t, row(ourAction, "enable", "completed")), "}")+`,"meta":{"total_results":1}}`)).
		actions(t.Context(), "order-1", ourCard)
	require.NoError(t, err, "a list of one as its only item")
	assert.Len(t, single, 1)
}

// The filters of type and status leave out values that actions can have.
func TestActionsAreAskedForByTheirCardAlone(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v2/sim_card_actions", r.URL.Path)
		assert.Equal(t, map[string][]string{"filter[sim_card_id]": {ourCard}, "page[size]": {"250"}, "page[number]": {"1"}}, map[string][]string(r.URL.Query()))
		assert.NotContains(t, r.URL.RawQuery, "[", "brackets are percent-encoded")
		answer(http.StatusOK, `{"data":[],"meta":{"total_results":0}}`)(w, r)
	})
	all, err := client.actions(t.Context(), "order-1", ourCard)
	require.NoError(t, err)
	assert.Empty(t, all)
}

func TestSIMIsRead(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "GET /v2/sim_cards/"+ourCard, r.Method+" "+r.URL.RequestURI(), "PIN and PUK are not asked for")
		answer(http.StatusOK, one(t, simOf("enabled", "imsi", json.Number("81932214823362973"), "eid", nil, "tags", nil, "type", nil,
			"current_imei", "490154203237518", "current_device_location", map[string]any{"latitude": 1})))(w, r)
	})
	got, err := client.sim(t.Context(), "read-1", ourCard)
	require.NoError(t, err)
	assert.Equal(t, Status{"enabled", "all is well"}, got.Status, "a reason is filled even when all is well")
	assert.Equal(t, "81932214823362973", got.IMSI.String(), "a bare number keeps its digits")
	text, err := json.Marshal(got)
	require.NoError(t, err)
	for _, left := range []string{"1234", "490154203237518", "latitude"} {
		assert.NotContains(t, string(text), left, "what the product has no use for is left out")
	}

	for name, tc := range map[string]struct {
		body string
		fine bool
	}{
		"as shown":                {one(t, simOf("enabled")), true},
		"the status as a text":    {one(t, simOf("", "status", "enabled")), true},
		"its id in capitals":      {one(t, simOf("enabled", "id", strings.ToUpper(ourCard))), true},
		"another card":            {one(t, simOf("enabled", "id", otherCard)), false},
		"without an id":           {one(t, simOf("enabled", "id", nil)), false},
		"no data":                 {`{"data":null}`, false},
		"a status that is a list": {one(t, simOf("", "status", []int{1})), false},
		"a web page":              {"<html>", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := serve(t, answer(http.StatusOK, tc.body)).sim(t.Context(), "read-1", ourCard)
			if tc.fine {
				require.NoError(t, err)
				assert.Equal(t, "enabled", got.Status.Value)
				return
			}
			var failure *carriers.Error
			require.ErrorAs(t, err, &failure)
			assert.True(t, failure.Unreadable)
		})
	}
}

func TestActivationCodeIsRead(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "GET /v2/sim_cards/"+ourCard+"/activation_code", r.Method+" "+r.URL.RequestURI())
		answer(http.StatusOK, `{"data":{"record_type":"sim_card_activation_code","activation_code":"LPA:1$smdp.example$X"}}`)(w, r)
	})
	code, err := client.activationCode(t.Context(), "read-1", ourCard)
	require.NoError(t, err)
	assert.Equal(t, "LPA:1$smdp.example$X", code.ActivationCode)
	for body, class := range map[string]carriers.Class{
		`{"data":{}}`: carriers.Uncertain, `{"data":{"activation_code":""}}`: carriers.Uncertain, `{"data":null}`: carriers.Uncertain, `{"data":{"activation_code":7}}`: carriers.Uncertain,
		errorOf("10015"): carriers.Rejected,
	} {
		_, err := serve(t, answer(http.StatusOK, body)).activationCode(t.Context(), "read-1", ourCard)
		require.Error(t, err, body)
		assert.Equal(t, class, carriers.ClassOf(err), body)
		assert.NotContains(t, err.Error(), "LPA")
	}
}

func TestNothingPersonalIsLogged(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	server := httptest.NewServer(answer(http.StatusOK, one(t, simOf("enabled"))))
	defer server.Close()
	client, err := newClient(configured(t, server.URL, "top-secret"), zap.New(core))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.sim(t.Context(), "read-1", ourCard)
	require.NoError(t, err)
	require.NotZero(t, logs.Len(), "a call leaves a debug line")
	for _, entry := range logs.All() {
		line, err := json.Marshal(entry.ContextMap())
		require.NoError(t, err)
		for _, personal := range []string{ourCard, "89310410106543789301", "top-secret"} {
			assert.NotContains(t, string(line), personal)
		}
	}
}

// The vendor's own client sends again after a timeout, 408, 409, 429 and 5xx; ours must not.
func TestNothingIsSentASecondTime(t *testing.T) {
	for _, status := range []int{408, 409, 429, 500, 503} {
		sent := 0
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent++
			answer(status, errorOf("10007"))(w, r)
		})
		_, err := client.request(t.Context(), "order-1", ourCard, actionEnable)
		require.Error(t, err)
		assert.Equal(t, 1, sent, status)
	}
}

func TestACancelledCallIsUncertainOrUnreachable(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(http.ResponseWriter, *http.Request) { cancel() })
	_, err := client.request(ctx, "order-1", ourCard, actionEnable)
	assert.Equal(t, carriers.Uncertain, carriers.ClassOf(err), "the request had left already")
}
