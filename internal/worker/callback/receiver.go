// Package callback receives the carriers' callbacks over HTTP and has Temporal store each of them as a signal to the
// workflow of its operation.
//
// A request is routed (request.go), authenticated (auth.go), decoded, delivered (deliver.go, late.go, store.go) and
// answered (reply.go). A 2xx means that Temporal has stored every notice of the request. Every temporary problem is a 503
// with Retry-After. No carrier documents how a callback is authenticated, redelivered or answered, so all of that is our
// choice.
package callback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Notice is a callback and the reference it is about.
type Notice struct {
	// Reference is the operation's, as the carrier wrote it.
	Reference string
	// At is the carrier's time of the event, if it gives one. Together with the texts it distinguishes a redelivery from
	// another notice.
	At time.Time
	workflows.Callback
}

// Decoder reads the notices in a callback's body, in their order: all of them, or none. The body is plain UTF-8. The errors
// say what is wrong, and in which notice, and repeat nothing of the body, because the carrier receives them. The texts in
// the notices are without personal data.
type Decoder func(body []byte) ([]Notice, error)

// DecoderOf is the decoder of a carrier that calls back.
func DecoderOf(reader carriers.CallbackReader) Decoder {
	return func(body []byte) ([]Notice, error) {
		read, err := reader.ReadCallbacks(body)
		if err != nil {
			return nil, err
		}
		notices := make([]Notice, len(read))
		for i, n := range read {
			notices[i] = Notice{Reference: n.Reference, At: n.At, Callback: workflows.Callback{
				State: n.Outcome.State, Status: n.Outcome.Status, Code: n.Outcome.Code, Reason: n.Outcome.Reason, EventID: n.EventID,
			}}
		}
		return notices, nil
	}
}

// Source is how to read and authenticate one carrier's callbacks. Both fields are needed.
type Source struct {
	Decode Decoder
	Auth   Authenticator
}

// Counter counts the result of each notice, and each refused request. carrier is "unknown" for a path that is not a
// carrier's. result is one of [Result]; for a refused authentication the reason is appended ("unauthorized_expired").
type Counter func(carrier, result string)

// Options are what a receiver needs. Timeouts of 0 mean the default.
type Options struct {
	// Sources are the carriers whose callbacks are accepted; any other is answered 404.
	Sources map[carriers.Carrier]Source
	// Temporal stores the callbacks.
	Temporal Signaller
	// Namespace is the namespace of the operations; it must be the client's. Empty means "default".
	Namespace string
	// Identity is stored with every signal; empty means the process and its host.
	Identity string
	// Converter encodes the signals; it must be the client's. Nil means the SDK's default.
	Converter converter.DataConverter
	// Log gets one line about each request, without bodies and headers. Nil drops them.
	Log *zap.Logger
	// Count may be nil.
	Count Counter
	// Tracer makes a span for each request. Nil makes none.
	Tracer trace.Tracer

	HeaderTimeout  time.Duration // to read a request's header; default 5s
	ReadTimeout    time.Duration // to read a whole request; default 10s
	IdleTimeout    time.Duration // between two requests on one connection; default 60s
	DeliverTimeout time.Duration // for Temporal to store all notices of a request; default 5s
	StopTimeout    time.Duration // for requests under way when the receiver stops; default 15s
	RetryAfter     time.Duration // how long a carrier is asked to wait after a 503; default 10s
}

func (o *Options) setDefaults() {
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 5*time.Second)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 10*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, time.Minute)
	o.DeliverTimeout = cmp.Or(o.DeliverTimeout, 5*time.Second)
	o.StopTimeout = cmp.Or(o.StopTimeout, 15*time.Second)
	o.RetryAfter = cmp.Or(o.RetryAfter, 10*time.Second)
	o.Namespace = cmp.Or(o.Namespace, client.DefaultNamespace)
	o.Identity = cmp.Or(o.Identity, defaultIdentity())
	if o.Converter == nil {
		o.Converter = converter.GetDefaultDataConverter()
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	if o.Tracer == nil {
		o.Tracer = noop.Tracer{}
	}
}

// maxHeader bounds a request's header, in bytes.
const maxHeader = 16 << 10

// Receiver answers POST /callbacks/{carrier}.
type Receiver struct {
	options   Options
	deliverer *deliverer
	// refusals is a sampled log, so that many refused requests cannot fill the log.
	refusals *zap.Logger
}

// New returns a receiver. It names every fault of the options at once.
func New(o Options) (*Receiver, error) {
	o.setDefaults()
	var faults []error
	if o.Temporal == nil {
		faults = append(faults, errors.New("no Temporal client to deliver callbacks to"))
	}
	for carrier, source := range o.Sources {
		if source.Decode == nil || source.Auth == nil {
			faults = append(faults, fmt.Errorf("the callbacks of %s need a decoder and an authenticator", carrier))
		}
	}
	if min(o.HeaderTimeout, o.ReadTimeout, o.IdleTimeout, o.DeliverTimeout, o.StopTimeout, o.RetryAfter) < 0 {
		faults = append(faults, errors.New("a timeout of the callback receiver is negative"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("configuring the callback receiver: %w", err)
	}
	return &Receiver{
		options: o,
		deliverer: &deliverer{
			store:   &store{temporal: o.Temporal, namespace: o.Namespace, identity: o.Identity, converter: o.Converter},
			timeout: o.DeliverTimeout,
		},
		refusals: o.Log.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
			return zapcore.NewSamplerWithOptions(core, time.Second, 20, 1000)
		})),
	}, nil
}

// Handler returns the receiver as a handler. Used without [Receiver.Serve] it has no timeouts against slow clients.
func (r *Receiver) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		ctx, span := r.options.Tracer.Start(request.Context(), "receive callback", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		answer := r.receive(w, request.WithContext(ctx))
		answer.describe(span)
		for _, result := range answer.counted() {
			r.options.Count(cmp.Or(answer.carrier, "unknown"), result)
		}
		r.log(answer)
		answer.write(w, r.options.RetryAfter)
	})
}

// Serve answers on the listener until ctx ends, then finishes the requests under way and returns nil. It returns an
// error when the listener fails, or when requests were cut off because they took longer than StopTimeout.
func (r *Receiver) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           r.Handler(),
		ReadHeaderTimeout: r.options.HeaderTimeout,
		ReadTimeout:       r.options.ReadTimeout,
		// It runs from the end of the header: it covers reading the body, then storing in Temporal.
		WriteTimeout:                 r.options.ReadTimeout + r.options.DeliverTimeout + 5*time.Second,
		IdleTimeout:                  r.options.IdleTimeout,
		MaxHeaderBytes:               maxHeader,
		DisableGeneralOptionsHandler: true, // "OPTIONS *" is not one of our paths
		ErrorLog:                     zap.NewStdLog(r.refusals),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.options.StopTimeout)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stopping the callback receiver: requests were cut off after %s: %w", r.options.StopTimeout, err),
			server.Close())
	}
	<-served
	return err
}
