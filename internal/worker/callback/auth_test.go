package callback

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestASignedCallback(t *testing.T) {
	now := time.Now()
	without := func(name string) http.Header {
		header := sign(t, keyA, "m-1", now, success)
		header.Del(name)
		return header
	}
	with := func(name, value string) http.Header {
		header := sign(t, keyA, "m-1", now, success)
		header.Set(name, value)
		return header
	}
	both := sign(t, keyB, "m-1", now, success)
	both.Set("Webhook-Signature", both.Get("Webhook-Signature")+" "+sign(t, keyA, "m-1", now, success).Get("Webhook-Signature"))

	for _, test := range []struct {
		name   string
		keys   []transport.Secret
		header http.Header
		want   string // what is counted; "stored" is 202, all else 401
	}{
		{"right", []transport.Secret{keyA}, sign(t, keyA, "m-1", now, success), "stored"},
		{"old key while it is configured", []transport.Secret{keyB, keyA}, sign(t, keyA, "m-1", now, success), "stored"},
		{"new key beside the old one", []transport.Secret{keyA, keyB}, sign(t, keyB, "m-1", now, success), "stored"},
		{"old key after it was removed", []transport.Secret{keyB}, sign(t, keyA, "m-1", now, success), "unauthorized_mismatch"},
		{"signed with two keys", []transport.Secret{keyA}, both, "stored"},
		{"almost expired", []transport.Secret{keyA}, sign(t, keyA, "m-1", now.Add(-tolerance+time.Minute), success), "stored"},
		{"expired", []transport.Secret{keyA}, sign(t, keyA, "m-1", now.Add(-tolerance-time.Minute), success), "unauthorized_expired"},
		{"slightly ahead", []transport.Secret{keyA}, sign(t, keyA, "m-1", now.Add(tolerance-time.Minute), success), "stored"},
		{"future-dated", []transport.Secret{keyA}, sign(t, keyA, "m-1", now.Add(tolerance+time.Minute), success), "unauthorized_early"},
		{"the end of time", []transport.Secret{keyA}, sign(t, keyA, "m-1", time.Unix(1<<62, 0), success), "unauthorized_early"},
		{"forged signature", []transport.Secret{keyA}, with("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(make([]byte, 32))), "unauthorized_mismatch"},
		{"another version of signatures", []transport.Secret{keyA}, with("Webhook-Signature", strings.Replace(with("x", "").Get("Webhook-Signature"), "v1,", "v1a,", 1)), "unauthorized_mismatch"},
		{"empty signature", []transport.Secret{keyA}, with("Webhook-Signature", "v1,"), "unauthorized_mismatch"},
		{"signature of another body", []transport.Secret{keyA}, sign(t, keyA, "m-1", now, success+" "), "unauthorized_mismatch"},
		{"signature of another id", []transport.Secret{keyA}, with("Webhook-Id", "m-2"), "unauthorized_mismatch"},
		{"signature of another time", []transport.Secret{keyA}, with("Webhook-Timestamp", sign(t, keyA, "m-1", now.Add(time.Second), success).Get("Webhook-Timestamp")), "unauthorized_mismatch"},
		{"no time", []transport.Secret{keyA}, with("Webhook-Timestamp", "now"), "unauthorized_missing"},
		{"no signature", []transport.Secret{keyA}, without("Webhook-Signature"), "unauthorized_missing"},
		{"no id", []transport.Secret{keyA}, without("Webhook-Id"), "unauthorized_missing"},
		{"nothing", []transport.Secret{keyA}, nil, "unauthorized_missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, signedWith(test.keys...))
			f.checkAuthentication(t, test.header, test.want)
		})
	}
}

func TestACallbackWithAPasswordOrAToken(t *testing.T) {
	passwords := AuthConfig{Auth: Basic, User: "dish", Passwords: []transport.Secret{"pa55word-new", "pa55word:old"}}
	tokens := AuthConfig{Auth: Bearer, Tokens: []transport.Secret{"t0ken-new", "t0ken-old"}}
	user := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	for _, test := range []struct {
		name          string
		cfg           AuthConfig
		authorization string
		want          string
	}{
		{"new password", passwords, user("dish:pa55word-new"), "stored"},
		{"old password", passwords, user("dish:pa55word:old"), "stored"},
		{"wrong password", passwords, user("dish:pa55word"), "unauthorized_mismatch"},
		{"longer password", passwords, user("dish:pa55word-new2"), "unauthorized_mismatch"},
		{"empty password", passwords, user("dish:"), "unauthorized_mismatch"},
		{"wrong user", passwords, user("stn:pa55word-new"), "unauthorized_mismatch"},
		{"no colon", passwords, user("dish"), "unauthorized_missing"},
		{"a token for a password", passwords, "Bearer pa55word-new", "unauthorized_missing"},
		{"no password", passwords, "", "unauthorized_missing"},
		{"new token", tokens, "Bearer t0ken-new", "stored"},
		{"old token", tokens, "bearer  t0ken-old", "stored"},
		{"wrong token", tokens, "Bearer t0ken", "unauthorized_mismatch"},
		{"two tokens", tokens, "Bearer t0ken-new t0ken-old", "unauthorized_mismatch"},
		{"a password for a token", tokens, user("dish:t0ken-new"), "unauthorized_missing"},
		{"empty token", tokens, "Bearer ", "unauthorized_missing"},
		{"no token", tokens, "", "unauthorized_missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			newFixture(t, test.cfg).checkAuthentication(t, http.Header{"Authorization": {test.authorization}}, test.want)
		})
	}
}

