package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// masmovilKey names a line: a subscription of one tenant.
type masmovilKey struct {
	org string
	id  int64
}

// masmovilLineState is one subscription.
type masmovilLineState struct {
	id                  int64
	iccid, imsi, number string
	activated           time.Time
	devices             []masmovilDevice
	frauds              []*masmovilFraud
}

// masmovilFraud is the risk decision on one change.
type masmovilFraud struct {
	*change
	id int64
}

// masmovilWorld is what MásMóvil knows.
type masmovilWorld struct {
	lines                           map[masmovilKey]*masmovilLineState
	lastTerminal, lastFraud, cardNo int64
}

func newMasMovilWorld() masmovilWorld {
	return masmovilWorld{lines: map[masmovilKey]*masmovilLineState{}, lastTerminal: 55000, lastFraud: 9000}
}

// line returns a line and makes it up when nobody has heard of it.
func (m *masmovilWorld) line(key masmovilKey) *masmovilLineState {
	line := m.lines[key]
	if line == nil {
		id := strconv.FormatInt(key.id, 10)
		line = &masmovilLineState{
			id: key.id, iccid: "8934030000" + tail(id, 9), imsi: "21403" + tail(id, 10), number: "6" + tail(id, 8),
			activated: time.Now().AddDate(-1, 0, 0).UTC().Truncate(time.Second),
		}
		line.devices = append(line.devices, m.newDevice(key.id, line.activated))
		m.lines[key] = line
	}
	return line
}

// newCard is the card that logistics picks when the request names none.
func (m *masmovilWorld) newCard() string {
	m.cardNo++
	return fmt.Sprintf("8934031%012d", m.cardNo)
}

// newDevice makes a device; the fields are those of the sibling list in the Customers API v3, because the v2 table of
// DeviceResponse is not to be had.
func (m *masmovilWorld) newDevice(subscription int64, start time.Time) masmovilDevice {
	m.lastTerminal++
	return masmovilDevice{
		SubscriptionID: subscription, TerminalID: m.lastTerminal, StartDate: start.UTC().Truncate(time.Second),
		Status: masmovilCoded{1, "ACTIVO"},
		Fees: fields{
			"upfront_fee":      0,
			"installment_plan": fields{"monthly_fee": 10, "duration": 24, "unpaid_installments": 24, "last_installment_fee": 10, "financed_by": "BANK"},
		},
		Expedition: fields{"item_number": 1, "status": masmovilCoded{1, "ENTREGADO"}},
	}
}

// masmovilCoded is MásMóvil's pair of a number and a Spanish label.
type masmovilCoded struct {
	ID    int    `json:"id"`
	Value string `json:"value"`
}

type masmovilDevice struct {
	SubscriptionID int64         `json:"subscription_id"`
	TerminalID     int64         `json:"subscription_terminal_id"`
	StartDate      time.Time     `json:"start_date"`
	Status         masmovilCoded `json:"status"`
	Fees           fields        `json:"fees"`
	IsMandatory    bool          `json:"is_mandatory"`
	Expedition     fields        `json:"expedition_info"`
	// made is the change that added the device; nil for one that was always there.
	made *change
}

// masmovilSubscriptionView is Subscription (Customers API v2).
type masmovilSubscriptionView struct {
	ID               int64            `json:"id"`
	Status           masmovilCoded    `json:"subscription_status"`
	SellDate         time.Time        `json:"sell_date"`
	ActivatedDate    time.Time        `json:"activated_date"`
	Type             masmovilCoded    `json:"subscription_type"`
	Origin           *masmovilCoded   `json:"origin,omitempty"`
	History          []masmovilChange `json:"historical_status,omitempty"`
	DealerID         *string          `json:"dealer_id"`
	ShopID           *string          `json:"shop_id"`
	Path             *string          `json:"path"`
	Filename         *string          `json:"filename"`
	IdentificationNr json.Number      `json:"identification_nr"`
	IMSI             json.Number      `json:"imsi"`
	ICCID            any              `json:"iccid"`
}

type masmovilChange struct {
	Status     masmovilCoded `json:"subscription_status"`
	Date       time.Time     `json:"date"`
	ModifiedBy string        `json:"modified_by"`
}

func (l *masmovilLineState) view(include map[string]bool) masmovilSubscriptionView {
	installed := masmovilCoded{1, "INSTALADO"} // the one status a sample shows
	view := masmovilSubscriptionView{
		ID: l.id, Status: installed, SellDate: l.activated, ActivatedDate: l.activated, Type: masmovilCoded{1, "PRE-PAGO"},
		IdentificationNr: json.Number(l.number), IMSI: json.Number(l.imsi), ICCID: l.iccid,
	}
	// The table says text, the sample shows a bare number: lines with an odd id do as the sample does.
	if number := json.Number(l.iccid); l.id%2 != 0 && json.Valid([]byte(number)) {
		view.ICCID = number
	}
	if include["origin"] {
		view.Origin = &masmovilCoded{2, "NUEVA"}
	}
	if include["historical_status"] {
		view.History = []masmovilChange{{installed, l.activated, "sandbox"}}
	}
	return view
}

type masmovilFraudView struct {
	ID            int64                       `json:"id"`
	SellID        int64                       `json:"sell_id"`
	RiskDecision  string                      `json:"risk_decision"`
	Subscriptions []masmovilFraudSubscription `json:"subscriptions"`
}

type masmovilFraudSubscription struct {
	ID   int64  `json:"subscription_id"`
	Type string `json:"subscription_type"`
}

func (f *masmovilFraud) view(subscription int64) masmovilFraudView {
	decision := riskReferred
	switch {
	case f.progress == decided && f.failure != nil:
		decision = riskDenied
	case f.progress == decided:
		decision = riskAccepted
	case f.progress == working && f.plan.unknownFirst:
		decision = riskUnknown
	}
	return masmovilFraudView{f.id, f.id - 8000, decision, []masmovilFraudSubscription{{subscription, "MOBILE"}}}
}
