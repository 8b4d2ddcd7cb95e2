package workflows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
)

// What a server has recorded meets the published schemas, and has no field that they leave out.
func TestWhatWasRecordedMeetsTheSchemas(t *testing.T) {
	strict := strictSchemas(t)
	met := map[string]bool{}
	meets := func(document string, payload []byte) {
		t.Helper()
		value, err := validator.UnmarshalJSON(bytes.NewReader(payload))
		require.NoError(t, err)
		require.Contains(t, strict, document)
		require.NoError(t, strict[document].Validate(value), "%s: %s", document, payload)
		met[document] = true
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, ".invalid.json") {
			continue
		}
		for document, payload := range documentedIn(recordedIn(t, file)) {
			meets(document, payload.GetData())
		}
	}

	// What no history holds, and lists that a carrier leaves out.
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	order := Order{Operator: "alex", Reason: "sTN says so"}
	standing := Standing{Decided: true, Status: "BUSY", Effect: carriers.Missing, LineStatus: "Active", Deadline: at, Message: "Closed."}
	for _, sample := range []struct {
		document string
		value    any
	}{
		{"dish.GetTransactionStatus", json.RawMessage(inputs["dish.GetTransactionStatus"])},
		{"dish.GetTransactionStatus.result", dish.TransactionStatus{Status: "Failed", State: carriers.Failed, Code: "E-42", Reason: "no such plan"}},
		{"dish.GetSubscription.result", dish.Subscriber{}},
		{"dish.GetSubscription.result", dish.Subscriber{Subscriptions: []dish.Subscription{{}}}},
		{"masmovil.ListRecharges.result", masmovil.Recharges{}},
		{"masmovil.GetSubscription.result", masmovil.Subscription{}},
		{"result.change", Result{DecidedBy: ByOperator, DecidedAt: at, Resolution: &Resolution{order, at}}},
		{"FollowUp.result", FollowUpResult{
			Callbacks: []Callback{{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan", ReceivedAt: at}},
			SeenBy:    "jo", Reason: "asked DISH",
		}},
		{"failure", Failure{
			Type: CanceledAfterSubmit, LineStatus: "Active", Resolution: &Resolution{order, at}, Applied: []string{"a"}, Ignored: []string{"b"},
			Faults: []Fault{{Field: "reference", Problem: "is required"}}, HTTPStatus: 400, SubmittedAt: at,
		}},
		{"update.accepted", AcceptedQuestion{}},
		{"update.accepted.answer", Accepted{State: AcceptedByCarrier, TransactionID: "tx-1", Status: "INIT", RiskReview: true, SubmittedAt: at}},
		{"update.accepted.answer", Accepted{State: AcceptanceUnknown}},
		{"update.check-now", order},
		{"update.check-now.answer", standing},
		{"update.resolve", Resolve{order, carriers.Done}},
		{"update.resolve.answer", standing},
		{"update.approve-risk", order},
		{"update.approve-risk.answer", standing},
		{"update.deny-risk", order},
		{"update.deny-risk.answer", standing},
		{"update.extend-deadline", ExtendDeadline{order, carriers.Duration(48 * time.Hour)}},
		{"update.extend-deadline.answer", standing},
	} {
		payload, err := json.Marshal(sample.value)
		require.NoError(t, err)
		meets(sample.document, payload)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(Documents())), slices.Collect(maps.Keys(met)), "every schema was held against something")
}

// strictSchemas are the published schemas, closed: a field that a schema does not name is an error.
func strictSchemas(t *testing.T) map[string]*validator.Schema {
	t.Helper()
	strict := map[string]*validator.Schema{}
	compiler := validator.NewCompiler()
	compiler.AssertFormat()
	for name, text := range Documents() {
		document, err := validator.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		closeObjects(document)
		require.NoError(t, compiler.AddResource(schemaID(name), document))
		strict[name] = compiler.MustCompile(schemaID(name))
	}
	return strict
}

func closeObjects(schema any) {
	switch s := schema.(type) {
	case []any:
		for _, inner := range s {
			closeObjects(inner)
		}
	case map[string]any:
		if _, open := s["additionalProperties"]; s["properties"] != nil && !open {
			s["additionalProperties"] = false
		}
		for _, inner := range s {
			closeObjects(inner)
		}
	}
}

func recordedIn(t *testing.T, file string) []*historypb.HistoryEvent {
	t.Helper()
	text, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = text.Close() }()
	history, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history.GetEvents()
}

// documentedIn finds the payloads of a history that a schema describes.
func documentedIn(events []*historypb.HistoryEvent) func(func(string, *commonpb.Payload) bool) {
	return func(yield func(string, *commonpb.Payload) bool) {
		started := events[0].GetWorkflowExecutionStartedEventAttributes()
		operation := started.GetWorkflowType().GetName()
		result := operation + ".result"
		if d := DefinitionOf(operation); d.Type != "" {
			result = d.result()
			yield(operation, started.GetInput().GetPayloads()[0])
		}
		asked := map[int64]string{}
		for _, e := range events {
			signal, update := e.GetWorkflowExecutionSignaledEventAttributes(), e.GetWorkflowExecutionUpdateAcceptedEventAttributes()
			answer := e.GetWorkflowExecutionUpdateCompletedEventAttributes()
			switch {
			case signal != nil:
				yield("signal."+signal.GetSignalName(), signal.GetInput().GetPayloads()[0])
			case update != nil:
				asked[e.GetEventId()] = "update." + update.GetAcceptedRequest().GetInput().GetName()
				yield(asked[e.GetEventId()], update.GetAcceptedRequest().GetInput().GetArgs().GetPayloads()[0])
			case answer.GetOutcome().GetSuccess() != nil:
				yield(asked[answer.GetAcceptedEventId()]+".answer", answer.GetOutcome().GetSuccess().GetPayloads()[0])
			}
			for _, payload := range e.GetWorkflowExecutionCompletedEventAttributes().GetResult().GetPayloads() {
				yield(result, payload)
			}
			for _, payload := range e.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetApplicationFailureInfo().GetDetails().GetPayloads() {
				yield("failure", payload)
			}
			for _, payload := range e.GetWorkflowExecutionCanceledEventAttributes().GetDetails().GetPayloads() {
				yield("failure", payload)
			}
		}
	}
}

// The schemas name every failure type and every way of deciding that the code has.
func TestOpenEnumsNameEveryValue(t *testing.T) {
	for name, examples := range map[string][]any{
		"FailureType": FailureType("").JSONSchema().Examples, "DecidedBy": DecidedBy("").JSONSchema().Examples,
	} {
		named := make([]string, len(examples))
		for i, v := range examples {
			named[i] = fmt.Sprint(v)
		}
		require.ElementsMatch(t, constantsOf(t, name), named, name)
	}
}

// constantsOf are the values of a type's constants, as they stand in this package's source.
func constantsOf(t *testing.T, name string) (values []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	constant := regexp.MustCompile(`(?m)^\s+\w+ +` + name + ` += "(\w+)"`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range constant.FindAllSubmatch(source, -1) {
			values = append(values, string(match[1]))
		}
	}
	require.NotEmpty(t, values)
	return values
}
