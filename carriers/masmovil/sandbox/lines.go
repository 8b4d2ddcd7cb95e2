package sandbox

import (
	"fmt"
	"strconv"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// lineKey names a line: a subscription of one tenant.
type lineKey struct {
	org string
	id  int64
}

// subscription is one subscription.
type subscription struct {
	id                  int64
	iccid, imsi, number string
	activated           time.Time
	devices             []device
	frauds              []*fraud
}

// fraud is the risk decision on one change.
type fraud struct {
	*engine.Change
	id int64
}

// world is what MásMóvil knows.
type world struct {
	lines                           map[lineKey]*subscription
	lastTerminal, lastFraud, cardNo int64
	// assertions are the ids of the assertions that have been used.
	assertions map[string]bool
}

func newWorld() world {
	return world{lines: map[lineKey]*subscription{}, assertions: map[string]bool{}, lastTerminal: 55000, lastFraud: 9000}
}

// line returns a line and makes it up when it is not known yet.
func (m *world) line(key lineKey) *subscription {
	line := m.lines[key]
	if line == nil {
		id := strconv.FormatInt(key.id, 10)
		line = &subscription{
			id: key.id, iccid: "8934030000" + engine.Tail(id, 9), imsi: "21403" + engine.Tail(id, 10), number: "6" + engine.Tail(id, 8),
			activated: time.Now().AddDate(-1, 0, 0).UTC().Truncate(time.Second),
		}
		line.devices = append(line.devices, m.newDevice(key.id, line.activated))
		m.lines[key] = line
	}
	return line
}

// newCard is the card that logistics picks when the request names none.
func (m *world) newCard() string {
	m.cardNo++
	return fmt.Sprintf("8934031%012d", m.cardNo)
}

// newDevice makes a device; the fields are those of the sibling list in the Customers API v3, because the v2 table of
// DeviceResponse cannot be read.
func (m *world) newDevice(subscription int64, start time.Time) device {
	m.lastTerminal++
	return device{
		SubscriptionID: subscription, TerminalID: m.lastTerminal, StartDate: start.UTC().Truncate(time.Second),
		Status: coded{1, "ACTIVO"},
		Fees: engine.Object{
			"upfront_fee":      0,
			"installment_plan": engine.Object{"monthly_fee": 10, "duration": 24, "unpaid_installments": 24, "last_installment_fee": 10, "financed_by": "BANK"},
		},
		Expedition: engine.Object{"item_number": 1, "status": coded{1, "ENTREGADO"}},
	}
}

// coded is MásMóvil's pair of a number and a Spanish label.
type coded struct {
	ID    int    `json:"id"`
	Value string `json:"value"`
}

type device struct {
	SubscriptionID int64         `json:"subscription_id"`
	TerminalID     int64         `json:"subscription_terminal_id"`
	StartDate      time.Time     `json:"start_date"`
	Status         coded         `json:"status"`
	Fees           engine.Object `json:"fees"`
	IsMandatory    bool          `json:"is_mandatory"`
	Expedition     engine.Object `json:"expedition_info"`
	// made is the change that added the device; nil for one that was always there.
	made *engine.Change
}
