package stack

import (
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// Recorded is what the carriers' ledger contains about one line: about one operation, where no two have the same line.
type Recorded struct {
	Times int // requests that the carrier has recorded
	Again int // requests that arrived after one had been recorded, with any answer
	// InEffectAt is when the change came into effect, zero for one that did not.
	InEffectAt time.Time
}

// LedgerByLine reads the ledger of all carriers, by [LineAt].
func (s *Stack) LedgerByLine() (map[string]Recorded, error) {
	entries, err := s.Ledger("", "", "")
	lines := map[string]Recorded{}
	for _, e := range entries {
		at := LineAt(e.Carrier, e.Line)
		r := lines[at]
		if e.Recorded {
			r.Times++
		}
		if e.DuplicateOf > 0 {
			r.Again++
		}
		if e.InEffect && (r.InEffectAt.IsZero() || e.InEffectAt.Before(r.InEffectAt)) {
			r.InEffectAt = e.InEffectAt
		}
		lines[at] = r
	}
	return lines, err
}

// LineAt is the key of a line at a carrier.
func LineAt(carrier carriers.Carrier, line string) string { return string(carrier) + " " + line }
