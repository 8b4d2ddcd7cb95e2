package e2e

import "strings"

// tail is the end of a long text.
func tail(text string) string {
	const most = 20
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
