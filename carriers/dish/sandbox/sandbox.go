// Package sandbox is DISH Wireless for tests and demonstrations: what its sandbox serves, checks, knows and answers.
//
// It follows the public pages of SPS v5. What they leave open is invented, and all of that is in invented.go, except for
// the made-up values of made-up lines in lines.go. It shares no code with the client in carriers/dish.
package sandbox

import (
	"slices"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Config holds the settings of DISH's sandbox.
type Config struct {
	ClientID            string `name:"client-id" env:"CLIENT_ID" help:"The client id that gets a DISH token; empty accepts any."`
	ClientSecret        string `env:"CLIENT_SECRET" secret:"" help:"The secret that belongs to it; empty accepts any."`
	RefusesDuplicates   bool   `env:"REFUSES_DUPLICATES" help:"Answer a repeated partnerTransactionId with 409. DISH does not document whether it does."`
	ReactivateQueryable bool   `env:"REACTIVATE_QUERYABLE" help:"Let the transaction status know Reactivate, which DISH's list of queryable types leaves out."`
}

// carrier is DISH with what it knows.
type carrier struct {
	cfg   Config
	world world
}

// New returns DISH for a sandbox.
func New(cfg Config) engine.Carrier {
	c := &carrier{cfg: cfg, world: newWorld()}
	return engine.Carrier{
		Name: "dish",
		Operations: append(slices.Concat(c.changes(), c.reads()),
			engine.Operation{Name: "token", Kind: engine.KindToken, Route: "POST " + base + tokenPath, CheckGrant: c.checkGrant}),
		WorkerEnv: func(url string) map[string]string { return map[string]string{"DISH_BASE_URL": url + base} },
		Traits:    engine.Traits{DecidesLater: true, StatusInAcknowledgement: true},
		Refusal:   refusal,
		NoError:   noError,
		Answers:   answers,
		Callback:  callback,
	}
}

// answers is what other implementations may change in DISH's answers and callbacks.
var answers = engine.Answers{
	Fields: map[string]engine.Field{
		"iccid": engine.FieldICCID, "gpsi": engine.FieldGPSI,
		"status": engine.FieldWord, "subscriptionStatus": engine.FieldWord, "productStatus": engine.FieldWord,
		"eligibilityStatus": engine.FieldWord,
		"startDate":         engine.FieldTime, "eventTime": engine.FieldTime, "checkedDate": engine.FieldTime,
		"billCycleStartDay": engine.FieldNumber,
	},
	Lists:    []string{"subscriptions", "resources", "products"},
	Listings: []engine.Listing{{Name: "subscriptions"}},
}
