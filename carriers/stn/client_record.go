package stn

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// recordRequest is a request about the record of an earlier request, in the form that all of them have in common: a POST that names the
// record, answered by the record. It has no field for a reference.
type recordRequest struct {
	// what names the call in errors: "cancel terminate".
	what string
	// page is the operation's name in the path of the POST (title of its page).
	page string
	// activationType is the type of the record.
	activationType string
	reference      string
	record         EarlierRequest
	// fields are sent beside the record.
	fields map[string]any
	// secrets are values of the fields that must not appear in logs or messages.
	secrets []string
}

// body is what is sent. The sample of CancelTerminateSubscription names the record with id; its table, and the error that Error
// Handling shows for it, say activationId.
func (q recordRequest) body() map[string]any {
	body := map[string]any{"activationId": q.record.ActivationID}
	maps.Copy(body, q.fields)
	return body
}

func (q recordRequest) personal() []string { return append(q.record.personal(), q.secrets...) }

func (q recordRequest) isType(activationType string) bool {
	return carriers.Among([]string{q.activationType}, activationType)
}

// ask makes the request (POST /api/<operation>). outcome is what the answered record says about it.
func (c *client) ask(ctx context.Context, q recordRequest, outcome func(Activation) carriers.Outcome) (carriers.Acknowledgement, error) {
	call := transport.Call{
		Name: q.what, Reference: q.reference, Personal: q.personal(), Method: http.MethodPost, Path: "/api/" + q.page, Body: q.body(),
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (carriers.Acknowledgement, error) {
		record, err := readActivation(a.Body, q.isType)
		return carriers.Acknowledgement{
			TransactionID: record.ID.String(), At: time.Now().UTC(), HTTPStatus: a.Status, Outcome: outcome(record),
		}, err
	})
}

// earlier reads the record of an earlier request (QueryActivation). It is absent when the answer is an empty list.
func (c *client) earlier(ctx context.Context, q recordRequest) (Activation, carriers.Presence, error) {
	call := transport.Call{
		Name: "read the record to " + q.what, Reference: q.reference, Personal: q.personal(), Path: "/api/QueryActivation",
		Query: url.Values{"id": {q.record.ActivationID}},
	}
	found, err := list(ctx, c, call, func(a Activation) bool {
		return identifiers.CompareID(a.ID.String(), q.record.ActivationID) == identifiers.Equal
	})
	switch {
	case err != nil:
		return Activation{}, carriers.CannotTell, err
	case len(found) == 0:
		return Activation{}, carriers.Absent, nil
	case len(found) > 1:
		return Activation{}, carriers.CannotTell, c.http.Unreadable(call, http.StatusOK, "several records have one id")
	}
	return found[0], carriers.Present, nil
}

// The fields of a record that are kept of it, by their names at sTN.
const (
	fieldStatus          = "status"
	fieldType            = "activationType"
	fieldModified        = "modifiedAt"
	fieldPortingStatus   = "portingStatus"
	fieldWishDate        = "wishDate"
	fieldPortingWishDate = "portingWishDate"
	fieldApprovedDate    = "approvedDate"
	fieldDonor           = "donorCustomerNumber"
)

// fieldsOf are what is kept of a record: what can change, and when it is due.
func fieldsOf(a Activation) map[string]string {
	fields := map[string]string{
		fieldStatus: carriers.Redact(a.Status), fieldType: carriers.Redact(a.ActivationType), fieldModified: a.ModifiedAt.Raw,
		fieldPortingStatus: carriers.Redact(a.Info.PortingStatus.String()), fieldWishDate: a.Info.WishDate.String(),
		fieldPortingWishDate: a.Info.PortingWishDate.String(), fieldApprovedDate: a.Info.ApprovedDate.String(),
	}
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	return fields
}

