package transport

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// longestRetryAfter bounds how long a carrier can ask us to stay away (ours). More than a day is a mistake at the
// other end, and very large numbers would overflow a time.Duration.
const longestRetryAfter = 24 * time.Hour

// redacted is an error with a text that is safe to log and its cause for errors.Is and errors.As.
type redacted struct {
	text  string
	cause error
}

func (r redacted) Error() string { return r.text }
func (r redacted) Unwrap() error { return r.cause }

// plain strips the URL from a transport error: a query or path may hold a phone number.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("timed out: %w", err)
	}
	return err
}

// quoted is where net/http repeats what it received and could not understand.
var quoted = regexp.MustCompile(`(malformed[^":]*).*|"(?:[^"\\]|\\.)*"`)

// safe is plain for an error met while talking to the carrier: its text may repeat what was sent or received.
func safe(err error, personal []string) error {
	err = plain(err)
	return redacted{carriers.Redact(quoted.ReplaceAllString(err.Error(), "${1}…"), personal...), err}
}

// retryAfter reads the header's two forms, seconds and a date, and bounds it to between nothing and longestRetryAfter. It
// is 0 when it is absent or unreadable. Fractions of a second are read, although no RFC has them.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	seconds, err := strconv.ParseFloat(value, 64) // infinite when it is out of range
	switch {
	case math.IsNaN(seconds):
		return 0
	case err == nil || errors.Is(err, strconv.ErrRange):
		return time.Duration(max(0, min(seconds, longestRetryAfter.Seconds())) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, min(at.Sub(now), longestRetryAfter))
	}
	return 0
}

// ValidHeaderValue reports whether a value can be sent in a header as it is: it holds printable ASCII and spaces alone.
// HTTP leaves the meaning of other bytes open, and a control character can end the header.
func ValidHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

// faultOfHeaders names the first header whose value cannot be sent.
func faultOfHeaders(headers map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if !ValidHeaderValue(headers[name]) {
			return name
		}
	}
	return ""
}

// faultOfPath names the path parameter that would make the request reach another path than the one meant: an empty
// one, and "." and "..", which servers resolve however they are escaped.
func faultOfPath(params map[string]string) string {
	for name, value := range params {
		if value == "" || value == "." || value == ".." {
			return name
		}
	}
	return ""
}
