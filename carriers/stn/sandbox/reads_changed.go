package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// byChange are the records in the order of their last change, the newest first. The engine and the cancels change records without
// telling, so the order is brought up to date before it is read: those that have changed since are taken out, sorted, and put in
// again. That looks at every record once, and sorts only what has changed.
type byChange struct{ all []changed }

// changed is a record with the time of change under which it is in the order.
type changed struct {
	*activation
	at time.Time
}

// changedAt is when the record was changed last, as view shows it.
func (a *activation) changedAt() time.Time {
	if a.cancel != nil && !a.cancel.Hidden() {
		return a.cancel.Modified
	}
	return a.Modified
}

// update brings the order up to date. Records are only ever added.
func (o *byChange) update(all []*activation) {
	var moved []changed
	for _, a := range all[len(o.all):] {
		moved = append(moved, changed{a, a.changedAt()})
	}
	stay := o.all[:0]
	for _, c := range o.all {
		if at := c.changedAt(); !at.Equal(c.at) {
			moved = append(moved, changed{c.activation, at})
			continue
		}
		stay = append(stay, c)
	}
	if len(moved) == 0 {
		return
	}
	slices.SortFunc(moved, newestFirst)
	merged := make([]changed, 0, len(all))
	for _, c := range stay {
		for len(moved) > 0 && newestFirst(moved[0], c) < 0 {
			merged, moved = append(merged, moved[0]), moved[1:]
		}
		merged = append(merged, c)
	}
	o.all = append(merged, moved...)
}

// newestFirst orders by the time of change, and by the id where that is the same.
func newestFirst(a, b changed) int {
	if order := b.at.Compare(a.at); order != 0 {
		return order
	}
	return strings.Compare(b.id, a.id)
}

// inOrderOfChange reports whether a query asks for all records in the order of their last change, and whether the newest come first.
func (q query) inOrderOfChange() (asked, newest bool) {
	field := func(name string) string {
		first, _, _ := strings.Cut(q.get(name), ",")
		return strings.ToLower(strings.TrimSpace(first))
	}
	newest = field("orderByDesc") == "modifiedat"
	return newest || field("orderBy") == "modifiedat", newest
}

// answerInOrderOfChange answers with a page of the records in the order of their last change. It reads no further than the page, so it
// has no total.
func (c *carrier) answerInOrderOfChange(q query, newest bool) engine.Reply {
	c.world.changes.update(c.world.activations)
	answer := envelope{Offset: q.number("skip", 0), Results: []any{}}
	take, skip := q.number("take", defaultTake), q.number("skip", 0)
	all := c.world.changes.all
	for i := range all {
		if len(answer.Results) >= take {
			break
		}
		a := all[i].activation
		if !newest {
			a = all[len(all)-1-i].activation
		}
		if a.Hidden() || !q.mayBe(a) {
			continue
		}
		view := a.view(false)
		if !q.selectsActivation(view, a) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		answer.Results = append(answer.Results, q.columns(view))
	}
	return engine.Reply{Status: http.StatusOK, Body: answer}
}

// mayBe is a quick look whether a record has the status that is asked for; one that is being cancelled may have any.
func (q query) mayBe(a *activation) bool {
	status := q.get("status")
	return status == "" || a.cancel != nil || a.status() == status
}
