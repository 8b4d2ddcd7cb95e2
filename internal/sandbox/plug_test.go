package sandbox_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// actionCarrier is a carrier that is different from the real ones: its requests have no reference, it issues an id for each
// action, the actions are polled and listed, its errors are like those of JSON:API, and it wants an API key as bearer token.
type actionCarrier struct {
	key      string
	enabled  map[string]bool
	actions  []*action
	requests int
	// notBefore is the time for which requests ask.
	notBefore time.Time
}

type action struct {
	*sandbox.Change
	id string
}

func (c *actionCarrier) plug() sandbox.Carrier {
	return sandbox.Carrier{
		Name: "action",
		Operations: []sandbox.Operation{
			{Name: "enable", Kind: sandbox.KindChange, Route: "POST /action/v2/cards/{id}/enable", Handle: c.enable},
			{Name: "card", Kind: sandbox.KindRead, Route: "GET /action/v2/cards/{id}", Handle: c.card},
			{Name: "search", Kind: sandbox.KindRead, Route: "POST /action/v2/cards/search", Handle: c.search},
			{Name: "action", Kind: sandbox.KindLookUp, Route: "GET /action/v2/actions/{id}", Handle: c.action},
			{Name: "actions", Kind: sandbox.KindLookUp, Route: "GET /action/v2/actions", Handle: c.list},
		},
		Traits:  sandbox.Traits{DecidesLater: true, StatusInAcknowledgement: true},
		Refusal: jsonAPIError,
		NoError: func(any, *rand.Rand) sandbox.Object { return sandbox.Object{"errors": []any{}} },
		Authorized: func(r *http.Request) bool {
			return sandbox.SameSecret(c.key, sandbox.BearerOf(r))
		},
		Answers: sandbox.Answers{
			Fields:   map[string]sandbox.Field{"status": sandbox.FieldWord, "card": sandbox.FieldICCID},
			Lists:    []string{"data"},
			Listings: []sandbox.Listing{{Name: "data"}},
		},
	}
}

func jsonAPIError(status int, code, message string) sandbox.Reply {
	if code == "" {
		code = fmt.Sprint(10000 + status)
	}
	return sandbox.Reply{Status: status, Body: sandbox.Object{
		"errors": []sandbox.Object{{"code": code, "title": http.StatusText(status), "detail": message}},
	}}
}

func (c *actionCarrier) enable(r *http.Request, body []byte) sandbox.Request {
	card := r.PathValue("id")
	c.requests++
	var refusal *sandbox.Reply
	if !json.Valid(body) {
		refused := jsonAPIError(http.StatusUnprocessableEntity, "", "the body cannot be read")
		refusal = &refused
	}
	return sandbox.Request{
		Reference: fmt.Sprintf("enable:%s#%d", card, c.requests), Derived: true, Line: card, Refusal: refusal,
		Record: func(made *sandbox.Change) (sandbox.Reply, bool) {
			a := &action{Change: made, id: fmt.Sprint("action-", len(c.actions)+1)}
			c.actions = append(c.actions, a)
			made.Apply = func() { c.enabled[card] = true }
			made.NotBefore = c.notBefore
			return sandbox.Reply{Status: http.StatusAccepted, Body: sandbox.Object{"data": a.view()}}, true
		},
	}
}

func (c *actionCarrier) card(r *http.Request, _ []byte) sandbox.Request {
	card := r.PathValue("id")
	return sandbox.Request{Line: card, Read: func() sandbox.Reply {
		return sandbox.Reply{Status: http.StatusOK, Body: sandbox.Object{"data": sandbox.Object{"card": card, "enabled": c.enabled[card]}}}
	}}
}

func (c *actionCarrier) search(_ *http.Request, body []byte) sandbox.Request {
	return sandbox.Request{Read: func() sandbox.Reply {
		return sandbox.Reply{Status: http.StatusOK, Body: sandbox.Object{"data": string(body)}}
	}}
}

func (c *actionCarrier) action(r *http.Request, _ []byte) sandbox.Request {
	missing := jsonAPIError(http.StatusNotFound, "", "there is no such action")
	request := sandbox.Request{Missing: &missing, Read: func() sandbox.Reply { return missing }}
	for _, a := range c.actions {
		if a.id == r.PathValue("id") {
			request.Reference, request.Derived, request.Line = a.Reference, true, a.Line
			request.Read = func() sandbox.Reply {
				if a.Hidden() {
					return missing
				}
				return sandbox.Reply{Status: http.StatusOK, Body: sandbox.Object{"data": a.view()}}
			}
		}
	}
	return request
}

