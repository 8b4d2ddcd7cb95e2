// Package temporalerr says why a program cannot use Temporal, and what to do about it. The worker and the starter both use
// it, so that one cause has one text.
//
// gRPC returns errors as texts; the type of a connection error is lost. The texts are recognised here, and the tests cause
// each of them for real, so that other texts of a new version of gRPC or of Go are noticed.
package temporalerr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Kind is a cause with its own remedy.
type Kind string

// The kinds of problems.
const (
	// BadAddress: no server answers at the address; the name, the port or the server is wrong or missing.
	BadAddress Kind = "bad address"
	// TLS: the TLS handshake fails, because of a certificate on either side.
	TLS Kind = "TLS"
	// PlainText: the client uses TLS, and the server does not.
	PlainText Kind = "plain text"
	// NeedsTLS: the client does not use TLS, and the server closes the connection.
	NeedsTLS Kind = "needs TLS"
	// NoTemporal: the server is not Temporal.
	NoTemporal Kind = "not Temporal"
	// Denied: the server refuses our credentials, or does not permit what we do with them.
	Denied Kind = "denied"
	// NoNamespace: the server does not have the namespace.
	NoNamespace Kind = "no namespace"
	// Unavailable: the server does not answer, or not in time; no setting is known to be wrong.
	Unavailable Kind = "unavailable"
	// Other: any other answer.
	Other Kind = "other"
)

// Problem is an error with its cause and its remedy.
type Problem struct {
	Kind Kind
	// What says what is wrong; Do says what to do about it, including a command to copy.
	What, Do string
	// Err is the original error.
	Err error
}

// Error returns what is wrong and what to do.
func (p *Problem) Error() string { return p.What + "; " + p.Do }

// Unwrap returns the original error.
func (p *Problem) Unwrap() error { return p.Err }

// Target is the server, and how a client connects to it.
type Target struct {
	Address, Namespace string
	// TLS tells that the connection is encrypted, APIKey that an API key is sent.
	TLS, APIKey bool
}

// Of is the target of a client with these options.
func Of(o client.Options) Target {
	return Target{
		Address:   cmp.Or(o.HostPort, client.DefaultHostPort),
		Namespace: cmp.Or(o.Namespace, client.DefaultNamespace),
		// The environment variables have no credentials but the API key, which switches TLS on.
		TLS:    o.ConnectionOptions.TLS != nil || o.Credentials != nil && !o.ConnectionOptions.TLSDisabled,
		APIKey: o.Credentials != nil,
	}
}

// Explain says what an error of a call to Temporal means. It is nil for nil.
func (t Target) Explain(err error) *Problem {
	if err == nil {
		return nil
	}
	p := &Problem{Err: err}
	p.Kind, p.What, p.Do = t.explain(err)
	return p
}

