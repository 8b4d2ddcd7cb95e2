package workflows

import (
	"maps"
	"reflect"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/schema"
)

// Documents returns every JSON Schema (2020-12) of the contract by its name, which is that of its file in docs/schemas:
//
//   - "<operation>": the request of an operation
//   - "<operation>.result": the answer of a read; "result.change": the result of every change
//   - "failure": the details of a failure
//   - "query.status": the answer to the status query
//   - "update.resolve" and "update.resolve.answer": an update's argument and its answer
//   - "signal.callback": a signal's payload
//   - "webhook": the body of a webhook
//   - "FollowUp.result": the result of the workflow that keeps what an operator has to look at after an operation ended
//   - "UnmatchedCallback.result": the result of the workflow that keeps callbacks without an operation
//
// Requests and arguments are closed: a field that the schema does not name is refused. Results and answers are open: new
// fields and new values may be added.
func Documents() map[string][]byte {
	all := map[string][]byte{
		"failure":                   output[Failure]("failure", "The details of every failure"),
		"query." + StatusQuery:      output[OperationStatus]("query."+StatusQuery, "How far an operation is"),
		"UnmatchedCallback.result":  output[UnmatchedResult]("UnmatchedCallback.result", "The callbacks for which there is no operation"),
		"FollowUp.result":           output[FollowUpResult]("FollowUp.result", "What an operation left behind, once it was acknowledged"),
		"webhook":                   output[WebhookEvent]("webhook", "The body of a webhook: what has happened to an operation"),
		payloadName(CallbackSignal): output[Callback](payloadName(CallbackSignal), "A carrier's notice of an outcome"),
		payloadName(TurnSignal):     output[TurnNotice](payloadName(TurnSignal), "A line's notice to an operation about its turn"),
		payloadName(SeenSignal):     output[Seen](payloadName(SeenSignal), "An operator has dealt with unmatched callbacks, or with what an operation left behind"),
	}
	for _, o := range registry.Operations() {
		info := o.Info()
		all[info.Type] = RequestSchema(info.Type)
		all[resultName(info)] = ResultSchema(o)
	}
	for _, u := range updates {
		maps.Copy(all, u.schemas())
	}
	return all
}

// ResultSchema returns the JSON Schema (2020-12) of an operation's result. It is the same for all changes.
func ResultSchema(o carriers.Operation) []byte {
	info := o.Info()
	if info.Kind == carriers.KindChange {
		return output[Result](resultName(info), "What an operation returns that changes something")
	}
	return schema.Output(resultName(info), info.Title+": the answer", o.Answer())
}

// resultName is the name of the schema of an operation's result.
func resultName(i carriers.Info) string {
	if i.Kind == carriers.KindChange {
		return "result.change"
	}
	return i.Type + ".result"
}

// payloadName is the name of the schema of a signal's payload.
func payloadName[T any](s Signal[T]) string { return "signal." + s.Name }

func output[T any](name, title string) []byte {
	return schema.Output(name, title, reflect.TypeFor[T]())
}
