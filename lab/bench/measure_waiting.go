package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// freshEvery is the time between two fresh operations.
	freshEvery = time.Second
	// filling bounds how long it takes until all that are to wait have been sent, at 20 a second and carrier.
	filling = 15 * time.Minute
)

// measureWaiting measures fresh operations at the rate limits and timings that are the default: first with nothing else in flight, then
// while many wait, half of them at each carrier.
func measureWaiting(ctx context.Context, b *bench, m *measured) (err error) {
	m.Rounds = 1
	s, err := newServer(ctx, b.programs, b.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.closers.closeAll()) }()
	h, err := s.ours(ctx, "default", "DISH_PER_SECOND=20", "STN_PER_SECOND=20")
	if err != nil {
		return err
	}
	fresh := ours("ours, no confirm", h, notConfirmed)
	full := ours(nameOurs, h, confirmed)
	if err := b.freshOnes(ctx, m, inFlightCase(0), fresh, full); err != nil {
		return err
	}
	began := time.Now()
	filled, cancel := context.WithTimeout(ctx, filling)
	defer cancel()
	half := b.sizes.Waiting / 2
	failed := make(chan error, 1)
	go func() {
		_, err := ours(nameOurs, h, onSTN(confirmed)).fill(filled, b.sizes.Waiting-half)
		failed <- err
	}()
	_, err = full.fill(filled, half)
	if err = errors.Join(err, <-failed); err != nil {
		return fmt.Errorf("letting %d operations wait: %w", b.sizes.Waiting, err)
	}
	b.line("%d wait after %s", b.sizes.Waiting, time.Since(began).Round(time.Second))
	before, from := h.carrier.requests.Load(), time.Now()
	if err := b.freshOnes(ctx, m, inFlightCase(b.sizes.Waiting), fresh, full); err != nil {
		return err
	}
	m.add("carrier requests", "/s", inFlightCase(b.sizes.Waiting), "ours", float64(h.carrier.requests.Load()-before)/time.Since(from).Seconds())
	return nil
}

// freshOnes starts operations of both contestants in turn, one every second.
func (b *bench) freshOnes(ctx context.Context, m *measured, circumstances string, contestants ...*contestant) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	rounds, failed := make([]collected, len(contestants)), make(chan error, b.sizes.Fresh)
	for n := range b.sizes.Fresh {
		of := n % len(contestants)
		op := contestants[of].operation(2 * time.Second)
		go func() {
			err := contestants[of].carryOut(ctx, op)
			if err == nil {
				rounds[of].add(op)
			}
			failed <- err
		}()
		pause(ctx, freshEvery)
	}
	for range b.sizes.Fresh {
		if err := <-failed; err != nil {
			return err
		}
	}
	for i, c := range contestants {
		m.addLatency(circumstances, c, round{ended: rounds[i].all})
		b.line("%s: %-18s start to carrier %6.0f ms, callback to closed %6.0f ms (p50)", circumstances, c.name,
			percentile(toCarrier(rounds[i].all), 0.5), percentile(toClosed(rounds[i].all), 0.5))
	}
	return nil
}
