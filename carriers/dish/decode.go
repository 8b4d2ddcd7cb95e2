package dish

import (
	"errors"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/answers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// transactionStatus reads {"status": "Success"}, which DISH shows for acknowledgements and transaction statuses alike,
// with the explanation that a failure may carry. An answer that names another transaction is none.
func (c Config) transactionStatus(id string, body []byte) (TransactionStatus, error) {
	f, err := parse(body)
	if err != nil {
		return TransactionStatus{}, err
	}
	if named := f.text(transactionIDName); named != "" && identifiers.CompareReference(id, named) != identifiers.Equal {
		return TransactionStatus{}, errors.New("it is about another transaction")
	}
	word := f.status()
	said := TransactionStatus{Status: word, State: c.Words.StateOf(word)}
	if code, reason := f.explanation(); said.State == carriers.Failed || said.State == carriers.Unknown && !carriers.Among(c.Codes.Success, code) {
		said.Code, said.Reason = carriers.Redact(code), carriers.Redact(reason)
	}
	return said, nil
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
	if err := answers.Decode(body, &s); err != nil {
		return Subscriber{}, err
	}
	return s, nil
}
