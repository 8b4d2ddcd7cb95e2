package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
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
	product             product
	bonuses             []bonus
	blocks              []block
	masks               []string
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
	lastProcess                     int64
	// tariffs are the lines of the Subscriptions API v2, which have ids of their own.
	tariffs map[tariffKey]*tariffLine
	// assertions are the ids of the assertions that have been used.
	assertions map[string]bool
}

func newWorld() world {
	return world{lines: map[lineKey]*subscription{}, tariffs: map[tariffKey]*tariffLine{}, assertions: map[string]bool{}, lastTerminal: 55000, lastFraud: 9000}
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
		line.bonuses = append(line.bonuses, bonus{ID: firstBonus, Value: "BONO", StartDate: line.activated, EndDate: line.activated.AddDate(2, 0, 0)})
		line.blocks, line.masks, line.product = []block{}, []string{}, product{ID: firstProduct, Value: "TARIFA"}
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

// bonus is one bonus of a line, as the list of bonuses shows it (Bonuses).
type bonus struct {
	ID        int64     `json:"id"`
	Value     string    `json:"value"`
	StartDate time.Time `json:"start_date"`
	EndDate   time.Time `json:"end_date"`
	// made is the change that added the bonus; nil for one that was always there.
	made *engine.Change
}

// made is the bonus of a request. That its id in the list is the one of the request is invented.
func (in newBonus) made(by *engine.Change) bonus {
	start := time.Now().UTC().Truncate(time.Second)
	if in.ScheduledDate != nil {
		start, _ = time.Parse(time.DateOnly, *in.ScheduledDate) // checked
	}
	return bonus{ID: *in.BonusID, Value: "BONO", StartDate: start, EndDate: start.AddDate(0, 1, 0), made: by}
}

// block is one block of a line, as the list of blocks shows it (Barrings).
type block struct {
	ID           json.Number `json:"id"`
	Value        string      `json:"value"`
	LastModified time.Time   `json:"date_last_modified"`
	Description  string      `json:"description"`
}

// setBlock sets a block or takes it away. That active sets it, and that the list holds the blocks that are set, is invented.
func (l *subscription) setBlock(in newBlock) {
	id := json.Number(in.id)
	l.blocks = slices.DeleteFunc(l.blocks, func(b block) bool { return b.ID == id })
	if *in.Active {
		l.blocks = append(l.blocks, block{ID: id, Value: blockNames[in.id], LastModified: time.Now().UTC().Truncate(time.Second), Description: engine.TextOf(in.Reason)})
	}
}

// product is the product of a line, as the read of it shows it (Products).
type product struct {
	ID        int64      `json:"id"`
	Value     string     `json:"value"`
	Scheduled *scheduled `json:"scheduled,omitempty"`
}

// scheduled is a change of the product on a later day.
type scheduled struct {
	RequestDate   time.Time  `json:"request_date"`
	ProcessDate   *time.Time `json:"process_date"`
	ScheduledDate time.Time  `json:"scheduled_date"`
	Destination   coded      `json:"destination_product"`
}

// changeProduct changes the product, or puts the change on the schedule when its day is still to come.
func (l *subscription) changeProduct(in newProduct) {
	now := time.Now().UTC().Truncate(time.Second)
	if in.ScheduledDate != nil {
		if day, _ := time.Parse(time.DateOnly, *in.ScheduledDate); day.After(now) { // checked
			l.product.Scheduled = &scheduled{RequestDate: now, ScheduledDate: day, Destination: coded{int(*in.ProductID), "TARIFA"}}
			return
		}
	}
	l.product = product{ID: *in.ProductID, Value: "TARIFA"}
}

// operateMasks applies masks or removes them.
func (l *subscription) operateMasks(in maskOperation) {
	l.masks = slices.DeleteFunc(l.masks, func(code string) bool { return slices.Contains(in.Codes, code) })
	if *in.Action == "APPLY" {
		l.masks = append(l.masks, in.Codes...)
	}
}

// tariffKey names a line at the Subscriptions API v2: a UUID of one tenant.
type tariffKey struct{ org, uuid string }

// tariffLine is a line at the Subscriptions API v2.
type tariffLine struct {
	product  string
	requests []*changeRequest
}

// changeRequest is one request for another tariff (Change requests).
type changeRequest struct {
	*engine.Change
	id string
	in newTariff
}

// tariffLine returns a line and makes it up when it is not known yet.
func (m *world) tariffLine(key tariffKey) *tariffLine {
	line := m.tariffs[key]
	if line == nil {
		line = &tariffLine{product: firstTariff}
		m.tariffs[key] = line
	}
	return line
}
