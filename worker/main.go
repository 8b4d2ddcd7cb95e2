// Command worker runs carrierflow: Temporal workers for the workflows and for every configured carrier, the receiver of
// the carriers' callbacks, and the health checks.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

const description = `Run carrierflow's Temporal worker.

It connects to Temporal with the settings the temporal CLI has: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
TEMPORAL_TLS_… or a profile file. A carrier is served when its base URL is set.`

type cli struct {
	service.Config `embed:""`
	Version        kong.VersionFlag `help:"Show the version and exit."`

	Run         struct{}           `cmd:"" default:"1" help:"Run the worker (the default)."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the worker of this machine, at its health address, whether it is ready; for health checks of containers."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var flags cli
	options := append(flags.Flags(), kong.Name("worker"), kong.Description(description), kong.Vars{"version": version.Get().String()})
	parser := kong.Must(&flags, options...)
	called, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		fmt.Fprintln(os.Stderr, `"worker --help" shows every setting.`)
		os.Exit(2)
	}
	if called.Command() == "healthcheck" {
		err = flags.Healthcheck.ask(ctx, flags.HealthAddress)
	} else {
		err = run(ctx, flags.Config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg service.Config) error {
	log, err := newLogger(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = log.Sync() }() // a terminal cannot be synced, and nothing is lost
	service.RedirectLibraryLogs(log)
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return fmt.Errorf("reading the settings of the connection to Temporal: %w", err)
	}
	return service.Run(ctx, cfg, options, log)
}

// isoTime is ISO 8601 with milliseconds and the zone; zap's own encoder writes a zone that not every reader takes.
var isoTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z07:00")

func newLogger(cfg service.Config) (*zap.Logger, error) {
	logging := zap.NewProductionConfig()
	if cfg.LogFormat == "console" {
		logging = zap.NewDevelopmentConfig()
	}
	level, err := zap.ParseAtomicLevel(cfg.LogLevel)
	if err != nil {
		return nil, err
	}
	logging.Level = level
	logging.EncoderConfig.EncodeTime = isoTime
	logging.DisableStacktrace = true
	return logging.Build()
}
