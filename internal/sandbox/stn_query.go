package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// stnEnvelope is the answer of every query (Getting Started, Introduction).
type stnEnvelope struct {
	Offset  int      `json:"offset"`
	Total   int      `json:"total"`
	Results []any    `json:"results"`
	Meta    struct{} `json:"meta"`
}

// stnQueryActivation serves QueryActivation. A parameter it does not know, such as referenceNumber, it ignores.
func (s *Sandbox) stnQueryActivation(w http.ResponseWriter, r *http.Request) {
	query := stnQuery{r.URL.Query()}
	reference, line := s.world.stnOf(query.get("id"))
	missing := reply{status: http.StatusOK, body: stnEnvelope{Results: []any{}}}
	s.serve(w, r, exchange{
		carrier: carriers.STN, operation: opQueryActivation, reference: reference, missing: &missing,
		line:   first(line, query.get("subscriptionId"), query.get("phoneNumber")),
		refuse: query.check(),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			var found []any
			for _, a := range s.world.stn.candidates(query.get("id"), query.get("subscriptionId"), plainNumber(query.get("phoneNumber"))) {
				if view := a.view(); !s.hides(a.change) && query.selectsActivation(view, a) {
					found = append(found, view)
				}
			}
			return s.stnAnswer(query, found)
		},
	})
}

// stnOf tells what an Activation is about, so that a rule for a reference or a line meets its look-ups too.
func (w *world) stnOf(id string) (reference, line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.stn.byID[id]; a != nil {
		return a.reference, a.line
	}
	return "", ""
}

// stnServeQuerySubscription serves QuerySubscription. A line that is asked for by one of its identifiers exists.
func (s *Sandbox) stnServeQuerySubscription(w http.ResponseWriter, r *http.Request) {
	query := stnQuery{r.URL.Query()}
	id, number, sim := query.get("id"), plainNumber(query.get("phoneNumber")), query.get("simCardNumber")
	s.serve(w, r, exchange{
		carrier: carriers.STN, operation: opQuerySubscription, line: first(id, number, sim),
		refuse: query.check(),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			for _, key := range []stnKey{{id: id}, {number: number}, {sim: sim}} {
				if key != (stnKey{}) && (key.number == "" || stnNumber.MatchString(number)) {
					s.world.stn.line(key)
					break
				}
			}
			var found []any
			for _, line := range s.world.stn.all {
				if (id == "" || id == line.id) && (number == "" || number == line.number) && (sim == "" || sim == line.sim) {
					found = append(found, line.view())
				}
			}
			return s.stnAnswer(query, found)
		},
	})
}

// stnAnswer cuts the page that was asked for. The total is officially not always right (Introduction); here every
// second one is 0. The world's lock is held.
func (s *Sandbox) stnAnswer(query stnQuery, found []any) reply {
	if strings.Contains(strings.ToLower(query.get("orderByDesc")), "createdat") {
		slices.Reverse(found)
	}
	envelope := stnEnvelope{Offset: query.number("skip", 0), Total: len(found), Results: []any{}}
	s.world.stn.queries++
	if s.world.stn.queries%2 == 0 {
		envelope.Total = 0
	}
	from := min(envelope.Offset, len(found))
	to := min(from+query.number("take", stnDefaultTake), len(found))
	for _, record := range found[from:to] {
		envelope.Results = append(envelope.Results, query.columns(record))
	}
	return reply{status: http.StatusOK, body: envelope}
}

// stnQuery reads the parameters of a query; the case of their names does not matter.
type stnQuery struct{ values url.Values }

func (q stnQuery) get(name string) string {
	for key, values := range q.values {
		if strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}

func (q stnQuery) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(q.get(name)); err == nil {
		return n
	}
	return otherwise
}

// check refuses parameters that cannot be read.
func (q stnQuery) check() *reply {
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
	refused := stnRefusal(http.StatusBadRequest, "SerializationException", "Unable to bind to request: "+strings.Join(wrong, ", "))
	return &refused
}

func (q stnQuery) selectsActivation(view stnActivationView, a *stnActivation) bool {
	for name, value := range map[string]string{
		"id": view.ID, "status": view.Status, "activationType": view.ActivationType, "subscriptionId": view.SubscriptionID,
	} {
		if wanted := q.get(name); wanted != "" && wanted != value {
			return false
		}
	}
	day := a.created.In(stnZone).Format(time.DateOnly)
	from, to := q.get("createdAtFrom"), q.get("createdAtTo")
	number := plainNumber(q.get("phoneNumber"))
	return (number == "" || number == a.on.number) && (from == "" || day >= from) && (to == "" || day <= to)
}

// columns keeps what the parameter fields lists (Advanced Query Parameters).
func (q stnQuery) columns(record any) any {
	if q.get("fields") == "" {
		return record
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(encode(record), &all); err != nil {
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

// stnSubscriptionView is a record of QuerySubscription.
type stnSubscriptionView struct {
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

func (l *stnLine) view() stnSubscriptionView {
	return stnSubscriptionView{
		ID: l.id, State: "ACTIVE", PhoneNumber: l.dashed(), SIMCardNumber: l.sim, PIN: "0000", PUK: "00000000",
		ProviderGroup: "KPNMOBIEL", ActivationDate: l.activated.Format(time.DateOnly),
		ProviderEnvironment: stnEnvironment, Services: maps.Clone(l.services),
	}
}
