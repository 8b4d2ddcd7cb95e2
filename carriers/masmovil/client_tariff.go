package masmovil

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// The documented paths below the base URL of the Subscriptions API v2 (Subscriptions, Change requests).
const (
	changeRequestsPath = subscriptionPath + "/change_requests"
	tariffPath         = changeRequestsPath + "/tariff"
)

// How many change requests are asked for at once, and how many pages are read at most. Ours.
const (
	pageSize = 100
	maxPages = 20
)

// tariffCall is a call about the line of a request at the Subscriptions API v2.
func (c *client) tariffCall(name, method, path string, s carriers.Submission[ChangeTariff]) (transport.Call, error) {
	call := c.call(name, s.Reference, method, path, Line{OrgID: s.Request.OrgID})
	call.PathParams["subscriptionId"] = s.Request.SubscriptionUUID
	if c.subscriptions == nil {
		return call, &carriers.Error{
			Carrier: carrier, Call: name, Reference: s.Reference, Class: carriers.Rejected,
			Message: "nothing was sent: the worker has no address of the Subscriptions API v2, set MASMOVIL_SUBSCRIPTIONS_URL",
		}
	}
	return call, nil
}

// changeTariff asks for another tariff (POST …/change_requests/tariff).
func (c *client) changeTariff(ctx context.Context, s carriers.Submission[ChangeTariff]) (carriers.Acknowledgement, error) {
	call, err := c.tariffCall("change tariff", http.MethodPost, tariffPath, s)
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	data, further := map[string]any{}, body(s.Request, "subscriptionUuid")
	for _, name := range []string{"catalogue_bundled_commercial_product_id", "catalogue_promotion_ids"} {
		if value, given := further[name]; given {
			data[name] = value
			delete(further, name)
		}
	}
	further["specific_data"] = data
	call.Body = further
	var status int
	made, err := transport.Exchange(ctx, c.subscriptions, call, func(a transport.Answer) (changeRequest, error) {
		status = a.Status
		return readChangeRequest(a.Status, a.Body)
	})
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	return carriers.Acknowledgement{TransactionID: made.ID.String(), Outcome: c.outcomeOf(made), HTTPStatus: status, At: time.Now().UTC()}, nil
}

// changeRequests lists the change requests of a line (GET …/change_requests), page by page to the first empty one. whole is false
// when the pages do not end, or repeat each other: then the list proves no absence.
func (c *client) changeRequests(ctx context.Context, s carriers.Submission[ChangeTariff]) (all []changeRequest, whole bool, err error) {
	known := map[carriers.Text]bool{}
	for range maxPages {
		call, err := c.tariffCall("list change requests", http.MethodGet, changeRequestsPath, s)
		if err != nil {
			return nil, false, err
		}
		call.Query = url.Values{"offset": {strconv.Itoa(len(all))}, "limit": {strconv.Itoa(pageSize)}}
		page, err := transport.Exchange(ctx, c.subscriptions, call, func(a transport.Answer) ([]changeRequest, error) { return readChangeRequests(a.Body) })
		if err != nil {
			return nil, false, err
		}
		if len(page) == 0 {
			return all, true, nil
		}
		for _, request := range page {
			if request.ID == "" || known[request.ID] {
				return all, false, nil
			}
			known[request.ID] = true
			all = append(all, request)
		}
	}
	return all, false, nil
}

// tariff reads the product of a line (GET …/subscriptions/{subscriptionId}). known is false when Config does not name the field.
func (c *client) tariff(ctx context.Context, s carriers.Submission[ChangeTariff]) (product string, known bool, err error) {
	if c.cfg.TariffField == "" {
		return "", false, nil
	}
	call, err := c.tariffCall("read tariff", http.MethodGet, subscriptionPath, s)
	if err != nil {
		return "", false, err
	}
	product, err = transport.Exchange(ctx, c.subscriptions, call, func(a transport.Answer) (string, error) { return readTariff(a.Body, c.cfg.TariffField) })
	return product, err == nil && product != "", err
}

// outcomeOf is what the status of a change request means.
func (c *client) outcomeOf(r changeRequest) carriers.Outcome {
	outcome := carriers.Outcome{State: c.cfg.Tariff.vocabulary().StateOf(r.Status.String()), Status: carriers.Redact(r.Status.String())}
	switch {
	case outcome.State == carriers.Failed:
		outcome.Code, outcome.Reason = outcome.Status, "the change request has failed"
	case r.Status == "":
		outcome.State = carriers.Pending
	}
	return outcome
}
