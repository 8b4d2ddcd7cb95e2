package sandbox

import (
	"time"

	"github.com/google/uuid"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// The statuses of a SIM card (SIM Cards; SIM lifecycle).
const (
	statusRegistering       = "registering"
	statusEnabled           = "enabled"
	statusDisabled          = "disabled"
	statusStandby           = "standby"
	statusDataLimitExceeded = "data_limit_exceeded"
	statusUnauthorizedIMEI  = "unauthorized_imei"
	statusBlocked           = "blocked"
	statusAbolished         = "abolished"
)

// imposed reports whether Telnyx imposes a status (SIM lifecycle). No request changes it.
func imposed(status string) bool {
	switch status {
	case statusDataLimitExceeded, statusUnauthorizedIMEI, statusBlocked, statusAbolished:
		return true
	}
	return false
}

// The types of actions that are served, and the one that Telnyx makes itself (SIM Card Actions).
const (
	actionEnable     = "enable"
	actionDisable    = "disable"
	actionSetStandby = "set_standby"
	actionWoken      = "enable_standby_sim_card"
)

// actionTypes are those that the filter of the list knows (SIM Card Actions).
var actionTypes = []string{
	actionEnable, actionWoken, actionDisable, actionSetStandby, "remove_public_ip", "set_public_ip", "enable_voice", "disable_voice",
}

// transitions are the status that a card has while an action runs, and the one that it has afterwards (SIM lifecycle).
var transitions = map[string]struct{ during, after string }{
	actionEnable:     {"enabling", statusEnabled},
	actionDisable:    {"disabling", statusDisabled},
	actionSetStandby: {"setting_standby", statusStandby},
}

// card is one SIM card.
type card struct {
	id string
	condition
	iccid, imsi, msisdn, eid string
	created, updated         time.Time
	actions                  []*action
	// requests counts the requests for an action, by its type.
	requests map[string]int
}

// action is the record of one change (SIM Card Actions).
type action struct {
	id, kind string
	on       *card
	created  time.Time
	// change is the request that asked for it; nil for an action that Telnyx made itself, which is completed.
	change *engine.Change
	// interrupted: a newer action came before this one was decided.
	interrupted bool
}

// running reports whether the action is neither decided nor interrupted.
func (a *action) running() bool { return a.value() == wordInProgress || a.value() == wordUnknown }

// shows reports whether look-ups know the action.
func (a *action) shows() bool { return a.change == nil || !a.change.Hidden() }

// updated is when the action changed last.
func (a *action) updated() time.Time {
	if a.change == nil {
		return a.created
	}
	return a.change.Modified
}

// world is what Telnyx knows.
type world struct {
	cards    map[string]*card
	allCards []*card         // in the order in which they were first asked about
	taken    map[string]bool // numbers that a card has
	actions  map[string]*action
	all      []*action // in the order in which they were recorded
}

func newWorld() world {
	return world{cards: map[string]*card{}, taken: map[string]bool{}, actions: map[string]*action{}}
}

// card returns a card and makes it up when it is not known yet.
func (w *world) card(id string) *card {
	if on := w.cards[id]; on != nil {
		return on
	}
	now := time.Now()
	on := &card{
		id: id, condition: conditionOf(id), iccid: w.number("89311000000", id, 9), imsi: w.number("310910", id, 9),
		msisdn: w.number("+1555", id, 7), created: now.AddDate(-1, 0, 0), requests: map[string]int{},
	}
	on.updated = on.created
	if on.esim {
		on.eid = w.number("89033023000000", id, 18)
	}
	w.cards[id], w.allCards = on, append(w.allCards, on)
	return on
}

// number is a number that no other card has; its last digits are those of the card's id.
func (w *world) number(prefix, id string, digits int) string {
	number := engine.Unused(func(n string) bool { return w.taken[n] }, prefix, engine.Tail(id, digits))
	w.taken[number] = true
	return number
}

// enter keeps a new action.
func (w *world) enter(a *action) {
	a.id = uuid.NewString()
	w.actions[a.id], w.all, a.on.actions = a, append(w.all, a), append(a.on.actions, a)
}

// of are the actions of a card, or all of them.
func (w *world) of(id string) []*action {
	on := w.cards[id]
	switch {
	case id == "":
		return w.all
	case on == nil:
		return nil
	}
	return on.actions
}

// set gives the card a status.
func (c *card) set(status string) { c.status, c.updated = status, time.Now() }

// running is the action that runs, nil if none does that look-ups know.
func (c *card) running() *action {
	for _, a := range c.actions {
		if a.running() && a.shows() {
			return a
		}
	}
	return nil
}
