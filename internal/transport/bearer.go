package transport

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"
	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"

	"github.com/carrierflow/carrierflow/carriers"
)

// Grant is how to request an access token from a token endpoint (RFC 6749, section 4).
type Grant struct {
	// URL is the token endpoint's.
	URL string
	// Form returns the fields of one token request. It is called for every request, because an assertion can be used once.
	Form func() (url.Values, error)
	// ClientID and ClientSecret authenticate the client, where the grant does not do that itself. They are sent in the
	// header, which every endpoint must accept, and in the form where the header is refused (RFC 6749, section 2.3.1).
	ClientID     string
	ClientSecret Secret
}

// Bearer sends an OAuth 2.0 access token and fetches a new one when it expires or is refused. Calls that need a token at
// the same time share one fetch.
//
// It calls the token endpoint itself, without golang.org/x/oauth2. That package reads an expires_in with a fraction as an
// error, and, for a grant with an assertion, reads an error in a 200 as an empty token.
type Bearer struct {
	grant    Grant
	attached sync.Once
	http     *resty.Client
	observe  observation
	breaker  *breaker[token]
	fetches  singleflight.Group

	mu    sync.Mutex
	token token

	// Only one fetch at a time uses these. inForm tells that the client's credentials go into the form, accepted that the
	// endpoint has accepted them there.
	inForm, accepted bool
}

// token is an access token. The zero value is none.
type token struct {
	text  string
	renew time.Time // when another is fetched, shortly before it expires
}

// NewBearer returns credentials that fetch their tokens from a token endpoint. The client that uses them makes the token
// calls, with its own timeout and connections, and with a breaker of their own.
func NewBearer(g Grant) *Bearer { return &Bearer{grant: g} }

// attach makes a client the one that fetches the tokens. When several clients share the credentials, it is the first.
func (b *Bearer) attach(c carriers.Carrier, client *resty.Client, o Options, log *zap.Logger) {
	b.attached.Do(func() {
		endpoint := watched{
			what: "the token endpoint", at: hostAndPath(b.grant.URL),
			isIrrelevant: func(error) bool { return false }, answered: tokenAnswered,
		}
		b.http, b.observe, b.breaker = client, observationOf(c, o), newBreaker[token](endpoint, client.GetClient(), o, log)
	})
}

// Headers returns the Authorization header, fetching a token when none is valid. A caller waits no longer than its own
// context lasts; the fetch continues for the others.
func (b *Bearer) Headers(ctx context.Context) (map[string]string, error) {
	if token, valid := b.current(); valid {
		return header(token), nil
	}
	fetched := b.fetches.DoChan("", func() (any, error) { return b.fetch(context.WithoutCancel(ctx)) })
	select {
	case result := <-fetched:
		if result.Err != nil {
			return nil, result.Err
		}
		return header(result.Val.(token)), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for an access token: %w", ctx.Err())
	}
}

// Refresh drops the token if it is the one that was refused. A token that another call has fetched meanwhile is kept, so
// many calls refused at the same time cause one fetch.
func (b *Bearer) Refresh(refused map[string]string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token.text != "" && header(b.token)[authorization] == refused[authorization] {
		b.token = token{}
	}
	return refused[authorization] != ""
}

// current returns the token while it is valid.
func (b *Bearer) current() (t token, valid bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.token, b.token.text != "" && time.Now().Before(b.token.renew)
}

func (b *Bearer) fetch(ctx context.Context) (token, error) {
	if token, valid := b.current(); valid {
		return token, nil // another fetch has ended since the first check
	}
	if b.breaker == nil {
		return token{}, errors.New("fetching an access token: there is no client to fetch it with")
	}
	fetched, held, err := b.breaker.call(ctx, func() (token, error) { return b.ask(ctx) })
	if held {
		err = b.failure("not asked: " + b.breaker.reason("it"))
	}
	if err != nil {
		return token{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.token = fetched
	return fetched, nil
}

// ask requests a token. Until the endpoint has accepted the client's credentials once, a refusal of the client is answered
// by sending them in the other place.
func (b *Bearer) ask(ctx context.Context) (token, error) {
	fetched, err := b.request(ctx, b.inForm)
	if refused, is := errors.AsType[*tokenFailure](err); is && refused.ofClient && b.grant.ClientID != "" && !b.accepted {
		b.inForm = !b.inForm
		fetched, err = b.request(ctx, b.inForm)
	}
	b.accepted = b.accepted || err == nil
	if !b.accepted {
		b.inForm = false
	}
	return fetched, err
}

// header sends the token as a bearer token whatever type the endpoint names, because some endpoints use a name of their
// own.
func header(t token) map[string]string { return map[string]string{authorization: "Bearer " + t.text} }
