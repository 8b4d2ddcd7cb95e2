package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	number = "15550100123"
	iccid  = "89010000000000000017"
	path   = "/lines/{id}"
)

// byStatus is a carrier that explains its errors in plain text.
func byStatus(status int, body []byte) (carriers.Class, string, string) {
	if status < 300 {
		return "", "", ""
	}
	return carriers.ClassOfStatus(status), "E1", string(body)
}

// exchange is a call with personal data in every part.
func exchange() Call {
	return Call{
		Name: "change line", Reference: "ref-1", Method: http.MethodPost, Path: path,
		PathParams: map[string]string{"id": number},
		Query:      url.Values{"iccid": {iccid}},
		Headers:    map[string]string{"X-Customer": "brand"},
		Body:       map[string]string{"gpsi": number, "name": "Ada Example"},
		Personal:   []string{number, iccid, "Ada Example"},
	}
}

func client(t *testing.T, base string, credentials Credentials, timeout time.Duration) (*Client, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.DebugLevel)
	c, err := New("stn", Options{BaseURL: base, Timeout: timeout}, credentials, byStatus, zap.New(core))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, logs
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// failed is the error of an exchange, after checking that neither it nor the log repeats what was sent.
func failed(t *testing.T, err error, logs *observer.ObservedLogs) *carriers.Error {
	t.Helper()
	var failure *carriers.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "change line", failure.Call)
	assert.Equal(t, "ref-1", failure.Reference)
	texts := []string{err.Error()}
	for _, entry := range logs.All() {
		texts = append(texts, fmt.Sprintf("%s %v", entry.Message, entry.ContextMap()))
	}
	for _, text := range texts {
		for _, secret := range []string{number, iccid, "Ada", "http://", "https://", "?iccid", "s3cr3t"} {
			assert.NotContains(t, text, secret)
		}
	}
	return failure
}

func TestAnExchangeSendsEverythingOnce(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, "/api/lines/a%2Fb%3Fc", r.URL.EscapedPath())
		assert.Equal(t, iccid, r.URL.Query().Get("iccid"))
		assert.Equal(t, "brand", r.Header.Get("X-Customer"))
		assert.Equal(t, "s3cr3t", r.Header.Get("Api-Key"))
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		assert.Equal(t, "application/json", r.Header.Get("Accept"))
		assert.JSONEq(t, `{"gpsi":"15550100123","name":"Ada Example"}`, string(body))
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	c, logs := client(t, base+"/api/", StaticHeader{"Api-Key", "s3cr3t"}, time.Minute)
	call := exchange()
	call.PathParams = map[string]string{"id": "a/b?c"}
	answer, err := c.Do(t.Context(), call)
	require.NoError(t, err)
	assert.Equal(t, Answer{Status: 202, Body: []byte(`{"ok":true}`)}, answer)
	require.Equal(t, 1, logs.Len())
	fields := logs.All()[0].ContextMap()
	assert.Equal(t, path, fields["path"], "the log shows the template, not the id")
	assert.Equal(t, "ref-1", fields["reference"])
}

func TestNoConnectionIsUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	for name, base := range map[string]string{
		"dial refused":     "http://" + address,
		"no such host":     "http://carrier.invalid",
		"no TLS there":     strings.Replace(serve(t, func(http.ResponseWriter, *http.Request) {}), "http:", "https:", 1),
		"untrusted server": tlsServer(t),
	} {
		t.Run(name, func(t *testing.T) {
			c, logs := client(t, base, nil, time.Minute)
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, carriers.Unreachable, failure.Class)
			assert.Zero(t, failure.HTTPStatus)
		})
	}
}

