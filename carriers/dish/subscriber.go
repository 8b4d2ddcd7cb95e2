package dish

import (
	"slices"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// Find returns the subscription a query is about, and its resource with the identifiers, if it lists one. It never
// returns another line's. The identifiers are compared by their meaning (carriers/identifiers).
//
//   - By ICCID or GPSI, it is the subscription with a resource that has all of the query's. Of several (a number is
//     used again after a Cease) it is the one that started last; when their dates do not tell, there is no choice.
//   - A subscriber's only subscription is it also when its resources are silent about what was asked for (a ceased one
//     may have given them back), but not when they say something else.
//   - By subscriber id alone it is the only subscription; of several, none.
//
// clear is false when the list is missing, or when something that was read may or may not be the subscription, one that is
// silent about what was asked for included: then nothing follows from its not being found. What DISH answers in these cases is
// not documented; the rules are ours.
func (s Subscriber) Find(q SubscriptionQuery) (found *Subscription, its *Resource, clear bool) {
	if q == (SubscriptionQuery{}) || s.Subscriptions == nil { // a list that is missing is no list
		return nil, nil, false
	}
	if q.SubscriberID != "" && s.SubscriberID != "" {
		if match := identifiers.CompareReference(q.SubscriberID, s.SubscriberID.String()); match != identifiers.Equal {
			return nil, nil, match == identifiers.Different
		}
	}
	if q.ICCID != "" || q.GPSI != "" {
		if found, its, clear = s.withIdentifiers(q); found != nil || !clear {
			return found, its, clear
		}
	}
	if len(s.Subscriptions) != 1 {
		return nil, nil, !slices.ContainsFunc(s.Subscriptions, func(one Subscription) bool { return one.mayBe(q) })
	}
	only := &s.Subscriptions[0]
	for _, r := range only.Resources {
		if r.match(q) == identifiers.Different {
			return nil, nil, !only.mayBe(q)
		}
	}
	if len(only.Resources) == 1 {
		return only, &only.Resources[0], true
	}
	return only, nil, true
}

func (s Subscriber) withIdentifiers(q SubscriptionQuery) (latest *Subscription, its *Resource, clear bool) {
	clear = true
	for i := range s.Subscriptions {
		subscription := &s.Subscriptions[i]
		for j := range subscription.Resources {
			r := &subscription.Resources[j]
			switch r.match(q) {
			case identifiers.Near:
				clear = false
				continue
			case identifiers.Different, identifiers.Incomparable:
				continue
			}
			if latest == nil || latest == subscription {
				latest, its = subscription, r
				continue
			}
			switch identifiers.CompareTimes(subscription.StartDate.Raw, latest.StartDate.Raw) {
			case identifiers.After:
				latest, its = subscription, r
			case identifiers.Before:
			default: // the dates do not tell which of the two is the present one
				return nil, nil, false
			}
		}
	}
	return latest, its, clear || latest != nil
}

// mayBe reports whether a subscription is not surely another one than the query asks for.
func (s Subscription) mayBe(q SubscriptionQuery) bool {
	return len(s.Resources) == 0 || slices.ContainsFunc(s.Resources, func(r Resource) bool { return r.match(q) != identifiers.Different })
}

// match compares a resource with what a query asks for: Equal when all of it is, Different when any of it is. Silence of the
// resource about a part leaves it Incomparable.
func (r Resource) match(q SubscriptionQuery) identifiers.Match {
	all := identifiers.Equal
	for _, pair := range []struct {
		asked, read string
		compare     func(a, b string) identifiers.Match
	}{
		{q.ICCID, r.ICCID.String(), identifiers.CompareICCID},
		{q.GPSI, r.GPSI.String(), compareGPSI},
	} {
		if pair.asked == "" {
			continue
		}
		switch match := pair.compare(pair.asked, pair.read); {
		case match == identifiers.Different:
			return match
		case match == identifiers.Near, all == identifiers.Near:
			all = identifiers.Near
		case match == identifiers.Incomparable:
			all = match
		}
	}
	return all
}

// compareGPSI compares phone numbers of North America, where DISH's subscribers are.
func compareGPSI(a, b string) identifiers.Match {
	return identifiers.ComparePhone(a, b, identifiers.NorthAmerica)
}

// Line is a found subscription in the words all carriers share. The resource may be nil; DISH has no subscription id.
func Line(s Subscriber, subscription *Subscription, resource *Resource) carriers.Line {
	line := carriers.Line{SubscriberID: s.SubscriberID.String()}
	if subscription != nil {
		line.Status = subscription.SubscriptionStatus
		line.BillCycleStartDay = subscription.billCycleDay()
	}
	if resource != nil {
		line.Number, line.ICCID, line.IMSI = resource.GPSI.String(), resource.ICCID.String(), resource.SUPI.String()
	}
	return line
}

// billCycleDay is 0 for what is no day of a month. The type is "number", so 15.0 is the fifteenth.
func (s Subscription) billCycleDay() int {
	day, err := strconv.ParseFloat(s.BillCycleStartDay.String(), 64)
	if err != nil || day < 1 || day > 31 || day != float64(int(day)) {
		return 0
	}
	return int(day)
}
