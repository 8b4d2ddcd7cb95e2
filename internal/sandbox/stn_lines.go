package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// stnFlags are the services with a boolean value, as the samples of QuerySubscription and NewSubscription show them;
// the sample is cut, so there are more.
var stnFlags = []string{
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
		if !slices.Contains(stnFlags, name) && stnTextServices[name] == nil {
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
		if pattern := stnTextServices[name]; pattern != nil {
			if json.Unmarshal(value, &word) != nil || word == nil || !pattern.MatchString(*word) {
				return false
			}
		} else if json.Unmarshal(value, &flag) != nil || flag == nil {
			return false
		}
	}
	return true
}

// stnLine is one subscription.
type stnLine struct {
	id, number, sim string // number without the dash
	services        map[string]json.RawMessage
	activated       time.Time
	activations     []*stnActivation
}

// stnKey is one way to name a line: exactly one field is set.
type stnKey struct{ id, number, sim string }

// stnWorld is what sTN knows.
type stnWorld struct {
	byKey       map[stnKey]*stnLine
	all         []*stnLine
	activations []*stnActivation
	byID        map[string]*stnActivation
	queries     int
}

func newSTNWorld() stnWorld {
	return stnWorld{byKey: map[stnKey]*stnLine{}, byID: map[string]*stnActivation{}}
}

// line returns the line under a key and makes it up when nobody has heard of it.
func (s *stnWorld) line(key stnKey) *stnLine {
	if line := s.byKey[key]; line != nil {
		return line
	}
	end := tail(first(key.id, key.number, key.sim), 8)
	line := &stnLine{
		id: key.id, number: key.number, sim: key.sim, activated: time.Now().AddDate(-1, 0, 0),
		services: map[string]json.RawMessage{},
	}
	for _, name := range stnFlags {
		line.services[name] = json.RawMessage("false")
	}
	line.set(map[string]json.RawMessage{
		"voiceMail": json.RawMessage("true"), "dataRoamingEU": json.RawMessage("true"), "internetAccess": json.RawMessage("true"),
		"dataRoamingLimitation": json.RawMessage(`"Limit 50"`), "accessType": json.RawMessage(`"INTERNETACCESS"`),
		"dataUsageNotification": json.RawMessage(`"Data Usage Notification 500 MB"`),
	})
	if line.id == "" {
		line.id = unused(func(id string) bool { return s.byKey[stnKey{id: id}] != nil }, "Sub", end)
	}
	if line.number == "" {
		line.number = unused(func(n string) bool { return s.byKey[stnKey{number: n}] != nil }, "06", end)
	}
	if line.sim == "" {
		line.sim = unused(func(n string) bool { return s.byKey[stnKey{sim: n}] != nil }, "89310000000", end)
	}
	s.byKey[stnKey{id: line.id}], s.byKey[stnKey{number: line.number}], s.byKey[stnKey{sim: line.sim}] = line, line, line
	s.all = append(s.all, line)
	return line
}

// enter keeps a new record.
func (s *stnWorld) enter(a *stnActivation) {
	s.activations, a.on.activations = append(s.activations, a), append(a.on.activations, a)
	s.byID[a.id] = a
}

// candidates narrows down the records a query can be about, so that polling does not get slower with every change.
func (s *stnWorld) candidates(id, subscription, number string) []*stnActivation {
	line := s.byKey[stnKey{id: subscription}]
	if subscription == "" {
		line = s.byKey[stnKey{number: number}]
	}
	switch {
	case id != "" && s.byID[id] != nil:
		return []*stnActivation{s.byID[id]}
	case id != "":
		return nil
	case line != nil:
		return line.activations
	default:
		return s.activations
	}
}

// set changes services. accessType reads back in other words than it was written (QuerySubscription, NewSubscription).
func (l *stnLine) set(services map[string]json.RawMessage) {
	for name, value := range services {
		switch string(value) {
		case `"INTERNETACCESS"`:
			value = json.RawMessage(`"Internet Access"`)
		case `"MOBILEPAY"`:
			value = json.RawMessage(stnMobilePayRead)
		}
		l.services[name] = value
	}
}

// dashed is the number as sTN's answers write it: 06-10000001.
func (l *stnLine) dashed() string {
	if len(l.number) < 3 {
		return l.number
	}
	return l.number[:2] + "-" + l.number[2:]
}

// plainNumber drops the dash, with or without which a plain parameter may come (Advanced Query Parameters).
func plainNumber(number string) string { return strings.ReplaceAll(number, "-", "") }
