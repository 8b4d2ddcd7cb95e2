package temporalerr

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// answering is a gRPC server that answers every call with an error.
func answering(t *testing.T, err error, options ...grpc.ServerOption) string {
	t.Helper()
	if err == nil {
		options = append(options, grpc.UnknownServiceHandler(nil))
	} else {
		options = append(options, grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error { return err }))
	}
	server := grpc.NewServer(options...)
	t.Cleanup(server.Stop)
	listener := listening(t)
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String()
}

func listening(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// quiet drops what the client logs.
type quiet struct{}

var _ sdklog.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// failuresOf are the errors of both ways to connect: a first call of the worker's client, and a Dial of the starter's.
func failuresOf(t *testing.T, o client.Options, within time.Duration) map[string]error {
	t.Helper()
	o.Logger = quiet{}
	lazy, err := client.NewLazyClient(o)
	require.NoError(t, err)
	defer lazy.Close()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	_, called := lazy.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: "shop"})
	ctx, cancel = context.WithTimeout(t.Context(), within)
	defer cancel()
	_, dialled := client.DialContext(ctx, o)
	return map[string]error{"called": called, "dialled": dialled}
}

// Every failure is caused for real, because the texts of gRPC and crypto/tls decide its kind.
func TestFailuresOfConnectingSayWhichTheyAre(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	t.Cleanup(web.Close)
	roots := web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	certificates := web.TLS.Certificates
	encrypted := answering(t, nil, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: certificates})))
	mutual := answering(t, nil, grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: certificates, ClientAuth: tls.RequireAnyClientCert})))
	plain := answering(t, status.Error(codes.PermissionDenied, "Request unauthorized."))
	oldWeb := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(oldWeb.Close)
	closed := listening(t)
	require.NoError(t, closed.Close())

	over := func(c *tls.Config) client.ConnectionOptions { return client.ConnectionOptions{TLS: c} }
	key := client.NewAPIKeyStaticCredentials("secret-key")
	for name, tc := range map[string]struct {
		options client.Options
		within  time.Duration
		kind    Kind
		what    string
		do      string
	}{
		"closed port": {
			client.Options{HostPort: closed.Addr().String()},
			0, BadAddress,
			"nothing answers at <at>, where Temporal should be: dial tcp <at>: connect: connection refused", "TEMPORAL_ADDRESS=host:port",
		},
		"unknown name": {
			client.Options{HostPort: "temporal.invalid:7233"},
			0, BadAddress,
			"the name in the address of Temporal, temporal.invalid:7233, cannot be resolved", "TEMPORAL_ADDRESS=host:port",
		},
		"no such port": {
			client.Options{HostPort: "127.0.0.1:99999"},
			0, BadAddress,
			"the address of Temporal, 127.0.0.1:99999, is not valid: dial tcp: address 99999: invalid port", "without http://",
		},
		"a URL": {
			client.Options{HostPort: "http://127.0.0.1:7233"},
			0, BadAddress,
			"the address of Temporal, http://127.0.0.1:7233, is not valid", "without http://",
		},
		"a web server": {
			client.Options{HostPort: oldWeb.Listener.Addr().String()},
			0, NoTemporal,
			"what answers at <at> is a web server, not Temporal's frontend (gRPC)", "TEMPORAL_ADDRESS=host:port",
		},
		"another gRPC server": {
			client.Options{HostPort: answering(t, status.Error(codes.Unimplemented, "unknown service"))},
			0, NoTemporal,
			"what answers at <at> is not Temporal's frontend: unknown service", "TEMPORAL_ADDRESS=host:port",
		},
		"plain text to a TLS server": {
			client.Options{HostPort: encrypted},
			0, NeedsTLS,
			"Temporal at <at> closes the connection without an answer, as a server does that accepts TLS only", "TEMPORAL_TLS=true",
		},
		"unknown authority": {
			client.Options{HostPort: encrypted, ConnectionOptions: over(&tls.Config{})},
			0, TLS,
			"the TLS handshake with Temporal at <at> fails: x509: certificate signed by unknown authority", "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
		},
		"another name in the certificate": {
			client.Options{HostPort: encrypted, ConnectionOptions: over(&tls.Config{RootCAs: roots, ServerName: "other.test"})},
			0, TLS,
			"the TLS handshake with Temporal at <at> fails: x509: certificate is valid for", "TEMPORAL_TLS_SERVER_NAME",
		},
		"no client certificate": {
			client.Options{HostPort: mutual, ConnectionOptions: over(&tls.Config{RootCAs: roots})},
			0, TLS,
			"the TLS handshake with Temporal at <at> fails: remote error: tls: certificate required", "TEMPORAL_TLS_CLIENT_CERT_PATH",
		},
		"TLS to a plain server": {
			client.Options{HostPort: plain, ConnectionOptions: over(&tls.Config{})},
			0, PlainText,
			"Temporal at <at> does not use TLS, but TLS is configured", "unset TEMPORAL_TLS",
		},
		"API key to a plain server": {
			client.Options{HostPort: plain, Credentials: key},
			0, PlainText,
			"Temporal at <at> does not use TLS, but an API key is set, and it switches TLS on", "unset TEMPORAL_API_KEY",
		},
		"permission denied": {
			client.Options{HostPort: plain},
			0, Denied,
			"Temporal at <at> refuses access to namespace default: Request unauthorized", "TEMPORAL_API_KEY",
		},
		"not authenticated": {
			client.Options{
				HostPort: answering(t, status.Error(codes.Unauthenticated, "Request unauthenticated.")), Credentials: key,
				ConnectionOptions: client.ConnectionOptions{TLSDisabled: true},
			},
			0, Denied,
			"Temporal at <at> does not accept our credentials: Request unauthenticated", "the API key (TEMPORAL_API_KEY)",
		},
		"no namespace": {
			client.Options{HostPort: answering(t, serviceerror.ToStatus(serviceerror.NewNamespaceNotFound("shop")).Err()), Namespace: "shop"},
			0, NoNamespace,
			"Temporal at <at> has no namespace shop", "temporal operator namespace create --namespace shop --retention 72h --address <at>",
		},
		"no answer": {
			client.Options{HostPort: listening(t).Addr().String()},
			100 * time.Millisecond, Unavailable,
			"Temporal at <at> does not answer: context deadline exceeded", "see whether it runs",
		},
		"overloaded": {
			client.Options{HostPort: answering(t, status.Error(codes.Unavailable, "shutting down"))},
			0, Unavailable,
			"Temporal at <at> does not answer: shutting down", "see whether it runs",
		},
		"another refusal": {
			client.Options{HostPort: answering(t, status.Error(codes.FailedPrecondition, "not now"))},
			0, Other,
			"Temporal at <at>, namespace default, answers: not now", "log of the Temporal server",
		},
	} {
		t.Run(name, func(t *testing.T) {
			target := Of(tc.options)
			within := tc.within
			if within == 0 {
				within = time.Minute
			}
			named := func(text string) string { return strings.ReplaceAll(text, "<at>", target.Address) }
			for way, err := range failuresOf(t, tc.options, within) {
				require.Error(t, err, way)
				p := target.Explain(err)
				assert.Contains(t, p.Do, named(tc.do), way)
				if strings.Contains(p.What, "closes the connection: ") {
					continue // it closed the connection while we were writing, and its reason was lost
				}
				assert.Equal(t, tc.kind, p.Kind, "%s: %v", way, err)
				assert.Contains(t, p.What, named(tc.what), way)
				assert.Equal(t, p.What+"; "+p.Do, fmt.Sprint(p))
				assert.ErrorIs(t, p, err)
				assert.NotContains(t, p.Error(), "secret-key")
			}
		})
	}
	assert.Nil(t, Of(client.Options{}).Explain(nil))
}

