package sandbox

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"time"
)

// The manners a sandbox can have.
const (
	// OwnManners answer as the carriers' pages show it.
	OwnManners = "own"
	// OtherManners say the same things as another implementation behind other gateways might, at random by seed.
	OtherManners = "other"
)

// How much of other manners an exchange gets.
const (
	gatewayShare  = 0.30 // of reads: a gateway answers 404
	nullListShare = 0.05 // of reads: a list is missing
	shuffledShare = 0.10 // of reads: a list is in another order than was asked for
	// mostUnfit is how many reads of one operation in a row get no answer of the carrier's, so that things end.
	mostUnfit = 3
	// closedShare is the share of lines whose read is always refused, where the carrier has such a read, while everything
	// else works; see Operation.ClosedForSome.
	closedShare = 0.06

	repeatShare    = 0.5  // of changes: a repetition is answered 400 and not recorded
	duplicateShare = 0.08 // of changes: the first answer is the one to a gateway's own repetition
	batchShare     = 0.5  // of changes at a carrier that calls back: the callback is sent with others

	spelledShare  = 0.5  // of operations: other spellings
	numbersShare  = 0.25 // of operations: numbers for text
	oneShare      = 0.25 // of operations: one for a list
	codeZeroShare = 0.25 // of operations: error fields in good answers
	packedShare   = 0.35 // of answers: byte order mark, compression, content type
)

// manners draws what an exchange gets of other manners. What an implementation does the same way every time depends on
// seed, carrier, operation and the request's own identifier. What changes from request to request depends also on how many
// requests there were. So a run can be repeated as far as the requests are the same. The director's lock guards it.
//
// Two things are never drawn. A change is not answered by a gateway: other manners test what a client concludes from a
// read. And no record becomes visible later than VisibleWithin: a client that waits longer than that before it sends again
// never sends twice, one that waits less may. A harness has to set the client's wait above it.
type manners struct {
	seed          uint64
	visibleWithin time.Duration
	asked         map[string]int // requests so far, by exchange.key
	unfit         map[string]int // reads in a row that got no answer of the carrier's
}

func newManners(cfg Config) *manners {
	return &manners{seed: cfg.MannersSeed, visibleWithin: cfg.VisibleWithin, asked: map[string]int{}, unfit: map[string]int{}}
}

// random returns a random source that is the same for the same seed, exchange and salt.
func (m *manners) random(x exchange, salt string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(x.key() + "\x00" + salt))
	return rand.New(rand.NewPCG(m.seed, h.Sum64()))
}

// draw adds a request's share of other manners to its treatment. A rule may say how late a record becomes visible at the
// latest.
func (m *manners) draw(t *treatment, x exchange, latest time.Duration) {
	if x.public() {
		return
	}
	key := x.key()
	m.asked[key]++
	always, now := m.random(x, ""), m.random(x, fmt.Sprint(m.asked[key]))
	if x.changes() {
		if latest == 0 {
			latest = m.visibleWithin
		}
		m.drawChange(t, x, always, latest)
	} else {
		m.drawRead(t, x, always, now)
	}
	for _, s := range []struct {
		name   string
		share  float64
		random *rand.Rand
	}{
		{"code-zero", codeZeroShare, always},
		{"spelled-otherwise", spelledShare, always},
		{"numbers-for-text", numbersShare, always},
		{"one-for-list", oneShare, always},
		{"packed-otherwise", packedShare, now},
	} {
		if s.random.Float64() < s.share {
			m.shape(t, x, s.name, s.random)
		}
	}
}

func (m *manners) drawChange(t *treatment, x exchange, random *rand.Rand, latest time.Duration) {
	t.plan.hidden, t.plan.hiddenFor = true, 1+time.Duration(random.Float64()*float64(latest-1))
	t.scenarios = append(t.scenarios, "late-visibility")
	// A scenario of the line or of an older rule comes first.
	repeats, duplicates := random.Float64() < repeatShare, random.Float64() < duplicateShare
	if (repeats || duplicates) && t.before == nil {
		t.before = duplicateOnRepeat(0)
	}
	if duplicates && t.after == nil {
		t.after = answeredDuplicate(0)
		t.scenarios = append(t.scenarios, "duplicate-400")
	}
	if callsBack(x.carrier) && random.Float64() < batchShare {
		t.plan.batched, t.plan.spelled = true, true
		t.scenarios = append(t.scenarios, "batched-callback")
	}
}

func (m *manners) drawRead(t *treatment, x exchange, always, now *rand.Rand) {
	if t.before != nil {
		return
	}
	key := x.key()
	if order := m.random(x, fmt.Sprint("order", m.asked[key])); order.Float64() < shuffledShare {
		m.shape(t, x, "unordered-list", order)
	}
	closed := always.Float64() < closedShare
	answers := []gatewayAnswer{gatewayText, gatewayJSON, gatewayHTML}
	switch draw := now.Float64(); {
	case closed && x.operation.ClosedForSome:
		t.before = gatewayed([]gatewayAnswer{gatewayForbidden, gatewayBad}[always.IntN(2)])(0)
		return
	case draw < gatewayShare && m.unfit[key] < mostUnfit:
		t.before = gatewayed(answers[now.IntN(len(answers))])(0)
	case draw < gatewayShare+nullListShare && m.unfit[key] < mostUnfit:
		m.shape(t, x, "null-list", now)
	default:
		m.unfit[key] = 0
		return
	}
	m.unfit[key]++
}

// shape adds the shape of a scenario, with a random source of its own, so that one does not change what another draws.
func (m *manners) shape(t *treatment, x exchange, name string, random *rand.Rand) {
	sc, _ := byName(name)
	t.shapes = append(t.shapes, shaping{sc.shape, rand.New(rand.NewPCG(random.Uint64(), m.seed))})
	if x.changes() {
		t.scenarios = append(t.scenarios, name)
	}
}

// good reports whether a status is one of success.
func good(status int) bool { return status >= http.StatusOK && status < http.StatusMultipleChoices }
