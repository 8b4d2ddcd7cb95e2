package sandbox

import (
	"slices"
	"time"
)

// dishActive is the one documented value of subscriptionStatus (SPS - Subscription Profile Management v5).
const dishActive = "Active"

// dishTransitions are the conditions of Update Subscription Status (SPS - Subscriptions v5): from, by action, and the
// state it leads to, whose names beyond Active are ours.
var dishTransitions = map[string]struct{ from, to string }{
	"Suspend":    {dishActive, dishSuspended},
	"Resume":     {dishSuspended, dishActive},
	"Cease":      {dishActive, dishCeased},
	"Reactivate": {dishCeased, dishActive},
}

// dishLine is one subscription.
type dishLine struct {
	subscriberID, gpsi, iccid, supi, pei, eid string
	status, plan                              string
	billCycleStartDay                         int
	start                                     time.Time
	// guessed lines exist because a read asked for them; an activation of the same card takes their place.
	guessed bool
}

// dishTransaction is a change with the action that tells whether its status can be queried.
type dishTransaction struct {
	*change
	action string
}

// dishWorld is what DISH knows.
type dishWorld struct {
	byGPSI, byICCID map[string]*dishLine
	bySubscriber    map[string][]*dishLine
	// expected holds the identifiers of recorded activations: they name nothing before they are in effect.
	expected     map[dishKey]bool
	transactions map[string]dishTransaction // the last one recorded under a partnerTransactionId
}

// dishKey is one way to ask for a line: exactly one field is set.
type dishKey struct{ iccid, gpsi, subscriberID string }

func newDISHWorld() dishWorld {
	return dishWorld{
		byGPSI: map[string]*dishLine{}, byICCID: map[string]*dishLine{}, bySubscriber: map[string][]*dishLine{},
		expected: map[dishKey]bool{}, transactions: map[string]dishTransaction{},
	}
}

// known returns the lines that exist under a key.
func (d *dishWorld) known(key dishKey) []*dishLine {
	switch {
	case key.iccid != "" && d.byICCID[key.iccid] != nil:
		return []*dishLine{d.byICCID[key.iccid]}
	case key.gpsi != "" && d.byGPSI[key.gpsi] != nil:
		return []*dishLine{d.byGPSI[key.gpsi]}
	default:
		return d.bySubscriber[key.subscriberID]
	}
}

// lines returns the lines under a key. One that nobody has heard of is made up; one that waits for its activation to
// take effect has none.
func (d *dishWorld) lines(key dishKey) []*dishLine {
	found := d.known(key)
	if len(found) > 0 || d.expected[key] {
		return found
	}
	return []*dishLine{d.add(dishLine{
		iccid: key.iccid, gpsi: key.gpsi, subscriberID: key.subscriberID, guessed: true,
		start: time.Now().AddDate(-1, 0, 0),
	})}
}

// add enters a line, with made-up values for what is missing.
func (d *dishWorld) add(line dishLine) *dishLine {
	end := tail(first(line.iccid, line.gpsi, line.subscriberID), 10)
	if line.iccid == "" {
		line.iccid = unused(func(id string) bool { return d.taken(dishKey{iccid: id}) }, "8901000000", end)
	}
	if line.gpsi == "" {
		line.gpsi = unused(func(id string) bool { return d.taken(dishKey{gpsi: id}) }, "1", end)
	}
	if line.subscriberID == "" {
		line.subscriberID = unused(func(id string) bool { return d.taken(dishKey{subscriberID: id}) }, "SUB", end)
	}
	line.supi = "99999" + end
	line.pei = first(line.pei, "35000"+end)
	line.eid = first(line.eid, "8901000000000000000000"+end)
	line.plan = first(line.plan, dishDefaultPlan)
	line.status = dishActive
	if line.billCycleStartDay == 0 {
		line.billCycleStartDay = dishDefaultDay(time.Now())
	}
	d.byICCID[line.iccid], d.byGPSI[line.gpsi] = &line, &line
	d.bySubscriber[line.subscriberID] = append(d.bySubscriber[line.subscriberID], &line)
	return &line
}

// taken reports whether an identifier belongs to a line, or will once its activation is in effect.
func (d *dishWorld) taken(key dishKey) bool { return len(d.known(key)) > 0 || d.expected[key] }

func (d *dishWorld) remove(line *dishLine) {
	delete(d.byICCID, line.iccid)
	delete(d.byGPSI, line.gpsi)
	d.bySubscriber[line.subscriberID] = slices.DeleteFunc(d.bySubscriber[line.subscriberID], func(l *dishLine) bool { return l == line })
	if len(d.bySubscriber[line.subscriberID]) == 0 {
		delete(d.bySubscriber, line.subscriberID)
	}
}

// expect prepares for an activation: a line that was only guessed goes, and what does not exist yet names nothing.
func (d *dishWorld) expect(wanted dishLine) {
	for _, key := range []dishKey{{iccid: wanted.iccid}, {gpsi: wanted.gpsi}, {subscriberID: wanted.subscriberID}} {
		if key == (dishKey{}) {
			continue
		}
		for _, line := range slices.Clone(d.known(key)) {
			if line.guessed {
				d.remove(line)
			}
		}
		d.expected[key] = true
	}
}

// activate puts an activation into effect. Activating a card that is active already only changes what it is active
// with: DISH documents no refusal.
func (d *dishWorld) activate(wanted dishLine) {
	for _, key := range []dishKey{{iccid: wanted.iccid}, {gpsi: wanted.gpsi}} {
		if key == (dishKey{}) {
			continue
		}
		for _, line := range slices.Clone(d.known(key)) {
			wanted.iccid, wanted.gpsi = first(wanted.iccid, line.iccid), first(wanted.gpsi, line.gpsi)
			d.remove(line)
		}
	}
	wanted.start = time.Now()
	d.add(wanted)
}

// dishDefaultDay is the documented default of billCycleStartDay: the day of the system date if it is 1 to 28, else 1.
// The time zone of the system date is not documented; UTC is ours.
func dishDefaultDay(now time.Time) int {
	if day := now.UTC().Day(); day <= 28 {
		return day
	}
	return 1
}
