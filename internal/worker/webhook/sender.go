package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// exchangeTimeout bounds one request with its answer; Standard Webhooks recommends 15 to 30 seconds.
	exchangeTimeout = 15 * time.Second
	// largestAnswer is how much is read of an answer, whose content does not matter, so that the connection can be used again.
	largestAnswer = 64 << 10
)

// newClient makes the client that sends. It uses no proxy, because that would connect to the target in its place, and follows no
// redirect, because Standard Webhooks has none.
func newClient(g guard) *http.Client {
	dialer := &net.Dialer{Timeout: exchangeTimeout, Control: g.control}
	return &http.Client{
		Timeout: exchangeTimeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, MaxIdleConnsPerHost: 10,
			IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: exchangeTimeout, MaxResponseHeaderBytes: largestAnswer,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is how an endpoint has answered.
type answer struct {
	status int
	// retryAfter is how long it asks to wait; 0 when it does not.
	retryAfter time.Duration
}

// send signs an event with every secret of an endpoint and sends it, once. Its error says why there is no answer, and does not repeat the
// URL, which may contain a secret.
func send(ctx context.Context, c *http.Client, e Endpoint, event workflows.WebhookEvent) (answer, error) {
	body, err := json.Marshal(event)
	if err != nil {
		return answer{}, fmt.Errorf("writing the event: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return answer{}, errors.New("its URL cannot be used")
	}
	now, signatures := time.Now(), make([]string, len(e.signers))
	for i, signer := range e.signers {
		if signatures[i], err = signer.Sign(event.ID, now, body); err != nil {
			return answer{}, fmt.Errorf("signing the event: %w", err)
		}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "carrierflow/"+version.Get().Version)
	request.Header.Set(standardwebhooks.HeaderWebhookID, event.ID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	response, err := c.Do(request)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, largestAnswer)) // the status has come, and is the answer
	return answer{response.StatusCode, retryAfter(response.Header.Get("Retry-After"), now)}, nil
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
