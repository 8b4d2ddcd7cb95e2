package telnyx

import (
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

// The list of actions has no documented order, and no filter by time; its filter of the status does not know "interrupted" (SIM Card
// Actions). So a pass reads the whole list, in whatever order it comes. Its cost grows with all actions there ever were, so this sweep
// is off unless it is turned on. What moves from a page to one that was read already, while the list is read, is read by the next pass.

// keptPasses is for how many passes an action that was decided is told: each of them reads it, unless it moves just then.
const keptPasses = 3

// sweepCursor is where a sweep of Telnyx is.
type sweepCursor struct {
	// Newest are the newest times of change that the last complete passes have seen, the latest last.
	Newest []time.Time `json:"newest,omitempty"`
	passCursor
}

// passCursor is where a pass is.
type passCursor struct {
	// Page is the number of pages that were read, and Rows of their actions.
	Page int `json:"page,omitempty"`
	Rows int `json:"rows,omitempty"`
	// First is the first action of the last page.
	First string `json:"first,omitempty"`
	// Seen is the newest time of change on the pages so far.
	Seen time.Time `json:"seen,omitzero"`
}

func sweep() *carriers.Sweep {
	var types []string
	for _, o := range operations() {
		if o.Info().Kind == carriers.KindChange {
			types = append(types, o.Info().Type)
		}
	}
	made := carriers.NewSweep(types, (*client).sweepPage)
	made.WholeList = true
	return made
}

// sweepPage reads the next page.
func (c *client) sweepPage(ctx context.Context, at sweepCursor, _ time.Time) (carriers.SweepPage, sweepCursor, error) {
	call := transport.Call{Name: "sweep the list of actions", Method: http.MethodGet, Path: actionsPath, Query: url.Values{
		"page[number]": {strconv.Itoa(at.Page + 1)}, "page[size]": {strconv.Itoa(pageSize)},
	}}
	if at.Page >= c.config.sweepPages() {
		at.passCursor = passCursor{}
		return carriers.SweepPage{}, at, c.http.Refused(call, http.StatusOK, "",
			"the list of actions has more pages than TELNYX_SWEEP_PAGES allows, and a pass has to read all of it; turn the sweep off with TELNYX_SWEEP=false")
	}
	answer, err := c.http.Do(ctx, call)
	if err != nil {
		return carriers.SweepPage{}, at, err
	}
	p, err := readPage(answer.Body)
	if err != nil {
		return carriers.SweepPage{}, at, c.http.Unreadable(call, answer.Status, err.Error())
	}
	rows := *p.Data
	if len(rows) > 0 && len(rows) < p.total && rows[0].ID.String() == at.First {
		at.passCursor = passCursor{}
		return carriers.SweepPage{}, at, c.http.Unreadable(call, answer.Status, "the list does not advance with page[number]")
	}
	page := carriers.SweepPage{Records: len(rows), Decided: c.decided(rows, at.since())}
	for _, a := range rows {
		if a.UpdatedAt.Precision() == identifiers.Instant && a.UpdatedAt.After(at.Seen) {
			at.Seen = a.UpdatedAt.Time
		}
	}
	at.Page++
	if at.Rows += len(rows); len(rows) > 0 && at.Rows < p.total {
		at.First = rows[0].ID.String()
		return page, at, nil
	}
	page.Complete = true
	at.Newest = append(slices.Clone(at.Newest), at.Seen)
	at.Newest = at.Newest[max(0, len(at.Newest)-keptPasses):]
	at.passCursor = passCursor{}
	return page, at, nil
}

// since is the time of change before which actions have been told by several passes; zero when there were not so many yet. It is
// Telnyx's own time, so that clocks do not matter.
func (at sweepCursor) since() time.Time {
	if len(at.Newest) < keptPasses {
		return time.Time{}
	}
	return at.Newest[0]
}

// decided are the actions with a final status that were changed since a time, or of which that is not known.
func (c *client) decided(rows []Action, since time.Time) (all []carriers.Decided) {
	for _, a := range rows {
		outcome := c.outcomeOf(a)
		known := a.UpdatedAt.Precision() == identifiers.Instant
		if a.ID == "" || a.SIMCardID == "" || !outcome.State.Final() || known && a.UpdatedAt.Before(since) {
			continue
		}
		outcome.Line = &carriers.Line{SubscriptionID: a.SIMCardID.String()}
		all = append(all, carriers.Decided{Lines: []string{a.SIMCardID.String()}, TransactionID: a.ID.String(), Outcome: outcome})
	}
	return all
}
