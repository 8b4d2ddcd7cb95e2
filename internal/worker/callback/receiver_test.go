package callback

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// serve runs the receiver's own server until the test ends.
func (f *fixture) serve(t *testing.T) (address string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		defer close(ended)
		ended <- f.Serve(ctx, listener)
	}()
	stop = func() error {
		cancel()
		return <-ended
	}
	t.Cleanup(func() { assert.NoError(t, stop()) })
	return listener.Addr().String(), stop
}

// dial opens a connection whose reads and writes end after 10 s.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return conn
}

func TestRefusedRequests(t *testing.T) {
	signedHeader := func(body string) http.Header { return sign(t, keyA, "m-1", time.Now(), body) }
	const unread = "a body of " + personal
	for _, test := range []struct {
		name, method, path, contentType, body string
		status                                int
		counted                               string
		message                               string // a part of it
	}{
		{"get", "GET", "/callbacks/dish", "application/json", "", 405, "dish wrong_method", "POST"},
		{"put", "PUT", "/callbacks/dish", "application/json", success, 405, "dish wrong_method", "POST"},
		{"head", "HEAD", "/callbacks/dish", "application/json", "", 405, "dish wrong_method", ""},
		{"text", "POST", "/callbacks/dish", "text/plain", success, 415, "dish wrong_type", "application/json"},
		{"form", "POST", "/callbacks/dish", "application/x-www-form-urlencoded", success, 415, "dish wrong_type", ""},
		{"almost JSON", "POST", "/callbacks/dish", "application/jsonp", success, 415, "dish wrong_type", ""},
		{"too large", "POST", "/callbacks/dish", "application/json", success + strings.Repeat(" ", maxBody), 413, "dish too_large", "65536"},
		{"too large once unpacked", "POST", "/callbacks/dish", "application/json", packed(t, success+strings.Repeat(" ", maxBody)), 413, "dish too_large", "65536"},
		{"packed and cut off", "POST", "/callbacks/dish", "application/json", packed(t, success)[:30], 400, "dish malformed", "ends early"},
		{"packed in another way", "POST", "/callbacks/dish", "application/json", "\x1f\x9d" + success, 400, "dish malformed", ""},
		{"not JSON", "POST", "/callbacks/dish", "application/json", unread, 400, "dish malformed", "not a readable callback"},
		{"empty", "POST", "/callbacks/dish", "application/json", "", 400, "dish malformed", ""},
		{"no reference", "POST", "/callbacks/dish", "application/json", `{"status":"` + personal + `"}`, 400, "dish malformed", ""},
		{"half a body", "POST", "/callbacks/dish", "application/json", success[:40], 400, "dish malformed", ""},
		{"unknown carrier", "POST", "/callbacks/" + personal, "application/json", success, 404, "unknown no_such_path", "/callbacks/{carrier}"},
		{"a carrier without callbacks", "POST", "/callbacks/stn", "application/json", success, 404, "stn no_such_path", "sTN documents no callbacks"},
		{"another without callbacks", "POST", "/callbacks/masmovil", "application/json", success, 404, "masmovil no_such_path", "MásMóvil documents no callbacks"},
		{"no carrier", "POST", "/callbacks/", "application/json", success, 404, "unknown no_such_path", ""},
		{"root", "POST", "/", "application/json", success, 404, "unknown no_such_path", ""},
		{"other path", "POST", "/dish", "application/json", success, 404, "unknown no_such_path", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, signedWith(keyA))
			request, err := http.NewRequestWithContext(t.Context(), test.method, f.server(t)+test.path, strings.NewReader(test.body))
			require.NoError(t, err)
			request.Header = signedHeader(test.body)
			if test.contentType != "" {
				request.Header.Set("Content-Type", test.contentType)
			}
			got := do(t, request)
			assert.Equal(t, test.status, got.status)
			assert.Equal(t, map[string]int{test.counted: 1}, f.count())
			if test.method != "HEAD" {
				assert.Contains(t, got.message.Message, test.message)
			}
			assert.NotContains(t, got.raw, personal, "nothing of a request is repeated")
			if test.status == http.StatusMethodNotAllowed {
				assert.Equal(t, "POST", got.header.Get("Allow"))
			}
			f.refusedAll(t)
		})
	}
}

