package sandbox

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestManyAtOnce(t *testing.T) {
	const operations = 60
	box := receive(t, nil)
	cfg := quick
	cfg.Callback.URL = box.url
	b := start(t, cfg)
	pool := &http.Transport{MaxIdleConnsPerHost: 3 * operations}
	b.client = &http.Client{Transport: pool}
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
			b.get("/dish/subscription?iccid=" + card)
			b.get("/stn/api/QueryActivation?take=5")
			b.get("/stn/api/QuerySubscription?fields=id,services")
			b.get(masLine(subscription))
			b.get("/_sandbox/ledger")
			b.get("/_sandbox/stats")
			b.set(Rule{Carrier: "dish", Reference: "nobody", Scenario: "slow"})
			b.ClearScenarios(Rule{})
		})
	}
	all.Wait()
	b.eventually(func() bool { return len(box.words()) == 2*operations })
	for i := range operations {
		id := fmt.Sprint("act-", i)
		assert.Equal(t, "Success", b.transaction(id))
		entries := b.Ledger(Filter{Carrier: "dish", Reference: id})
		if assert.Len(t, entries, 2) {
			assert.Equal(t, 1, entries[0].DuplicateOf+entries[1].DuplicateOf, "exactly one of two is the second")
		}
	}
	assert.Len(t, b.Ledger(Filter{}), 4*operations)
}
