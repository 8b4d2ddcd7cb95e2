package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Delivery is one callback notice and how its delivery went. A notice sent five times is five deliveries with one
// event id; notices that are sent in one body share what happened to them.
type Delivery struct {
	EventID string `json:"eventId"`
	// Reference is that of the change the notice is about, Status the word in it.
	Reference string    `json:"reference"`
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"createdAt"`
	Attempts  int       `json:"attempts"`
	// LastStatus is the HTTP status of the last attempt, 0 when there was no answer; LastError says why not.
	LastStatus int    `json:"lastStatus,omitempty"`
	LastError  string `json:"lastError,omitempty"`
	// Delivered: a 2xx came back. GivenUp: it was tried for too long.
	Delivered bool `json:"delivered"`
	GivenUp   bool `json:"givenUp"`
}

// Callbacks returns the notices about a reference, or all of them for "", in the order they were made.
func (s *Sandbox) Callbacks(reference string) []Delivery {
	s.callbacks.mu.Lock()
	defer s.callbacks.mu.Unlock()
	found := []Delivery{}
	for _, c := range s.callbacks.sent {
		for _, n := range c.notices {
			if reference == "" || reference == n.Reference {
				d := c.delivery
				d.EventID, d.Reference, d.Status = n.EventID, n.Reference, n.status
				found = append(found, d)
			}
		}
	}
	return found
}

// callbackSender delivers callbacks until a 2xx comes back. Signature and redelivery are invented.
type callbackSender struct {
	cfg    CallbackConfig
	clock  *clock
	client *http.Client

	mu      sync.Mutex
	sent    []*callback
	batches map[*Carrier]*batch // what waits
	left    uint64              // how many batches have been sent
	seed    uint64
}

// callback is one body to be delivered, with the notices in it.
type callback struct {
	id          string
	notices     []sentNotice
	delivery    Delivery // what the notices in it share
	body        []byte
	contentType string
}

func newCallbackSender(cfg CallbackConfig, seed uint64, clock *clock) *callbackSender {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32 // the default of 2 makes a busy sandbox open a connection for each callback
	return &callbackSender{cfg: cfg, seed: seed, clock: clock, batches: map[*Carrier]*batch{}, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s *callbackSender) close() { s.client.CloseIdleConnections() }

// deliver makes the first attempt before it returns; further ones follow by themselves.
func (s *callbackSender) deliver(c *callback) {
	c.delivery.CreatedAt = time.Now()
	s.mu.Lock()
	s.sent = append(s.sent, c)
	s.mu.Unlock()
	s.attempt(c, s.cfg.RetryFrom)
}

// attempt tries once and plans the next attempt, wait from now or when the receiver asked for it.
func (s *callbackSender) attempt(c *callback, wait time.Duration) {
	status, retryAfter, err := s.post(c)

	s.mu.Lock()
	defer s.mu.Unlock()
	d := &c.delivery
	d.Attempts++
	d.LastStatus, d.LastError = status, ""
	if err != nil {
		d.LastError = err.Error()
	}
	next := max(wait, retryAfter)
	switch {
	case status >= 200 && status < 300:
		d.Delivered = true
	case time.Since(d.CreatedAt)+next > s.cfg.GiveUpAfter:
		d.GivenUp = true
	default:
		s.clock.after(next, func() { s.attempt(c, min(2*wait, s.cfg.RetryUpTo)) })
	}
}

func (s *callbackSender) post(c *callback) (status int, retryAfter time.Duration, err error) {
	ctx, cancel := context.WithTimeout(s.clock.ctx, s.cfg.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.urlOf(c.notices[0].carrier.Name), bytes.NewReader(c.body))
	if err != nil {
		return 0, 0, err
	}
	if c.contentType != "" {
		request.Header.Set("Content-Type", c.contentType)
	}
	if err := s.sign(request, c); err != nil {
		return 0, 0, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxRequest)) // so that the connection can be used again
	return response.StatusCode, askedToWait(response.Header.Get("Retry-After")), nil
}

// sign adds what proves the sender, as configured. The signature covers the time of the attempt.
func (s *callbackSender) sign(request *http.Request, c *callback) error {
	if s.cfg.Secret != "" {
		webhook, err := standardwebhooks.NewWebhook(s.cfg.Secret)
		if err != nil {
			return errors.New("the callback secret must be whsec_ and base64")
		}
		now := time.Now()
		signature, err := webhook.Sign(c.id, now, c.body)
		if err != nil {
			return err
		}
		request.Header.Set(standardwebhooks.HeaderWebhookID, c.id)
		request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
		request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	}
	switch user, password, _ := strings.Cut(s.cfg.Basic, ":"); {
	case s.cfg.Bearer != "":
		request.Header.Set("Authorization", "Bearer "+s.cfg.Bearer)
	case s.cfg.Basic != "":
		request.SetBasicAuth(user, password)
	}
	return nil
}

// askedToWait reads Retry-After in either of its forms; 0 when it is absent or makes no sense.
func askedToWait(header string) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return time.Until(at)
	}
	return 0
}
