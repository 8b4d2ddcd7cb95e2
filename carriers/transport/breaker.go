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
type breaker[T any] struct {
	circuit *gobreaker.CircuitBreaker[T]
	of      watched
	http    *http.Client
	options Options
	log     *zap.Logger
	// These two are written under the circuit's own lock, in what it calls back.
	last  error     // the newest result, for the log
	since time.Time // when it opened
}

// watched is what a breaker watches. The carrier's API and its token endpoint are watched apart: they are often different
// systems, and an outage of one says nothing about the other.
type watched struct {
	what string // for the log: "the carrier"
	at   string // host and path, which hold no credentials
	// saysNothing reports whether an error tells nothing about it, answered whether it shows that it is there.
	saysNothing, answered func(error) bool
}

func newBreaker[T any](of watched, client *http.Client, o Options, log *zap.Logger) *breaker[T] {
	b := &breaker[T]{of: of, http: client, options: o, log: log}
	b.circuit = gobreaker.NewCircuitBreaker[T](gobreaker.Settings{
		MaxRequests: 1,
		Timeout:     o.probeEvery(),
		ReadyToTrip: func(n gobreaker.Counts) bool { return int(n.ConsecutiveFailures) >= o.outageAfter() },
		IsExcluded: func(err error) bool {
			_, impatient := errors.AsType[givenUp](err)
			return impatient || of.saysNothing(err)
		},
		IsSuccessful: func(err error) bool {
			b.last = err
			return of.answered(err)
		},
		OnStateChange: b.changed,
	})
	return b
}

// call makes an exchange, or holds it back: then nothing was sent.
func (b *breaker[T]) call(ctx context.Context, exchange func() (T, error)) (answer T, held bool, err error) {
	answer, err = b.circuit.Execute(func() (T, error) {
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

// open reports whether every call is held back at the moment.
func (b *breaker[T]) open() bool { return b.circuit.State() == gobreaker.StateOpen }

// reason says why calls to someone are held back.
func (b *breaker[T]) reason(who string) string {
	return fmt.Sprintf("%s has not answered the last %d calls; until it does, one call every %s is let through",
		who, b.options.outageAfter(), b.options.probeEvery())
}

// changed tells once that an outage begins, and once that it is over. A failed probe is neither.
func (b *breaker[T]) changed(_ string, from, to gobreaker.State) {
	if to == gobreaker.StateOpen {
		// Every probe takes a new connection: a read that a kept one loses is sent again by net/http, once for each it kept.
		b.http.CloseIdleConnections()
	}
	began, over := from == gobreaker.StateClosed, to == gobreaker.StateClosed
	switch {
	case began:
		b.since = time.Now()
		b.log.Warn(b.of.what+" does not answer; until it does, calls to it are held back, and operations wait",
			zap.String("api", b.of.at), zap.Int("calls in a row", b.options.outageAfter()),
			zap.Duration("one call every", b.options.probeEvery()), zap.Error(b.last))
	case over:
		b.log.Info(b.of.what+" answers again; calls to it are no longer held back",
			zap.String("api", b.of.at), zap.Duration("after", time.Since(b.since)))
	}
	if (began || over) && b.options.OnOutage != nil {
		b.options.OnOutage(began)
	}
}

// hostAndPath tells the APIs of one carrier apart, without what may be a credential.
func hostAndPath(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "" // cannot be: every URL of a configuration has been parsed
	}
	return u.Host + u.Path
}

// givenUp is the error of a call that its caller did not wait for any longer. The error alone does not tell: a timeout of
// ours for the carrier looks the same.
type givenUp struct{ error }

// saysNothing reports whether a call tells nothing about the carrier: there was nothing that could be sent, or no token to
// send it with.
func saysNothing(err error) bool {
	if _, noToken := errors.AsType[*tokenFailure](err); noToken {
		return true
	}
	failure, failed := errors.AsType[*carriers.Error](err)
	return failed && failure.Class == carriers.Rejected && failure.HTTPStatus == 0
}

// answered reports whether a call shows that the carrier is there: it answered, with whatever status below 500, and the
// answer arrived whole.
func answered(err error) bool {
	failure, failed := errors.AsType[*carriers.Error](err)
	if !failed {
		return err == nil
	}
	return failure.Err == nil && failure.HTTPStatus < http.StatusInternalServerError
}
