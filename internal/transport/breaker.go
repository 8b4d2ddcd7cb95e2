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

// breaker holds calls back while a carrier does not answer. Many operations wait for one carrier, each at its own pace; together
// they would overload one that is recovering. The state is in memory, so every worker process detects an outage for itself.
//
// It opens after a number of consecutive calls without an answer. Only consecutive ones count, because a single broken
// connection is not an outage. While it is open, one call at a time is sent as a probe, and the next no sooner than a fixed
// time after the last one failed. The first answer closes it.
type breaker[T any] struct {
	circuit *gobreaker.CircuitBreaker[T]
	of      watched
	http    *http.Client
	options Options
	log     *zap.Logger
	// These two are written in the circuit's callbacks, which it calls under its own lock.
	last  error     // the latest result, for the log
	since time.Time // when it opened
}

// watched is what a breaker watches. The carrier's API and its token endpoint are watched separately: they are often
// different systems, and an outage of one says nothing about the other.
type watched struct {
	what string // for the log: "the carrier"
	at   string // host and path, which contain no credentials
	// isIrrelevant reports whether an error says nothing about the API, answered whether it shows that the API works.
	isIrrelevant, answered func(error) bool
}

func newBreaker[T any](of watched, client *http.Client, o Options, log *zap.Logger) *breaker[T] {
	b := &breaker[T]{of: of, http: client, options: o, log: log}
	b.circuit = gobreaker.NewCircuitBreaker[T](gobreaker.Settings{
		MaxRequests: 1,
		Timeout:     o.probeEvery(),
		ReadyToTrip: func(n gobreaker.Counts) bool { return int(n.ConsecutiveFailures) >= o.outageAfter() },
		IsExcluded: func(err error) bool {
			_, gaveUp := errors.AsType[abandoned](err)
			return gaveUp || of.isIrrelevant(err)
		},
		IsSuccessful: func(err error) bool {
			b.last = err
			return of.answered(err)
		},
		OnStateChange: b.changed,
	})
	return b
}

// call makes an exchange, or holds it back; then nothing was sent.
func (b *breaker[T]) call(ctx context.Context, exchange func() (T, error)) (answer T, held bool, err error) {
	answer, err = b.circuit.Execute(func() (T, error) {
		answer, err := exchange()
		if err != nil && ctx.Err() != nil {
			err = abandoned{err}
		}
		return answer, err
	})
	if ours, is := errors.AsType[abandoned](err); is {
		err = ours.error
	}
	held = errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)
	return answer, held, err
}

// open reports whether every call is held back at the moment.
func (b *breaker[T]) open() bool { return b.circuit.State() == gobreaker.StateOpen }

// reason says why calls are held back.
func (b *breaker[T]) reason(who string) string {
	return fmt.Sprintf("%s has not answered the last %d calls; until it does, one call every %s is let through",
		who, b.options.outageAfter(), b.options.probeEvery())
}

// changed logs and reports once that an outage begins, and once that it is over. A failed probe is neither.
func (b *breaker[T]) changed(_ string, from, to gobreaker.State) {
	if to == gobreaker.StateOpen {
		// Every probe uses a new connection. net/http repeats a read that fails on an idle connection, once for each idle
		// connection.
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

// hostAndPath identifies an API of a carrier, without possible credentials.
func hostAndPath(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "" // impossible: every configured URL has been parsed
	}
	return u.Host + u.Path
}

// abandoned is the error of a call whose caller stopped waiting. The error alone does not show that: our own timeout for
// the carrier looks the same.
type abandoned struct{ error }

// isIrrelevant reports whether an error says nothing about the carrier: the call could not be built, or there was no token for it.
func isIrrelevant(err error) bool {
	if _, noToken := errors.AsType[*tokenFailure](err); noToken {
		return true
	}
	failure, failed := errors.AsType[*carriers.Error](err)
	return failed && failure.Class == carriers.Rejected && failure.HTTPStatus == 0
}

// answered reports whether a call shows that the carrier works: it answered with a status below 500, and the answer arrived
// completely.
func answered(err error) bool {
	failure, failed := errors.AsType[*carriers.Error](err)
	if !failed {
		return err == nil
	}
	return failure.Err == nil && failure.HTTPStatus < http.StatusInternalServerError
}
