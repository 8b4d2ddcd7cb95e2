package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// reads are what sTN can be asked.
func (c *carrier) reads() []engine.Operation {
	return []engine.Operation{
		// Documented: QueryActivation, QuerySubscription.
		{Name: "query-activation", Kind: engine.KindLookUp, Route: "GET " + base + "/api/QueryActivation", Handle: c.queryActivation},
		{
			Name: "query-subscription", Kind: engine.KindRead, Route: "GET " + base + "/api/QuerySubscription",
			Handle: c.querySubscription, ClosedForSome: true,
		},
		// Documented: QuerySimcard.
		{Name: "query-simcard", Kind: engine.KindRead, Route: "GET " + base + "/api/QuerySimcard", Handle: c.querySimcard},
		// Documented: QueryUsageSubscription.
		{Name: "query-usage", Kind: engine.KindRead, Route: "GET " + base + "/api/QueryUsageSubscription", Handle: c.queryUsage},
	}
}

// The status values of an Activation (SetServicesSubscription).
const (
	wordInit  = "INIT"
	wordBusy  = "BUSY"
	wordDone  = "DONE"
	wordError = "ERROR"
	// wordCancelling: CancelNewSubscription, and as a porting status CancelInPortSubscription.
	wordCancelling = "CANCELLING"
)

const (
	typeSetServices = "SETSERVICES" // SetServicesSubscription
	typeSuspend     = "SUSPEND"     // SuspendSubscription
	typeResume      = "RESUME"      // ResumeSubscription
	typeSwapSIM     = "SIMSWAP"     // SimSwapSubscription
	stateActive     = "ACTIVE"      // QuerySubscription, sample
	typeTerminate   = "TERMINATE"   // TerminateSubscription
	typePortOut     = "OUTPORT"     // PortingOutSubscription
	typePortIn      = "INPORT"      // ChangeInPortSubscription
	typeNew         = "ACTIVATENEW" // QueryActivation
	environment     = "SP16001"     // MoveEnvironmentSubscription: the regular one
	unlimited       = "SP16002"     // MoveEnvironmentSubscription
)

// envelope is the answer of every query (Getting Started, Introduction).
type envelope struct {
	Offset  int      `json:"offset"`
	Total   int      `json:"total"`
	Results []any    `json:"results"`
	Meta    struct{} `json:"meta"`
}

// queryActivation serves QueryActivation. A parameter it does not know, such as referenceNumber, it ignores.
func (c *carrier) queryActivation(r *http.Request, _ []byte) engine.Request {
	q := query{r.URL.Query()}
	request := engine.Request{
		Line:    cmp.Or(q.get("subscriptionId"), q.get("phoneNumber")),
		Missing: &engine.Reply{Status: http.StatusOK, Body: envelope{Results: []any{}}},
		Refusal: q.check(),
		Read: func() engine.Reply {
			if inOrder, newest := q.inOrderOfChange(); inOrder {
				return c.answerInOrderOfChange(q, newest)
			}
			var found []any
			for _, a := range c.world.candidates(q.get("id"), q.get("subscriptionId"), withoutDash(q.get("phoneNumber"))) {
				if view := a.view(false); !a.Hidden() && q.selectsActivation(view, a) {
					found = append(found, view)
				}
			}
			return c.answer(q, found)
		},
	}
	if a := c.world.record(q.get("id")); a != nil { // so that a rule for a reference or a line meets its look-ups too
		request.Reference, request.Line = a.Reference, cmp.Or(a.Line, request.Line)
	}
	return request
}

// querySubscription serves QuerySubscription. A line that is asked for by one of its identifiers exists.
func (c *carrier) querySubscription(r *http.Request, _ []byte) engine.Request {
	q := query{r.URL.Query()}
	id, number, sim := q.get("id"), withoutDash(q.get("phoneNumber")), q.get("simCardNumber")
	return engine.Request{
		Line: cmp.Or(id, number, sim), Refusal: q.check(),
		Read: func() engine.Reply {
			for _, key := range []lineKey{{id: id}, {number: number}, {sim: sim}} {
				if key != (lineKey{}) && (key.number == "" || numberPattern.MatchString(number)) && !key.elsewhere() {
					c.world.line(key)
					break
				}
			}
			var found []any
			for _, line := range c.world.all {
				if (id == "" || id == line.id) && (number == "" || number == line.number) && (sim == "" || sim == line.sim) {
					found = append(found, line.view())
				}
			}
			return c.answer(q, found)
		},
	}
}

