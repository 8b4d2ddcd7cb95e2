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

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Delivery is one callback notice and how its delivery went. A notice sent five times is five deliveries with one
// event id; notices that travel together share what happened to them.
type Delivery struct {
	EventID string `json:"eventId"`
	// Reference is the partnerTransactionId the notice is about, Status the word in it.
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

// Callbacks returns the notices about a partnerTransactionId, or all of them for "", in the order they were made.
func (s *Sandbox) Callbacks(reference string) []Delivery {
	s.courier.mu.Lock()
	defer s.courier.mu.Unlock()
	found := []Delivery{}
	for _, p := range s.courier.parcels {
		for _, n := range p.notices {
			if reference == "" || reference == n.PartnerTransactionID {
				d := p.delivery
				d.EventID, d.Reference, d.Status = n.EventID, n.PartnerTransactionID, n.Status
				found = append(found, d)
			}
		}
	}
	return found
}

// courier delivers DISH's callbacks until a 2xx comes back. DISH documents that there are callbacks and nothing about
// them: body, signature and redelivery are ours.
type courier struct {
	cfg    CallbackConfig
	clock  *clock
	client *http.Client

	mu      sync.Mutex
	parcels []*parcel
	batch   batch
	batches uint64 // how many have left
	seed    uint64
}

// parcel is one body to be delivered, with the notices in it.
type parcel struct {
	id          string
	notices     []dishNotice
	delivery    Delivery // what the notices in it share
	body        []byte
	contentType string
}

func newCourier(cfg CallbackConfig, seed uint64, clock *clock) *courier {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 32 // the default of 2 makes a busy sandbox open a connection for each callback
	return &courier{cfg: cfg, seed: seed, clock: clock, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *courier) close() { c.client.CloseIdleConnections() }

// halfway tells of a transaction that is being worked on, if its plan says so.
func (c *courier) halfway(made *change) {
	if made.plan.callbacks == intermediate {
		c.tell(made, notice(made, dishStatus{Status: dishInProgress}, time.Now()))
	}
}

// final tells of a decided transaction in the way its plan says.
func (c *courier) final(made *change) {
	word := made.dishStatus() // nothing changes a decided transaction, so no lock
	final := notice(made, word, made.modified)
	switch made.plan.callbacks {
	case lost:
	case fivefold:
		for range 5 {
			c.clock.after(0, func() { c.tell(made, final) })
		}
	case reversed:
		c.tell(made, final)
		c.tell(made, notice(made, dishStatus{Status: dishInProgress}, made.created))
	case unknownWord:
		final.Status = dishUnknownWord
		c.tell(made, final)
	case contradiction:
		c.tell(made, notice(made, dishStatus{Status: dishSuccess}, made.modified))
	default:
		c.tell(made, final)
	}
}

func notice(made *change, word dishStatus, at time.Time) dishNotice {
	return dishNotice{
		EventID: uuid.NewString(), EventType: dishEventType, EventTime: at.UTC(), PartnerTransactionID: made.reference,
		Status: word.Status, Code: word.Code, Reason: word.Reason,
	}
}

// tell sends a notice, by itself or with others as its change's plan says. One that has to come before the
// acknowledgement cannot wait.
func (c *courier) tell(made *change, n dishNotice) {
	if made.plan.batched && made.plan.callbacks != early {
		c.collect(n, made.plan)
		return
	}
	c.send(n)
}

// send makes the first attempt before it returns; further ones follow by themselves.
func (c *courier) send(n dishNotice) {
	if c.cfg.URL == "" {
		return
	}
	c.dispatch(&parcel{id: n.EventID, notices: []dishNotice{n}, body: encode(n), contentType: jsonType})
}

// dispatch delivers a parcel, see send.
func (c *courier) dispatch(p *parcel) {
	p.delivery.CreatedAt = time.Now()
	c.mu.Lock()
	c.parcels = append(c.parcels, p)
	c.mu.Unlock()
	c.attempt(p, c.cfg.RetryFrom)
}

// attempt tries once and plans the next attempt, wait from now or when the receiver asked for it.
func (c *courier) attempt(p *parcel, wait time.Duration) {
	status, retryAfter, err := c.post(p)

	c.mu.Lock()
	defer c.mu.Unlock()
	d := &p.delivery
	d.Attempts++
	d.LastStatus, d.LastError = status, ""
	if err != nil {
		d.LastError = err.Error()
	}
	next := max(wait, retryAfter)
	switch {
	case status >= 200 && status < 300:
		d.Delivered = true
	case time.Since(d.CreatedAt)+next > c.cfg.GiveUpAfter:
		d.GivenUp = true
	default:
		c.clock.after(next, func() { c.attempt(p, min(2*wait, c.cfg.RetryUpTo)) })
	}
}

func (c *courier) post(p *parcel) (status int, retryAfter time.Duration, err error) {
	ctx, cancel := context.WithTimeout(c.clock.ctx, c.cfg.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL, bytes.NewReader(p.body))
	if err != nil {
		return 0, 0, err
	}
	if p.contentType != "" {
		request.Header.Set("Content-Type", p.contentType)
	}
	if err := c.sign(request, p); err != nil {
		return 0, 0, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxRequest)) // so that the connection can be used again
	return response.StatusCode, askedToWait(response.Header.Get("Retry-After")), nil
}

// sign adds what proves the sender, as configured. The signature covers the time of the attempt.
func (c *courier) sign(request *http.Request, p *parcel) error {
	if c.cfg.Secret != "" {
		webhook, err := standardwebhooks.NewWebhook(c.cfg.Secret)
		if err != nil {
			return errors.New("the callback secret must be whsec_ and base64")
		}
		now := time.Now()
		signature, err := webhook.Sign(p.id, now, p.body)
		if err != nil {
			return err
		}
		request.Header.Set(standardwebhooks.HeaderWebhookID, p.id)
		request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
		request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	}
	switch user, password, _ := strings.Cut(c.cfg.Basic, ":"); {
	case c.cfg.Bearer != "":
		request.Header.Set("Authorization", "Bearer "+c.cfg.Bearer)
	case c.cfg.Basic != "":
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
