package dish

import (
	"encoding/json"
	"errors"

	"github.com/carrierflow/carrierflow/carriers"
)

// transactionStatus reads {"status": "Success"}, which DISH shows for acknowledgements and transaction statuses alike,
// with the explanation that a failure may carry.
func transactionStatus(words Words, body []byte) (TransactionStatus, error) {
	f, err := parse(body)
	if err != nil {
		return TransactionStatus{}, err
	}
	code, reason := f.explanation()
	status := f.status()
	return TransactionStatus{
		Status: status, State: words.StateOf(status), Code: carriers.Redact(code), Reason: carriers.Redact(reason),
	}, nil
}

// readSubscriber reads the answer of the subscription query. An object without a subscriber or subscriptions is no
// answer: nothing must be concluded from it.
func readSubscriber(body []byte) (Subscriber, error) {
	f, err := parse(body)
	if err != nil {
		return Subscriber{}, err
	}
	if !f.has("subscriptions", "subscriberId") {
		return Subscriber{}, errors.New("it shows neither a subscriber nor subscriptions")
	}
	var s Subscriber
	if err := json.Unmarshal(body, &s); err != nil {
		return Subscriber{}, err
	}
	return s, nil
}