// querySimcard serves QuerySimcard, in the envelope of all queries: its own page shows a bare list.
func (c *carrier) querySimcard(r *http.Request, _ []byte) engine.Request {
	q := query{r.URL.Query()}
	sim := q.get("simCardNumber")
	return engine.Request{
		Line: sim, Refusal: q.check(),
		Read: func() engine.Reply {
			if sim != "" && !strings.HasPrefix(sim, freeCards) {
				c.world.line(lineKey{sim: sim})
			}
			var found []any
			for _, line := range c.world.all {
				if sim == "" || sim == line.sim {
					found = append(found, line.card())
				}
			}
			if len(found) == 0 && strings.HasPrefix(sim, freeCards) {
				found = append(found, simView{ID: "card-" + sim, SIMCardNumber: sim, Status: "FREE", SIMCardType: "USIM"})
			}
			return c.answer(q, found)
		},
	}
}

// answer returns the part of the results that was asked for. The total is officially not always right (Introduction); here
// every second one is 0.
func (c *carrier) answer(q query, found []any) engine.Reply {
	if by := strings.ToLower(q.get("orderByDesc")); strings.Contains(by, "createdat") || strings.Contains(by, "yearmonth") {
		slices.Reverse(found)
	}
	answer := envelope{Offset: q.number("skip", 0), Total: len(found), Results: []any{}}
	c.world.queries++
	if c.world.queries%2 == 0 {
		answer.Total = 0
	}
	from := min(answer.Offset, len(found))
	to := min(from+q.number("take", defaultTake), len(found))
	for _, record := range found[from:to] {
		answer.Results = append(answer.Results, q.columns(record))
	}
	return engine.Reply{Status: http.StatusOK, Body: answer}
}

// query reads the parameters of a query; the case of their names does not matter.
type query struct{ values url.Values }

func (q query) get(name string) string {
	for key, values := range q.values {
		if strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}

func (q query) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(q.get(name)); err == nil {
		return n
	}
	return otherwise
}

