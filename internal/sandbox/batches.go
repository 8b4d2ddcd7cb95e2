package sandbox

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/carrierflow/carrierflow/carriers"
)

// batch holds the notices that wait for others.
type batch struct {
	notices []dishNotice
	spelled bool // whether what leaves is spelled and packed otherwise
}

// batchFor is how long a notice waits for others.
const batchFor = 200 * time.Millisecond

// collect lets a notice wait for others. The first one decides for how long.
func (c *courier) collect(n dishNotice, p plan) {
	if c.cfg.URL == "" {
		return
	}
	wait := p.batchedFor
	if wait == 0 {
		wait = batchFor
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.batch.notices) == 0 {
		c.clock.after(wait, c.sendBatch)
	}
	c.batch.notices = append(c.batch.notices, n)
	c.batch.spelled = c.batch.spelled || p.spelled
}

// sendBatch sends what has been collected in one body, and now and then the same body once more.
func (c *courier) sendBatch() {
	c.mu.Lock()
	collected := c.batch
	c.batch = batch{}
	c.batches++
	dice := rand.New(rand.NewPCG(c.seed, c.batches))
	c.mu.Unlock()

	l := newLetter(carriers.DISH, opTransaction, http.StatusOK, bundled(collected.notices, dice))
	times := 1
	if collected.spelled {
		// What is signed is what travels, and no page says in which order a sender signs and compresses.
		packedOtherwise(l, dice)
		l.zipped = false
		if dice.IntN(2) == 0 {
			spelledOtherwise(l, dice)
		}
		times += dice.IntN(2)
	}
	id := uuid.NewString()
	for range times {
		c.dispatch(&parcel{id: id, notices: collected.notices, body: l.bytes(), contentType: l.contentType})
	}
}

// bundled is one body with several notices: a bare list or one in an envelope. A list of one may be the one.
func bundled(notices []dishNotice, dice *rand.Rand) any {
	forms := []any{notices, fields{"data": notices}}
	if len(notices) == 1 {
		forms = append(forms, notices[0], fields{"data": notices[0]})
	}
	return forms[dice.IntN(len(forms))]
}
