package sandbox

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// batch holds the notices of one carrier that wait for others.
type batch struct {
	notices []sentNotice
	spelled bool // whether the body is spelled and packed otherwise
}

// batchFor is how long a notice waits for others.
const batchFor = 200 * time.Millisecond

// collect lets a notice wait for others. The first one decides for how long.
func (s *callbackSender) collect(n sentNotice, p Plan) {
	wait := p.batchedFor
	if wait == 0 {
		wait = batchFor
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.batches[n.carrier]
	if waiting == nil {
		waiting = &batch{}
		s.batches[n.carrier] = waiting
		s.clock.after(wait, func() { s.sendBatch(n.carrier) })
	}
	waiting.notices = append(waiting.notices, n)
	waiting.spelled = waiting.spelled || p.spelled
}

// sendBatch sends what has been collected in one body, and with other manners sometimes the same body twice.
func (s *callbackSender) sendBatch(carrier *Carrier) {
	s.mu.Lock()
	collected := s.batches[carrier]
	delete(s.batches, carrier)
	s.left++
	random := rand.New(rand.NewPCG(s.seed, s.left))
	s.mu.Unlock()

	m := newMessage(carrier, KindLookUp, http.StatusOK, bundled(collected.notices, random))
	times := 1
	if collected.spelled {
		// The signature covers the body as it is sent, and no page says in which order a sender signs and compresses.
		packedOtherwise(m, random)
		m.zipped = false
		if random.IntN(2) == 0 {
			spelledOtherwise(m, random)
		}
		times += random.IntN(2)
	}
	id := uuid.NewString()
	for range times {
		s.deliver(&callback{id: id, notices: collected.notices, body: m.bytes(), contentType: m.contentType})
	}
}

// bundled is one body with several notices: a bare list or one in an envelope. A list of one may be the one.
func bundled(notices []sentNotice, random *rand.Rand) any {
	bodies := make([]any, len(notices))
	for i, n := range notices {
		bodies[i] = n.body
	}
	forms := []any{bodies, Object{"data": bodies}}
	if len(bodies) == 1 {
		forms = append(forms, bodies[0], Object{"data": bodies[0]})
	}
	return forms[random.IntN(len(forms))]
}
