package dish

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/answers"
)

// Subscriber is the answer of the subscription query. The page shows one sample and no field is marked required.
type Subscriber struct {
	WholesaleCustomerID carriers.Text  `json:"wholesaleCustomerId,omitempty" jsonschema_description:"sub-node of the customer hierarchy"`
	SubscriberID        carriers.Text  `json:"subscriberId,omitempty" jsonschema_description:"unique subscriber identifier; personal"`
	Subscriptions       []Subscription `json:"subscriptions" jsonschema:"nullable" jsonschema_description:"one for each active SIM; null when DISH lists none"`
}

// Subscription is one active SIM of a subscriber.
type Subscription struct {
	// SubscriptionStatus: the page shows "Active" and no other value.
	SubscriptionStatus string             `json:"subscriptionStatus,omitempty" jsonschema_description:"DISH's word; only Active is documented"`
	WholesalePlanID    carriers.Text      `json:"wholesalePlanId,omitempty" jsonschema_description:"wholesale plan identifier"`
	BillCycleFrequency string             `json:"billCycleFrequency,omitempty" jsonschema_description:"MONTHLY is the only documented value"`
	BillCycleStartDay  carriers.Text      `json:"billCycleStartDay,omitempty" jsonschema_description:"day of the month"`
	StartDate          carriers.Timestamp `json:"startDate" jsonschema_description:"when it began, as DISH writes it"`
	Products           []Product          `json:"products,omitempty" jsonschema_description:"products on top of the plan"`
	Resources          []Resource         `json:"resources,omitempty" jsonschema_description:"the identifiers assigned to the subscription"`
}

// Product is one product on a subscription.
type Product struct {
	ProductID       string             `json:"productId,omitempty" jsonschema_description:"product identifier"`
	ProductStatus   string             `json:"productStatus,omitempty" jsonschema_description:"DISH's word"`
	StartDate       carriers.Timestamp `json:"startDate" jsonschema_description:"when it began, as DISH writes it"`
	Characteristics []Characteristic   `json:"characteristics,omitempty" jsonschema_description:"named values of the product"`
}

// Characteristic is a named value of a product.
type Characteristic struct {
	Key   string        `json:"key"`
	Value carriers.Text `json:"value"`
}

// Resource holds the identifiers assigned to a subscription. A sample on another page shows gpsi as a bare number, so
// both forms are read.
type Resource struct {
	GPSI  carriers.Text `json:"gpsi,omitempty" jsonschema_description:"phone number with country code; personal"`
	SUPI  carriers.Text `json:"supi,omitempty" jsonschema_description:"IMSI; personal"`
	ICCID carriers.Text `json:"iccid,omitempty" jsonschema_description:"SIM card number; personal"`
	PEI   carriers.Text `json:"pei,omitempty" jsonschema_description:"PEI or IMEI of the device; personal"`
	EID   carriers.Text `json:"eid,omitempty" jsonschema_description:"EID of the eSIM; personal"`
}

// TransactionStatus is the answer of Get Transaction Status. The page shows {"status": "Success"} and nothing else;
// code and reason are read where a carrier would put them.
type TransactionStatus struct {
	Status string         `json:"status" jsonschema_description:"DISH's word"`
	State  carriers.State `json:"state" jsonschema:"enum=pending,enum=done,enum=failed,enum=unknown" jsonschema_description:"what the word means: pending, done, failed or unknown"`
	Code   string         `json:"code,omitempty" jsonschema_description:"DISH's error code, if it gives one"`
	Reason string         `json:"reason,omitempty" jsonschema_description:"DISH's explanation, if it gives one, without personal data"`
}

// transactionIDName is the documented name of our reference, of 1 to 36 characters (SPS - Subscriptions v5).
const transactionIDName = "partnerTransactionId"

// readTransactionStatus reads {"status": "Success"}, which DISH shows for acknowledgements and transaction statuses alike,
// with the explanation that a failure may carry. An answer that names another transaction is none.
func readTransactionStatus(words carriers.Vocabulary, success []string, id string, body []byte) (TransactionStatus, error) {
	f, err := parse(body)
	if err != nil {
		return TransactionStatus{}, err
	}
	if named := f.text(transactionIDName); named != "" && identifiers.CompareReference(id, named) != identifiers.Equal {
		return TransactionStatus{}, errors.New("it is about another transaction")
	}
	word := f.status()
	said := TransactionStatus{Status: word, State: words.StateOf(word)}
	if said.State != carriers.Failed && said.State != carriers.Unknown { // most answers: an explanation would not count
		return said, nil
	}
	if code, reason := f.explanation(); said.State == carriers.Failed || !carriers.Among(success, code) {
		said.Code, said.Reason = carriers.Redact(code), carriers.Redact(reason)
	}
	return said, nil
}

