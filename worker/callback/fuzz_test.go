package callback

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzReceiver sends any body, with any content type, to any path: no panic, an answer in JSON, no other 5xx than 503,
// and no 503 while Temporal works.
func FuzzReceiver(f *testing.F) {
	for _, body := range []string{success, `{"partnerTransactionId":"of nobody","status":"?"}`, `{}`, `[]`, `null`, ``, `{"data":{"data":{}}}`, "\xff"} {
		f.Add("/callbacks/dish", "application/json", []byte(body))
	}
	f.Add("/callbacks/stn", "application/json; charset=utf-8", []byte(success))
	f.Add("/callbacks/dish/../stn", "application/json;", []byte(success))
	fixture := newFixture(f, AuthConfig{}, func(o *Options) { o.Log = nil })
	handler := fixture.Handler()
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
			assert.Equal(t, "/callbacks/dish", path)
			assert.True(t, strings.HasPrefix(strings.ToLower(strings.TrimSpace(contentType)), "application/json"), contentType)
		}
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
