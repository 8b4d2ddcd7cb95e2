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
	started atomic.Bool
	check   func(context.Context) error
}

func (h *health) routes(metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", metrics)
	return mux
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	if !h.started.Load() {
		answer(w, http.StatusServiceUnavailable, "not ready: the workers are not running (waiting for Temporal, or stopping)")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), healthAttempt)
	defer cancel()
	if err := h.check(ctx); err != nil {
		answer(w, http.StatusServiceUnavailable, "not ready: Temporal cannot be reached")
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // nobody to tell when the asker is gone
}
