package main

import (
	"context"
	"fmt"
	"strings"
)

// temporalContestants are the contestants on one Temporal server.
type temporalContestants struct {
	server *server
	// Ours and others are the workers.
	oursHost, othersHost *host

	ours, noConfirm, noOrder *contestant
	textbook, bare, empty    *contestant
	closers                  closers
}

// newTemporalContestants starts a server with the workers of all contestants. Ours without the order of lines has a worker and a
// namespace of its own.
func newTemporalContestants(ctx context.Context, b *bench, withNoOrder bool) (*temporalContestants, error) {
	s, err := newServer(ctx, b.programs, b.dir)
	if err != nil {
		return nil, err
	}
	t := &temporalContestants{server: s}
	t.closers.add(s.closers.closeAll)
	if t.oursHost, err = s.ours(ctx, "default"); err != nil {
		return nil, withClosed(err, &t.closers)
	}
	if t.othersHost, err = s.others(ctx); err != nil {
		return nil, withClosed(err, &t.closers)
	}
	t.ours, t.noConfirm = ours(nameOurs, t.oursHost, confirmed), ours(nameNoConfirm, t.oursHost, notConfirmed)
	t.textbook = flow(nameTextbook, textbookFlow, t.othersHost, confirmed)
	t.bare, t.empty = signalled(nameBare, bareFlow, t.othersHost), signalled(nameEmpty, emptyFlow, t.othersHost)
	if !withNoOrder {
		return t, nil
	}
	if err := s.namespace(ctx, "no-order"); err != nil {
		return nil, withClosed(err, &t.closers)
	}
	h, err := s.ours(ctx, "no-order", "CARRIERFLOW_NO_LINE_ORDER=dish,stn")
	if err != nil {
		return nil, withClosed(err, &t.closers)
	}
	t.noOrder = ours(nameNoOrder, h, notConfirmed)
	return t, nil
}

// polled is ours at the carrier that has to be asked.
func (t *temporalContestants) polled(polls int) *contestant {
	return ours(polledName(namePolled, polls), t.oursHost, onSTN(polledTimes(polls, everyPoll)))
}

// timerPoll is the loop of a timer and a status activity, at the same carrier.
func (t *temporalContestants) timerPoll(polls int) *contestant {
	return flow(polledName(nameTimerPoll, polls), timerPollFlow, t.othersHost, onSTN(polledTimes(polls, everyPoll)))
}

// polledName is the name of a contestant whose operations are decided after some polls.
func polledName(name string, polls int) string {
	if polls == 1 {
		return name + ", 1 poll"
	}
	return fmt.Sprintf("%s, %d polls", name, polls)
}

func isOurs(name string) bool { return strings.HasPrefix(name, "ours") }

// line prints what has been measured so far.
func (b *bench) line(format string, args ...any) {
	_, _ = fmt.Fprintf(b.out, "  "+format+"\n", args...)
}
