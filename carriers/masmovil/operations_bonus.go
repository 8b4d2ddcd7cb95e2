package masmovil

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// aSecondBonus: how long MásMóvil takes to list a new bonus is not documented, and a request that is sent again too early adds a
// second one. Ours.
var aSecondBonus = carriers.Timings{LookupDelay: carriers.Duration(2 * time.Minute), ConfirmWithin: carriers.Duration(15 * time.Minute)}

// newAddBonus is the operation AddBonus.
func newAddBonus() carriers.Operation {
	return newObserved(observed[AddBonus]{
		Info: carriers.Info{
			Title: "Add a bonus to a subscription", Source: "Customers API v2, Bonuses", DecidedBy: "201, confirmed by the list of bonuses",
			Summary: "Add a bonus to line", Timings: aSecondBonus,
			Examples: []carriers.Example{
				{Title: "add a bonus", Request: AddBonus{Reference: "order-31", Line: example(12331), BonusID: 7001}},
				{Title: "add a bonus that begins later", Request: AddBonus{Reference: "order-32", Line: example(12332), BonusID: 7001, ScheduledDate: "2027-02-01"}},
			},
		},
		send: (*client).addBonus,
		read: func(c *client, ctx context.Context, reference string, r AddBonus) (*carriers.Line, error) {
			return c.lineWithBonuses(ctx, reference, r.Line)
		},
		effect:  bonusEffect,
		unclear: "the bonuses of the line have changed in a way that this request alone does not explain",
	})
}

// lineWithBonuses reads the line with its bonuses.
func (c *client) lineWithBonuses(ctx context.Context, reference string, line Line) (*carriers.Line, error) {
	list, err := c.bonuses(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.id()}
	if list.Items != nil {
		read.Requests = []string{}
	}
	for _, b := range list.Items {
		read.Requests = append(read.Requests, b.record())
	}
	return &read, nil
}

// record is a bonus as it is kept for a comparison: its id and when it begins, in one form for all spellings. A bonus without
// an id is "".
func (b bonus) record() string {
	start := b.StartDate.Raw
	if b.StartDate.Ordered() {
		start = b.StartDate.UTC().Format(time.RFC3339Nano)
	}
	if b.ID == "" {
		return ""
	}
	return b.ID.String() + " " + start
}

// bonusEffect compares the bonuses of the line with those before: one more, with the id that was asked for and on the day, is
// the change; none more is that it is missing. Any other new one may be this one as well, because it is not documented that an id in
// the list is that of the bonus.
func bonusEffect(_ *client, r AddBonus, before, now *carriers.Line) carriers.Effect {
	if before == nil || before.Requests == nil || now.Requests == nil || slices.Contains(before.Requests, "") || slices.Contains(now.Requests, "") {
		return carriers.Incomparable
	}
	left := slices.Clone(before.Requests)
	var added []string
	for _, record := range now.Requests {
		if i := slices.Index(left, record); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else {
			added = append(added, record)
		}
	}
	switch {
	case len(added) == 0:
		return carriers.Missing
	case len(added) == 1 && r.asRecorded(added[0]) && r.count(now.Requests) == r.count(before.Requests)+1:
		return carriers.Shown // and not a bonus from before, with another day
	}
	return carriers.Incomparable
}

// asRecorded reports whether a record can be the wanted bonus: its id is, and its day is not another one.
func (r AddBonus) asRecorded(record string) bool {
	start, same := r.startOf(record)
	return same && !anotherDay(r.ScheduledDate, start)
}

// count is how many records have the id that was asked for.
func (r AddBonus) count(records []string) (n int) {
	for _, record := range records {
		if _, same := r.startOf(record); same {
			n++
		}
	}
	return n
}

// startOf reads when a record begins, and whether its id is the one that was asked for.
func (r AddBonus) startOf(record string) (start string, same bool) {
	id, start, _ := strings.Cut(record, " ")
	return start, identifiers.CompareID(id, decimal(r.BonusID)) == identifiers.Equal
}