func (t Target) explain(err error) (kind Kind, what, do string) {
	at, because := "Temporal at "+t.Address, cause(err)
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(err.Error(), word) })
	}
	if _, none := errors.AsType[*serviceerror.NamespaceNotFound](err); none {
		return NoNamespace, fmt.Sprintf("%s has no namespace %s", at, t.Namespace),
			"create it with: " + t.Command("operator", "namespace", "create", "--retention", "72h")
	}
	switch code(err) {
	case codes.PermissionDenied:
		return Denied, fmt.Sprintf("%s refuses access to namespace %s: %s", at, t.Namespace, because),
			"check TEMPORAL_NAMESPACE, and that " + t.credentials() + " may use this namespace"
	case codes.Unauthenticated:
		return Denied, fmt.Sprintf("%s does not accept our credentials: %s", at, because), "check " + t.credentials()
	case codes.Unimplemented:
		return NoTemporal, fmt.Sprintf("what answers at %s is not Temporal's frontend: %s", t.Address, because), checkAddress
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
	default:
		return Other, fmt.Sprintf("%s, namespace %s, answers: %s", at, t.Namespace, because), "see the log of the Temporal server"
	}
	switch {
	case says("first record does not look like a TLS handshake"):
		if t.APIKey {
			return PlainText, at + " does not use TLS, but an API key is set, and it switches TLS on", "unset TEMPORAL_API_KEY if the server needs none, " +
				"or set TEMPORAL_ADDRESS to where it accepts TLS; TEMPORAL_TLS=false would send the key unencrypted"
		}
		return PlainText, at + " does not use TLS, but TLS is configured", "unset TEMPORAL_TLS and the other settings TEMPORAL_TLS_…, or set TEMPORAL_ADDRESS to where it accepts TLS"
	case says("authentication handshake failed", "remote error: tls: "):
		return TLS, fmt.Sprintf("the TLS handshake with %s fails: %s", at, because),
			"check TEMPORAL_TLS_SERVER_CA_CERT_PATH, TEMPORAL_TLS_SERVER_NAME, and TEMPORAL_TLS_CLIENT_CERT_PATH with TEMPORAL_TLS_CLIENT_KEY_PATH"
	case says("looked like an HTTP/1.1 header"):
		return NoTemporal, fmt.Sprintf("what answers at %s is a web server, not Temporal's frontend (gRPC)", t.Address), checkAddress
	case says("error reading server preface") && !t.TLS:
		return NeedsTLS, at + " closes the connection without an answer, as a server does that accepts TLS only", "set TEMPORAL_TLS=true or TEMPORAL_API_KEY if it does; check TEMPORAL_ADDRESS"
	case says("error reading server preface", "broken pipe", "connection reset by peer"): // the server's reason may be lost
		return Unavailable, fmt.Sprintf("%s closes the connection: %s", at, because), "see whether it runs; " + t.closedBecause() + "; " + checkAddress
	case says("no children to pick from", "no such host", "produced zero addresses") && !numeric(t.Address):
		return BadAddress, fmt.Sprintf("the name in the address of Temporal, %s, cannot be resolved", t.Address), checkAddress
	case says("invalid target address", "invalid port", "missing address", "too many colons", "unknown port"):
		return BadAddress, fmt.Sprintf("the address of Temporal, %s, is not valid: %s", t.Address, because), "set TEMPORAL_ADDRESS to host:port, without http://"
	case says("connection refused", "no route to host", "network is unreachable", "i/o timeout"):
		return BadAddress, fmt.Sprintf("nothing answers at %s, where Temporal should be: %s", t.Address, because), checkAddress
	}
	return Unavailable, fmt.Sprintf("%s does not answer: %s", at, because), "see whether it runs; " + checkAddress
}

// closedBecause names the setting because of which a server may have closed the connection.
func (t Target) closedBecause() string {
	if t.TLS {
		return "if it asks for a client certificate, set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH"
	}
	return "if it accepts TLS only, set TEMPORAL_TLS=true"
}

const checkAddress = "set TEMPORAL_ADDRESS=host:port if this is not where it is"

func (t Target) credentials() string {
	switch {
	case t.APIKey:
		return "the API key (TEMPORAL_API_KEY)"
	case t.TLS:
		return "the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH)"
	}
	return "the credentials (none are set: TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH)"
}

// code is the status of an answer. An error without one, for example of our own context, has the code that gRPC gives it.
func code(err error) codes.Code {
	if answer, ok := errors.AsType[serviceerror.ServiceError](err); ok {
		return answer.Status().Code()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return status.FromContextError(err).Code()
	}
	return status.Code(err)
}

// wrapping is the text that gRPC and the SDK put before the cause.
var wrapping = regexp.MustCompile(`^(?:failed reaching server|rpc error: code = \w+ desc =|connection error: desc =|"?transport|authentication handshake failed|` +
	`Error while dialing|"?error reading server preface|tls: failed to verify certificate):? `)

// cause is the text of an error without the parts that do not help to correct it.
func cause(err error) string {
	text := strings.TrimSpace(err.Error())
	for {
		rest := wrapping.ReplaceAllString(text, "")
		if rest == text {
			return strings.TrimRight(text, `."`)
		}
		text = rest
	}
}

func numeric(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && net.ParseIP(host) != nil
}

// Command is a complete command of the temporal CLI for this server and namespace, to be copied into a shell. The
// credentials are left out, because the CLI reads the same variables.
func (t Target) Command(words ...string) string {
	flags := slices.IndexFunc(words, func(word string) bool { return strings.HasPrefix(word, "-") })
	if flags < 0 {
		flags = len(words)
	}
	command := slices.Concat([]string{"temporal"}, words[:flags], []string{"--namespace", t.Namespace}, words[flags:])
	if t.Address != client.DefaultHostPort && t.Address != "127.0.0.1:7233" {
		command = append(command, "--address", t.Address)
	}
	for i, word := range command {
		command[i] = quoted(word)
	}
	return strings.Join(command, " ")
}

// shellSafe matches a text without characters that have a meaning in a shell.
var shellSafe = regexp.MustCompile(`^[\w.,:=/@+-]+$`)

func quoted(word string) string {
	if shellSafe.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
