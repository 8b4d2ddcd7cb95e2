package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// flags are the services with a boolean value, as the samples of QuerySubscription and NewSubscription show them;
// the sample is cut, so there are more.
var flags = []string{
	"benefitCountriesA15000MB", "benefitCountriesA15000MBMax", "benefitCountriesB7500MB", "benefitCountriesB7500MBMax",
	"blockData", "blockExceptionCountries", "blockSatelliteDestinations", "dataRoamingEU",
	"dataRoamingLimitationNotification", "dataRoamingLimitationOverrideAllowed", "dataRoamingOutsideEU",
	"entertainmentServices", "fixedIp", "internationalDialing", "internetAccess", "mobilePay", "notificationInfo",
	"premiumServices", "restOfTheWorld5000MB", "restOfTheWorld5000MBMax", "unlimitedVoiceNLEUGroup", "voiceMail",
	"voiceRoaming", "worldBundle7500MB",
}

// acceptedServices is what becomes of the requested services: unknown names are left out (SetServicesSubscription),
// and with ignore one known name besides.
func acceptedServices(requested map[string]json.RawMessage, ignore bool) map[string]json.RawMessage {
	accepted := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(requested)) {
		if !slices.Contains(flags, name) && textServices[name] == nil {
			continue
		}
		if ignore {
			ignore = false
			continue
		}
		accepted[name] = requested[name]
	}
	return accepted
}

// allowedServices reports whether every value is one that its service knows.
func allowedServices(services map[string]json.RawMessage) bool {
	for name, value := range services {
		var flag *bool
		var word *string
		if pattern := textServices[name]; pattern != nil {
			if json.Unmarshal(value, &word) != nil || word == nil || !pattern.MatchString(*word) {
				return false
			}
		} else if json.Unmarshal(value, &flag) != nil || flag == nil {
			return false
		}
	}
	return true
}

// subscription is one subscription.
type subscription struct {
	id, number, sim string // number without the dash
	state           string
	environment     string
	moved           time.Time // to another environment
	isESIM          bool
	services        map[string]json.RawMessage
	activated       time.Time
	activations     []*activation
}

// activation is the record that every change creates.
type activation struct {
	*engine.Change
	id   string
	kind string // its activationType
	on   *subscription
	info engine.Object
	// cancel is the request that cancels it; nil for none.
	cancel *engine.Change
	// begun: it is being worked on, although nothing in the engine decides it.
	begun bool
}

// lineKey is one way to name a line: exactly one field is set.
type lineKey struct{ id, number, sim string }

// elsewhere reports whether no line is made up for a key.
func (k lineKey) elsewhere() bool {
	return strings.HasPrefix(k.sim, freeCards) || strings.HasPrefix(k.number, foreignNumbers) || strings.HasPrefix(k.id, newIDs)
}

// world is what sTN knows.
type world struct {
	byKey       map[lineKey]*subscription
	all         []*subscription
	activations []*activation
	byID        map[string]*activation
	changes     byChange
	queries     int
}

func newWorld() world {
	return world{byKey: map[lineKey]*subscription{}, byID: map[string]*activation{}}
}

// line returns the line under a key and makes it up when it is not known yet.
func (s *world) line(key lineKey) *subscription {
	if line := s.byKey[key]; line != nil {
		return line
	}
	line := s.make(key)
	s.enterLine(line)
	return line
}

// unopened makes a line that is not open yet: reads do not show it.
func (s *world) unopened(number, sim string) *subscription {
	key := lineKey{number: number}
	if number == "" {
		key = lineKey{sim: sim}
	}
	line := s.make(key)
	line.id = newIDs + strconv.Itoa(len(s.activations)) + engine.Tail(cmp.Or(number, sim), 8)
	line.sim, line.isESIM, line.activated = cmp.Or(sim, line.sim), sim == "", time.Now()
	return line
}

// open opens such a line, with the services that sTN knows.
func (s *world) open(line *subscription, services map[string]json.RawMessage) {
	line.set(acceptedServices(services, false))
	s.enterLine(line)
}

// close takes a line back that was opened.
func (s *world) close(line *subscription) {
	for _, key := range []lineKey{{id: line.id}, {number: line.number}, {sim: line.sim}} {
		delete(s.byKey, key)
	}
	s.all = slices.DeleteFunc(s.all, func(other *subscription) bool { return other == line })
}

func (s *world) enterLine(line *subscription) {
	s.byKey[lineKey{id: line.id}], s.byKey[lineKey{number: line.number}], s.byKey[lineKey{sim: line.sim}] = line, line, line
	s.all = append(s.all, line)
}

