package service

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// A worker must not be restarted because of an outage of somebody else: it is alive as long as it answers. It is ready only while
// Temporal answers.
func TestLivenessDependsOnNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		var answer func(context.Context) error
		h := newHealth("all", func(ctx context.Context) error {
			asked++
			return answer(ctx)
		})
		routes := h.routes(http.NotFoundHandler(), nil)
		status := func(path string) int {
			w := httptest.NewRecorder()
			routes.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
			return w.Code
		}
		alive := func() {
			t.Helper()
			before := asked
			require.Equal(t, http.StatusOK, status("/healthz"))
			require.Equal(t, before, asked, "nobody is asked")
		}
		alive()
		require.False(t, h.isReady())
		require.Equal(t, http.StatusServiceUnavailable, status("/readyz"), "it is starting")
		require.Zero(t, asked)

		h.setReady()
		require.True(t, h.isReady())
		for _, bad := range []func(context.Context) error{
			func(context.Context) error { return errors.New("nothing answers") },
			func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, // it hangs
		} {
			answer = bad
			require.Equal(t, http.StatusServiceUnavailable, status("/readyz"))
			alive()
		}
		answer = func(context.Context) error { return nil }
		require.Equal(t, http.StatusOK, status("/readyz"))

		h.setNotReady("the worker is stopping")
		require.Equal(t, http.StatusServiceUnavailable, status("/readyz"))
		alive()
	})
}