// beforeRecord reads the record that a request is about. Its fields are empty when sTN does not show it.
func (c *client) beforeRecord(ctx context.Context, q recordRequest) (Activation, *carriers.Line, error) {
	a, shown, err := c.earlier(ctx, q)
	if err != nil {
		return a, nil, err
	}
	if shown == carriers.Absent {
		return a, &carriers.Line{Record: map[string]string{}}, nil
	}
	if a.PhoneNumber == "" {
		a.PhoneNumber = a.Info.ISDN
	}
	return a, &carriers.Line{
		SubscriptionID: a.SubscriptionID.String(), Number: a.PhoneNumber.String(), ICCID: a.Info.SIMCardNumber.String(), Record: fieldsOf(a),
	}, nil
}

// refuses says why a request about a record must not be sent; "" when it may. A record that is being cancelled already would show that
// also if a cancel was never received, and cannot be changed.
func (c *client) refuses(q recordRequest, before *carriers.Line) string {
	record := before.Record
	switch {
	case len(record) == 0:
		return "sTN shows no record with this id"
	case !q.isType(record[fieldType]):
		return fmt.Sprintf("the record is of the type %q, and this operation needs %s", record[fieldType], q.activationType)
	case q.isAboutAnother(before):
		return "the record is about another line than the one that is named"
	case c.cfg.vocabulary().StateOf(record[fieldStatus]).Final():
		return fmt.Sprintf("the record has ended already, with the status %q", record[fieldStatus])
	case c.isCancelling(record):
		return "the record is being cancelled already"
	}
	return ""
}

// isCancelling reports whether a record has a word that only a cancel brings.
func (c *client) isCancelling(record map[string]string) bool {
	words := append([]string{wordCancelling}, c.cfg.CancelledStatuses...)
	return carriers.Among(words, record[fieldStatus]) || carriers.Among(words, record[fieldPortingStatus])
}

// isAboutAnother reports whether the record is surely about another line than the one that is named.
func (q recordRequest) isAboutAnother(before *carriers.Line) bool {
	return identifiers.CompareReference(q.record.SubscriptionID, before.SubscriptionID) == identifiers.Different ||
		identifiers.ComparePhone(q.record.PhoneNumber, before.Number, identifiers.Netherlands) == identifiers.Different ||
		identifiers.CompareICCID(q.record.SIMCardNumber, before.ICCID) == identifiers.Different
}

// unchanged reports whether a record is surely as it was: sTN says when it was last modified, and that moment is the same, as are the
// words. A sample without modifiedAt exists (TerminateSubscription), and so do answers to a cancel in which no other word has changed.
func unchanged(before, now map[string]string) bool {
	for _, field := range []string{fieldStatus, fieldPortingStatus} {
		if before[field] != now[field] && !carriers.Among([]string{before[field]}, now[field]) {
			return false
		}
	}
	return identifiers.CompareTimes(before[fieldModified], now[fieldModified]) == identifiers.Same
}

// lineOfRecord reads the subscription that a record is about (QuerySubscription), by what the record says now or said before.
func (c *client) lineOfRecord(ctx context.Context, q recordRequest, a Activation, before *carriers.Line) (Subscription, carriers.Presence, error) {
	number, card := a.Info.ISDN.String(), a.Info.SIMCardNumber.String()
	if before != nil {
		a.SubscriptionID, a.PhoneNumber = orElse(a.SubscriptionID, before.SubscriptionID), orElse(a.PhoneNumber, before.Number)
		card = orElse(a.Info.SIMCardNumber, before.ICCID).String()
	}
	if identifiers.CompareICCID(card, card) != identifiers.Equal { // masked: nothing answers to it, which would look like an absence
		card = ""
	}
	return c.subscription(ctx, order{reference: q.reference, number: number, card: identifiers.SentICCID(card), secrets: q.personal()}, a)
}

func orElse(value carriers.Text, otherwise string) carriers.Text {
	if value != "" {
		return value
	}
	return carriers.Text(otherwise)
}