func tlsServer(t *testing.T) string {
	server := httptest.NewUnstartedServer(nil)
	server.Config.ErrorLog = zap.NewStdLog(zap.NewNop())
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func TestACancelledCallThatWasNotSentIsUnreachable(t *testing.T) {
	c, logs := client(t, "http://127.0.0.1:9", nil, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Do(ctx, exchange())
	failure := failed(t, err, logs)
	assert.Equal(t, carriers.Unreachable, failure.Class)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestABrokenAnswerIsUncertain(t *testing.T) {
	for name, test := range map[string]struct {
		answer  func(t *testing.T, w http.ResponseWriter, r *http.Request)
		timeout time.Duration
		status  int
		says    string
	}{
		"timeout": {
			answer:  func(_ *testing.T, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			timeout: 50 * time.Millisecond, says: "timed out",
		},
		"timeout in the body": {
			answer: func(_ *testing.T, w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			},
			timeout: 50 * time.Millisecond, status: 200, says: "timed out",
		},
		"reset before the headers": {answer: hijacked(""), says: "EOF"},
		"reset after the headers":  {answer: hijacked("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"), status: 200, says: "EOF"},
		"half a body": {
			answer: hijacked("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"status\":"), status: 200, says: "EOF",
		},
		"half a chunked body": {
			answer: hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":"), status: 200, says: "EOF",
		},
		"not HTTP":         {answer: hijacked(number + " Ada Example\r\n\r\n"), says: "malformed"},
		"a broken header":  {answer: hijacked("HTTP/1.1 200 OK\r\nAda " + number + "\r\n\r\n"), says: "malformed"},
		"a broken length":  {answer: hijacked("HTTP/1.1 200 OK\r\nContent-Length: Ada\r\n\r\n"), says: "bad Content-Length"},
		"a body too large": {answer: tooLarge, status: 200, says: "too large"},
		"a redirect": {
			answer: func(_ *testing.T, w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/lines/"+number, http.StatusSeeOther)
			},
			status: 303, says: "check STN_BASE_URL",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var arrived atomic.Int32
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				arrived.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				test.answer(t, w, r)
			})
			c, logs := client(t, base, nil, max(test.timeout, 0))
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, carriers.Uncertain, failure.Class)
			assert.Equal(t, test.status, failure.HTTPStatus)
			assert.Contains(t, err.Error(), test.says)
			assert.EqualValues(t, 1, arrived.Load(), "nothing is sent twice")
		})
	}
}

// hijacked writes the given bytes in place of an answer and closes the connection.
func hijacked(raw string) func(*testing.T, http.ResponseWriter, *http.Request) {
	return func(t *testing.T, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_, _ = io.WriteString(conn, raw)
			_ = conn.Close()
		}
	}
}

func tooLarge(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
	chunk := strings.Repeat("x", 64<<10)
	for range maxBody/len(chunk) + 1 {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
}

func TestARefusalKeepsTheCarriersWordsWithoutPersonalData(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "no line "+number+" of Ada Example, see https://x/"+iccid)
	})
	c, logs := client(t, base, nil, time.Minute)
	_, err := c.Do(t.Context(), exchange())
	var failure *carriers.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, carriers.Rejected, failure.Class)
	assert.Equal(t, 400, failure.HTTPStatus)
	assert.Equal(t, "E1", failure.Code)
	assert.Equal(t, "no line … of …, see https://x/…", failure.Message)
	assert.Equal(t, 1, logs.Len())
}

func TestRetryAfterReachesTheError(t *testing.T) {
	at := time.Now().Add(10 * time.Minute)
	for name, test := range map[string]struct {
		header   string
		from, to time.Duration
	}{
		"seconds":       {"7", 7 * time.Second, 7 * time.Second},
		"a date":        {at.UTC().Format(http.TimeFormat), 9 * time.Minute, 10 * time.Minute},
		"not said":      {"", 0, 0},
		"much too long": {"99999999999999", maxRetryAfter, maxRetryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", test.header)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			c, logs := client(t, base, nil, time.Minute)
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, carriers.Throttled, failure.Class)
			assert.GreaterOrEqual(t, failure.RetryAfter, test.from)
			assert.LessOrEqual(t, failure.RetryAfter, test.to)
		})
	}
}

func TestWhatCannotBeBuiltIsNotSent(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	c, logs := client(t, base, nil, time.Minute)
	for name, spoil := range map[string]func(*Call){
		"a body that is no JSON":  func(c *Call) { c.Body = struct{ Location carriers.Object }{carriers.Object(`{"name":"Ada Example"`)} },
		"an empty path parameter": func(c *Call) { c.PathParams["id"] = "" },
		"a dot":                   func(c *Call) { c.PathParams["id"] = "." },
		"a step up":               func(c *Call) { c.PathParams["id"] = ".." },
	} {
		t.Run(name, func(t *testing.T) {
			call := exchange()
			spoil(&call)
			_, err := c.Do(t.Context(), call)
			assert.Equal(t, carriers.Rejected, failed(t, err, logs).Class)
			assert.Contains(t, err.Error(), "nothing was sent")
		})
	}
}

