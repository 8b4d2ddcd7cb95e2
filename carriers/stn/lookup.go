package stn

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
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
// it is not documented. found is false only when the whole list was read without it; a list that cannot be read to its
// end is an error of class Uncertain.
func (c *Client) FindSetServices(ctx context.Context, reference string, r SetServices, since time.Time) (ack carriers.Acknowledgement, found bool, err error) {
	call := transport.Call{
		Name: "look up set services", Reference: reference, Personal: personal(r),
		Path: "/api/QueryActivation", Query: lookUp(r, since),
	}
	wanted, seen := shortReference(reference), map[carriers.Text]bool{}
	for range mostPages {
		call.Query.Set("skip", strconv.Itoa(len(seen)))
		page, status, err := query[Activation](ctx, c, call)
		switch {
		case err != nil:
			return ack, false, err
		case len(page) == 0: // the only end of a list: total is unreliable, and a short page may be sTN's own limit
			return ack, false, nil
		}
		known := len(seen)
		for _, a := range page {
			if isOurs(a, wanted, r) {
				ack = c.acknowledge(r, a)
				ack.Found = true
				return ack, true, nil
			}
			seen[a.ID] = true
		}
		if len(seen) == known {
			return ack, false, c.http.Unreadable(call, status, "the list does not advance with skip")
		}
	}
	return ack, false, c.http.Unreadable(call, http.StatusOK, "the list has more pages than any line has changes")
}

// lookUp is the documented part of the search; the rest is done by isOurs.
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

// isOurs checks everything that was asked for, because it is not documented whether sTN refuses or ignores a filter it
// does not know. A record that does not tell its line is told by the reference alone.
func isOurs(a Activation, reference string, r SetServices) bool {
	if a.ReferenceNumber.String() != reference || a.ActivationType != ActivationSetServices || a.ID == "" {
		return false
	}
	subscription, number := a.SubscriptionID.String(), a.PhoneNumber.String()
	switch {
	case r.SubscriptionID != "" && subscription != "":
		return subscription == r.SubscriptionID
	case r.SubscriptionID == "" && usable(number):
		return national(number) == national(r.PhoneNumber)
	}
	return true
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
		return s.ID.String() == t.id
	}
	number := s.PhoneNumber.String()
	return t.number != "" && usable(number) && national(number) == t.number
}
