package sandbox

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
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
	// mostUnfit is how many reads of one operation in a row get no answer of the carrier's, so that things end.
	mostUnfit = 3
	// shutShare is the share of sTN's lines whose read by id is refused for ever, while everything else works.
	shutShare = 0.06

	repeatShare    = 0.5  // of changes: a repetition is answered 400 and not recorded
	duplicateShare = 0.08 // of changes: the first answer is the one to a gateway's own repetition
	batchShare     = 0.5  // of changes at DISH: the callback travels with others

	spelledShare  = 0.5  // of operations: other spellings
	numbersShare  = 0.25 // of operations: numbers for text
	oneShare      = 0.25 // of operations: one for a list
	codeZeroShare = 0.25 // of operations: error fields in good answers
	packedShare   = 0.35 // of answers: byte order mark, compression, content type
)

// manners draw what an exchange gets of other manners. What an implementation does alike every time follows from seed,
// carrier, operation and the request's own identifier; what comes and goes, from how many requests there were besides. So
// a run can be repeated as far as the requests are the same. The director's lock guards it.
//
// Two things are never drawn. A change is not answered by a gateway: this is about what is believed when something is
// asked. And no record becomes visible later than VisibleWithin: a client that sends again after it has waited longer
// than that keeps its promise, one that waits less cannot. A harness has to set the client's wait above it.
type manners struct {
	seed          uint64
	visibleWithin time.Duration
	asked         map[string]int // requests so far
	unfit         map[string]int // reads in a row that got no answer of the carrier's
}

func newManners(cfg Config) *manners {
	return &manners{seed: cfg.MannersSeed, visibleWithin: cfg.VisibleWithin, asked: map[string]int{}, unfit: map[string]int{}}
}

// dice returns dice that fall alike for the same seed, exchange and salt.
func (m *manners) dice(x exchange, salt string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(keyOf(x) + "\x00" + salt))
	return rand.New(rand.NewPCG(m.seed, h.Sum64()))
}

// keyOf is the same for all requests that one operation sends to one place.
func keyOf(x exchange) string {
	return strings.Join([]string{string(x.carrier), x.operation, first(x.reference, x.line)}, "\x00")
}

// draw puts a request's share of other manners on its turn. A rule may say how late a record becomes visible at the latest.
func (m *manners) draw(t *turn, x exchange, latest time.Duration) {
	if x.public {
		return
	}
	key := keyOf(x)
	m.asked[key]++
	always, now := m.dice(x, ""), m.dice(x, fmt.Sprint(m.asked[key]))
	if x.record != nil {
		if latest == 0 {
			latest = m.visibleWithin
		}
		m.drawChange(t, x, always, latest)
	} else {
		m.drawRead(t, x, always, now)
	}
	for _, s := range []struct {
		name  string
		share float64
		dice  *rand.Rand
	}{
		{"code-zero", codeZeroShare, always},
		{"spelled-otherwise", spelledShare, always},
		{"numbers-for-text", numbersShare, always},
		{"one-for-list", oneShare, always},
		{"packed-otherwise", packedShare, now},
	} {
		if s.dice.Float64() < s.share {
			m.shape(t, x, s.name, s.dice)
		}
	}
}

func (m *manners) drawChange(t *turn, x exchange, dice *rand.Rand, latest time.Duration) {
	t.plan.hidden, t.plan.hiddenFor = true, 1+time.Duration(dice.Float64()*float64(latest-1))
	t.scenarios = append(t.scenarios, "late-visibility")
	// What the line or an older rule plays has its way.
	repeats, duplicates := dice.Float64() < repeatShare, dice.Float64() < duplicateShare
	if (repeats || duplicates) && t.before == nil {
		t.before = duplicateOnRepeat(0)
	}
	if duplicates && t.after == nil {
		t.after = answeredDuplicate(0)
		t.scenarios = append(t.scenarios, "duplicate-400")
	}
	if x.carrier == carriers.DISH && dice.Float64() < batchShare {
		t.plan.batched, t.plan.spelled = true, true
		t.scenarios = append(t.scenarios, "batched-callback")
	}
}

func (m *manners) drawRead(t *turn, x exchange, always, now *rand.Rand) {
	if t.before != nil {
		return
	}
	key := keyOf(x)
	shut := always.Float64() < shutShare
	pages := []gatewayAnswer{gatewayText, gatewayJSON, gatewayHTML}
	switch draw := now.Float64(); {
	case shut && x.operation == opQuerySubscription:
		t.before = gatewayed([]gatewayAnswer{gatewayForbidden, gatewayBad}[always.IntN(2)])(0)
		return
	case draw < gatewayShare && m.unfit[key] < mostUnfit:
		t.before = gatewayed(pages[now.IntN(len(pages))])(0)
	case draw < gatewayShare+nullListShare && m.unfit[key] < mostUnfit:
		m.shape(t, x, "null-list", now)
	default:
		m.unfit[key] = 0
		return
	}
	m.unfit[key]++
}

// shape adds the shape of a scenario, with dice of its own, so that one does not change what another draws.
func (m *manners) shape(t *turn, x exchange, name string, dice *rand.Rand) {
	sc, _ := byName(name)
	t.shapes = append(t.shapes, shaping{sc.shape, rand.New(rand.NewPCG(dice.Uint64(), m.seed))})
	if x.record != nil {
		t.scenarios = append(t.scenarios, name)
	}
}

// gatewayed lets a gateway answer in the carrier's place.
func gatewayed(answer gatewayAnswer) func(time.Duration) fault {
	return func(time.Duration) fault {
		return func(on stage) bool {
			on.page.answered(fmt.Sprintf("%d of a gateway", answer.status))
			on.w.Header().Set("Content-Type", answer.contentType)
			on.w.WriteHeader(answer.status)
			_, _ = on.w.Write([]byte(answer.words))
			return true
		}
	}
}

// duplicateOnRepeat refuses what was recorded before with 400 and a word for it.
func duplicateOnRepeat(time.Duration) fault {
	return func(on stage) bool {
		if !on.page.repeats() {
			return false
		}
		on.send(duplicate(on.x.carrier))
		return true
	}
}

// answeredDuplicate is a gateway that sent a request on twice and answers with what the second one got. To the ledger it
// is one request: the repetition is not the client's.
func answeredDuplicate(time.Duration) fault {
	return func(on stage) bool {
		if !on.page.isRecorded() {
			return false
		}
		on.send(duplicate(on.x.carrier))
		return true
	}
}

// good reports whether a status is one of success.
func good(status int) bool { return status >= http.StatusOK && status < http.StatusMultipleChoices }
