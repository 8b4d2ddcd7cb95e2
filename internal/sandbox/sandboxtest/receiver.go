package sandboxtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Receiver receives callbacks.
type Receiver struct {
	URL string

	mu       sync.Mutex
	bodies   []string
	requests []*http.Request
}

// Receive starts a receiver that ends with the test. The answer is 200 unless reply, which may be nil, writes another one
// to the nth callback; the first is 1.
func Receive(t *testing.T, reply func(w http.ResponseWriter, nth int)) *Receiver {
	t.Helper()
	receiver := &Receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		receiver.mu.Lock()
		receiver.bodies, receiver.requests = append(receiver.bodies, string(raw)), append(receiver.requests, r)
		nth := len(receiver.bodies)
		receiver.mu.Unlock()
		if reply != nil {
			reply(w, nth)
		}
	}))
	t.Cleanup(server.Close)
	receiver.URL = server.URL
	return receiver
}

// Bodies returns what has been received so far.
func (r *Receiver) Bodies() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

// Request returns a request that has been received; the first is 0.
func (r *Receiver) Request(i int) *http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests[i]
}