func packed(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// Every form of a callback is read in the same way; a signature is about the bytes as they were sent.
func TestACallbackIsReadHoweverItIsSent(t *testing.T) {
	for _, contentType := range []string{
		"", "application/json", "Application/JSON; charset=UTF-8", `application/json;charset="utf-8"`, "application/json; charset=utf8", "application/json; charset=latin1",
		"application/json; charset", "application/json; version=2", "application/json;", "text/json", "application/cloudevents+json", "application/vnd.carrier.v2+json; charset=utf-8",
	} {
		for name, body := range map[string]string{
			"plain": success, "a byte order mark": "\ufeff" + success, "gzip": packed(t, success), "blanks around": "\r\n " + success + "\n", "a list of one": "[" + success + "]",
		} {
			f := newFixture(t, signedWith(keyA))
			header := sign(t, keyA, "m-1", time.Now(), body)
			header["Content-Type"] = []string{contentType}
			if contentType == "" {
				header["Content-Type"] = nil
			}
			if name == "gzip" && contentType != "text/json" {
				header.Set("Content-Encoding", "gzip")
			}
			got := post(t, f.server(t)+"/callbacks/dish", body, header)
			assert.Equal(t, http.StatusAccepted, got.status, "%s, %q: %s", name, contentType, got.raw)
			signals, _, _ := f.temporal.received()
			assert.Len(t, signals, 1)
		}
	}
	f := newFixture(t, AuthConfig{})
	header := http.Header{"Content-Type": {"application/json", "text/plain"}}
	assert.Equal(t, http.StatusUnsupportedMediaType, post(t, f.server(t)+"/callbacks/dish", success, header).status)
	f.refusedAll(t)
}

func TestAPaddedReferenceFindsItsOperation(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	f.temporal.open["dish:98765432109876543210"] = true
	url := f.server(t) + "/callbacks/dish"
	assert.Equal(t, "stored", post(t, url, `{"partnerTransactionId":" ref-1\n","status":"Success"}`, nil).message.Status)
	assert.Equal(t, "stored", post(t, url, `{"partnerTransactionId":98765432109876543210,"status":"Success"}`, nil).message.Status)
}

// Paths are sent as they are written here: a client would clean them.
func TestUncleanPathsAreRefused(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	address, _ := f.serve(t)
	for path, want := range map[string]int{
		"/callbacks/dish":             202,
		"/callbacks/dish?x=1":         202, // a query is no path, and the carrier's hub may add one
		"http://host/callbacks/dish":  202,
		"/callbacks/dish/":            202, // proxies add one
		"/callbacks/dish//":           404,
		"/callbacks/dish/?x=1":        202,
		"/callbacks/dish/x":           404,
		"/callbacks/dish/../stn":      404,
		"/callbacks/stn/../dish":      404,
		"/callbacks/./dish":           404,
		"//callbacks/dish":            404,
		"/callbacks//dish":            404,
		"/callbacks%2Fdish":           404,
		"/callbacks/dish%2F":          404,
		"/callbacks/stn%2F..%2Fdish":  404,
		"/callbacks/d%69sh":           404,
		"/callbacks/DISH":             404,
		"/callbacks/dish;x":           404,
		"/callbacks/dish%00":          404,
		"/callbacks/dish%20":          404,
		"/x/../callbacks/dish":        404,
		"http://host//callbacks/dish": 404,
		"*":                           404,
	} {
		got := exchange(t, address, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(success), success))
		assert.Equal(t, want, got.status, path)
	}
	assert.Equal(t, 404, exchange(t, address, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status)
	signals, kept, _ := f.temporal.received()
	assert.Len(t, signals, 1, "the same one each time")
	assert.Len(t, f.temporal.requests, 5)
	assert.Empty(t, kept)
}

func exchange(t *testing.T, address, request string) sent {
	t.Helper()
	conn := dial(t, address)
	_, err := io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	return read(t, answer)
}

func TestTooLargeBodies(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	address, _ := f.serve(t)
	head := "POST /callbacks/dish HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, request := range map[string]string{
		"announced, not sent": head + fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", maxBody+1),
		"chunked":             head + fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", maxBody+1, strings.Repeat(" ", maxBody+1)),
	} {
		got := exchange(t, address, request)
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status, name)
	}
	f.refusedAll(t)
	padded := success + strings.Repeat(" ", maxBody-len(success))
	assert.Equal(t, http.StatusAccepted, post(t, "http://"+address+"/callbacks/dish", padded, nil).status, "64 KiB are allowed")
}

