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
)

// Grant is how to ask a token endpoint for an access token (RFC 6749, section 4).
type Grant struct {
	// URL is the token endpoint's.
	URL string
	// Form returns the fields of one token request. It is asked anew for every request, because an assertion is for one use.
	Form func() (url.Values, error)
	// ClientID and ClientSecret authenticate the client, where the grant does not do that itself. They are sent in the
	// header, which every endpoint has to take, and in the form where the header is refused (RFC 6749, section 2.3.1).
	ClientID     string
	ClientSecret Secret
}

// Bearer sends an OAuth 2.0 access token and fetches a new one when it expires or is refused. Calls that need a token at
// the same time share one fetch.
//
// It speaks to the token endpoint itself. golang.org/x/oauth2 reads an expires_in with a fraction as an error, and takes
// an error inside a 200 for a token without text where an assertion is the grant.
type Bearer struct {
	grant    Grant
	attached sync.Once
	http     *resty.Client
	breaker  *breaker[token]
	fetches  singleflight.Group

	mu    sync.Mutex
	token token

	// These are used by one fetch at a time. inForm is where the client's credentials go, settled is whether the endpoint
	// has taken them there.
	inForm, settled bool
}

// token is an access token. The zero value is none.
type token struct {
	text  string
	renew time.Time // when another is fetched, a little before it expires
}

// NewBearer returns credentials that take their tokens from a token endpoint. The client they are given to makes the token
// calls: they have its timeout and its connections, and a breaker of their own.
func NewBearer(g Grant) *Bearer { return &Bearer{grant: g} }

// attach makes a client the one that fetches the tokens; of several that share the credentials, the first.
func (b *Bearer) attach(client *resty.Client, o Options, log *zap.Logger) {
	b.attached.Do(func() {
		endpoint := watched{
			what: "the token endpoint", at: hostAndPath(b.grant.URL),
			saysNothing: func(error) bool { return false }, answered: tokenAnswered,
		}
		b.http, b.breaker = client, newBreaker[token](endpoint, client.GetClient(), o, log)
	})
}

// Headers returns the Authorization header, fetching a token when none is valid. A caller waits for a fetch no longer
// than its own context lasts; the fetch goes on for the others.
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

// Refresh forgets the token if it is the one that was refused. If another call has renewed it meanwhile, the new one
// is kept: many calls refused together cost one fetch.
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
		return token, nil // the fetch before this one ended between our look and our turn
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

// ask asks the endpoint for a token. Until it has taken the client's credentials once, a refusal of the client is answered
// with the other place for them.
func (b *Bearer) ask(ctx context.Context) (token, error) {
	fetched, err := b.request(ctx, b.inForm)
	if refused, is := errors.AsType[*tokenFailure](err); is && refused.ofClient && b.grant.ClientID != "" && !b.settled {
		b.inForm = !b.inForm
		fetched, err = b.request(ctx, b.inForm)
	}
	b.settled = b.settled || err == nil
	if !b.settled {
		b.inForm = false
	}
	return fetched, err
}

// header sends the token as a bearer token whatever the endpoint calls its type: we know no other way, and some call it
// by a name of their own.
func header(t token) map[string]string { return map[string]string{authorization: "Bearer " + t.text} }
