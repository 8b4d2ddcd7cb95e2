// Package healthcheck is the command "healthcheck" of the programs: it asks the running one, in the same container, whether it is
// healthy. The images have no shell and no curl, so what runs them cannot ask in another way than over the network.
package healthcheck

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Timeout is how long an answer may take. The worker answers from memory, or after one call to Temporal of at most two seconds.
const Timeout = 4 * time.Second

// maxAnswer is how much of an answer is repeated in an error, in bytes.
const maxAnswer = 512

// Ask asks a program that listens at an address, as it is configured, for a path. Anything but 200 is an error that repeats the answer.
func Ask(ctx context.Context, address, path string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address %q cannot be asked: %w", address, err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost" // it listens at every address
	}
	url := "http://" + net.JoinHostPort(host, port) + path
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	// A client of its own: a proxy that the environment names is for other machines.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", url, response.Status, strings.TrimSpace(string(text)))
	}
	return nil
}
