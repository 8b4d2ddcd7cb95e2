package masmovil

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/carrierflow/carrierflow/carriers"
)

// bonuses is the answer of the list of bonuses (Bonuses). It has an id as well, and of what is not documented. Nor is whether the
// id of an item is that of the bonus or that of its being on the line.
type bonuses struct {
	Items []bonus `json:"items"`
}

// bonus is one bonus of a line.
type bonus struct {
	ID        carriers.Text      `json:"id"`
	StartDate carriers.Timestamp `json:"start_date"`
}

// blocks is the answer of the list of blocks (Barrings).
type blocks struct {
	SubscriptionID carriers.Text `json:"subscription_id"`
	Items          []block       `json:"items"`
}

// block is one block of a line.
type block struct {
	ID carriers.Text `json:"id"`
}

// products is the answer of the read of a line's product (Products). It has an id as well, and of what is not documented.
type products struct {
	Product *product `json:"product"`
}

// product is the product of a line, with the change of it that is on the schedule.
type product struct {
	ID        carriers.Text `json:"id"`
	Scheduled *scheduled    `json:"scheduled"`
}

// scheduled is a change of the product on a later day. The inside of destination_product is not documented.
type scheduled struct {
	ScheduledDate      carriers.Timestamp `json:"scheduled_date"`
	DestinationProduct json.RawMessage    `json:"destination_product"`
}

// Services is the answer of the list of services. Neither its shape nor the fields of a service are documented.
type Services struct {
	Services []carriers.Object `json:"services" jsonschema_description:"the services as MásMóvil sent them; an answer that is no list is one of them"`
}

// maskOperation is the answer to an operation on barring masks.
type maskOperation struct {
	// ExternalID is an id of the process at MásMóvil. No page says where to ask about it.
	ExternalID carriers.Text `json:"externalId"`
}

// masks are the barring masks that are applied to a line, in the shape that the Partners API has for them (Service barring detail).
type masks struct {
	SubscriptionID carriers.Text `json:"subscriptionId"`
	Applied        texts         `json:"appliedBarringsMaskCodes"`
}

// texts is a list of texts; a single one counts as a list of one, as some libraries write it.
type texts []carriers.Text

// UnmarshalJSON reads a list, a single text, or null, which is no list.
func (t *texts) UnmarshalJSON(data []byte) error {
	var one carriers.Text
	if json.Unmarshal(data, &one) != nil {
		return json.Unmarshal(data, (*[]carriers.Text)(t))
	}
	if *t = nil; one != "" {
		*t = texts{one}
	}
	return nil
}

// readCreated reads the answer to a change that is documented to be answered 201 without a body, and in no other way. What else
// succeeds, and a body that is no object, may be an answer to something else.
func readCreated(status int, body []byte) error {
	if status != http.StatusCreated {
		return errors.New("not 201")
	}
	_, err := readOrder(status, body)
	return err
}

// readProducts reads the product of a line.
func readProducts(body []byte) (p products, err error) {
	err = decode(body, &p)
	return p, err
}

// destination is the id of the product that is on the schedule: destination_product is a coded value, as the others are, or the
// id alone. It is "" when it is neither.
func (s scheduled) destination() string {
	var coded Coded
	var id carriers.Text
	if json.Unmarshal(s.DestinationProduct, &coded) == nil && coded.ID != "" {
		return coded.ID.String()
	}
	_ = json.Unmarshal(s.DestinationProduct, &id) // what is no text stays empty
	return id.String()
}

// readBonuses reads the list of bonuses.
func readBonuses(body []byte) (list bonuses, err error) {
	err = decode(body, &list)
	return list, err
}

// readBlocks reads the list of blocks and checks that it is the line's, if it says.
func readBlocks(line Line, body []byte) (list blocks, err error) {
	if err = decode(body, &list); err == nil {
		err = about(line, list.SubscriptionID)
	}
	return list, err
}

// readMaskOperation reads the answer to an operation on barring masks: 202 is the documented one. Its id is of no use, so it may be
// missing.
func readMaskOperation(status int, body []byte) (made maskOperation, err error) {
	if status != http.StatusAccepted {
		return made, errors.New("not 202")
	}
	if len(body) > 0 {
		err = decode(body, &made)
	}
	return made, err
}

// readMasks reads the masks of a line and checks that they are the line's, if it says.
func readMasks(line Line, body []byte) (m masks, err error) {
	if err = decode(body, &m); err == nil {
		err = about(line, m.SubscriptionID)
	}
	return m, err
}

// readServices reads the services of a line, whatever is in them.
func readServices(body []byte) (Services, error) {
	list := []carriers.Object{}
	err := decode(body, &list)
	var whole carriers.Object
	if err != nil && decode(body, &whole) == nil && whole != nil {
		return Services{Services: []carriers.Object{whole}}, nil
	}
	return Services{Services: list}, err
}
