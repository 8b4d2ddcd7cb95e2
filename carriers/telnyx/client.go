package telnyx

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// Where the card and the action stand in a path.
const (
	simCardID = "{simCardId}"
	actionID  = "{actionId}"
)

// The documented paths, below the base URL (SIM Cards, SIM Card Actions).
const (
	simPath        = "/sim_cards/" + simCardID
	actionsPath    = "/sim_card_actions"
	actionPath     = actionsPath + "/" + actionID
	activationPath = simPath + "/activation_code"
)

const (
	// pageSize is the largest that is documented (SIM Card Actions, page[size] 1 to 250).
	pageSize = 250
	// mostPages bounds a list (ours): 1,000 actions of one card.
	mostPages = 4
)

// client calls the Telnyx API v2. It is safe for concurrent use. Every error is a *carriers.Error.
//
// No operation on SIM cards documents an idempotency key, and no request carries anything of ours: an action whose answer was lost
// must be looked up before it is requested again.
type client struct {
	config Config
	http   *transport.Client
}

// waitHeaders hold how long to stay away after a 429: the seconds until the limit is reset (Rate limiting), and what the vendor's
// own client obeys beside Retry-After.
var waitHeaders = []string{"x-ratelimit-reset", "retry-after-ms"}

// Connect returns a connection to Telnyx, or an error that names every fault of the settings.
func (c Config) Connect(log *zap.Logger, observer *carriers.Observer) (carriers.Connection, error) {
	c.Observe(observer)
	connected, err := newClient(c, log)
	if err != nil {
		return nil, err
	}
	return connected, nil
}

func newClient(cfg Config, log *zap.Logger) (*client, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg.WaitHeaders = waitHeaders
	key := transport.StaticHeader{Name: "Authorization", Value: "Bearer " + string(cfg.APIKey)}
	exchange, err := transport.New(carrier, cfg.Options, key, cfg.classify, log)
	if err != nil {
		return nil, err
	}
	return &client{config: cfg, http: exchange}, nil
}

// ExchangeTimeout is the longest time of one HTTP exchange.
func (c *client) ExchangeTimeout() time.Duration { return c.config.ExchangeTimeout() }

// Slots is how many calls can be under way at the same time.
func (c *client) Slots() int { return c.config.Slots() }

// Close gives the idle connections back.
func (c *client) Close() { c.http.Close() }

// request requests an action of a card (POST /sim_cards/{id}/actions/…). 202 is the documented answer; the request has no body.
func (c *client) request(ctx context.Context, reference, card, action string) (carriers.Acknowledgement, error) {
	call := c.call("request "+action, reference, http.MethodPost, simPath+"/actions/"+action, card)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (carriers.Acknowledgement, error) {
		made, err := readAction(a.Body, card, "")
		ack := c.acknowledge(made)
		ack.HTTPStatus = a.Status
		return ack, err
	})
}

// acknowledge is what an action says about the request that it was made for. It may be final already.
func (c *client) acknowledge(a Action) carriers.Acknowledgement {
	return carriers.Acknowledgement{TransactionID: a.ID.String(), At: time.Now().UTC(), Outcome: c.outcomeOf(a)}
}

// outcomeOf is what an action says, before anybody has looked at the card.
func (c *client) outcomeOf(a Action) carriers.Outcome {
	outcome := carriers.Outcome{State: c.config.vocabulary().StateOf(a.Status.Value), Status: a.Status.Value}
	if outcome.State == carriers.Failed {
		outcome.Code, outcome.Reason = a.Status.Value, a.Status.Reason
	}
	return outcome
}

// action reads one action (GET /sim_card_actions/{id}); found is false when Telnyx says that it does not have it. Right after the
// request that can mean "not yet".
func (c *client) action(ctx context.Context, reference, card, id string) (a Action, found bool, err error) {
	call := c.call("read an action", reference, http.MethodGet, actionPath, card)
	call.PathParams["actionId"] = id
	a, err = transport.Exchange(ctx, c.http, call, func(answer transport.Answer) (Action, error) { return readAction(answer.Body, card, id) })
	if carriers.ClassOf(err) == carriers.NotFound {
		return a, false, nil
	}
	return a, err == nil, err
}

// actions reads every action of a card (GET /sim_card_actions with filter[sim_card_id]). It is filtered by nothing else: the
// filters of type and status leave out values that actions can have. A list that is not complete is an error: no order is
// documented, and pages shift while they are read.
func (c *client) actions(ctx context.Context, reference, card string) ([]Action, error) {
	call := c.call("list actions", reference, http.MethodGet, actionsPath, card)
	call.Query = url.Values{"filter[sim_card_id]": {card}, "page[size]": {strconv.Itoa(pageSize)}}
	var all []Action
	total, seen := 0, map[string]bool{}
	for number := 1; number <= mostPages; number++ {
		call.Query.Set("page[number]", strconv.Itoa(number))
		answer, err := c.http.Do(ctx, call)
		if err != nil {
			return nil, err
		}
		p, err := readPage(answer.Body)
		if err != nil {
			return nil, c.http.Unreadable(call, answer.Status, err.Error())
		}
		for _, a := range *p.Data {
			id := lineForm(a.ID.String())
			if lineForm(a.SIMCardID.String()) != card || id == "" {
				return nil, c.http.Unreadable(call, answer.Status, "the list holds an action of another SIM card, or one without an id")
			}
			if !seen[id] {
				seen[id], all = true, append(all, a)
			}
		}
		if number == 1 {
			total = p.total
		}
		switch {
		case p.total != total, len(all) > total, len(*p.Data) == 0 && len(all) < total:
			return nil, c.http.Unreadable(call, answer.Status, "the list has changed while it was read, or is not complete")
		case len(all) == total:
			return all, nil
		}
	}
	return nil, c.http.Unreadable(call, http.StatusOK, "the list has more pages than any SIM card has actions")
}

// sim reads a SIM card (GET /sim_cards/{id}).
func (c *client) sim(ctx context.Context, reference, card string) (SIM, error) {
	call := c.call("read the SIM card", reference, http.MethodGet, simPath, card)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (SIM, error) { return readSIM(a.Body, card) })
}

// activationCode reads the activation code of an eSIM (GET /sim_cards/{id}/activation_code).
func (c *client) activationCode(ctx context.Context, reference, card string) (ActivationCode, error) {
	call := c.call("read the activation code", reference, http.MethodGet, activationPath, card)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (ActivationCode, error) { return readActivationCode(a.Body) })
}

func (c *client) call(name, reference, method, path, card string) transport.Call {
	return transport.Call{
		Name: name, Reference: reference, Method: method, Path: path, Headers: map[string]string{},
		PathParams: map[string]string{"simCardId": card}, Personal: []string{card, strings.ToUpper(card)},
	}
}
