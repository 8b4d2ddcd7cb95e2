package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/lab/defaults"
	"github.com/carrierflow/carrierflow/lab/demo"
)

// unwatchedDecideAfter is the minimum time of the carriers in a demonstration whose outcomes are checked.
const unwatchedDecideAfter = 5 * time.Second

// Place is where a Temporal server listens and what it contains.
type Place struct {
	Host      string        // IP address to listen on
	Port      int           // of the frontend
	UIPort    int           // of the Web UI; 0 is no Web UI
	DB        string        // SQLite file; empty keeps everything in memory
	Namespace string        // created if it does not exist
	LogLevel  zapcore.Level // of the server's own log, on stderr
	// CodecEndpoint is the URL of the codec endpoint for the Web UI; empty is none.
	CodecEndpoint string
}

// Temporal is a Temporal server that runs.
type Temporal struct {
	Address   string // host and port for clients
	UIAddress string // URL of the Web UI, empty if there is none
	From      string // for people: which program it is, empty for this one
	Database  string // for people: where its workflows are, empty where --db says it
	Stop      func() error
	// Ended receives an error if the server ends by itself; nil if it cannot.
	Ended <-chan error
}

// Start starts a Temporal server, and returns when it answers.
type Start func(context.Context, Place) (Temporal, error)

// Run starts the parts in order, prints their addresses, shows the demonstration if requested, waits for the context to end
// and stops the parts in reverse order.
func Run(ctx context.Context, opts Options, start Start, stdout io.Writer) (err error) {
	opts.choosePorts()
	if opts.Demo == exitDemo {
		// The outcomes are checked, so a callback must come after the first check also on a busy machine.
		opts.Sandbox.DecideAfter = max(opts.Sandbox.DecideAfter, unwatchedDecideAfter)
	}
	if err := opts.probePorts(); err != nil {
		return err
	}
	var running parts
	defer func() { err = errors.Join(err, running.stop()) }()

	keys, err := chooseKeys(opts)
	if err != nil {
		return err
	}
	running.add("the keys", keys.forget)
	server, err := start(ctx, opts.place())
	if err != nil {
		return unlessInterrupted(ctx, err)
	}
	running.add("Temporal", server.Stop)
	log := defaults.NewLogger(opts.LogLevel)
	if keys.On() {
		endpoint, err := startCodec(opts, keys, log)
		if err != nil {
			return err
		}
		running.add("the codec endpoint", endpoint)
	}
	secret := newWebhookSecret()
	if !opts.NoSandbox {
		sandbox, err := startSandbox(opts, secret)
		if err != nil {
			return err
		}
		running.add("the sandbox carriers", sandbox)
	}
	failed := make(<-chan error)
	if !opts.NoWorker {
		worker, ended, err := startWorker(ctx, opts, server.Address, secret, keys, log)
		if err != nil {
			return unlessInterrupted(ctx, err)
		}
		running.add("the worker", worker)
		failed = ended
	}
	announce(stdout, opts, server, keys)
	if opts.Demo != noDemo {
		show := demo.Options{Address: server.Address, Namespace: opts.Namespace, Keys: keys.Encryption, Out: stdout}
		if opts.Demo == stayDemo { // no links to a server that is about to stop
			show.WebUI = server.UIAddress
		}
		err := demo.Run(ctx, show)
		if err != nil || opts.Demo == exitDemo {
			return unlessInterrupted(ctx, err)
		}
		suggest(stdout, opts, server, keys)
	}
	fmt.Fprintln(stdout, "Ready. Ctrl-C stops.")
	select {
	case err := <-failed:
		return fmt.Errorf("the worker ended: %w", err)
	case err := <-server.Ended:
		return fmt.Errorf("the Temporal server ended: %w", err)
	case <-ctx.Done():
	}
	fmt.Fprintln(stdout, "Stopping.")
	return nil
}

func (o Options) place() Place {
	p := Place{Host: o.Host, Port: o.Port, UIPort: o.UIPort, DB: o.DB, Namespace: o.Namespace, LogLevel: max(o.LogLevel, zap.ErrorLevel)}
	if o.NoUI {
		p.UIPort = 0
	}
	if o.Encrypt {
		p.CodecEndpoint = codecURL(o)
	}
	return p
}

func announce(stdout io.Writer, opts Options, server Temporal, keys keysInUse) {
	line := func(what, where string) { fmt.Fprintf(stdout, "%-10s %s\n", what, where) }
	defer func() { line("Encryption", keys.line(opts)) }()
	from := ""
	if server.From != "" {
		from = ", from " + server.From
	}
	line("Temporal", fmt.Sprintf("%s (namespace %s%s)", server.Address, opts.Namespace, from))
	if url := server.UIAddress; url != "" {
		line("Web UI", url)
	}
	if !opts.NoSandbox {
		line("Sandbox", "http://"+address(opts.Host, opts.SandboxPort)+"  ("+carrierNames()+")")
	}
	if !opts.NoWorker {
		line("Worker", fmt.Sprintf("callbacks at http://%s/callbacks/<carrier>, health at http://%s/readyz",
			address(opts.Host, opts.CallbackPort), address(opts.Host, opts.HealthPort)))
	}
	line("Database", cmp.Or(server.Database, opts.DB, "in memory, lost at the end; keep it with --db FILE"))
}

// carrierNames are the carriers as people write them.
func carrierNames() string {
	var names []string
	for _, a := range registry.Carriers() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// suggest prints commands to try next, ready to be copied into another terminal.
func suggest(stdout io.Writer, opts Options, server Temporal, keys keysInUse) {
	fmt.Fprintln(stdout, "\nTry, in another terminal:")
	if settings := settings(opts, server.Address, server.UIAddress, keys); settings != "" {
		fmt.Fprintln(stdout, "  export "+settings)
	}
	starter := filepath.Join(filepath.Dir(os.Args[0]), "starter") // it is built next to this program
	fmt.Fprintf(stdout, `  %[1]s dish update-status --iccid 89010000000000000017 --action Suspend --wait
  %[1]s stn set-services --subscription-id SUB-000001 --service voiceMail=true --service nosuch=true --poll-every 1s --wait
  %[1]s list

`, starter)
}

// settings are the variables that the starter needs where this server does not use the defaults.
func settings(opts Options, address, webUI string, keys keysInUse) string {
	var set []string
	if opts.Port != defaults.Port || opts.Host != defaults.Host {
		set = append(set, "TEMPORAL_ADDRESS="+address)
	}
	if opts.Namespace != defaults.Namespace {
		set = append(set, "TEMPORAL_NAMESPACE="+opts.Namespace)
	}
	if webUI != "" && opts.UIPort != defaults.UIPort {
		set = append(set, "TEMPORAL_UI_URL="+webUI)
	}
	if keys.setting != "" {
		set = append(set, keys.setting)
	}
	return strings.Join(set, " ")
}

// unlessInterrupted ignores an error after the user has ended the process.
func unlessInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
