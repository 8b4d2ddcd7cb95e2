package stn

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// The list of records is swept by time of change, newest first (QueryActivation: status, orderByDesc, take, skip). A record that is
// decided gets a new modifiedAt, so it comes to the front; what lies behind it moves back by one, and may be read twice, but is not
// missed. A pass ends at the first page that reaches back to what the last pass has read, and a little further.
const (
	// newestChange and oldestChange order the list. The id makes the order of records with the same time a fixed one: both
	// parameters take several fields (Advanced Query Parameters).
	newestChange, oldestChange = "orderByDesc", "orderBy"
	changeFields               = "modifiedAt,id"
	// linked is how many records of a page are asked for again with the next one: that they are the same shows that nothing between
	// the two pages was skipped, because records left the list.
	linked = 10
	// orderProvenFor is how long the order counts as obeyed, after one request that shows it.
	orderProvenFor = time.Hour
)

// unordered says why a pass reads the whole list.
const unordered = "sTN does not return its list in the order that was asked for (orderByDesc=" + changeFields + "), or without times of change, so a pass has to read all of it"

// sweep tells about the changes that make a record. What becomes of a cancel, and of a changed port-in, is not told by the status of
// a record alone.
func sweep() *carriers.Sweep {
	var types []string
	for _, o := range orders() {
		types = append(types, o.Info().Type)
	}
	return carriers.NewSweep(types, (*client).sweepPage)
}

// sweepPage reads the next page.
func (c *client) sweepPage(ctx context.Context, at sweepCursor, now time.Time) (carriers.SweepPage, sweepCursor, error) {
	if at.List >= len(c.cfg.sweepStatuses()) { // fewer are configured than before
		at = sweepCursor{ReadTo: at.ReadTo, ProvenAt: at.ProvenAt}
	}
	if at.Proving {
		return c.proveOrder(ctx, at, now)
	}
	call := c.sweepCall("sweep the list of changes", at, newestChange, c.cfg.sweepPage())
	call.Query.Set("skip", strconv.Itoa(at.Skip))
	if at.Whole {
		call.Query.Set("createdAtFrom", now.Add(-c.cfg.SweepCreated).UTC().AddDate(0, 0, -1).Format(time.DateOnly)) // its zone is not documented
		if at.Pages >= c.cfg.SweepPages {
			at.listCursor = listCursor{}
			return carriers.SweepPage{}, at, c.http.Refused(call, http.StatusOK, "", unordered+
				", and it has more pages than STN_SWEEP_PAGES allows; ask sTN for the order, or turn the sweep off with STN_SWEEP=false")
		}
	}
	records, status, err := query[Activation](ctx, c, call)
	if err != nil {
		return carriers.SweepPage{}, at, err
	}
	page := carriers.SweepPage{Decided: c.decided(records), Records: len(records)}
	if at.repeats(records) {
		at.listCursor = listCursor{}
		return page, at, c.http.Unreadable(call, status, "the list does not advance with skip")
	}
	c.advance(&at, records, now)
	if at.Whole {
		page.Why = unordered
	}
	page.Complete = at.passEnded(len(c.cfg.sweepStatuses()))
	return page, at, nil
}

// sweepCall is a request for records with the status whose turn it is.
func (c *client) sweepCall(name string, at sweepCursor, order string, take int) transport.Call {
	return transport.Call{Name: name, Path: "/api/QueryActivation", Query: url.Values{
		"status": {c.cfg.sweepStatuses()[at.List]}, order: {changeFields}, "take": {strconv.Itoa(take)},
	}}
}

