package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/carrierflow/carrierflow/lab/stack"
)

const (
	metricRequests = "callbacks per second"
	metricAnswer   = "time to answer"
	// targets is how many waiting workflows get the callbacks, the same ones from both receivers.
	targets = 20
	// senders is how many callbacks are on the way at the same time.
	senders       = 16
	receiverRound = 4 * time.Second
)

// measureReceiver sends callbacks to ours, which checks a signature and signals, and to a handler that does nothing but signal. Both
// signal workflows of the same kind on the same server: operations of ours would each do something about a callback.
func measureReceiver(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	var ids []string
	for n := range targets {
		// The receiver of ours signals dish:<reference>, the other one bench:<reference>; nobody works on these workflows, so that
		// only the receivers are measured.
		reference := fmt.Sprintf("target-%x-%d", began, n)
		for _, id := range []string{"dish:" + reference, flowID(reference)} {
			if err := t.server.startIdle(ctx, id); err != nil {
				return err
			}
		}
		ids = append(ids, reference)
	}
	secret := stack.New(b.programs.Binaries).WebhookSecret
	receivers := []*contestant{
		{name: "ours, signed", host: t.oursHost}, {name: "net/http and one signal", host: t.othersHost},
	}
	return b.inTurns(ctx, receivers, func(ctx context.Context, c *contestant) error {
		signing := ""
		if c.host == t.oursHost {
			signing = secret
		}
		w := c.openWindow()
		times, err := sendCallbacks(ctx, c.host.callbacks, ids, signing)
		if err != nil {
			return err
		}
		w.close()
		n := float64(len(times))
		m.add(metricRequests, "/s", "", c.name, n/time.Since(w.from).Seconds())
		m.add(metricCPU, "ms", "", c.name, w.usage.cpu.Seconds()*1000/n)
		for _, p := range latencyShares {
			m.add(metricAnswer, "ms", p.name, c.name, percentile(milliseconds(times), p.share))
		}
		b.line("%-24s %6.0f /s, p99 %6.1f ms", c.name, n/time.Since(w.from).Seconds(), percentile(milliseconds(times), 0.99))
		return nil
	})
}

// sendCallbacks sends callbacks that say nothing final, each with an id of its own, and returns how long each took to be answered.
func sendCallbacks(ctx context.Context, url string, references []string, secret string) (times []time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var running sync.WaitGroup
	var next atomic.Int64
	began := time.Now()
	for range senders {
		running.Go(func() {
			for time.Since(began) < receiverRound && ctx.Err() == nil {
				reference := references[int(next.Add(1))%len(references)]
				took, err := sendCallback(ctx, client, url, reference, secret)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				times = append(times, took)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return times, context.Cause(ctx)
}

func sendCallback(ctx context.Context, client *http.Client, url, reference, secret string) (time.Duration, error) {
	id := uuid.NewString()
	body, err := json.Marshal(map[string]any{
		"eventId": id, "eventType": "TransactionStatus", "eventTime": time.Now().UTC(), "partnerTransactionId": reference, "status": "InProgress",
	})
	if err != nil {
		return 0, err
	}
	request, err := stack.Callback(ctx, url, secret, id, body)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode/100 != 2 {
		return 0, fmt.Errorf("sending a callback to %s: it answers %s: %s", url, response.Status, text)
	}
	return time.Since(began), nil
}
