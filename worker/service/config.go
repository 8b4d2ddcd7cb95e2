// Package service is the inside of the worker binary: it connects to Temporal, runs one workflow worker and one activity
// worker per carrier, receives callbacks, and answers health checks. It is a package so that other programs, such as the
// development server, can run a worker in their own process.
package service

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/carriers/transport"
	"github.com/carrierflow/carrierflow/worker/callback"
)

// Config is everything the worker can be told. Every field is a flag and an environment variable. The connection to
// Temporal is not in here: it is configured with the TEMPORAL_ variables that the temporal CLI has.
type Config struct {
	Dish     dishConfig     `embed:"" prefix:"dish-" envprefix:"DISH_" group:"DISH"`
	STN      stnConfig      `embed:"" prefix:"stn-" envprefix:"STN_" group:"sTN"`
	MasMovil masMovilConfig `embed:"" prefix:"masmovil-" envprefix:"MASMOVIL_" group:"MásMóvil"`

	DishPerSecond     float64 `env:"DISH_PER_SECOND" default:"20" help:"Most DISH activities a second, over all workers."`
	STNPerSecond      float64 `name:"stn-per-second" env:"STN_PER_SECOND" default:"20" help:"Most sTN activities a second, over all workers."`
	MasMovilPerSecond float64 `name:"masmovil-per-second" env:"MASMOVIL_PER_SECOND" default:"20" help:"Most MásMóvil activities a second, over all workers."`

	CallbackAddress string              `env:"CARRIERFLOW_CALLBACK_ADDRESS" default:"127.0.0.1:8090" help:"Where carriers' callbacks are received."`
	DishCallback    callback.AuthConfig `embed:"" prefix:"dish-callback-" envprefix:"DISH_CALLBACK_" group:"DISH callbacks"`

	HealthAddress string `env:"CARRIERFLOW_HEALTH_ADDRESS" default:"127.0.0.1:8091" help:"Where /healthz, /readyz and /metrics are answered."`

	LineKey transport.Secret `env:"CARRIERFLOW_LINE_KEY" help:"Secret that lines are hashed with for the search attribute LineKey, where the caller of an operation left it out."`

	RegisterSearchAttributes bool          `env:"CARRIERFLOW_REGISTER_SEARCH_ATTRIBUTES" default:"true" negatable:"" help:"Register missing search attributes at start."`
	StopTimeout              time.Duration `env:"CARRIERFLOW_STOP_TIMEOUT" default:"0s" help:"How long calls under way may take when the worker stops; 0s is the longest carrier timeout and 5s more."`
	LogLevel                 string        `env:"CARRIERFLOW_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least severe log level: debug, info, warn or error."`
	LogFormat                string        `env:"CARRIERFLOW_LOG_FORMAT" default:"json" enum:"json,console" help:"Log format: json or console."`
}

// The carriers' settings without their Validate: a command line parser would call it and stop at the first carrier, and
// Check names the faults of all.
type (
	dishConfig     dish.Config
	stnConfig      stn.Config
	masMovilConfig masmovil.Config
)

// Check names every fault of the configuration at once.
func (c Config) Check() error {
	var faults []error
	if c.Dish.BaseURL == "" && c.STN.BaseURL == "" && c.MasMovil.BaseURL == "" {
		faults = append(faults, errors.New("no carrier is configured: set at least one of DISH_BASE_URL, STN_BASE_URL, MASMOVIL_BASE_URL"))
	}
	for name, perSecond := range map[string]float64{"DISH": c.DishPerSecond, "STN": c.STNPerSecond, "MASMOVIL": c.MasMovilPerSecond} {
		if perSecond <= 0 {
			faults = append(faults, fmt.Errorf("%s_PER_SECOND must be above 0", name))
		}
	}
	if c.Dish.BaseURL != "" {
		faults = append(faults, dish.Config(c.Dish).Validate(), c.DishCallback.Check("DISH_CALLBACK_", c.CallbackAddress))
	}
	if c.STN.BaseURL != "" {
		faults = append(faults, stn.Config(c.STN).Validate())
	}
	if c.MasMovil.BaseURL != "" {
		faults = append(faults, masmovil.Config(c.MasMovil).Validate())
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("the configuration is not complete:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return nil
}

// stopTimeout is above the longest carrier call, so that a stopping worker never cuts one off: a request whose answer is
// not waited for is one that has to be looked up.
func (c Config) stopTimeout() time.Duration {
	if c.StopTimeout > 0 {
		return c.StopTimeout
	}
	return max(c.Dish.Timeout, c.STN.Timeout, c.MasMovil.Timeout) + 5*time.Second
}
