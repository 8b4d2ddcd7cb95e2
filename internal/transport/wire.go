package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/carrierflow/carrierflow/internal/answers"
)

// maxBody bounds an answer, in bytes, before and after it is unpacked. The largest documented answer has a few kilobytes.
const maxBody = 1 << 20

// received is the answer of an exchange, as far as there is one.
type received struct {
	// built is false when the request could not be built.
	built bool
	// connected is false when the request never got a connection, so that it cannot have reached a server.
	connected bool
	status    int // 0 without an answer
	header    http.Header
	body      []byte // plain, see answers.Plain
	// unreadable says why there is no body although the answer arrived.
	unreadable error
	took       time.Duration
	bytes      int // as received
}

// send makes one HTTP exchange and reads the answer. The error is that of net/http, unchanged.
func send(ctx context.Context, request *resty.Request, method, url string) (received, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	start := time.Now()
	// We read the body ourselves: resty trusts the announced encoding, and net/http would unpack without a bound.
	response, err := request.SetContext(ctx).SetHeader("Accept-Encoding", "gzip").SetDoNotParseResponse(true).Execute(method, url)
	got := received{built: response != nil, connected: connected.Load()}
	if !got.built {
		return got, err
	}
	if raw := response.RawResponse; raw != nil {
		got.status, got.header = raw.StatusCode, raw.Header
		if err == nil {
			var body []byte
			body, err = io.ReadAll(io.LimitReader(raw.Body, maxBody+1))
			_ = raw.Body.Close()
			if got.bytes = len(body); err == nil {
				got.body, got.unreadable = answers.Plain(raw.Header, body, maxBody)
			}
		}
	}
	got.took = time.Since(start)
	return got, err
}
