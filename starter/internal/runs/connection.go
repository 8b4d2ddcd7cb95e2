// Package runs reads what Temporal and the workflows know about runs: of one operation, of many, and of what needs an operator.
package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"google.golang.org/grpc/codes"

	"github.com/carrierflow/carrierflow/internal/patience"
	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/internal/tracing"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// localUI is where the development server has its Web UI.
const localUI = "http://localhost:8233"

// Error says why Temporal does not answer: it cannot be reached or refuses the call, or the program was interrupted.
type Error struct {
	Interrupted bool
	text        string
}

// Error returns the text.
func (e *Error) Error() string { return e.text }

// Connection is a connected client with what there is to know about the other end.
type Connection struct {
	client.Client
	temporalerr.Target
	Converter converter.DataConverter
	// Patience is how long one call may take.
	Patience time.Duration
	// Now tells a run that has begun from one that is scheduled for later.
	Now func() time.Time

	traces *tracing.Tracing
}

// Close closes the connection, and sends what is left of the traces.
func (c *Connection) Close() {
	c.Client.Close()
	_ = c.traces.Close() // a command has done its work also when nobody takes its trace
}

// Connect connects as the environment and the Temporal configuration file say, within a time or not at all; every
// later call may take as long. now tells the time.
func Connect(ctx context.Context, env envconfig.EnvLookup, within time.Duration, now func() time.Time) (*Connection, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: env})
	if err != nil {
		return nil, fmt.Errorf("the Temporal settings (TEMPORAL_*) cannot be used: %w", err)
	}
	options.HostPort = cmp.Or(options.HostPort, client.DefaultHostPort)
	options.Namespace = cmp.Or(options.Namespace, client.DefaultNamespace)
	options.Logger = log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	keyset, _ := env.LookupEnv(encryption.KeysVariable) // a file that has it was read already
	keys, err := encryption.Load(keyset, "")
	if err != nil {
		return nil, err
	}
	traces, err := tracing.FromEnvironment(ctx, "carrierflow-starter", func(name string) string {
		value, _ := env.LookupEnv(name)
		return value
	})
	if err != nil {
		return nil, err
	}
	options.Interceptors = append(options.Interceptors, traces.Clients()...)
	options = keys.Options(options)
	// As the SDK does it, a call may take half of the time, so that one that was lost is made again.
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions, patience.Calls(within/2))
	options.ConnectionOptions.GetSystemInfoTimeout = within
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c, err := client.DialContext(bounded, options)
	if ctx.Err() != nil {
		return nil, &Error{true, "interrupted while connecting to Temporal; nothing was started"}
	}
	if err != nil {
		return nil, unusable(temporalerr.Of(options), err)
	}
	return &Connection{Client: c, Target: temporalerr.Of(options), Converter: options.DataConverter, Patience: within, Now: now, traces: traces}, nil
}

// Bounded is a context for one call to Temporal.
func (c *Connection) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.Patience)
}

// unusable is the error of a Temporal that cannot be used: which of the many causes it is, and what to do.
func unusable(at temporalerr.Target, err error) error {
	p := at.Explain(err)
	text := p.What + ".\n" + terminal.Capitalised(p.Do) // a command at its end is there to be copied
	switch {
	case p.Kind == temporalerr.BadAddress && local(at.Address):
		text += "\nOn this machine, \"make run\" starts one."
	case strings.Contains(err.Error(), "search attribute"):
		text = "no worker has ever run in this namespace: start one, it registers the search attributes.\n(" + p.What + ".)"
	}
	return &Error{false, text}
}

// Describe reads what is known about a run; an empty run id is the newest.
func (c *Connection) Describe(ctx context.Context, id, runID string) (View, error) {
	bounded, cancel := c.Bounded(ctx)
	defer cancel()
	d, err := c.DescribeWorkflowExecution(bounded, id, runID)
	if err != nil {
		return View{}, err
	}
	return ViewOf(d, c.Converter, c.Now()), nil
}

// LookUp is describe for a workflow that may not be there; then it is nil.
func (c *Connection) LookUp(ctx context.Context, id string) (*View, error) {
	v, err := c.Describe(ctx, id, "")
	switch {
	case IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &v, nil
}

// IsNotFound reports whether Temporal has no such run, or only one that has ended where an open one is needed.
func IsNotFound(err error) bool {
	_, none := errors.AsType[*serviceerror.NotFound](err)
	return none
}

// Find is describe for an id that somebody typed.
func (c *Connection) Find(ctx context.Context, id string) (View, error) {
	v, err := c.LookUp(ctx, id)
	switch {
	case err != nil:
		return View{}, c.Unanswered(ctx, err)
	case v == nil:
		return View{}, fmt.Errorf("there is no operation %s in namespace %s at %s.\n"+
			"An id is <carrier>:<reference>; closed operations are kept for the namespace's retention", id, c.Namespace, c.Address)
	}
	return *v, nil
}

// Unanswered is the error of a call that Temporal did not answer or refused.
func (c *Connection) Unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &Error{true, "interrupted"}
	}
	if said, ok := errors.AsType[*Error](err); ok {
		return said
	}
	return unusable(c.Target, err)
}

// Refused tells a call that Temporal turned down from one whose answer is not known.
func Refused(err error) bool {
	switch serviceerror.ToStatus(err).Code() {
	case codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.Unauthenticated, codes.FailedPrecondition:
		return true
	}
	return false
}

// WebURL is the page of a run in the Web UI; "" when it is not known where the Web UI is.
func WebURL(base, address, namespace, id, runID string) string {
	if base == "" && local(address) {
		base = localUI
	}
	if base == "" {
		return ""
	}
	page, err := url.JoinPath(base, "namespaces", namespace, "workflows", url.PathEscape(id), runID, "history")
	if err != nil {
		return ""
	}
	return page
}

// local tells whether an address is on this machine.
func local(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}
