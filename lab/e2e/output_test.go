package e2e

import (
	"log/slog"
	"strings"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// tail is the end of a long text.
func tail(text string) string {
	const most = 20
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
