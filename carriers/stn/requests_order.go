package stn

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// order is a request for a change in the form that all changes have in common: a POST to the name of an operation, answered by an
// Activation record of one type.
type order struct {
	// what names the call in errors: "suspend".
	what string
	// page is the operation's name in the path of the POST (title of its page).
	page string
	// activationType is the type of the record that the request makes; empty where it is not documented, for any that no other
	// change makes.
	activationType string
	reference      string
	// since is when the operation began: no record of it can be older.
	since time.Time
	// line is the line that is changed; empty for a new one. number is that of a port-in, and card the SIM card of a new line.
	line         Line
	number, card string
	// fields are sent beside the line and the reference.
	fields map[string]any
	// services are the requested services, for the one change that sTN may take in part; nil for all others.
	services map[string]any
	// secrets are values of the fields that must not appear in logs or messages.
	secrets []string
}

// body is what is sent. It holds one name for the line.
func (o order) body() map[string]any {
	body := maps.Clone(o.fields)
	if body == nil {
		body = map[string]any{}
	}
	if o.line != (Line{}) {
		name, value := o.line.parameter()
		body[name] = value
	}
	body["referenceNumber"] = shortReference(o.reference)
	return body
}

// key names the line to the caller.
func (o order) key() string { return cmp.Or(o.line.key(), o.number, o.card) }

func (o order) personal() []string {
	return slices.Concat(o.line.personal(), []string{o.number, national(o.number), o.card}, o.secrets)
}

// makes reports whether the request makes records of a type. Case does not matter.
func (o order) makes(activationType string) bool {
	if o.activationType == "" {
		return !carriers.Among(knownTypes, activationType)
	}
	return carriers.Among([]string{o.activationType}, activationType)
}

// query is the documented part of the search for the record (QueryActivation); the rest is done by match. createdAtFrom takes whole
// days in a time zone that is not documented, so it is the day before.
func (o order) query() url.Values {
	query := url.Values{"orderByDesc": {"createdAt"}, "take": {strconv.Itoa(pageSize)}}
	if o.activationType != "" {
		query.Set("activationType", o.activationType)
	}
	if !o.since.IsZero() {
		query.Set("createdAtFrom", o.since.UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if o.line != (Line{}) { // a new line has nothing to search by
		name, value := o.line.parameter()
		query.Set(name, value)
	}
	return query
}

// pageSize is how many records a page of a look-up has (ours): sTN documents neither a default nor a maximum for take.
const pageSize = 100

// clocksDiffer is how far sTN's clock may be from ours (ours).
const clocksDiffer = time.Hour

// match compares a record with everything that was asked for, because it is not documented whether sTN refuses or ignores a
// filter it does not know. The reference decides: a record that does not tell its line, or tells it in another spelling, is told
// by its reference. One without a reference may be the request that is looked for, unless it is older.
func (o order) match(a Activation) identifiers.Match {
	match := identifiers.CompareReference(shortReference(o.reference), a.ReferenceNumber.String())
	if o.line == (Line{}) && match == identifiers.Equal && o.makes(a.ActivationType) && o.matchLine(a) == identifiers.Different {
		return identifiers.Near // what info holds is known from samples only, so it cannot overrule our reference
	}
	switch {
	case !o.makes(a.ActivationType), o.matchLine(a) == identifiers.Different, match == identifiers.Different:
		return identifiers.Different
	case match == identifiers.Incomparable && createdBefore(a, o.since.Add(-clocksDiffer)):
		return identifiers.Different
	case match != identifiers.Equal, a.ID == "": // without an id it could not be asked about
		return identifiers.Near
	}
	return identifiers.Equal
}

// matchLine compares the line of a record. That of a new line is told by its number or its SIM card, and that of a new eSIM by
// nothing.
func (o order) matchLine(a Activation) identifiers.Match {
	switch {
	case o.line.SubscriptionID != "":
		return identifiers.CompareReference(o.line.SubscriptionID, a.SubscriptionID.String())
	case o.line.PhoneNumber != "":
		return identifiers.ComparePhone(o.line.PhoneNumber, a.PhoneNumber.String(), identifiers.Netherlands)
	case o.number != "":
		return identifiers.ComparePhone(o.number, a.Info.ISDN.String(), identifiers.Netherlands)
	}
	return identifiers.CompareICCID(o.card, a.Info.SIMCardNumber.String())
}

func createdBefore(a Activation, at time.Time) bool {
	created, precision := identifiers.ParseTime(a.CreatedAt.Raw)
	return identifiers.Later(created, precision, at, identifiers.Instant) == identifiers.Before
}