// make makes a line up, with identifiers that end like the given one.
func (s *world) make(key lineKey) *subscription {
	end := engine.Tail(cmp.Or(key.id, key.number, key.sim), 8)
	line := &subscription{
		id: key.id, number: key.number, sim: key.sim, state: firstState(key.id), environment: environment,
		activated: time.Now().AddDate(-1, 0, 0), services: map[string]json.RawMessage{},
	}
	for _, name := range flags {
		line.services[name] = json.RawMessage("false")
	}
	line.set(map[string]json.RawMessage{
		"voiceMail": json.RawMessage("true"), "dataRoamingEU": json.RawMessage("true"), "internetAccess": json.RawMessage("true"),
		"dataRoamingLimitation": json.RawMessage(`"Limit 50"`), "accessType": json.RawMessage(`"INTERNETACCESS"`),
		"dataUsageNotification": json.RawMessage(`"Data Usage Notification 500 MB"`),
	})
	if line.id == "" {
		line.id = engine.Unused(func(id string) bool { return s.byKey[lineKey{id: id}] != nil }, "Sub", end)
	}
	if line.number == "" {
		line.number = engine.Unused(func(n string) bool { return s.byKey[lineKey{number: n}] != nil }, "06", end)
	}
	if line.sim == "" {
		line.sim = engine.Unused(func(n string) bool { return s.byKey[lineKey{sim: n}] != nil }, "89310000000", end)
	}
	return line
}

// giveCard gives a line another SIM card.
func (s *world) giveCard(line *subscription, sim string, isESIM bool) {
	delete(s.byKey, lineKey{sim: line.sim})
	line.sim, line.isESIM = sim, isESIM
	s.byKey[lineKey{sim: sim}] = line
}

// newESIM makes up the number of a new eSIM, which ends like the line's card.
func (s *world) newESIM(line *subscription) string {
	return engine.Unused(func(n string) bool { return s.byKey[lineKey{sim: n}] != nil }, "89310000000", engine.Tail(line.sim, 8))
}

// enter keeps a new record.
func (s *world) enter(a *activation) {
	s.activations, a.on.activations = append(s.activations, a), append(a.on.activations, a)
	s.byID[a.id] = a
}

// record finds a record by its id. One of an invented form is made up: a request that is not due yet.
func (s *world) record(id string) *activation {
	if a := s.byID[id]; a != nil {
		return a
	}
	kind, digits, invented := strings.Cut(id, "-")
	if !invented || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil
	}
	now := time.Now()
	a := &activation{ // with a reference of its own, by which other manners tell one record from another
		Change: &engine.Change{Reference: "made-" + kind[:min(3, len(kind))] + "-" + digits, Line: id, Created: now.AddDate(0, 0, -1), Modified: now.AddDate(0, 0, -1)},
		id:     id, kind: kind, info: engine.Object{}, begun: true,
	}
	due := timestamp(now.AddDate(0, 0, dueInDays).Truncate(time.Hour), "")
	card, number := freeCards+"00000"+engine.Tail(id, 8), foreignNumbers+engine.Tail(id, 6)
	switch kind {
	case typeTerminate, typePortOut:
		a.on = s.line(lineKey{id: "SUB-" + digits})
		a.info["wishDate"] = due
	case typeNew:
		a.on = s.unopened("", card)
		a.info["simCardNumber"], a.info["wishDate"] = card, due
	case typePortIn:
		a.on = s.unopened(number, card)
		a.info["isdn"], a.info["donorCustomerNumber"], a.info["portingWishDate"], a.info["approvedDate"] = a.on.dashed(), "C-1001", due, due
	default:
		return nil
	}
	s.enter(a)
	return a
}

// candidates narrows down the records a query can be about, so that polling does not get slower with every change.
func (s *world) candidates(id, subscription, number string) []*activation {
	line := s.byKey[lineKey{id: subscription}]
	if subscription == "" {
		line = s.byKey[lineKey{number: number}]
	}
	switch {
	case id != "" && s.byID[id] != nil:
		return []*activation{s.byID[id]}
	case id != "":
		return nil
	case line != nil:
		return line.activations
	default:
		return s.activations
	}
}

// set changes services. accessType reads back in other words than it was written (QuerySubscription, NewSubscription).
func (l *subscription) set(services map[string]json.RawMessage) {
	for name, value := range services {
		switch string(value) {
		case `"INTERNETACCESS"`:
			value = json.RawMessage(`"Internet Access"`)
		case `"MOBILEPAY"`:
			value = json.RawMessage(mobilePayRead)
		}
		l.services[name] = value
	}
}

// dashed is the number as sTN's answers write it: 06-10000001.
func (l *subscription) dashed() string {
	if len(l.number) < 3 {
		return l.number
	}
	return l.number[:2] + "-" + l.number[2:]
}

// withoutDash drops the dash, which a plain parameter may have or not (Advanced Query Parameters).
func withoutDash(number string) string { return strings.ReplaceAll(number, "-", "") }
