package sandbox

import (
	"cmp"
	"slices"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// wordActive is the one documented value of subscriptionStatus (SPS - Subscription Profile Management v5).
const wordActive = "Active"

// transitions are the conditions of Update Subscription Status (SPS - Subscriptions v5): from, by action, and the
// state it leads to, whose names beyond Active are invented.
var transitions = map[string]struct{ from, to string }{
	"Suspend":    {wordActive, wordSuspended},
	"Resume":     {wordSuspended, wordActive},
	"Cease":      {wordActive, wordCeased},
	"Reactivate": {wordCeased, wordActive},
}

// subscription is one subscription.
type subscription struct {
	subscriberID, gpsi, iccid, supi, pei, eid string
	status, plan                              string
	billCycleStartDay                         int
	start                                     time.Time
	// guessed lines exist because a read asked for them; an activation of the same card takes their place.
	guessed bool
}

// transaction is a change with the action that tells whether its status can be queried.
type transaction struct {
	*engine.Change
	action string
}

// world is what DISH knows.
type world struct {
	byGPSI, byICCID map[string]*subscription
	bySubscriber    map[string][]*subscription
	// unassigned holds identifiers that name no line: those of recorded activations and the new numbers of recorded changes, before
	// they are in effect, and numbers that were given back. One that names a line again stays here, and the line counts.
	unassigned   map[lineKey]bool
	transactions map[string]transaction // the last one recorded under a partnerTransactionId
}

// lineKey is one way to ask for a line: exactly one field is set.
type lineKey struct{ iccid, gpsi, subscriberID string }

func newWorld() world {
	return world{
		byGPSI: map[string]*subscription{}, byICCID: map[string]*subscription{}, bySubscriber: map[string][]*subscription{},
		unassigned: map[lineKey]bool{}, transactions: map[string]transaction{},
	}
}

// known returns the lines that exist under a key.
func (d *world) known(key lineKey) []*subscription {
	switch {
	case key.iccid != "" && d.byICCID[key.iccid] != nil:
		return []*subscription{d.byICCID[key.iccid]}
	case key.gpsi != "" && d.byGPSI[key.gpsi] != nil:
		return []*subscription{d.byGPSI[key.gpsi]}
	default:
		return d.bySubscriber[key.subscriberID]
	}
}

// lines returns the lines under a key. A line that is not known yet is made up; one that waits for its activation to
// take effect has none.
func (d *world) lines(key lineKey) []*subscription {
	found := d.known(key)
	if len(found) > 0 || d.unassigned[key] {
		return found
	}
	return []*subscription{d.add(subscription{
		iccid: key.iccid, gpsi: key.gpsi, subscriberID: key.subscriberID, guessed: true,
		start: time.Now().AddDate(-1, 0, 0), billCycleStartDay: guessedDay,
	})}
}

// add enters a line, with made-up values for what is missing.
func (d *world) add(line subscription) *subscription {
	end := engine.Tail(cmp.Or(line.iccid, line.gpsi, line.subscriberID), 10)
	if line.iccid == "" {
		line.iccid = engine.Unused(func(id string) bool { return d.taken(lineKey{iccid: id}) }, "8901000000", end)
	}
	if line.gpsi == "" {
		line.gpsi = engine.Unused(func(id string) bool { return d.taken(lineKey{gpsi: id}) }, "1", end)
	}
	if line.subscriberID == "" {
		line.subscriberID = engine.Unused(func(id string) bool { return d.taken(lineKey{subscriberID: id}) }, "SUB", end)
	}
	line.supi = "99999" + end
	line.pei = cmp.Or(line.pei, "35000"+end)
	line.eid = cmp.Or(line.eid, "8901000000000000000000"+end)
	line.plan = cmp.Or(line.plan, defaultPlan)
	line.status = wordActive
	if line.billCycleStartDay == 0 {
		line.billCycleStartDay = defaultDay(time.Now())
	}
	d.byICCID[line.iccid], d.byGPSI[line.gpsi] = &line, &line
	d.bySubscriber[line.subscriberID] = append(d.bySubscriber[line.subscriberID], &line)
	return &line
}

// taken reports whether an identifier belongs to a line, or will once its activation is in effect.
func (d *world) taken(key lineKey) bool { return len(d.known(key)) > 0 || d.unassigned[key] }

// inUse reports whether an identifier belongs to a subscription that has not ceased. Asking makes up no line.
func (d *world) inUse(key lineKey) bool {
	return slices.ContainsFunc(d.known(key), func(line *subscription) bool { return line.status != wordCeased })
}

func (d *world) remove(line *subscription) {
	delete(d.byICCID, line.iccid)
	delete(d.byGPSI, line.gpsi)
	d.bySubscriber[line.subscriberID] = slices.DeleteFunc(d.bySubscriber[line.subscriberID], func(l *subscription) bool { return l == line })
	if len(d.bySubscriber[line.subscriberID]) == 0 {
		delete(d.bySubscriber, line.subscriberID)
	}
}

// expect prepares for an activation or a new number: a guessed line is removed, and what does not exist yet names no line.
func (d *world) expect(wanted subscription) {
	for _, key := range []lineKey{{iccid: wanted.iccid}, {gpsi: wanted.gpsi}, {subscriberID: wanted.subscriberID}} {
		if key == (lineKey{}) {
			continue
		}
		for _, line := range slices.Clone(d.known(key)) {
			if line.guessed {
				d.remove(line)
			}
		}
		d.unassigned[key] = true
	}
}

// activate puts an activation into effect. Activating a card that is active already only changes what it is active
// with: DISH documents no refusal.
func (d *world) activate(wanted subscription) {
	for _, key := range []lineKey{{iccid: wanted.iccid}, {gpsi: wanted.gpsi}} {
		if key == (lineKey{}) {
			continue
		}
		for _, line := range slices.Clone(d.known(key)) {
			wanted.iccid, wanted.gpsi = cmp.Or(wanted.iccid, line.iccid), cmp.Or(wanted.gpsi, line.gpsi)
			d.remove(line)
		}
	}
	wanted.start = time.Now()
	d.add(wanted)
}

// changeNumber gives a line another number. The old one names no line any more.
func (d *world) changeNumber(line *subscription, next string) {
	delete(d.byGPSI, line.gpsi)
	d.unassigned[lineKey{gpsi: line.gpsi}] = true
	line.gpsi, line.guessed = next, false
	d.byGPSI[next] = line
}

// guessedDay is the bill cycle day of a made-up line. It is the same every day, so that a change to any other day is one.
const guessedDay = 1

// defaultDay is the documented default of billCycleStartDay: the day of the system date if it is 1 to 28, else 1.
// The time zone of the system date is not documented; UTC is invented.
func defaultDay(now time.Time) int {
	if day := now.UTC().Day(); day <= 28 {
		return day
	}
	return 1
}
