package service

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// healthTimeout bounds the call to Temporal in a readiness check.
const healthTimeout = 2 * time.Second

// health answers liveness and readiness checks. The worker is alive as long as it answers: a worker that fails permanently
// ends its process, and one that waits for Temporal must not be restarted.
type health struct {
	// roles are what the process does, for whoever asks.
	roles string
	// notReady says why the worker is not ready; nil when it is.
	notReady atomic.Pointer[string]
	check    func(context.Context) error
}

func newHealth(roles string, check func(context.Context) error) *health {
	h := &health{roles: roles, check: check}
	h.setNotReady("the worker is starting")
	return h
}

func (h *health) setReady()              { h.notReady.Store(nil) }
func (h *health) setNotReady(why string) { h.notReady.Store(&why) }

// routes answers the checks. level, if it is not nil, shows and sets the level of the log.
func (h *health) routes(metrics, level http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", metrics)
	if level != nil {
		mux.Handle("/log/level", level)
	}
	return mux
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if why := h.notReady.Load(); why != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+*why)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	if err := h.check(ctx); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
		return
	}
	answer(w, http.StatusOK, "ready: "+h.roles)
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // the client may have closed the connection
}