// advance moves the cursor past a page. The total of the answer is not read, because by sTN's own account it is not always right, and
// a page that is shorter than was asked for is not the last one: that is empty.
func (c *client) advance(at *sweepCursor, records []Activation, now time.Time) {
	at.Pages++
	if len(records) == 0 {
		at.endList(c.cfg.sweepStatuses())
		return
	}
	times, ordered := changeTimes(records)
	full := cmp.Or(at.Full, c.cfg.sweepPage())
	short := len(records) < full
	follows := at.Skip == 0 || at.follows(records[0], times[0])
	switch {
	case at.Whole:
		at.keepIDs(records)
		at.Skip += len(records)
		return
	case !ordered:
		at.readWhole()
		return
	case at.End && short && at.knows(records): // what has come to the front meanwhile has moved the last records back
		at.endList(c.cfg.sweepStatuses())
		return
	case at.End && !follows: // it was not the end
		at.End, at.Full = false, len(at.Before)
		at.Skip -= min(linked, len(at.Before)/2)
		return
	case !follows:
		at.goBack(full)
		return
	}
	for _, t := range times { // a time in the future would hide all that come after it
		if t = earlier(t, now); t.After(at.Newest) {
			at.Newest = t
		}
	}
	at.keepIDs(records)
	if at.Oldest = times[len(times)-1]; at.Oldest.Before(c.stopAt(*at, now)) {
		if at.Proving = now.Sub(at.ProvenAt) > orderProvenFor; !at.Proving {
			at.endList(c.cfg.sweepStatuses())
		}
		return
	}
	at.Skip += len(records)
	if at.End = short; !short {
		at.Skip -= min(linked, len(records)/2)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// changeTimes are the times of change of some records, and whether they are in the order that was asked for. A record without such a
// time is in none.
func changeTimes(records []Activation) (times []time.Time, ordered bool) {
	ordered = true
	for i, r := range records {
		t := time.Time{}
		if r.ModifiedAt.Precision() == identifiers.Instant {
			t = r.ModifiedAt.Time
		}
		ordered = ordered && !t.IsZero() && (i == 0 || !t.After(times[i-1]))
		times = append(times, t)
	}
	return times, ordered
}

// stopAt is the time of change back to which a list is read.
func (c *client) stopAt(at sweepCursor, now time.Time) time.Time {
	if to, read := at.ReadTo[c.cfg.sweepStatuses()[at.List]]; read {
		return to.Add(-c.cfg.SweepOverlap)
	}
	return now.Add(-c.cfg.SweepReach)
}

// proveOrder asks for the record that was changed first. If sTN obeyed the order, nothing that was read is older; if it ignores
// the parameters, that is the record with which the list began.
func (c *client) proveOrder(ctx context.Context, at sweepCursor, now time.Time) (carriers.SweepPage, sweepCursor, error) {
	records, _, err := query[Activation](ctx, c, c.sweepCall("prove the order of the list of changes", at, oldestChange, 1))
	if err != nil {
		return carriers.SweepPage{}, at, err
	}
	page := carriers.SweepPage{Decided: c.decided(records), Records: len(records)}
	if times, readable := changeTimes(records[:min(1, len(records))]); !readable || len(times) == 0 || times[0].After(at.Oldest) {
		at.readWhole()
		page.Why = unordered
		return page, at, nil
	}
	at.ProvenAt = now
	at.endList(c.cfg.sweepStatuses())
	page.Complete = at.passEnded(len(c.cfg.sweepStatuses()))
	return page, at, nil
}

// decided are the records with a final status. An ignored filter would answer with others as well, so each is judged by its own.
func (c *client) decided(records []Activation) (all []carriers.Decided) {
	words := c.cfg.vocabulary()
	for _, a := range records {
		outcome := outcomeOf(words, a)
		if a.ID == "" || !outcome.State.Final() {
			continue
		}
		d := carriers.Decided{Reference: a.ReferenceNumber.String(), TransactionID: a.ID.String(), Outcome: outcome}
		if a.SubscriptionID != "" || a.PhoneNumber != "" {
			d.Outcome.Line = &carriers.Line{SubscriptionID: a.SubscriptionID.String(), Number: a.PhoneNumber.String()}
		}
		for _, id := range []carriers.Text{a.SubscriptionID, a.PhoneNumber, a.Info.SIMCardNumber, a.Info.ISDN} {
			if line := id.String(); line != "" && !slices.Contains(d.Lines, line) {
				d.Lines = append(d.Lines, line)
			}
		}
		all = append(all, d)
	}
	return all
}
