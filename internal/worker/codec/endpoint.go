// Package codec serves the codec endpoint: the Temporal Web UI and the temporal CLI send it the payloads that they have from Temporal, and
// show what it answers. Whoever may call it can read everything, so it asks for a token, and takes calls only from the Web UIs it knows.
package codec

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/converter"
	"go.uber.org/zap"
)

// maxBody bounds a request, in bytes. Temporal's own limit for a message is 4 MiB; in JSON it is a third longer.
const maxBody = 8 << 20

// Endpoint answers POST /decode and /encode, and GET /healthz.
type Endpoint struct {
	config Config
	codec  http.Handler
	log    *zap.Logger
}

// New returns an endpoint. The configuration has to be checked.
func New(c Config, codec converter.PayloadCodec, log *zap.Logger) *Endpoint {
	return &Endpoint{c, converter.NewPayloadCodecHTTPHandler(codec), log}
}

// Serve answers on the listener until ctx ends. Calls under way are cut off then; who made them can repeat them.
func (e *Endpoint) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: e.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: zap.NewStdLog(e.log),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Handler returns the endpoint as a handler.
func (e *Endpoint) Handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	routes.Handle("/decode", e.guarded(e.codec))
	if !e.config.DecodeOnly {
		routes.Handle("/encode", e.guarded(e.codec))
	}
	return routes
}

// guarded answers the preflights of browsers, and lets a call through that comes from a known Web UI or from no browser, and has the token.
func (e *Endpoint) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin != "" && !slices.Contains(e.config.Origins, origin) {
			e.refuse(w, r, http.StatusForbidden, "this origin is not allowed; CARRIERFLOW_CODEC_ORIGINS lists those that are")
			return
		}
		if origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true") // for a proxy that knows people by a cookie
		}
		switch r.Method {
		case http.MethodOptions:
			w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
			w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
			w.Header().Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
		case http.MethodPost:
			if !e.authorized(r) {
				w.Header().Set("WWW-Authenticate", "Bearer")
				e.refuse(w, r, http.StatusUnauthorized, "the codec endpoint needs its token: Authorization: Bearer TOKEN")
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Allow", "OPTIONS, POST")
			http.Error(w, "only POST is answered", http.StatusMethodNotAllowed)
		}
	})
}

// authorized compares hashes, so that the time it takes says nothing about the token.
func (e *Endpoint) authorized(r *http.Request) bool {
	if e.config.Token == "" {
		return true
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(given))), sha256.Sum256([]byte(string(e.config.Token)))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

func (e *Endpoint) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	e.log.Warn("a call to the codec endpoint was refused", zap.Int("status", status), zap.String("path", r.URL.Path), zap.String("remote", r.RemoteAddr))
	http.Error(w, why, status)
}
