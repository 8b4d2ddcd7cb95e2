package transport

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// ErrRefused marks a token endpoint's refusal: the credentials are wrong, and another attempt cannot succeed.
var ErrRefused = errors.New("the token endpoint refused our credentials")

// How long a token is used (ours).
const (
	defaultLifetime = 5 * time.Minute // when the endpoint does not say, or the answer is unreadable
	maxLifetime     = 24 * time.Hour
	// renewBefore is how long before its end a token is no longer used. A token that lasts no longer than that is used for
	// half of its lifetime.
	renewBefore = 10 * time.Second
)

// usableFor is how long a token with this lifetime is used.
func usableFor(lifetime time.Duration) time.Duration {
	if lifetime > renewBefore {
		return lifetime - renewBefore
	}
	return lifetime / 2
}

// tokenFailure is why there is no token. Its text names the endpoint by host and path, and repeats nothing that was sent.
type tokenFailure struct {
	endpoint string
	why      string
	status   int   // 0 without an answer
	cause    error // below HTTP, or ErrRefused
	// ofClient: the endpoint refused the client, or did not say what it refused; it may expect the credentials elsewhere.
	ofClient   bool
	retryAfter time.Duration // 0 when it does not say
}

func (t *tokenFailure) Error() string {
	return "fetching an access token: the token endpoint " + t.endpoint + ": " + t.why
}

func (t *tokenFailure) Unwrap() error { return t.cause }

// tokenAnswered reports whether a token call shows that the endpoint works.
func tokenAnswered(err error) bool {
	failure, failed := errors.AsType[*tokenFailure](err)
	return err == nil || failed && failure.status != 0 && failure.status < http.StatusInternalServerError
}

func (b *Bearer) failure(why string) *tokenFailure {
	return &tokenFailure{endpoint: hostAndPath(b.grant.URL), why: why}
}

// request makes one token request.
func (b *Bearer) request(ctx context.Context, inForm bool) (token, error) {
	form, err := b.grant.Form()
	if err != nil {
		failure := b.failure("nothing was sent: " + err.Error())
		failure.cause = err
		return token{}, failure
	}
	secrets := []string{b.grant.ClientID, string(b.grant.ClientSecret)}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if name != "grant_type" && name != "scope" {
			secrets = append(secrets, form[name]...)
		}
	}
	request := b.http.R()
	switch {
	case b.grant.ClientID == "":
	case inForm:
		form.Set("client_id", b.grant.ClientID)
		form.Set("client_secret", string(b.grant.ClientSecret))
	default:
		pair := url.QueryEscape(b.grant.ClientID) + ":" + url.QueryEscape(string(b.grant.ClientSecret))
		basic := base64.StdEncoding.EncodeToString([]byte(pair))
		secrets = append(secrets, basic)
		request.SetHeader(authorization, "Basic "+basic)
	}
	asked := time.Now()
	ctx, observed := b.observe.begin(ctx, observedCall{name: tokenCall, method: http.MethodPost, path: hostAndPath(b.grant.URL)})
	got, err := send(ctx, request.SetFormDataFromValues(form), http.MethodPost, b.grant.URL)
	observed(got, err)
	return b.read(asked, got, err, secrets)
}

// read reads a token from an answer, or says why there is none.
func (b *Bearer) read(asked time.Time, got received, err error, secrets []string) (token, error) {
	var answer tokenAnswer
	unreadable := got.unreadable
	if unreadable == nil {
		unreadable = answers.Decode(got.body, &answer)
	}
	code, reason := answer.refusal()
	switch status := got.status; {
	case status >= 300 && status < 400:
		return token{}, b.answered(got, "a redirect is no answer, check the token URL")
	case err != nil:
		failure := b.answered(got, "")
		failure.cause = redactedError(err, secrets)
		failure.why, failure.status = failure.cause.Error(), 0 // an incomplete answer counts as none
		return token{}, failure
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return token{}, b.answered(got, carriers.Redact(strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, code)), secrets...))
	case status >= 400, code != "":
		failure := b.answered(got, carriers.Redact(strings.TrimSpace(fmt.Sprintf("it refused our credentials: HTTP %d %s", status, code)), secrets...))
		if reason != "" {
			failure.why += ": " + carriers.Redact(reason, secrets...)
		}
		failure.cause = ErrRefused
		failure.ofClient = code == "" || code == "invalid_client" || code == "invalid_request"
		return token{}, failure
	case unreadable != nil:
		return token{}, b.answered(got, "its answer is not readable: "+unreadable.Error())
	}
	text := strings.TrimSpace(textOf(answer.AccessToken))
	switch {
	case text == "":
		return token{}, b.answered(got, fmt.Sprintf("HTTP %d without an access_token", got.status))
	case !ValidHeaderValue(text):
		return token{}, b.answered(got, "its access_token holds a character that cannot be sent")
	}
	return token{text: text, renew: asked.Add(usableFor(answer.lifetime()))}, nil
}

// answered is the failure of a token call that got an answer.
func (b *Bearer) answered(got received, why string) *tokenFailure {
	failure := b.failure(why)
	failure.status, failure.retryAfter = got.status, retryAfter(got.header.Get("Retry-After"), time.Now())
	return failure
}

// tokenAnswer is the answer of a token endpoint (RFC 6749, sections 5.1 and 5.2). Its fields are read one by one, so that
// an unreadable one does not hide the others.
type tokenAnswer struct {
	AccessToken      json.RawMessage `json:"access_token"`
	ExpiresIn        json.RawMessage `json:"expires_in"`
	Error            json.RawMessage `json:"error"`
	ErrorDescription json.RawMessage `json:"error_description"`
}

// refusal returns the error of an answer, which some endpoints send with a 200. Without a code there is no refusal.
func (a tokenAnswer) refusal() (code, reason string) {
	switch raw := string(a.Error); raw {
	case "", "null", "false", `""`, "0", "{}", "[]":
		return "", ""
	}
	code = textOf(a.Error)
	if code == "" {
		code = "an error in a form that no RFC has"
	}
	return code, textOf(a.ErrorDescription)
}

// lifetime is how long the token lasts. expires_in is a number of seconds; some write it as text or with a fraction.
func (a tokenAnswer) lifetime() time.Duration {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(textOf(a.ExpiresIn)), 64)
	if !(seconds > 0) || err != nil && !errors.Is(err, strconv.ErrRange) {
		return defaultLifetime
	}
	return time.Duration(min(seconds, maxLifetime.Seconds()) * float64(time.Second))
}

// textOf is a text or a number; else "".
func textOf(raw json.RawMessage) string {
	var text carriers.Text
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text.String()
}
