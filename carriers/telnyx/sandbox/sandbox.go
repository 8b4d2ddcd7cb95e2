// Package sandbox is Telnyx for tests and demonstrations: what its sandbox serves, checks, knows and answers.
//
// It follows the public pages of API v2 about SIM cards. What they leave open is invented, and all of that is in invented.go, except
// for the made-up values of made-up SIM cards in lines.go. It shares no code with the client in carriers/telnyx.
package sandbox

import (
	"cmp"
	"net/http"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Config holds the settings of Telnyx's sandbox.
type Config struct {
	APIKey string `name:"api-key" env:"API_KEY" secret:"" help:"The API key that is accepted as bearer token; empty accepts any request."`
}

// carrier is Telnyx with what it knows.
type carrier struct {
	cfg   Config
	world world
}

// New returns Telnyx for a sandbox.
func New(cfg Config) engine.Carrier {
	c := &carrier{cfg: cfg, world: newWorld()}
	const card = base + "/sim_cards/{id}"
	return engine.Carrier{
		Name: "telnyx",
		Operations: []engine.Operation{
			// Documented: SIM Cards.
			{Name: "enable", Kind: engine.KindChange, Route: "POST " + card + "/actions/enable", Handle: c.action(actionEnable)},
			{Name: "disable", Kind: engine.KindChange, Route: "POST " + card + "/actions/disable", Handle: c.action(actionDisable)},
			{Name: "set-standby", Kind: engine.KindChange, Route: "POST " + card + "/actions/set_standby", Handle: c.action(actionSetStandby)},
			{Name: "sim-card", Kind: engine.KindRead, Route: "GET " + card, Handle: c.readCard},
			{Name: "sim-cards", Kind: engine.KindRead, Route: "GET " + base + "/sim_cards", Handle: c.listCards},
			{Name: "activation-code", Kind: engine.KindRead, Route: "GET " + card + "/activation_code", Handle: c.readActivationCode},
			// Documented: SIM Card Actions.
			{Name: "action", Kind: engine.KindLookUp, Route: "GET " + base + "/sim_card_actions/{id}", Handle: c.readAction},
			{Name: "actions", Kind: engine.KindLookUp, Route: "GET " + base + "/sim_card_actions", Handle: c.listActions},
		},
		WorkerEnv: func(url string) map[string]string {
			return map[string]string{"TELNYX_BASE_URL": url + base, "TELNYX_API_KEY": cmp.Or(cfg.APIKey, "sandbox")} // a client insists on a key
		},
		Traits:     engine.Traits{DecidesLater: true, StatusInAcknowledgement: true},
		Refusal:    refusal,
		NoError:    noError,
		Authorized: func(r *http.Request) bool { return engine.SameSecret(cfg.APIKey, engine.BearerOf(r)) },
		Answers:    answers,
	}
}

// answers is what other implementations may change in Telnyx's answers.
var answers = engine.Answers{
	Fields: map[string]engine.Field{
		"id": engine.FieldWord, "sim_card_id": engine.FieldWord, // a UUID in either case is one UUID (RFC 9562)
		"value": engine.FieldWord, "action_type": engine.FieldWord, "type": engine.FieldWord,
		"iccid":      {Spell: engine.FieldICCID.Spell, Digits: engine.FieldICCID.Digits}, // never a number by itself
		"imsi":       engine.FieldDigits,
		"created_at": engine.FieldTime, "updated_at": engine.FieldTime,
		"page_number": engine.FieldNumber, "page_size": engine.FieldNumber, "total_pages": engine.FieldNumber, "total_results": engine.FieldNumber,
	},
	Opaque:   []string{"settings", "data_limit", "current_billing_period_consumed_data"},
	Lists:    []string{"data"},
	Listings: []engine.Listing{{Name: "data"}},
}
