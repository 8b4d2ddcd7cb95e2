package sandbox

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/carrierflow/carrierflow/carriers"
)

// Config holds the settings that all carriers share. All delays are invented: no carrier documents one. A zero delay that
// has a default gets it in [New]; one millisecond is as good as none.
type Config struct {
	AcknowledgeAfter time.Duration `env:"ACKNOWLEDGE_AFTER" default:"0s" help:"How long a recorded change waits for its acknowledgement."`
	DecideAfter      time.Duration `env:"DECIDE_AFTER" default:"2s" help:"How long a carrier takes to decide a change."`
	ReviewFor        time.Duration `env:"REVIEW_FOR" default:"3s" help:"How long a review takes."`
	LateEffectAfter  time.Duration `env:"LATE_EFFECT_AFTER" default:"5s" help:"How long after the decision a late effect shows."`
	HoldFor          time.Duration `env:"HOLD_FOR" default:"1m" help:"How long a timeout scenario holds the answer; then it resets the connection."`
	RetryAfter       time.Duration `env:"RETRY_AFTER" default:"2s" help:"What the throttled scenario asks for in Retry-After, in whole seconds."`

	Manners       string        `env:"MANNERS" default:"own" enum:"own,other" help:"How the carriers behave beside what their pages say: own, or other, which puts gateways, late records and other spellings before every exchange, at random by seed."`
	MannersSeed   uint64        `env:"MANNERS_SEED" default:"1" help:"Makes other manners the same again."`
	VisibleWithin time.Duration `env:"VISIBLE_WITHIN" default:"2s" help:"Longest time until look-ups show a recorded request whose record becomes visible late. What a client concludes from an absence rests on waiting longer than this."`

	Callback CallbackConfig `embed:"" prefix:"callback-" envprefix:"CALLBACK_"`

	RequireTokens bool          `env:"REQUIRE_TOKENS" help:"Answer calls without a valid token with 401, at the carriers that issue tokens here."`
	TokenTTL      time.Duration `name:"token-ttl" env:"TOKEN_TTL" default:"1h" help:"How long an issued token is valid."`
}

// CallbackConfig says where callback notices go, how they prove who sends them, and how long they are tried.
type CallbackConfig struct {
	URL         string        `name:"url" env:"URL" placeholder:"URL" help:"Where callbacks go; {carrier} in it stands for the carrier that calls back; empty sends none."`
	Secret      string        `env:"SECRET" secret:"" placeholder:"whsec_…" help:"Signs callbacks as Standard Webhooks does."`
	Bearer      string        `env:"BEARER" secret:"" help:"Token sent in the Authorization header."`
	Basic       string        `env:"BASIC" secret:"" placeholder:"USER:PASSWORD" help:"User and password sent in the Authorization header."`
	Timeout     time.Duration `env:"TIMEOUT" default:"10s" help:"Longest time for one delivery attempt."`
	RetryFrom   time.Duration `env:"RETRY_FROM" default:"250ms" help:"Wait before the first redelivery; it doubles from there."`
	RetryUpTo   time.Duration `env:"RETRY_UP_TO" default:"5s" help:"Longest wait between redeliveries, unless the receiver's Retry-After asks for more."`
	GiveUpAfter time.Duration `env:"GIVE_UP_AFTER" default:"10m" help:"How long a notice is tried."`
}

// withDefaults fills in what is zero. The tags above say the same for the command line; a test holds them together.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		value   *time.Duration
		instead time.Duration
	}{
		{&c.DecideAfter, 2 * time.Second},
		{&c.ReviewFor, 3 * time.Second},
		{&c.LateEffectAfter, 5 * time.Second},
		{&c.HoldFor, time.Minute},
		{&c.RetryAfter, 2 * time.Second},
		{&c.TokenTTL, time.Hour},
		{&c.VisibleWithin, 2 * time.Second},
		{&c.Callback.Timeout, 10 * time.Second},
		{&c.Callback.RetryFrom, 250 * time.Millisecond},
		{&c.Callback.RetryUpTo, 5 * time.Second},
		{&c.Callback.GiveUpAfter, 10 * time.Minute},
	} {
		if *d.value == 0 {
			*d.value = d.instead
		}
	}
	c.Manners = cmp.Or(c.Manners, OwnManners)
	if c.MannersSeed == 0 {
		c.MannersSeed = 1
	}
	return c
}

// Validate names every setting that cannot work. A command line parsed by kong calls it by itself.
func (c Config) Validate() error {
	var problems []error
	if c.Manners != "" && c.Manners != OwnManners && c.Manners != OtherManners {
		problems = append(problems, errors.New("the manners must be own or other"))
	}
	if c.Callback.URL != "" {
		target, err := url.Parse(c.Callback.URL)
		if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
			problems = append(problems, errors.New("the callback URL must be http://… or https://…"))
		}
	}
	if c.Callback.Secret != "" {
		if _, err := standardwebhooks.NewWebhook(c.Callback.Secret); err != nil {
			problems = append(problems, errors.New("the callback secret must be whsec_ and base64"))
		}
	}
	if c.Callback.Bearer != "" && c.Callback.Basic != "" {
		problems = append(problems, errors.New("a callback has one Authorization header: give it a bearer token or user and password, not both"))
	}
	if c.Callback.Basic != "" && !strings.Contains(c.Callback.Basic, ":") {
		problems = append(problems, errors.New("the callback's basic credentials must be USER:PASSWORD"))
	}
	return errors.Join(problems...)
}

// urlOf is where a carrier's callbacks go.
func (c CallbackConfig) urlOf(name carriers.Carrier) string {
	return strings.ReplaceAll(c.URL, "{carrier}", string(name))
}