// readSubscriber reads the answer of the subscription query. An object without a subscriber or subscriptions is no
// answer: nothing must be concluded from it.
func readSubscriber(body []byte) (Subscriber, error) {
	var s Subscriber
	unreadable := answers.Decode(body, &s)
	if unreadable == nil && (s.SubscriberID != "" || s.Subscriptions != nil) {
		return s, nil
	}
	f, err := parse(body)
	switch {
	case err != nil:
		return Subscriber{}, err
	case !f.has(subscriberNames...):
		return Subscriber{}, errors.New("it shows neither a subscriber nor subscriptions")
	case unreadable != nil:
		return Subscriber{}, unreadable
	}
	return s, nil // the names are there, with nothing in them
}

// fields is a JSON object whose names are not documented for certain: a value is looked for under every name a carrier
// would give it, whatever its case. Numbers keep their digits.
type fields map[string]json.RawMessage

// Where a status, an error code and its text may stand. Only "status" is documented (SPS - Subscriptions v5); the more
// telling name wins, because beside a transactionStatus a plain status may be that of the answer itself.
var (
	statusNames = []string{"transactionStatus", "status", "state"}
	codeNames   = []string{"code", "errorCode", "reasonCode"}
	reasonNames = []string{"reason", "reasonDesc", "message", "errorMessage", "description", "detail", "error_description", "error"}
	errorNames  = []string{"error", "errors", "fault"}
)

// subscriberNames are what the answer of the subscription query has, one of them at least.
var subscriberNames = []string{"subscriptions", "subscriberId"}

// parse reads a JSON object, or a list that holds nothing but one. Its error repeats nothing of the body.
func parse(body []byte) (fields, error) {
	var f fields
	if err := answers.Decode(body, &f); err != nil {
		return nil, err
	}
	return f, nil
}

// text returns the first of the names that holds a string with more than space in it, or a number; else "".
func (f fields) text(names ...string) string {
	for raw := range f.values(names) {
		var t carriers.Text
		if t.UnmarshalJSON(raw) == nil && strings.TrimSpace(t.String()) != "" {
			return t.String()
		}
	}
	return ""
}

// object returns the first of the names that holds an object, or a list that begins with one; else nil.
func (f fields) object(names ...string) fields {
	for raw := range f.values(names) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
			raw = list[0]
		}
		if inner, err := parse(raw); err == nil {
			return inner
		}
	}
	return nil
}

// has reports whether one of the names is there and not null.
func (f fields) has(names ...string) bool {
	for raw := range f.values(names) {
		if string(raw) != "null" {
			return true
		}
	}
	return false
}

// values are what stands under the names, in their order.
func (f fields) values(names []string) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for _, name := range names {
			if raw, ok := f[name]; ok {
				if !yield(raw) {
					return
				}
				continue
			}
			for _, key := range f.spelled(name) {
				if !yield(f[key]) {
					return
				}
			}
		}
	}
}

// spelled are the keys that are a name in another case, in their order. Mostly there are none.
func (f fields) spelled(name string) (keys []string) {
	for key := range f {
		if strings.EqualFold(key, name) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// status returns the status word, redacted in case it is more than a word.
func (f fields) status() string { return carriers.Redact(f.text(statusNames...)) }

// explanation returns the code and the text of an error, from the object itself or from the error inside it.
func (f fields) explanation() (code, reason string) {
	code, reason = f.text(codeNames...), f.text(reasonNames...)
	if inner := f.object(errorNames...); inner != nil {
		if code == "" {
			code = inner.text(codeNames...)
		}
		if reason == "" {
			reason = inner.text(reasonNames...)
		}
	}
	return code, reason
}

// find returns the subscription a target names, and its resource with the identifiers, if it lists one. It never
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
func (s Subscriber) find(q target) (found *Subscription, its *Resource, clear bool) {
	if q == (target{}) || s.Subscriptions == nil { // a list that is missing is no list
		return nil, nil, false
	}
	if q.subscriberID != "" && s.SubscriberID != "" {
		if match := identifiers.CompareReference(q.subscriberID, s.SubscriberID.String()); match != identifiers.Equal {
			return nil, nil, match == identifiers.Different
		}
	}
	if q.iccid != "" || q.gpsi != "" {
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

func (s Subscriber) withIdentifiers(q target) (latest *Subscription, its *Resource, clear bool) {
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
func (s Subscription) mayBe(q target) bool {
	return len(s.Resources) == 0 || slices.ContainsFunc(s.Resources, func(r Resource) bool { return r.match(q) != identifiers.Different })
}

// match compares a resource with what a query asks for: Equal when all of it is, Different when any of it is. Silence of the
// resource about a part leaves it Incomparable.
func (r Resource) match(q target) identifiers.Match {
	all := identifiers.Equal
	for _, pair := range []struct {
		asked, read string
		compare     func(a, b string) identifiers.Match
	}{
		{q.iccid, r.ICCID.String(), identifiers.CompareICCID},
		{q.gpsi, r.GPSI.String(), compareGPSI},
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

// lineOf is a found subscription in the words all carriers share. The resource may be nil; DISH has no subscription id.
func lineOf(s Subscriber, subscription *Subscription, resource *Resource) carriers.Line {
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