func TestSlowClients(t *testing.T) {
	f := newFixture(t, AuthConfig{}, func(o *Options) {
		o.HeaderTimeout, o.ReadTimeout, o.IdleTimeout = 50*time.Millisecond, 100*time.Millisecond, 50*time.Millisecond
	})
	address, _ := f.serve(t)
	whole := fmt.Sprintf("POST /callbacks/dish HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(success))
	for _, test := range []struct {
		name, sent string
		status     int // 0 for a connection that is closed without an answer
	}{
		{"nothing", "", 0},
		{"half a header", whole[:30], 0},
		{"no body", whole, http.StatusRequestTimeout},
		{"half a body", whole + success[:20], http.StatusRequestTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, address)
			_, err := io.WriteString(conn, test.sent)
			require.NoError(t, err)
			answer, err := io.ReadAll(conn)
			require.NoError(t, err, "the server closes the connection before the test's own deadline")
			if test.status == 0 {
				assert.NotContains(t, string(answer), "202")
				return
			}
			parsed, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(answer))), nil)
			require.NoError(t, err)
			assert.Equal(t, test.status, read(t, parsed).status)
		})
	}
	t.Run("idle", func(t *testing.T) {
		conn := dial(t, address)
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		_, err = io.ReadAll(conn)
		assert.NoError(t, err, "the server closes an idle connection")
	})
	f.refusedAll(t)
}

func TestStoppingFinishesWhatIsUnderWay(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	entered, release := make(chan struct{}), make(chan struct{})
	f.temporal.before = func(context.Context) error {
		close(entered)
		<-release
		return nil
	}
	address, stop := f.serve(t)
	got := make(chan sent, 1)
	go func() { got <- post(t, "http://"+address+"/callbacks/dish", success, nil) }()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool { // the listener closes at once
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, time.Millisecond)
	close(release)
	assert.Equal(t, http.StatusAccepted, (<-got).status)
	assert.NoError(t, <-stopped)
}

func TestStoppingIsBounded(t *testing.T) {
	f := newFixture(t, AuthConfig{}, func(o *Options) { o.StopTimeout = 20 * time.Millisecond })
	entered, release := make(chan struct{}), make(chan struct{})
	f.temporal.before = func(context.Context) error {
		close(entered)
		<-release
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- f.Serve(ctx, listener) }()
	conn := dial(t, listener.Addr().String())
	_, err = fmt.Fprintf(conn, "POST /callbacks/dish HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(success), success)
	require.NoError(t, err)
	<-entered
	cancel()
	assert.ErrorContains(t, <-stopped, "cut off after 20ms")
	close(release)
}

func TestAListenerThatFails(t *testing.T) {
	f := newFixture(t, AuthConfig{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	assert.ErrorContains(t, f.Serve(t.Context(), listener), "serving 127.0.0.1")
}

func TestNewNamesEveryFault(t *testing.T) {
	_, err := New(Options{Sources: map[carriers.Carrier]Source{"dish": {}}, ReadTimeout: -1})
	for _, part := range []string{"Temporal client", "dish", "negative"} {
		assert.ErrorContains(t, err, part)
	}
	_, err = New(Options{Temporal: &temporal{}})
	assert.NoError(t, err, "a worker may serve no carrier that calls back")
}
