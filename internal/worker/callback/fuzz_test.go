package callback

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

// FuzzReceiver sends any body, with any content type, to any path: no panic, an answer in JSON, no other 5xx than 503, and
// no 503 while Temporal works. What is stored has the state that its status means, and nothing is stored from an unsigned
// request.
func FuzzReceiver(f *testing.F) {
	for _, body := range []string{success, `{"partnerTransactionId":"of nobody","status":"?"}`, `{}`, `[]`, "[" + success + "," + success + "]", `{"data":[` + success + `,{"partnerTransactionId":"of nobody","status":"Failed","code":0}]}`, "\x1f\x8b\x08", "\ufeff" + success, `null`, ``, `{"data":{"data":{}}}`, "\xff"} {
		f.Add("/callbacks/dish", "application/json", []byte(body))
	}
	f.Add("/callbacks/stn", "application/json; charset=utf-8", []byte(success))
	f.Add("/callbacks/dish/../stn", "application/json;", []byte(success))
	fixture := newFixture(f, AuthConfig{}, func(o *Options) { o.Log = nil })
	handler := fixture.Handler()
	guarded := newFixture(f, signedWith(keyA), func(o *Options) { o.Log = nil })
	guard := guarded.Handler()
	f.Fuzz(func(t *testing.T, path, contentType string, body []byte) {
		request := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: path}, Header: http.Header{"Content-Type": {contentType}},
			Body: http.NoBody, ContentLength: int64(len(body)),
		}
		if len(body) > 0 {
			request.Body = readCloser{bytes.NewReader(body)}
		}
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, request)
		assert.Less(t, got.Code, 500)
		assert.True(t, json.Valid(got.Body.Bytes()), got.Body)
		if got.Code < 300 {
			assert.Contains(t, []string{"/callbacks/dish", "/callbacks/dish/"}, path)
			kind := strings.ToLower(strings.TrimSpace(contentType))
			assert.True(t, kind == "" || kind[0] == ';' || strings.Contains(kind, "json"), contentType)
		}
		for _, s := range fixture.temporal.forget() {
			state, known := wordsOfDISH[strings.ToLower(strings.TrimSpace(s.callback.Status))]
			assert.Equal(t, known, s.callback.State != carriers.Unknown, s.callback.Status)
			assert.True(t, !known || state == s.callback.State, s.callback.Status)
		}

		forged := request.Clone(t.Context())
		forged.Body = readCloser{bytes.NewReader(body)}
		forged.Header.Set("webhook-id", "m-1")
		forged.Header.Set("webhook-timestamp", strconv.FormatInt(time.Now().Unix(), 10))
		forged.Header.Set("webhook-signature", "v1,"+string(body))
		got = httptest.NewRecorder()
		guard.ServeHTTP(got, forged)
		assert.True(t, got.Code >= 400 && got.Code < 500, got.Code)
		guarded.refusedAll(t)
	})
}

// wordsOfDISH are the default statuses.
var wordsOfDISH = map[string]carriers.State{
	"success": carriers.Done, "failed": carriers.Failed, "failure": carriers.Failed, "error": carriers.Failed, "rejected": carriers.Failed,
	"cancelled": carriers.Failed, "inprogress": carriers.Pending, "pending": carriers.Pending, "accepted": carriers.Pending, "submitted": carriers.Pending,
}

// forget returns everything that was stored since the last call.
func (s *temporal) forget() []signal {
	s.mu.Lock()
	defer s.mu.Unlock()
	received := append(s.signals, s.kept...)
	s.signals, s.kept = nil, nil
	return received
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
