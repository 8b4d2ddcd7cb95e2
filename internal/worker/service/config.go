// Package service is the implementation of the worker binary. It connects to Temporal, runs one workflow worker and one
// activity worker per carrier, receives callbacks, and answers health checks. It is a package so that other programs, such
// as the development server, can run a worker in their own process.
package service

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
)

// Config is the configuration of the worker. Every field is a flag, an environment variable and a key of the configuration file. The
// connection to Temporal is not part of it: it is configured with the TEMPORAL_ variables of the temporal CLI.
type Config struct {
	// Carriers are the settings of every carrier; see [Config.Flags].
	Carriers []CarrierConfig `kong:"-"`
	// LogLevelAt, if it is set, answers /log/level at HealthAddress; it is zap's handler of the level of the log.
	LogLevelAt http.Handler `kong:"-"`

	ConfigFile string   `name:"config" env:"CARRIERFLOW_CONFIG" placeholder:"FILE" help:"YAML file with settings; its keys are the names of the flags."`
	Roles      []Role   `name:"role" env:"CARRIERFLOW_ROLE" default:"all" placeholder:"ROLE" help:"What this process does, separated by commas: workflows, activities, callbacks, or all of them."`
	Serve      []string `name:"carriers" env:"CARRIERFLOW_CARRIERS" placeholder:"CARRIER" help:"Carriers, separated by commas, whose activities, callbacks and sweeps this process serves; without it all that are configured."`

	CallbackAddress string `env:"CARRIERFLOW_CALLBACK_ADDRESS" default:"127.0.0.1:8090" help:"Where carriers' callbacks are received."`
	HealthAddress   string `env:"CARRIERFLOW_HEALTH_ADDRESS" default:"127.0.0.1:8091" help:"Where /healthz, /readyz, /metrics and /log/level are answered."`

	LineKey transport.Secret `env:"CARRIERFLOW_LINE_KEY" help:"Secret of your own that lines are hashed with, for their turns and for the search attribute LineKey; the same for all workers, callers and the starter."`
	// LineKeyPrevious is set while LineKey is being replaced; docs/security.md says for how long.
	LineKeyPrevious transport.Secret `env:"CARRIERFLOW_LINE_KEY_PREVIOUS" help:"Secret that CARRIERFLOW_LINE_KEY replaces: lines are found, and take turns, under both."`
	// LostTime is set for a while after Temporal was restored to an older state; docs/backup.md says how.
	LostTime    activities.LostTime `env:"CARRIERFLOW_LOST_TIME" help:"After Temporal was restored to an older state: the time it has lost, as <from>/<until>. Changes are looked up before they are sent." placeholder:"FROM/UNTIL"`
	NoLineOrder []string            `env:"CARRIERFLOW_NO_LINE_ORDER" help:"Carriers and operation types, separated by commas, whose changes of one line need not wait for each other; the same for all workers." placeholder:"NAME"`

	WorkflowCache            int           `env:"CARRIERFLOW_WORKFLOW_CACHE" default:"10000" help:"Maximum runs that the worker keeps in memory; docs/scaling.md says how much memory they take."`
	RegisterSearchAttributes bool          `env:"CARRIERFLOW_REGISTER_SEARCH_ATTRIBUTES" default:"true" negatable:"" help:"Register missing search attributes at start; with false the worker names them and ends."`
	StopTimeout              time.Duration `env:"CARRIERFLOW_STOP_TIMEOUT" default:"0s" help:"How long open calls may take when the worker stops; 0s is the longest carrier timeout and 5s more."`
	LogLevel                 string        `env:"CARRIERFLOW_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least severe log level: debug, info, warn or error."`
	LogFormat                string        `env:"CARRIERFLOW_LOG_FORMAT" default:"json" enum:"json,console" help:"Log format: json or console."`
}

// CarrierConfig are the settings of one carrier: its own, and the ones common to all carriers.
type CarrierConfig struct {
	carriers.Adapter
	Settings carriers.Settings
	Limits   *Limits
	// Callback says how its callbacks are authenticated; nil for a carrier that documents none.
	Callback *callback.AuthConfig
	// Sweep says whether and how its list of requests is swept; nil for a carrier that has none.
	Sweep *SweepConfig
}

// Limits are the limits of one carrier, for all workers together.
type Limits struct {
	PerSecond float64 `env:"PER_SECOND" default:"20" help:"Maximum activities per second at this carrier, over all workers; the same for all of them. See docs/scaling.md."`
}

// Flags adds the settings of every carrier, and returns the options with which a command line parser fills them in. The flags of
// a carrier begin with its short name, its environment variables with the same in capitals.
func (c *Config) Flags() (options []kong.Option) {
	for _, a := range registry.Carriers() {
		one := CarrierConfig{Adapter: a, Settings: a.NewSettings(), Limits: new(Limits)}
		flags, env := string(a.Carrier)+"-", a.EnvPrefix()
		options = append(options, embed(one.Settings, flags, env, a.Name), embed(one.Limits, flags, env, a.Name))
		if a.CallsBack() {
			one.Callback = new(callback.AuthConfig)
			options = append(options, embed(one.Callback, flags+"callback-", env+"CALLBACK_", a.Name+" callbacks"))
		}
		if a.Sweep != nil {
			one.Sweep = new(SweepConfig)
			options = append(options, embed(one.Sweep, flags, env, a.Name))
		}
		c.Carriers = append(c.Carriers, one)
	}
	return options
}

func embed(settings any, flags, env, group string) kong.Option {
	return kong.Embed(settings, fmt.Sprintf(`prefix:%q`, flags), fmt.Sprintf(`envprefix:%q`, env), fmt.Sprintf(`group:%q`, group))
}

// Parse reads the configuration from flags, and from the environment and a file for what they leave out.
func Parse(args []string) (c Config, err error) {
	parser, err := settings.New(&c, settings.Process, c.Flags()...)
	if err != nil {
		return c, err
	}
	_, faults := parser.Parse(args)
	return c, settings.Incomplete(faults)
}

// Check names every fault of the configuration at once.
func (c Config) Check() error { return settings.Incomplete(c.Faults()) }

// stopTimeout is longer than the longest carrier call, so that a stopping worker never interrupts one: a request without an
// answer has to be looked up.
func (c Config) stopTimeout() time.Duration {
	if c.StopTimeout > 0 {
		return c.StopTimeout
	}
	longest := time.Duration(0)
	for _, one := range c.Carriers {
		longest = max(longest, one.Settings.CallTimeout())
	}
	return longest + 5*time.Second
}