func TestUnreadableAndRefusedAnswersAreRedacted(t *testing.T) {
	c, logs := client(t, "http://carrier.invalid", nil, time.Minute)
	unreadable := failed(t, c.Unreadable(exchange(), 200, "no "+number), logs)
	assert.Equal(t, carriers.Uncertain, unreadable.Class)
	assert.True(t, unreadable.Unreadable)
	assert.Equal(t, "the answer of POST /lines/{id} is not readable: no …", unreadable.Message)
	assert.Equal(t, 200, unreadable.HTTPStatus)
	refused := failed(t, c.Refused(exchange(), 200, "E7", "Ada Example is unknown"), logs)
	assert.Equal(t, carriers.Rejected, refused.Class)
	assert.False(t, refused.Unreadable)
	assert.Equal(t, "E7", refused.Code)
	assert.Equal(t, "… is unknown", refused.Message)
}

// What a gateway or a library may do to a body is undone before it is read.
func TestAnAnswerIsReadHoweverItIsSent(t *testing.T) {
	const body = `{"name":"Señal"}`
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = io.WriteString(writer, body)
	require.NoError(t, writer.Close())
	for name, test := range map[string]struct{ kind, packing, body string }{
		"application/json":            {kind: "application/json", body: body},
		"a byte order mark":           {kind: "application/json", body: "\ufeff" + body},
		"gzip":                        {kind: "application/json", packing: "gzip", body: packed.String()},
		"gzip that nothing announces": {kind: "application/json", body: packed.String()},
		"announced gzip that is none": {kind: "application/json", packing: "gzip", body: body},
		"a charset":                   {kind: `application/json;charset="UTF8"`, body: body},
		"Latin-1":                     {kind: "application/json; charset=ISO-8859-1", body: "{\"name\":\"Se\xf1al\"}"},
		"problem+json":                {kind: "application/problem+json", body: body},
		"no content type":             {body: body},
	} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				base := serve(t, func(w http.ResponseWriter, r *http.Request) {
					assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
					w.Header()["Content-Type"] = nil
					if test.kind != "" {
						w.Header().Set("Content-Type", test.kind)
					}
					if test.packing != "" {
						w.Header().Set("Content-Encoding", test.packing)
					}
					w.WriteHeader(status)
					_, _ = io.WriteString(w, test.body)
				})
				c, _ := client(t, base, nil, time.Minute)
				answer, err := c.Do(t.Context(), exchange())
				if status == http.StatusOK {
					require.NoError(t, err)
					assert.Equal(t, body, string(answer.Body))
					return
				}
				var failure *carriers.Error
				require.ErrorAs(t, err, &failure)
				assert.Equal(t, body, failure.Message)
			})
		}
	}
}

func TestAnUnreadableAnswerIsNamed(t *testing.T) {
	var bomb bytes.Buffer
	writer := gzip.NewWriter(&bomb)
	_, _ = writer.Write(make([]byte, 10*maxBody))
	require.NoError(t, writer.Close())
	for name, test := range map[string]struct{ packing, body, says string }{
		"too large":               {body: strings.Repeat("x", maxBody+1), says: "too large: more than 1024 KiB"},
		"too large once unpacked": {body: bomb.String(), says: "too large: more than 1024 KiB"},
		"broken gzip":             {packing: "gzip", body: bomb.String()[:20], says: "packed with gzip that is broken or ends early"},
		"packed in another way":   {packing: "br", body: "\x0b\x02\x80", says: "packed in another way than gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			status := http.StatusOK
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.packing != "" {
					w.Header().Set("Content-Encoding", test.packing)
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, test.body)
			})
			c, logs := client(t, base, nil, time.Minute)
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, carriers.Uncertain, failure.Class, "it may well have been recorded")
			assert.True(t, failure.Unreadable)
			assert.Equal(t, http.StatusOK, failure.HTTPStatus)
			assert.Equal(t, "the answer of POST /lines/{id} is not readable: "+test.says, failure.Message)

			status = http.StatusBadRequest // of an error, the status says enough
			_, err = c.Do(t.Context(), exchange())
			failure = failed(t, err, logs)
			assert.Equal(t, carriers.Rejected, failure.Class)
			assert.False(t, failure.Unreadable)
		})
	}
}

