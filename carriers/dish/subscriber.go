package dish

import (
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
)

// Find returns the subscription a query is about, and its resource with the identifiers, if it lists one. It never
// returns another line's:
//
//   - By ICCID or GPSI, it is the subscription with a resource that has all of the query's. Of several (a number is
//     used again after a Cease) it is the one that started last.
//   - A subscriber's only subscription is it also when its resources are silent about what was asked for (a ceased one
//     may have given them back), but not when they say something else.
//   - By subscriber id alone it is the only subscription; of several, none.
//
// What DISH answers in these cases is not documented; the rules are ours.
func (s Subscriber) Find(q SubscriptionQuery) (*Subscription, *Resource) {
	if q == (SubscriptionQuery{}) || !agrees(s.SubscriberID, q.SubscriberID) {
		return nil, nil
	}
	if q.ICCID != "" || q.GPSI != "" {
		if subscription, resource := s.withIdentifiers(q); subscription != nil {
			return subscription, resource
		}
	}
	if len(s.Subscriptions) != 1 {
		return nil, nil
	}
	only := &s.Subscriptions[0]
	for _, r := range only.Resources {
		if !agrees(r.ICCID, q.ICCID) || !agrees(r.GPSI, q.GPSI) {
			return nil, nil
		}
	}
	if len(only.Resources) == 1 {
		return only, &only.Resources[0]
	}
	return only, nil
}

func (s Subscriber) withIdentifiers(q SubscriptionQuery) (latest *Subscription, its *Resource) {
	for i := range s.Subscriptions {
		subscription := &s.Subscriptions[i]
		for j := range subscription.Resources {
			r := &subscription.Resources[j]
			matches := (q.ICCID == "" || r.ICCID.String() == q.ICCID) && (q.GPSI == "" || r.GPSI.String() == q.GPSI)
			if matches && (latest == nil || subscription.StartDate.After(latest.StartDate.Time)) {
				latest, its = subscription, r
			}
		}
	}
	return latest, its
}

// agrees reports whether what was read does not contradict what was asked for; silence on either side does not.
func agrees(read carriers.Text, asked string) bool {
	return read == "" || asked == "" || read.String() == asked
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