// A server that closes the connection while we write gives no reason; then the setting that may be wrong is named.
func TestAClosedConnectionNamesTheSettingThatMayBeWrong(t *testing.T) {
	const at = "temporal.example:7233"
	for name, tc := range map[string]struct {
		target Target
		text   string
		do     string
	}{
		"broken pipe over TLS":       {Target{Address: at, TLS: true}, "write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe", "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"reset over TLS":             {Target{Address: at, TLS: true}, "read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer", "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"end of the stream over TLS": {Target{Address: at, TLS: true}, `connection error: desc = "error reading server preface: EOF"`, "TEMPORAL_TLS_CLIENT_CERT_PATH"},
		"broken pipe in plain text":  {Target{Address: at}, "write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe", "TEMPORAL_TLS=true"},
	} {
		t.Run(name, func(t *testing.T) {
			p := tc.target.Explain(status.Error(codes.Unavailable, tc.text))
			assert.Equal(t, Unavailable, p.Kind)
			assert.Contains(t, p.What, "Temporal at "+at+" closes the connection: ")
			assert.Contains(t, p.Do, "see whether it runs")
			assert.Contains(t, p.Do, tc.do)
			assert.Contains(t, p.Do, "TEMPORAL_ADDRESS")
		})
	}
}

func TestCommandsAreComplete(t *testing.T) {
	words := []string{"operator", "namespace", "create", "--retention", "72h"}
	for want, target := range map[string]Target{
		"temporal operator namespace create --namespace default --retention 72h":                           Of(client.Options{}),
		"temporal operator namespace create --namespace shop --retention 72h --address temporal.example:7": {Address: "temporal.example:7", Namespace: "shop"},
		`temporal operator namespace create --namespace 'it'\''s' --retention 72h --address '[::1]:7233'`:  {Address: "[::1]:7233", Namespace: "it's"},
	} {
		assert.Equal(t, want, target.Command(words...))
	}
}