func TestABaseURLMayEndWithASlash(t *testing.T) {
	var paths []string
	base := serve(t, func(_ http.ResponseWriter, r *http.Request) { paths = append(paths, r.URL.EscapedPath()) })
	for _, end := range []string{"", "/", "//", "/v2", "/v2/", "/v2//"} {
		c, _ := client(t, base+end, nil, time.Minute)
		_, err := c.Do(t.Context(), exchange())
		require.NoError(t, err)
	}
	short, long := "/lines/"+number, "/v2/lines/"+number
	assert.Equal(t, []string{short, short, short, long, long, long}, paths)
}

func TestAHeaderThatIsNotASCIIIsNotSent(t *testing.T) {
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	for name, value := range map[string]string{
		"a letter with an accent": "s3cr3t Señor", "a line break": "s3cr3t\r\nX-Other: 1", "a tab": "s3cr3t\t", "a zero byte": "s3cr3t\x00",
		"delete": "s3cr3t\x7f", "a broken byte": "s3cr3t\xff", "a no-break space": "s3cr3t\u00a0",
	} {
		t.Run(name, func(t *testing.T) {
			assert.False(t, ValidHeaderValue(value))
			c, logs := client(t, base, StaticHeader{"Api-Key", value}, time.Minute)
			_, err := c.Do(t.Context(), exchange())
			failure := failed(t, err, logs)
			assert.Equal(t, carriers.Rejected, failure.Class)
			assert.Equal(t, "the header Api-Key holds a character that is not printable ASCII; nothing was sent", failure.Message)
			assert.False(t, c.breaker.open())

			c, logs = client(t, base, None{}, time.Minute)
			call := exchange()
			call.Headers["X-Customer"] = value
			_, err = c.Do(t.Context(), call)
			failure = failed(t, err, logs)
			assert.Equal(t, carriers.Rejected, failure.Class)
			assert.Equal(t, "the header X-Customer holds a character that is not printable ASCII; nothing was sent", failure.Message)
		})
	}
	assert.True(t, ValidHeaderValue("2001:db8::1, a=\"b\"; ~"))
}

// The longest wait that a 429 asks for counts, in any of the headers. In other answers these headers mean something else.
func TestWaitHeadersOfA429(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header http.Header
		want   time.Duration
	}{
		"seconds until the limit is reset": {429, http.Header{"X-Ratelimit-Reset": {"40"}}, 40 * time.Second},
		"the longest of several":           {429, http.Header{"Retry-After": {"5"}, "X-Ratelimit-Reset": {"7"}, "Retry-After-Ms": {"120000"}}, 2 * time.Minute},
		"none":                             {429, http.Header{}, 0},
		"another answer":                   {503, http.Header{"Retry-After": {"5"}, "X-Ratelimit-Reset": {"40"}}, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range c.header {
					w.Header()[name] = values
				}
				w.WriteHeader(c.status)
			})
			client, err := New("stn", Options{BaseURL: base, WaitHeaders: []string{"x-ratelimit-reset", "retry-after-ms"}}, nil, byStatus, nil)
			require.NoError(t, err)
			defer client.Close()
			_, err = client.Do(t.Context(), Call{Name: "ask", Reference: "r", Method: http.MethodGet, Path: "/"})
			failure, ok := errors.AsType[*carriers.Error](err)
			require.True(t, ok)
			require.Equal(t, c.want, failure.RetryAfter)
		})
	}
}

func TestTheFirstInvalidHeaderIsNamed(t *testing.T) {
	headers := map[string]string{"A": "plain", "B": "new\nline", "C": "é", "D": "\x00"}
	for range 20 { // a map is read in another order each time
		require.Equal(t, "B", invalidHeader(headers))
	}
	require.Empty(t, invalidHeader(map[string]string{"A": "plain"}))
}
