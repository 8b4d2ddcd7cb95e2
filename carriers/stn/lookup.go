package stn

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

const (
	// pageSize and mostPages bound a look-up (ours): sTN documents neither a default nor a maximum for take.
	pageSize  = 100
	mostPages = 20
)

// FindSetServices looks whether sTN already has the request with this reference: the look-up before a request is sent
// again. since is when the operation began. It reads the line's service changes from the day before (createdAtFrom takes
// whole days in a time zone that is not documented), newest first, and compares the reference here, because a filter for
// it is not documented. It is absent only when the whole list was read and nothing in it resembles the request; a list that
// cannot be read to its end is an error of class Uncertain.
func (c *Client) FindSetServices(ctx context.Context, reference string, r SetServices, since time.Time) (carriers.Finding, error) {
	call := transport.Call{
		Name: "look up set services", Reference: reference, Personal: personal(r),
		Path: "/api/QueryActivation", Query: lookUp(r, since),
	}
	wanted, seen, near := shortReference(reference), map[carriers.Text]bool{}, false
	for range mostPages {
		call.Query.Set("skip", strconv.Itoa(len(seen)))
		page, status, err := query[Activation](ctx, c, call)
		switch {
		case err != nil:
			return carriers.Finding{}, err
		case len(page) == 0 && near: // the only end of a list: total is unreliable, and a short page may be sTN's own limit
			return carriers.FoundUnclear("a service change there resembles it, with its reference or its line written in another way"), nil
		case len(page) == 0:
			return carriers.FoundNothing(), nil
		}
		known := len(seen)
		for _, a := range page {
			switch matchOf(a, wanted, r, since) {
			case identifiers.Equal:
				ack := c.acknowledge(r, a)
				ack.Found = true
				return carriers.Finding{Presence: carriers.Present, Acknowledgement: ack}, nil
			case identifiers.Near:
				near = true
			}
			seen[a.ID] = true
		}
		if len(seen) == known {
			return carriers.Finding{}, c.http.Unreadable(call, status, "the list does not advance with skip")
		}
	}
	return carriers.Finding{}, c.http.Unreadable(call, http.StatusOK, "the list has more pages than any line has changes")
}

// lookUp is the documented part of the search; the rest is done by matchOf.
func lookUp(r SetServices, since time.Time) url.Values {
	query := url.Values{
		"activationType": {ActivationSetServices},
		"orderByDesc":    {"createdAt"},
		"take":           {strconv.Itoa(pageSize)},
	}
	if !since.IsZero() {
		query.Set("createdAtFrom", since.UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if r.SubscriptionID != "" {
		query.Set("subscriptionId", r.SubscriptionID)
	} else {
		query.Set("phoneNumber", national(r.PhoneNumber))
	}
	return query
}

// clocksDiffer is how far sTN's clock may be from ours (ours).
const clocksDiffer = time.Hour

// matchOf compares a record with everything that was asked for, because it is not documented whether sTN refuses or ignores a
// filter it does not know. The reference decides: a record that does not tell its line, or tells it in another spelling, is told
// by its reference. One without a reference may be the request that is looked for, unless it is older.
func matchOf(a Activation, reference string, r SetServices, since time.Time) identifiers.Match {
	match := identifiers.CompareReference(reference, a.ReferenceNumber.String())
	line := lineMatch(a, r)
	switch {
	case !carriers.Among([]string{ActivationSetServices}, a.ActivationType),
		line == identifiers.Different, match == identifiers.Different:
		return identifiers.Different
	case match == identifiers.Incomparable && createdBefore(a, since.Add(-clocksDiffer)):
		return identifiers.Different
	case match != identifiers.Equal, a.ID == "": // without an id it could not be asked about
		return identifiers.Near
	}
	return identifiers.Equal
}

func lineMatch(a Activation, r SetServices) identifiers.Match {
	if r.SubscriptionID != "" {
		return identifiers.CompareReference(r.SubscriptionID, a.SubscriptionID.String())
	}
	return identifiers.ComparePhone(r.PhoneNumber, a.PhoneNumber.String(), identifiers.Netherlands)
}

func createdBefore(a Activation, at time.Time) bool {
	created, precision := identifiers.ParseTime(a.CreatedAt.Raw)
	return identifiers.Later(created, precision, at, identifiers.Instant) == identifiers.Before
}

// Line reads the subscription a service change is about (QuerySubscription). It asks by phone number when the request or
// its Activation tells a whole one, else by the Id filter that Advanced Query Parameters suggests and the endpoint's page
// does not list. found is false when the answer holds no subscription with that id, or number when no id is known.
func (c *Client) Line(ctx context.Context, reference string, r SetServices, a Activation) (s Subscription, found bool, err error) {
	target := lineOf(r, a)
	if target == (lineTarget{}) {
		return s, false, nil // nothing to ask by: without a filter sTN would list every subscription
	}
	call := transport.Call{
		Name: "query subscription", Reference: reference, Personal: append(personal(r), target.id, target.number),
		Path:  "/api/QuerySubscription",
		Query: url.Values{"fields": {"id,state,phoneNumber,simCardNumber,services"}}, // leaves pin and puk at sTN
	}
	if target.number != "" {
		call.Query.Set("phoneNumber", target.number)
	} else {
		call.Query.Set("Id", target.id)
	}
	all, status, err := query[Subscription](ctx, c, call)
	if target.number == "" && carriers.ClassOf(err) == carriers.Rejected {
		return s, false, nil // the page of the endpoint does not list this filter, so its refusal says nothing about the line
	}
	if err != nil {
		return s, false, err
	}
	for _, candidate := range all {
		if !target.is(candidate) {
			continue
		}
		if found {
			return Subscription{}, false, c.http.Unreadable(call, status, "several subscriptions answer to one number or id")
		}
		s, found = candidate, true
	}
	return s, found, nil
}

// lineTarget is the line to read: its id, its number in national form, or both.
type lineTarget struct{ id, number string }

func lineOf(r SetServices, a Activation) lineTarget {
	t := lineTarget{id: r.SubscriptionID}
	if t.id == "" {
		t.id = a.SubscriptionID.String()
	}
	for _, number := range []string{a.PhoneNumber.String(), r.PhoneNumber} {
		if t.number == "" && usable(number) {
			t.number = national(number)
		}
	}
	return t
}

// is goes by the id, which never changes; a number can pass to another subscription.
func (t lineTarget) is(s Subscription) bool {
	if t.id != "" {
		return identifiers.CompareReference(t.id, s.ID.String()) == identifiers.Equal
	}
	return identifiers.ComparePhone(t.number, s.PhoneNumber.String(), identifiers.Netherlands) == identifiers.Equal
}