func (c *actionCarrier) list(r *http.Request, _ []byte) sandbox.Request {
	card, page := r.URL.Query().Get("filter[card]"), max(1, number(r.URL.Query().Get("page[number]")))
	missing := sandbox.Reply{Status: http.StatusOK, Body: sandbox.Object{"data": []any{}}}
	return sandbox.Request{Line: card, Missing: &missing, Read: func() sandbox.Reply {
		found := []any{}
		for _, a := range c.actions {
			if !a.Hidden() && (card == "" || card == a.Line) {
				found = append(found, a.view())
			}
		}
		from := min(page-1, len(found)) // one on each page
		return sandbox.Reply{Status: http.StatusOK, Body: sandbox.Object{
			"data": found[from:min(from+1, len(found))], "meta": sandbox.Object{"total_pages": len(found)},
		}}
	}}
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func (a *action) view() sandbox.Object {
	words := map[sandbox.State]string{
		sandbox.StateRecorded: "in-progress", sandbox.StateWorking: "in-progress", sandbox.StateUnknownWord: "parked",
		sandbox.StateDone: "completed", sandbox.StateFailed: "failed",
	}
	return sandbox.Object{"id": a.id, "status": words[a.State()], "card": a.Line}
}

// A carrier with no reference, no callbacks and ids of its own needs nothing from the engine that the others do not have.
func TestACarrierWithActionsPlugsIn(t *testing.T) {
	const bearer = "Bearer key"
	c := &actionCarrier{key: "key", enabled: map[string]bool{}}
	b := sandboxtest.Start(t, sandboxtest.Quick(), c.plug())
	enable := func(card, body string) sandboxtest.Answer {
		return b.Call("POST", "/action/v2/cards/"+card+"/enable", body, "Authorization", bearer)
	}
	get := func(path string) sandboxtest.Answer {
		return b.Call("GET", "/action/v2/"+path, "", "Authorization", bearer)
	}

	got := b.Post("/action/v2/cards/card-01/enable", `{}`)
	assert.Equal(t, 401, got.Status)
	assert.Equal(t, "10401", got.Field("errors", 0, "code"))
	got = enable("card-01", `{}`)
	require.Equal(t, 202, got.Status)
	assert.Equal(t, "action-1", got.Field("data", "id"))
	b.Eventually(func() bool { return get("actions/action-1").Field("data", "status") == "completed" })
	assert.Equal(t, true, get("cards/card-01").Field("data", "enabled"))

	enable("card-02", `{}`)
	assert.Equal(t, "action-2", get("actions?filter[card]=card-02").Field("data", 0, "id"))
	assert.Equal(t, "action-2", get("actions?page[number]=2").Field("data", 0, "id"))
	assert.Equal(t, 404, get("actions/action-9").Status)
	assert.Equal(t, "Unprocessable Entity", enable("card-01", `{`).Field("errors", 0, "title"))

	enable("card-01", `{}`)
	entries := b.Ledger(sandbox.Filter{Line: "card-01"})
	var duplicates []int
	var references []string
	for _, e := range entries {
		if e.Recorded {
			duplicates, references = append(duplicates, e.DuplicateOf), append(references, e.Reference)
		}
	}
	assert.Equal(t, []int{0, 1}, duplicates, "the same line and the same body are the same operation")
	assert.Equal(t, []string{"enable:card-01#2", "enable:card-01#5"}, references)
}

// A change for a later time is worked on until then.
func TestAChangeForALaterTimeIsNotDecidedBeforeIt(t *testing.T) {
	c := &actionCarrier{enabled: map[string]bool{}, notBefore: time.Now().Add(400 * time.Millisecond)}
	b := sandboxtest.Start(t, sandboxtest.Quick(), c.plug())
	b.Post("/action/v2/cards/card-01/enable", `{}`)
	b.Eventually(func() bool { return b.Ledger(sandbox.Filter{})[0].Decided == "done" })
	assert.False(t, b.Ledger(sandbox.Filter{})[0].InEffectAt.Before(c.notBefore))

	c.notBefore = time.Now().Add(-time.Hour)
	b.Post("/action/v2/cards/card-02/enable", `{}`)
	b.Eventually(func() bool { return b.Ledger(sandbox.Filter{Line: "card-02"})[0].InEffect })
}

func TestAReadMayHaveABody(t *testing.T) {
	c := &actionCarrier{enabled: map[string]bool{}}
	b := sandboxtest.Start(t, sandboxtest.Quick(), c.plug())
	assert.Equal(t, `{"card":"card-01"}`, b.Post("/action/v2/cards/search", `{"card":"card-01"}`).Field("data"))
	assert.Empty(t, b.Ledger(sandbox.Filter{}), "it is no change for that")
}

func TestScenariosReachACarrierWithActions(t *testing.T) {
	c := &actionCarrier{enabled: map[string]bool{}}
	b := sandboxtest.Start(t, sandboxtest.Quick(), c.plug())
	enable := func(card string) sandboxtest.Answer { return b.Post("/action/v2/cards/"+card+"/enable", `{}`) }
	status := func(id any) any { return b.Get(fmt.Sprint("/action/v2/actions/", id)).Field("data", "status") }

	failed := enable("card-59").Field("data", "id")
	b.Eventually(func() bool { return status(failed) == "failed" })
	assert.Equal(t, 404, b.Get(fmt.Sprint("/action/v2/actions/", enable("card-68").Field("data", "id"))).Status)
	b.Set(sandbox.Rule{Scenario: "duplicate-400"})
	assert.Equal(t, "DUPLICATE_TRANSACTION", enable("card-03").Field("errors", 0, "code"))
	b.ClearScenarios(sandbox.Rule{})
	b.Set(sandbox.Rule{Operation: "action", Reference: "enable:card-59#1", Scenario: "unavailable-503"})
	assert.Equal(t, 503, b.Get(fmt.Sprint("/action/v2/actions/", failed)).Status)
	b.ClearScenarios(sandbox.Rule{})
	b.Set(sandbox.Rule{Scenario: "null-list"})
	assert.Contains(t, b.Get("/action/v2/actions").Raw, `"data":null`)

	_, err := b.SetScenario(sandbox.Rule{Carrier: "action", Scenario: "lost-callback"})
	assert.ErrorContains(t, err, "makes no difference")
	for _, sc := range b.Scenarios() {
		assert.NotContains(t, []string{"lost-callback", "review-deny", "part-left-out"}, sc.Name)
	}
}
