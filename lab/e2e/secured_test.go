package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// A Temporal that demands a client certificate, or an API key, as Temporal Cloud does: the worker and the starter connect with the
// variables of the temporal CLI, and are refused without.
func TestConnectingWithACertificateOrAnAPIKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made := newAuthority(t, dir)
	for name, c := range map[string]struct {
		key     string // demanded; without one a client certificate is
		allowed []string
		refused [][]string
	}{
		"a client certificate": {
			allowed: []string{
				"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + made.ca, "TEMPORAL_TLS_CLIENT_CERT_PATH=" + made.cert, "TEMPORAL_TLS_CLIENT_KEY_PATH=" + made.key,
			},
			refused: [][]string{{}, {"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + made.ca}},
		},
		"an API key": {
			key:     "a-key",
			allowed: []string{"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + made.ca, "TEMPORAL_API_KEY=a-key"},
			refused: [][]string{{"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + made.ca}, {"TEMPORAL_TLS_SERVER_CA_CERT_PATH=" + made.ca, "TEMPORAL_API_KEY=another"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := gate(t, made, c.key)
			list := func(env []string) (string, int) {
				cmd := exec.CommandContext(t.Context(), world.Starter, "list")
				cmd.Env = append(append(os.Environ(), world.StarterEnv()...), append(env, "TEMPORAL_ADDRESS="+address)...)
				printed, _ := cmd.CombinedOutput()
				return string(printed), cmd.ProcessState.ExitCode()
			}
			printed, code := list(c.allowed)
			require.Contains(t, []int{0, 3}, code, printed) // 3 also for an operation of another test that no worker serves
			require.NotContains(t, printed, "Temporal at")
			for _, env := range c.refused {
				printed, code := list(append(env, "CARRIERFLOW_PATIENCE=5s"))
				require.Equal(t, 3, code, printed)
				require.Contains(t, printed, address, printed)
			}

			s := ownStack(t)
			s.Temporal, s.Carriers = address, world.Carriers
			require.NoError(t, s.StartWorker(c.allowed...), "it is ready")
			require.NoError(t, s.Worker.Stop(stack.Patience))
			worker, err := stack.Launch(s.Binaries.Worker, append(s.WorkerEnv(), c.refused[0]...))
			require.NoError(t, err)
			t.Cleanup(worker.Kill)
			eventually(t, "the worker says why it is not ready", func() bool {
				answer, err := http.Get("http://" + s.Health + "/readyz")
				if err != nil {
					return false
				}
				defer func() { _ = answer.Body.Close() }()
				body, _ := io.ReadAll(answer.Body)
				return answer.StatusCode == http.StatusServiceUnavailable && len(body) > 0
			})
		})
	}
}

// gate stands before the Temporal server of the tests, and demands a client certificate, or an API key where there is one.
func gate(t *testing.T, made authority, key string) (address string) {
	t.Helper()
	plain := new(http.Protocols)
	plain.SetUnencryptedHTTP2(true)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: world.Temporal})
	proxy.Transport, proxy.FlushInterval, proxy.ErrorLog = &http.Transport{Protocols: plain}, -1, log.New(io.Discard, "", 0)
	server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key != "" && (r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("Temporal-Namespace") != "default" && r.Header.Get("Temporal-Namespace") != "") {
			w.Header().Set("Content-Type", "application/grpc")
			w.Header().Set("Grpc-Status", "7") // PermissionDenied, as Temporal Cloud answers
			w.Header().Set("Grpc-Message", "Request unauthorized.")
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{made.server}, NextProtos: []string{"h2"}}
	if key == "" {
		server.TLSConfig.ClientAuth, server.TLSConfig.ClientCAs = tls.RequireAndVerifyClientCert, made.pool
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// authority is a certificate authority of one test, with a certificate for a server and one for a client. ca, cert and key are files.
type authority struct {
	ca, cert, key string
	server        tls.Certificate
	pool          *x509.CertPool
}

func newAuthority(t *testing.T, dir string) (a authority) {
	t.Helper()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	issue := func(serial int64, as x509.Certificate, by *x509.Certificate, byKey *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		as.SerialNumber, as.NotBefore, as.NotAfter = big.NewInt(serial), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		as.Subject = pkix.Name{CommonName: "a test"}
		if by == nil {
			by, byKey = &as, key
		}
		der, err := x509.CreateCertificate(rand.Reader, &as, by, &key.PublicKey, byKey)
		require.NoError(t, err)
		return der, key
	}
	root, rootKey := issue(1, x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	parsed, err := x509.ParseCertificate(root)
	require.NoError(t, err)
	a.pool = x509.NewCertPool()
	a.pool.AddCert(parsed)
	a.ca = write("ca.pem", "CERTIFICATE", root)
	server, serverKey := issue(2, x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, parsed, rootKey)
	a.server = tls.Certificate{Certificate: [][]byte{server}, PrivateKey: serverKey}
	client, clientKey := issue(3, x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, parsed, rootKey)
	a.cert = write("client.pem", "CERTIFICATE", client)
	der, err := x509.MarshalPKCS8PrivateKey(clientKey)
	require.NoError(t, err)
	a.key = write("client.key", "PRIVATE KEY", der)
	return a
}
