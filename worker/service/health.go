package service

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// healthAttempt bounds the question to Temporal behind a readiness check.
const healthAttempt = 2 * time.Second

// health answers whether the worker lives and whether it works. It lives as long as it answers: a worker that fails for
// good ends its process, and one that waits for Temporal must not be restarted for it.
type health struct {
	// failing says why the worker does not work; nil while it does.
	failing atomic.Pointer[string]
	check   func(context.Context) error
}

func newHealth(check func(context.Context) error) *health {
	h := &health{check: check}
	h.fails("the worker is starting")
	return h
}

func (h *health) works()           { h.failing.Store(nil) }
func (h *health) fails(why string) { h.failing.Store(&why) }

func (h *health) routes(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", metrics)
	return mux
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if why := h.failing.Load(); why != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+*why)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), healthAttempt)
	defer cancel()
	if err := h.check(ctx); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // nobody to tell when the asker is gone
}
