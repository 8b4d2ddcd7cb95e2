package masmovil

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/carrierflow/carrierflow/carriers"
)

// changeRequest is a change request of the Subscriptions API v2 (Change requests).
type changeRequest struct {
	ID            carriers.Text      `json:"id"`
	Type          carriers.Text      `json:"type"`
	Status        carriers.Text      `json:"status"`
	DateScheduled carriers.Timestamp `json:"date_scheduled"`
	SpecificData  struct {
		ProductID carriers.Text `json:"catalogue_bundled_commercial_product_id"`
	} `json:"specific_data"`
}

// readChangeRequest reads the answer to a new change request. Its code of success cannot be read, so any of the usual three is one;
// without an id nothing can be polled.
func readChangeRequest(status int, body []byte) (made changeRequest, err error) {
	if status != http.StatusOK && status != http.StatusCreated && status != http.StatusAccepted {
		return made, errors.New("none of 200, 201, 202")
	}
	if err = decode(body, &made); err == nil && made.ID == "" {
		err = errors.New("the change request has no id")
	}
	return made, err
}

// readChangeRequests reads one page of the list. Whether the list is the answer or a field of it is not shown; a field is called
// items, as in the lists of the Customers API. A single request is a list of one. What has none of these is no list.
func readChangeRequests(body []byte) ([]changeRequest, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		list := []changeRequest{}
		err := decode(body, &list)
		return list, err
	}
	var answer struct {
		changeRequest
		Items []changeRequest `json:"items"`
	}
	switch err := decode(body, &answer); {
	case err != nil:
		return nil, err
	case answer.Items != nil:
		return answer.Items, nil
	case answer.ID != "":
		return []changeRequest{answer.changeRequest}, nil
	}
	return nil, errors.New("no list of change requests")
}

// readTariff reads the product of a line from a field of it whose name is a setting. It is "" when the field is missing.
func readTariff(body []byte, field string) (string, error) {
	var fields map[string]any
	if err := decode(body, &fields); err != nil {
		return "", err
	}
	product, _ := fields[field].(string)
	return product, nil
}