// check refuses parameters that cannot be read.
func (q query) check() *engine.Reply {
	var wrong []string
	for _, name := range []string{"take", "skip"} {
		if n, err := strconv.Atoi(q.get(name)); q.get(name) != "" && (err != nil || n < 0) {
			wrong = append(wrong, name)
		}
	}
	for _, name := range []string{"createdAtFrom", "createdAtTo"} {
		if _, err := time.Parse(time.DateOnly, q.get(name)); q.get(name) != "" && err != nil {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	refused := refusal(http.StatusBadRequest, "SerializationException", "Unable to bind to request: "+strings.Join(wrong, ", "))
	return &refused
}

func (q query) selectsActivation(view activationView, a *activation) bool {
	for name, value := range map[string]string{
		"id": view.ID, "status": view.Status, "activationType": view.ActivationType, "subscriptionId": view.SubscriptionID,
	} {
		if wanted := q.get(name); wanted != "" && wanted != value {
			return false
		}
	}
	day := a.Created.In(zone).Format(time.DateOnly)
	from, to := q.get("createdAtFrom"), q.get("createdAtTo")
	number := withoutDash(q.get("phoneNumber"))
	return (number == "" || number == a.on.number) && (from == "" || day >= from) && (to == "" || day <= to)
}

// columns keeps what the parameter fields lists (Advanced Query Parameters).
func (q query) columns(record any) any {
	if q.get("fields") == "" {
		return record
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(engine.Encode(record), &all); err != nil {
		panic(err) // our own types are objects
	}
	kept := map[string]json.RawMessage{}
	for column := range strings.SplitSeq(q.get("fields"), ",") {
		for name, value := range all {
			if strings.EqualFold(name, strings.TrimSpace(column)) {
				kept[name] = value
			}
		}
	}
	return kept
}

// activationView is an Activation on the wire (SetServicesSubscription, QueryActivation).
type activationView struct {
	ID                  string        `json:"id"`
	CreatedAt           string        `json:"createdAt"`
	ModifiedAt          string        `json:"modifiedAt"`
	Status              string        `json:"status,omitempty"`
	ProviderEnvironment string        `json:"providerEnvironment"`
	ActivationType      string        `json:"activationType"`
	ReferenceNumber     string        `json:"referenceNumber"` // "" and not null when none was sent
	SubscriptionID      string        `json:"subscriptionId"`
	PhoneNumber         string        `json:"phoneNumber,omitempty"` // none on the record of a new line (QueryActivation)
	Info                engine.Object `json:"info"`
}

// view shows the record as it is now. A look-up shows a cancel only when it is visible; the answer to the cancel shows it at once.
func (a *activation) view(all bool) activationView {
	view := activationView{
		ID: a.id, CreatedAt: timestamp(a.Created, "0000000"), ModifiedAt: timestamp(a.Modified, "00"),
		Status: a.status(), ProviderEnvironment: a.on.environment, ActivationType: a.kind,
		ReferenceNumber: a.Reference, SubscriptionID: a.on.id, PhoneNumber: a.on.dashed(),
		Info: maps.Clone(a.info),
	}
	porting := a.portingStatus()
	if a.cancel != nil && (all || !a.cancel.Hidden()) {
		view.Status, porting = a.cancelStatus()
		view.ModifiedAt = timestamp(a.cancel.Modified, "00")
	}
	switch a.kind {
	case typeNew:
		view.PhoneNumber = ""
	case typePortIn:
		view.Info["portingStatus"] = porting
	}
	return view
}

// cancelStatus is the status of a record that is cancelled, and its porting status. The samples of the answers show CANCELLING as the
// status of a new subscription and as the porting status of a port-in, and BUSY as all other statuses.
func (a *activation) cancelStatus() (status, porting string) {
	status, porting = wordCancelling, wordCancelling
	switch state := a.cancel.State(); {
	case state == engine.StateFailed:
		return wordError, a.portingStatus()
	case state == engine.StateDone:
		return wordCancelled, wordCancelled
	case state == engine.StateUnknownWord:
		status = wordUnknown
	case a.kind == typePortIn, state == engine.StateRecorded && a.kind != typeNew:
		status = wordBusy
	}
	return status, porting
}

// portingStatus is how far a port-in is.
func (a *activation) portingStatus() string {
	switch a.status() {
	case wordInit:
		return wordInit
	case wordDone:
		return wordPorted
	}
	return wordAccepted
}

// status is sTN's present word on the record, without a cancel.
func (a *activation) status() string {
	if a.begun {
		return wordBusy
	}
	switch a.State() {
	case engine.StateFailed:
		return wordError
	case engine.StateDone:
		return wordDone
	case engine.StateUnknownWord:
		return wordUnknown
	case engine.StateWorking:
		return wordBusy
	default:
		return wordInit
	}
}

// zone is the time zone of sTN's answers. Its samples show both offsets of the Netherlands; a sandbox needs one of them.
var zone = time.FixedZone("", 60*60)

// timestamp writes a time with an offset and as many fractional digits as the layout has zeros: the samples show seven,
// three, two and none.
func timestamp(t time.Time, fraction string) string {
	return t.In(zone).Format("2006-01-02T15:04:05." + fraction + "-07:00")
}

// subscriptionView is a record of QuerySubscription.
type subscriptionView struct {
	ID                  string                     `json:"id"`
	State               string                     `json:"state"`
	PhoneNumber         string                     `json:"phoneNumber"`
	SIMCardNumber       string                     `json:"simCardNumber"`
	PIN                 string                     `json:"pin"`
	PUK                 string                     `json:"puk"`
	ProviderGroup       string                     `json:"providerGroup"`
	IsDataSIM           bool                       `json:"isDataSim"`
	IsESIM              bool                       `json:"isEsim"`
	ActivationDate      string                     `json:"activationDate"` // a date without a time
	ProviderEnvironment string                     `json:"providerEnvironment"`
	Services            map[string]json.RawMessage `json:"services"`
}

func (l *subscription) view() subscriptionView {
	return subscriptionView{
		ID: l.id, State: l.state, PhoneNumber: l.dashed(), SIMCardNumber: l.sim, PIN: "0000", PUK: "00000000",
		ProviderGroup: "KPNMOBIEL", IsESIM: l.isESIM, ActivationDate: l.activated.Format(time.DateOnly),
		ProviderEnvironment: l.environment, Services: maps.Clone(l.services),
	}
}

// simView is a record of QuerySimcard.
type simView struct {
	ID             string `json:"id"`
	SIMCardNumber  string `json:"simCardNumber"`
	Status         string `json:"status"`
	SIMCardType    string `json:"simCardType"`
	PIN            string `json:"pin,omitempty"`
	PUK            string `json:"puk,omitempty"`
	SubscriptionID string `json:"subscriptionId,omitempty"`
	PhoneNumber    string `json:"phoneNumber,omitempty"`
	ActivatedDate  string `json:"activatedDate,omitempty"`
}

// card is the line's SIM card.
func (l *subscription) card() simView {
	return simView{
		ID: "card-" + l.sim, SIMCardNumber: l.sim, Status: "ACTIVATED", SIMCardType: "USIM", PIN: "0000", PUK: "00000000",
		SubscriptionID: l.id, PhoneNumber: l.dashed(), ActivatedDate: timestamp(l.activated, "000"),
	}
}
