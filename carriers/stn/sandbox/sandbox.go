// Package sandbox is sTN for tests and demonstrations: what its sandbox serves, checks, knows and answers.
//
// It follows the public pages of the Partner API. What they leave open is invented, and all of that is in invented.go,
// except for the made-up values of made-up lines in lines.go. It shares no code with the client in carriers/stn.
package sandbox

import (
	"cmp"
	"net/http"
	"slices"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Config holds the settings of sTN's sandbox.
type Config struct {
	APIKey string `name:"api-key" env:"API_KEY" secret:"" help:"The stn-api-key that is accepted; empty accepts any request."`
}

// carrier is sTN with what it knows.
type carrier struct {
	cfg   Config
	world world
}

// New returns sTN for a sandbox.
func New(cfg Config) engine.Carrier {
	c := &carrier{cfg: cfg, world: newWorld()}
	return engine.Carrier{
		Name:       "stn",
		Operations: slices.Concat(c.changes(), c.changesOfRecords(), c.reads()),
		WorkerEnv: func(url string) map[string]string {
			return map[string]string{"STN_BASE_URL": url + base, "STN_API_KEY": cmp.Or(cfg.APIKey, "sandbox")} // a client insists on a key
		},
		Traits:     engine.Traits{DecidesLater: true, StatusInAcknowledgement: true, LeavesOutParts: true},
		Refusal:    refusal,
		NoError:    noError,
		Authorized: func(r *http.Request) bool { return engine.SameSecret(cfg.APIKey, r.Header.Get("stn-api-key")) },
		Answers:    answers,
	}
}

// answers is what other implementations may change in sTN's answers.
var answers = engine.Answers{
	Fields: map[string]engine.Field{
		"simCardNumber": {Spell: engine.FieldICCID.Spell, Digits: engine.FieldICCID.Digits}, // never a number by itself
		"phoneNumber":   engine.FieldPhoneNumber, "referenceNumber": engine.FieldReference,
		"id": engine.FieldPaddedID, "subscriptionId": engine.FieldDigits,
		"status": engine.FieldWord, "state": engine.FieldWord,
		"createdAt": engine.FieldTime, "modifiedAt": engine.FieldTime,
		"offset": engine.FieldNumber, "total": engine.FieldNumber,
	},
	Opaque:   []string{"services", "info"},
	Lists:    []string{"results"},
	Listings: []engine.Listing{{Name: "results"}},
}
