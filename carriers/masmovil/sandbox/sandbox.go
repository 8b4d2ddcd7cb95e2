// Package sandbox is MásMóvil for tests and demonstrations: what its sandbox serves, checks, knows and answers.
//
// It follows the public pages of the Customers API v2, the Subscriptions API v1 and v2 and the Barrings API
// v2 on MasStack. What they leave open is
// invented, and all of that is in invented.go, except for the made-up values of made-up lines in lines.go and reads.go. It
// shares no code with the client in carriers/masmovil.
package sandbox

import (
	"slices"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// Config holds the settings of MásMóvil's sandbox.
type Config struct {
	PublicKey []byte `name:"public-key" env:"PUBLIC_KEY" type:"filecontent" placeholder:"FILE" help:"PEM file with the RSA key that verifies assertions; without it they are read unverified."`
}

// Validate reports a key that cannot be used. A command line parsed by kong calls it by itself.
func (c Config) Validate() error {
	_, err := c.publicKey()
	return err
}

// carrier is MásMóvil with what it knows.
type carrier struct {
	cfg   Config
	world world
}

// New returns MásMóvil for a sandbox. With a key that cannot be used it refuses every token; see [Config.Validate].
func New(cfg Config) engine.Carrier {
	c := &carrier{cfg: cfg, world: newWorld()}
	return engine.Carrier{
		Name: "masmovil",
		Operations: append(slices.Concat(c.changes(), c.reads()),
			engine.Operation{Name: "token", Kind: engine.KindToken, Route: "POST " + tokenPath, CheckGrant: c.checkGrant}),
		WorkerEnv: func(url string) map[string]string {
			return map[string]string{
				"MASMOVIL_BASE_URL": url + base, "MASMOVIL_FRAUD_REQUESTS_URL": url + fraudBase,
				"MASMOVIL_BARRINGS_URL": url + barrings, "MASMOVIL_APPLIED_MASKS_PATH": ofLine + appliedMasksPath,
				"MASMOVIL_SUBSCRIPTIONS_URL": url + subscriptionsBase, "MASMOVIL_TARIFF_FIELD": tariffField,
			}
		},
		Traits:  engine.Traits{Reviews: true},
		Refusal: refusal,
		NoError: noError,
		Answers: answers,
	}
}

// answers is what other implementations may change in MásMóvil's answers.
var answers = engine.Answers{
	Fields: map[string]engine.Field{
		"iccid": engine.FieldICCID, "imsi": engine.FieldNumber, "identification_nr": engine.FieldNumber,
		"id": engine.FieldNumber, "sell_id": engine.FieldNumber, "subscription_id": engine.FieldNumber,
		"subscription_terminal_id": engine.FieldNumber, "subscriptionId": engine.FieldNumber,
		"status": engine.FieldWord, "risk_decision": engine.FieldWord,
		"start_date": engine.FieldTime, "sell_date": engine.FieldTime, "activated_date": engine.FieldTime, "date": engine.FieldTime,
		"end_date": engine.FieldTime, "date_last_modified": engine.FieldTime, "request_date": engine.FieldTime,
		"scheduled_date": engine.FieldTime, "date_scheduled": engine.FieldTime,
	},
	Opaque:   []string{"fees"},
	Lists:    []string{"devices", "subscriptions", "items", "appliedBarringsMaskCodes"},
	Listings: []engine.Listing{{Name: "devices", MayBeAbsent: true}, {Name: "items", MayBeAbsent: true}, {Name: "appliedBarringsMaskCodes", MayBeAbsent: true}},
}
