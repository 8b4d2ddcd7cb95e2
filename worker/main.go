// Command worker runs carrierflow: Temporal workers for the workflows and for every configured carrier, the receiver of
// the carriers' callbacks, and the health checks. "worker config" prints the configuration instead.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/settings/connection"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

const description = `Run carrierflow's Temporal worker.

It connects to Temporal with the settings the temporal CLI has: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
TEMPORAL_TLS_… or a profile file. A carrier is served when its base URL is set. Every setting is a flag, an environment variable
or a key of the file that --config names, in this order. A secret may be in a file, whose name is in the variable with the ending _FILE.`

type cli struct {
	service.Config `embed:""`
	Version        kong.VersionFlag `help:"Show the version and exit."`

	Run         struct{}           `cmd:"" default:"1" help:"Run the worker (the default)."`
	ServeCodec  struct{}           `cmd:"" name:"codec" help:"Serve the codec endpoint, with which the Temporal Web UI and the temporal CLI show encrypted payloads."`
	Keys        keysCommand        `cmd:"" help:"Make and change the keyset that payloads are encrypted with."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the worker of this machine, at its health address, whether it is ready; for health checks of containers."`
	ShowConfig  configCommand      `cmd:"" name:"config" help:"Print the effective configuration, and what is wrong with it. Secrets are not shown."`
}

type configCommand struct {
	Format string `enum:"text,json" default:"text" help:"How to print: text or json."`
}

// The codes that the process ends with.
const (
	exitDone    = 0
	exitFailed  = 1 // the worker cannot start, or fails permanently
	exitInvalid = 2 // the configuration or the command line cannot be used
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], settings.Process, os.Stdout, os.Stderr))
}

// run is the whole program; it returns the code to end with.
func run(ctx context.Context, args []string, env settings.Environment, stdout, stderr io.Writer) int {
	var flags cli
	options := append(flags.Flags(), kong.Name("worker"), kong.Description(description), kong.Vars{"version": version.Get().String()}, kong.Writers(stdout, stderr))
	parser, err := settings.New(&flags, env, options...)
	if err != nil {
		return fail(stderr, exitFailed, err)
	}
	called, faults := parser.Parse(args)
	if called == nil { // what else is missing is not known without the flags
		return fail(stderr, exitInvalid, settings.Incomplete(faults))
	}
	if keys, is := called.Selected().Target.Interface().(interface{ run(streams) error }); is {
		if err := keys.run(streams{os.Stdin, stdout, stderr}); err != nil {
			return fail(stderr, exitFailed, err)
		}
		return exitDone
	}
	if called.Command() == "healthcheck" {
		if err := flags.Healthcheck.ask(ctx, flags.HealthAddress); err != nil {
			return fail(stderr, exitFailed, err)
		}
		return exitDone
	}
	if called.Command() == "codec" { // it needs neither Temporal nor a carrier
		return work(stderr, flags.Config, append(faults, flags.CodecFaults()...), func(cfg service.Config, log *zap.Logger) error {
			return service.ServeCodec(ctx, cfg, log)
		})
	}
	faults = append(faults, flags.Faults()...)
	temporalOptions, temporal, err := connection.Read(parser.Env())
	if err != nil {
		faults = append(faults, err)
	}
	if called.Command() == "config" {
		return show(stdout, stderr, flags.ShowConfig.Format, slices.Concat(temporal, parser.Settings()), faults)
	}
	return work(stderr, flags.Config, faults, func(cfg service.Config, log *zap.Logger) error {
		return service.Run(ctx, cfg, temporalOptions, log)
	})
}

func fail(stderr io.Writer, code int, err error) int {
	fmt.Fprintln(stderr, "worker:", err)
	if code == exitInvalid {
		fmt.Fprintln(stderr, `"worker --help" shows every setting, "worker config" what each one is now.`)
	}
	return code
}

// show prints the settings with their faults.
func show(stdout, stderr io.Writer, format string, all []settings.Setting, faults []error) int {
	write := settings.Print
	if format == "json" {
		write = settings.PrintJSON
	}
	if err := write(stdout, all, faults); err != nil {
		return fail(stderr, exitFailed, err)
	}
	if len(faults) > 0 {
		return exitInvalid
	}
	return exitDone
}

// work does what the process is for, unless the configuration has faults.
func work(stderr io.Writer, cfg service.Config, faults []error, do func(service.Config, *zap.Logger) error) int {
	if err := settings.Incomplete(faults); err != nil {
		return fail(stderr, exitInvalid, err)
	}
	log, level, err := newLogger(cfg)
	if err != nil {
		return fail(stderr, exitInvalid, err)
	}
	defer func() { _ = log.Sync() }() // a terminal cannot be synced, and nothing is lost
	service.RedirectLibraryLogs(log)
	cfg.LogLevelAt = level
	if err := do(cfg, log); err != nil {
		return fail(stderr, exitFailed, err)
	}
	return exitDone
}

// isoTime is ISO 8601 with milliseconds and the zone; zap's own encoder writes a zone that not every reader takes.
var isoTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z07:00")

// newLogger returns the log and its level, which can be changed while the worker runs.
func newLogger(cfg service.Config) (*zap.Logger, zap.AtomicLevel, error) {
	logging := zap.NewProductionConfig()
	if cfg.LogFormat == "console" {
		logging = zap.NewDevelopmentConfig()
	}
	level, err := zap.ParseAtomicLevel(cfg.LogLevel)
	if err != nil {
		return nil, level, err
	}
	logging.Level = level
	logging.EncoderConfig.EncodeTime = isoTime
	logging.DisableStacktrace = true
	log, err := logging.Build()
	return log, level, err
}
