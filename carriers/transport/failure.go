package transport

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
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

// retryAfter reads the header's two forms, seconds and a date; 0 when absent, past or unreadable.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return min(at.Sub(now), longestRetryAfter)
	}
	return 0
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
