package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// carrier is the sandbox that one worker talks to. It notes when requests arrive, and decides each operation when its measure wants it
// to, not after a time of its own.
type carrier struct {
	url string

	box    *sandbox.Sandbox
	server *http.Server
	limit  atomic.Pointer[rate.Limiter] // nil: as many requests as come

	requests atomic.Int64 // all that were answered by the sandbox
	refused  atomic.Int64 // those above the limit
	pages    atomic.Int64 // of the list of sTN's records, which only a sweep reads

	mu          sync.Mutex
	byReference map[string]*operation
	byRecord    map[string]*operation // of sTN, by the id of its record
}

// newCarrier serves a sandbox whose callbacks go to a URL, signed with a secret where there is one.
func newCarrier(callbacks, secret string) (*carrier, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serving a sandbox: %w", err)
	}
	c := &carrier{
		url: "http://" + listener.Addr().String(), byReference: map[string]*operation{}, byRecord: map[string]*operation{},
		box: sandboxes.New(sandboxes.Config{Config: sandbox.Config{Callback: sandbox.CallbackConfig{URL: callbacks, Secret: secret}}}),
	}
	for _, name := range []carriers.Carrier{calling, asked} {
		if _, err := c.box.SetScenario(sandbox.Rule{Carrier: name, Scenario: "never-decided"}); err != nil {
			return nil, err
		}
	}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.server.Serve(listener) }() // until close
	return c, nil
}

func (c *carrier) close() error {
	c.box.Close()
	return c.server.Close()
}

// expect makes the operation known, so that its requests are noticed.
func (c *carrier) expect(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byReference[op.reference] = op
}

// forget ends that, so that a long run does not keep all of them.
func (c *carrier) forget(op *operation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byReference, op.reference)
}

// allow sets how many requests a second are answered; those above get 429.
func (c *carrier) allow(perSecond float64) {
	c.limit.Store(rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond))))
}

// decide makes the carrier decide an operation, and returns when its callback, if it has one, has been delivered or refused.
func (c *carrier) decide(op *operation) error {
	op.decide(time.Now())
	if n := c.box.Decide(carriers.Carrier(op.carrier), op.reference); n != 1 {
		return fmt.Errorf("%s has recorded %d requests of %s that it has not decided", op.carrier, n, op.reference)
	}
	return nil
}

// ServeHTTP passes a request on to the sandbox.
func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if limit := c.limit.Load(); limit != nil && !limit.Allow() {
		c.refused.Add(1)
		w.Header().Set("Retry-After", "1")
		http.Error(w, `{"code":"TOO_MANY_REQUESTS","message":"more than the rate limit"}`, http.StatusTooManyRequests)
		return
	}
	c.requests.Add(1)
	if isPage(r) {
		c.pages.Add(1)
	}
	switch {
	case r.Method == http.MethodPost:
		c.change(w, r)
	default:
		c.box.Handler().ServeHTTP(w, r)
		if op := c.lookedUp(r); op != nil {
			c.count(op)
		}
	}
}

// isPage reports whether a request reads a list of records, and not one record or those of one line.
func isPage(r *http.Request) bool {
	q := r.URL.Query()
	return strings.HasSuffix(r.URL.Path, "/QueryActivation") && !q.Has("id") && !q.Has("subscriptionId") && !q.Has("phoneNumber")
}

// change passes a request on that changes something.
func (c *carrier) change(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var request struct{ PartnerTransactionID, ReferenceNumber string }
	_ = json.Unmarshal(body, &request) // the sandbox says what is wrong with it
	c.mu.Lock()
	op := c.byReference[request.PartnerTransactionID+request.ReferenceNumber]
	c.mu.Unlock()
	if op == nil {
		c.box.Handler().ServeHTTP(w, r)
		return
	}
	op.mu.Lock()
	again := !op.arrived.IsZero()
	if !again {
		op.arrived = arrived
	}
	op.mu.Unlock()
	kept := &keeping{ResponseWriter: w}
	c.box.Handler().ServeHTTP(kept, r)
	if again {
		return
	}
	var record struct{ ID string }
	if json.Unmarshal(kept.body.Bytes(), &record) == nil && record.ID != "" {
		c.mu.Lock()
		c.byRecord[record.ID] = op
		c.mu.Unlock()
	}
	close(op.answered)
	switch {
	case op.polls == 1:
		c.decideLater(op, 0)
	case op.polls == 0 && op.after >= 0:
		c.decideLater(op, op.after)
	}
}

// keeping is a response whose body is kept.
type keeping struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (k *keeping) Write(p []byte) (int, error) {
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// lookedUp is the operation that a read asks about, nil for every other read.
func (c *carrier) lookedUp(r *http.Request) *operation {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case strings.Contains(r.URL.Path, "/transaction/"):
		return c.byReference[path.Base(r.URL.Path)]
	case strings.HasSuffix(r.URL.Path, "/QueryActivation"):
		return c.byRecord[r.URL.Query().Get("id")]
	}
	return nil
}

// count notes that an operation was asked about. When only one more look-up may find it undecided, it is decided.
func (c *carrier) count(op *operation) {
	op.mu.Lock()
	op.lookUps++
	due := op.polls > 1 && op.lookUps == op.polls-1
	op.mu.Unlock()
	if due {
		c.decideLater(op, 0)
	}
}

func (c *carrier) decideLater(op *operation, wait time.Duration) {
	time.AfterFunc(wait, func() { _ = c.decide(op) }) // the sandbox may have been closed
}

// closeAll closes everything that has to be closed, the last first.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c *closers) closeAll() (err error) {
	for i := len(*c) - 1; i >= 0; i-- {
		err = errors.Join(err, (*c)[i]())
	}
	*c = nil
	return err
}
