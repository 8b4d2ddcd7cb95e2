package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/sony/gobreaker/v2"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// breaker holds calls back while a carrier is not there. Many operations wait for one carrier, each at its own pace, and
// together they would hammer one that is down. It lives in memory: every worker process finds out for itself.
//
// It opens after so many calls in a row without an answer; in a row, because one broken line among healthy ones is no
// outage. While it is open one call at a time is let through as a probe, and the next no sooner than a while after the
// last one failed. The first answer closes it.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[Answer]
	http    *http.Client
	options Options
	log     *zap.Logger
	// These two are written under the circuit's own lock, in what it calls back.
	last  error     // the newest result, for the log
	since time.Time // when it opened
}

func newBreaker(client *http.Client, o Options, log *zap.Logger) *breaker {
	b := &breaker{http: client, options: o, log: log}
	b.circuit = gobreaker.NewCircuitBreaker[Answer](gobreaker.Settings{
		MaxRequests: 1,
		Timeout:     o.probeEvery(),
		ReadyToTrip: func(n gobreaker.Counts) bool { return int(n.ConsecutiveFailures) >= o.outageAfter() },
		IsExcluded:  saysNothing,
		IsSuccessful: func(err error) bool {
			b.last = err
			return answered(err)
		},
		OnStateChange: b.changed,
	})
	return b
}

// call makes an exchange, or holds it back: then nothing was sent.
func (b *breaker) call(ctx context.Context, exchange func() (Answer, error)) (answer Answer, held bool, err error) {
	answer, err = b.circuit.Execute(func() (Answer, error) {
		answer, err := exchange()
		if err != nil && ctx.Err() != nil {
			err = givenUp{err}
		}
		return answer, err
	})
	if ours, is := errors.AsType[givenUp](err); is {
		err = ours.error
	}
	held = errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
	return answer, held, err
}

// reason says why a call was held back.
func (b *breaker) reason(c carriers.Carrier) string {
	return fmt.Sprintf("not sent: %s has not answered the last %d calls; until it does, one call every %s is let through",
		c.Name(), b.options.outageAfter(), b.options.probeEvery())
}

// changed tells once that an outage begins, and once that it is over. A failed probe is neither.
func (b *breaker) changed(_ string, from, to gobreaker.State) {
	if to == gobreaker.StateOpen {
		// Every probe takes a new connection: a read that a kept one loses is sent again by net/http, once for each it kept.
		b.http.CloseIdleConnections()
	}
	began, over := from == gobreaker.StateClosed, to == gobreaker.StateClosed
	switch {
	case began:
		b.since = time.Now()
		b.log.Warn("the carrier does not answer; until it does, calls to it are held back, and operations wait",
			zap.String("api", b.api()), zap.Int("calls in a row", b.options.outageAfter()),
			zap.Duration("one call every", b.options.probeEvery()), zap.Error(b.last))
	case over:
		b.log.Info("the carrier answers again; calls to it are no longer held back",
			zap.String("api", b.api()), zap.Duration("after", time.Since(b.since)))
	}
	if (began || over) && b.options.OnOutage != nil {
		b.options.OnOutage(began)
	}
}

// api tells the APIs of one carrier apart: host and path of the base URL, which holds no credentials.
func (b *breaker) api() string {
	base, err := url.Parse(b.options.BaseURL)
	if err != nil {
		return "" // cannot be: Check has parsed it
	}
	return base.Host + base.Path
}

// givenUp is the error of a call that its caller did not wait for any longer. The error alone does not tell: a timeout of
// ours for the carrier looks the same.
type givenUp struct{ error }

// saysNothing reports whether a call tells nothing about the carrier: its caller gave it up, as a worker that stops or one
// who is in a hurry does, or there was nothing that could be sent.
func saysNothing(err error) bool {
	_, impatient := errors.AsType[givenUp](err)
	failure, failed := errors.AsType[*carriers.Error](err)
	return impatient || failed && failure.Class == carriers.Rejected && failure.HTTPStatus == 0
}

// answered reports whether a call shows that the carrier is there: it answered, with whatever status below 500, and the
// answer arrived whole. The same goes for its token endpoint, without which there is no call.
func answered(err error) bool {
	failure, failed := errors.AsType[*carriers.Error](err)
	token, noToken := errors.AsType[tokenStatus](err)
	switch {
	case !failed:
		return err == nil
	case noToken:
		return token.status < http.StatusInternalServerError
	case failure.Class == carriers.Unauthorized:
		return true // also when it was the token endpoint that refused us, which leaves no HTTP status
	}
	return failure.Err == nil && failure.HTTPStatus < http.StatusInternalServerError
}
