package local

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

// parts are the running parts of the process, in the order of their start.
type parts []part

type part struct {
	name string
	stop func() error
}

func (p *parts) add(name string, stop func() error) { *p = append(*p, part{name, stop}) }

// stop stops every part in reverse order, also when one of them fails to stop.
func (p parts) stop() (err error) {
	for i := len(p) - 1; i >= 0; i-- {
		if failed := p[i].stop(); failed != nil {
			err = errors.Join(err, fmt.Errorf("stop %s: %w", p[i].name, failed))
		}
	}
	return err
}

func address(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// newWebhookSecret makes the key with which the sandbox signs its callbacks and the worker verifies them.
func newWebhookSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(key)
}

// startSandbox serves all carriers. Their callbacks go to the worker of this process unless the options say otherwise.
func startSandbox(opts Options, secret string) (stop func() error, err error) {
	cfg := opts.Sandbox
	if cfg.Callback.URL == "" {
		cfg.Callback.URL = "http://" + address(opts.Host, opts.CallbackPort) + "/callbacks/{carrier}"
	}
	if cfg.Callback.Secret == "" && cfg.Callback.Bearer == "" && cfg.Callback.Basic == "" {
		cfg.Callback.Secret = secret
	}
	listener, err := net.Listen("tcp", address(opts.Host, opts.SandboxPort))
	if err != nil {
		return nil, fmt.Errorf("port %d for the sandbox carriers (--sandbox-port): %w", opts.SandboxPort, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- sandboxes.New(cfg).Serve(ctx, listener) }()
	return func() error {
		cancel()
		return <-served
	}, nil
}

// workerReadyWithin bounds the start of the worker, which usually takes about a second.
const workerReadyWithin = 3 * time.Minute

// startWorker runs a worker for the sandbox carriers and returns when it is ready. ended receives its error if it ends by itself.
func startWorker(ctx context.Context, opts Options, temporal, secret string, keys keysInUse, log *zap.Logger) (stop func() error, ended <-chan error, err error) {
	cfg, err := workerConfig(opts, secret)
	if err != nil {
		return nil, nil, err
	}
	cfg.EncryptionKeys = transport.Secret(keys.keyset)
	ctx, cancel := context.WithCancel(ctx)
	finished := make(chan error, 1)
	go func() {
		finished <- service.Run(ctx, cfg, client.Options{HostPort: temporal, Namespace: opts.Namespace}, log)
	}()
	stop = func() error {
		cancel()
		return <-finished
	}
	tooLate, says := time.After(workerReadyWithin), "it does not answer"
	ready := "http://" + cfg.HealthAddress + "/readyz"
	for {
		select {
		case err := <-finished:
			cancel()
			return nil, nil, err
		case <-ctx.Done():
			return nil, nil, errors.Join(ctx.Err(), stop())
		case <-tooLate:
			return nil, nil, errors.Join(fmt.Errorf("the worker was not ready after %s: %s", workerReadyWithin, says), stop())
		case <-time.After(50 * time.Millisecond):
		}
		response, err := http.Get(ready)
		if err != nil {
			continue
		}
		if body, err := io.ReadAll(response.Body); err == nil {
			says = strings.TrimSpace(string(body))
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return stop, finished, nil
		}
	}
}

// workerConfig is the configuration of a worker that serves the sandbox carriers: the defaults, and where they are.
func workerConfig(opts Options, secret string) (service.Config, error) {
	args := []string{"--callback-address=" + address(opts.Host, opts.CallbackPort), "--health-address=" + address(opts.Host, opts.HealthPort)}
	for name, value := range opts.Sandbox.WorkerEnv("http://"+address(opts.Host, opts.SandboxPort), secret) {
		args = append(args, "--"+strings.ReplaceAll(strings.ToLower(name), "_", "-")+"="+value) // a flag has its variable's name
	}
	config, err := service.Parse(args)
	for _, c := range config.Carriers {
		if c.Sweep != nil {
			c.Sweep.Every = 2 * time.Second // who watches does not want to wait
		}
	}
	config.Versioning = service.Versioning{} // the variables are for workers of one's own; nobody would make this one current
	if config.LineKey == "" {
		config.LineKey = "development" // nothing here has to be kept secret
	}
	return config, err
}