// checkAuthentication sends one callback. Refused ones all look the same to the sender.
func (f *fixture) checkAuthentication(t *testing.T, header http.Header, want string) {
	t.Helper()
	got := post(t, f.server(t)+"/callbacks/dish", success, header)
	assert.Equal(t, map[string]int{"dish " + want: 1}, f.count())
	if want == "stored" {
		assert.Equal(t, http.StatusAccepted, got.status)
		return
	}
	assert.Equal(t, http.StatusUnauthorized, got.status)
	assert.JSONEq(t, `{"status":"unauthorized","message":"the request is not authenticated"}`, got.raw)
	assert.NotEmpty(t, got.header.Get("WWW-Authenticate"))
	f.refusedAll(t)
	reason := strings.TrimPrefix(want, "unauthorized_")
	assert.Equal(t, 1, f.logs.FilterField(zap.Error(Refusal(reason))).Len(), "the reason is logged")
}

func TestAuthenticationComesBeforeDecoding(t *testing.T) {
	f := newFixture(t, signedWith(keyA), func(o *Options) {
		o.Sources["dish"] = Source{Auth: o.Sources["dish"].Auth, Decode: func([]byte) ([]Notice, error) {
			t.Error("an unauthenticated body was decoded")
			return nil, nil
		}}
	})
	assert.Equal(t, http.StatusUnauthorized, post(t, f.server(t)+"/callbacks/dish", "not JSON", nil).status)
}

func TestOneCarriersSecretIsNotAnothers(t *testing.T) {
	f := newFixture(t, signedWith(keyA), func(o *Options) {
		o.Sources["other"] = Source{Auth: authenticator(t, signedWith(keyB)), Decode: func([]byte) ([]Notice, error) {
			return []Notice{{Reference: "ref-1", Callback: workflows.Callback{State: carriers.Done}}}, nil
		}}
	})
	url := f.server(t)
	header := sign(t, keyA, "m-1", time.Now(), success)
	assert.Equal(t, http.StatusUnauthorized, post(t, url+"/callbacks/other", success, header).status)
	f.refusedAll(t)
	assert.Equal(t, http.StatusAccepted, post(t, url+"/callbacks/dish", success, header).status)
	header = sign(t, keyB, "m-1", time.Now(), success)
	assert.Equal(t, http.StatusAccepted, post(t, url+"/callbacks/other", success, header).status, "an id is its carrier's own")
	_, kept, _ := f.temporal.received()
	assert.Equal(t, "unmatched:other:ref-1", kept[0].workflowID)
}
