package sandbox_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestManyAtOnce(t *testing.T) {
	const operations = 60
	box := sandboxtest.Receive(t, nil)
	cfg := sandboxtest.Quick()
	cfg.Callback.URL = box.URL
	b := start(t, cfg)
	pool := &http.Transport{MaxIdleConnsPerHost: 3 * operations}
	b.Client = &http.Client{Transport: pool}
	t.Cleanup(pool.CloseIdleConnections)

	var all sync.WaitGroup
	for i := range operations {
		card := fmt.Sprintf("8901000000000%05d%02d", i, i%40)
		subscription := fmt.Sprintf("7%03d%02d", i, i%40)
		all.Go(func() { b.activate(fmt.Sprint("act-", i), card) })
		all.Go(func() { b.activate(fmt.Sprint("act-", i), card) }) // sent twice, at the same time
		all.Go(func() { b.setServices(fmt.Sprint("set-", i), fmt.Sprint("Line", i%7, "x"), `{"voiceMail":false}`) })
		all.Go(func() { b.replaceSIM(subscription, newCard) })
		all.Go(func() {
			b.Get("/dish/subscription?iccid=" + card)
			b.Get("/stn/api/QueryActivation?take=5")
			b.Get("/stn/api/QuerySubscription?fields=id,services")
			b.Get(masLine(subscription))
			b.Get("/_sandbox/ledger")
			b.Get("/_sandbox/stats")
			b.Set(sandbox.Rule{Carrier: "dish", Reference: "nobody", Scenario: "slow"})
			b.ClearScenarios(sandbox.Rule{})
		})
	}
	all.Wait()
	b.Eventually(func() bool { return len(box.Bodies()) == 2*operations })
	for i := range operations {
		id := fmt.Sprint("act-", i)
		assert.Equal(t, "Success", b.transaction(id))
		entries := b.Ledger(sandbox.Filter{Carrier: "dish", Reference: id})
		if assert.Len(t, entries, 2) {
			assert.Equal(t, 1, entries[0].DuplicateOf+entries[1].DuplicateOf, "exactly one of two is the second")
		}
	}
	assert.Len(t, b.Ledger(sandbox.Filter{}), 4*operations)
}
