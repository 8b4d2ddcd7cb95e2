package transport

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// maxRetryAfter bounds the wait that a carrier can ask for (ours). More than a day is a mistake of the carrier, and very
// large numbers would overflow a time.Duration.
const maxRetryAfter = 24 * time.Hour

// redacted is an error with a text that is safe to log, and its cause for errors.Is and errors.As.
type redacted struct {
	text  string
	cause error
}

func (r redacted) Error() string { return r.text }
func (r redacted) Unwrap() error { return r.cause }

// plain removes the URL from a transport error: its query or path may contain a phone number.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("timed out: %w", err)
	}
	return err
}

// quoted matches what net/http repeats of an answer that it could not parse.
var quoted = regexp.MustCompile(`(malformed[^":]*).*|"(?:[^"\\]|\\.)*"`)

// redactedError is plain for an error of an exchange with a carrier: its text may repeat what was sent or received.
func redactedError(err error, personal []string) error {
	err = plain(err)
	return redacted{carriers.Redact(quoted.ReplaceAllString(err.Error(), "${1}…"), personal...), err}
}

// retryAfter reads both forms of the header, seconds and a date, and bounds the result to 0 to maxRetryAfter. It is 0 when
// the header is absent or unreadable. Fractions of a second are read, although no RFC has them.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(value, 64) // infinite when it is out of range
	switch {
	case math.IsNaN(seconds):
		return 0
	case err == nil || errors.Is(err, strconv.ErrRange):
		return time.Duration(max(0, min(seconds, maxRetryAfter.Seconds())) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(at.Sub(now), maxRetryAfter))
	}
	return 0
}

// ValidHeaderValue reports whether a value can be sent in a header unchanged: it consists of printable ASCII and spaces.
// HTTP does not define other bytes, and a control character can end the header.
func ValidHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// invalidHeader names the first header whose value cannot be sent.
func invalidHeader(headers map[string]string) string {
	invalid := ""
	for name, value := range headers {
		if !ValidHeaderValue(value) && (invalid == "" || name < invalid) {
			invalid = name
		}
	}
	return invalid
}

// invalidPathParam names a path parameter that would change the path: an empty one, and "." and "..", which servers resolve
// even when they are escaped.
func invalidPathParam(params map[string]string) string {
	for name, value := range params {
		if value == "" || value == "." || value == ".." {
			return name
		}
	}
	return ""
}
