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
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// The payloads in recorded histories meet the published schemas, and have no field that the schemas do not name.
func TestWhatWasRecordedMeetsTheSchemas(t *testing.T) {
	strict := strictSchemas(t)
	files, err := filepath.Glob("internal/lifecycle/testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		if strings.HasSuffix(file, ".invalid.json") {
			continue
		}
		for document, payload := range documentedIn(recordedIn(t, file)) {
			requireMeets(t, strict, document, payload.GetData())
		}
	}
}

// The JSON of the contract's types meets the published schemas, with every field set, and with the lists that a carrier
// leaves out.
func TestWhatIsWrittenMeetsTheSchemas(t *testing.T) {
	strict := strictSchemas(t)
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	action := OperatorAction{Operator: "alex", Reason: "sTN says so"}
	callback := Callback{State: carriers.Failed, Status: "Failed", Code: "E-42", Reason: "no such plan", EventID: "e-1", ReceivedAt: at}
	status := OperationStatus{
		Carrier: "stn", Operation: "stn.SetServices", Reference: "r-1", Phase: PhaseWaiting, CarrierStatus: "BUSY", CarrierStatusAt: at,
		Attention:       []Attention{AttentionOverdue, AttentionHeld},
		Acknowledgement: &AcknowledgementStatus{At: at, TransactionID: "act-1", Status: "INIT", Found: true},
		ParkedBecause:   "HTTP 504", Turn: &TurnStatus{Line: "line:stn:0", Holder: "stn:r-0"}, Held: true, Approved: true, Callbacks: 1, LastCallback: &callback,
		OverdueAt: at, Deadline: at, CheckEvery: carriers.Duration(time.Minute), Actions: []string{CheckNowUpdate.Name}, Failure: CarrierFailed,
		Effect: carriers.Missing, LineStatus: "Active", Message: "Waiting.",
		Activity: &ActivityStatus{Name: "stn.SetServices.Check", Running: true, Attempt: 3, Next: at, LastFailure: "not yet", CarrierStatus: "BUSY", CarrierStatusAt: at, HTTPStatus: 503},
	}
	line := &carriers.Line{Status: "Active", ICCID: "89010000000000000017"}
	type sample struct {
		document string
		value    any
	}
	written := []sample{
		{"dish.GetTransactionStatus.result", dish.TransactionStatus{Status: "Failed", State: carriers.Failed, Code: "E-42", Reason: "no such plan"}},
		{"dish.GetSubscription.result", dish.Subscriber{}},
		{"dish.GetSubscription.result", dish.Subscriber{Subscriptions: []dish.Subscription{{}}}},
		{"masmovil.ListRecharges.result", masmovil.Recharges{}},
		{"masmovil.ListDevices.result", masmovil.Devices{}},
		{"masmovil.GetSubscription.result", masmovil.Subscription{}},
		{"result.change", Result{DecidedBy: ByCheck, DecidedAt: at, Effect: carriers.Shown, Line: line, NotReadable: "HTTP 403", SubmittedAt: at}},
		{"result.change", Result{DecidedBy: ByOperator, DecidedAt: at, Resolution: &Resolution{action, at}}},
		{"FollowUp.result", FollowUpResult{Callbacks: []Callback{callback}, SeenBy: "jo", Reason: "asked DISH"}},
		{"UnmatchedCallback.result", UnmatchedResult{Callbacks: []Callback{callback}, SeenBy: "jo"}},
		{"webhook", WebhookEvent{ID: "evt_1", Type: WebhookAttentionRaised, Timestamp: at, Data: WebhookData{
			Carrier: "dish", Operation: suspend, Reference: "r-1", WorkflowID: "dish:r-1", RunID: "run", Number: 2, Status: WebhookRunning,
			Attention: AttentionOverdue, FailureType: CarrierFailed, TransactionID: "tx-1", CarrierStatus: "Failed", Code: "E-42", Reason: "no such plan",
		}}},
		{"webhook", WebhookEvent{}},
		{"signal.callback", callback},
		{"signal.seen", Seen{By: "jo", Reason: "asked DISH"}},
		{"signal.turn", TurnNotice{Granted: true, RunID: "run"}},
		{"signal.turn", TurnNotice{Refused: true, Holder: "stn:r-0"}},
		{"failure", Failure{
			Type: CanceledAfterSubmit, LineStatus: "Active", Resolution: &Resolution{action, at}, Applied: []string{"a"}, Ignored: []string{"b"},
			Faults: []carriers.Fault{{Field: "reference", Problem: "is required"}}, HTTPStatus: 400, SubmittedAt: at, DecidedBy: ByCheck,
		}},
		{"query.status", status},
		{"query.status", OperationStatus{}},
		{"update.accepted", AcceptedQuestion{}},
		{"update.accepted.answer", Accepted{State: AcceptedByCarrier, TransactionID: "tx-1", Status: "INIT", Held: true, SubmittedAt: at}},
		{"update.accepted.answer", Accepted{State: AcceptanceUnknown}},
		{"update.check-now", action},
		{"update.check-now.answer", status},
		{"update.resolve", Resolve{action, carriers.Done}},
		{"update.resolve.answer", status},
		{"update.approve", action},
		{"update.approve.answer", status},
		{"update.deny", action},
		{"update.deny.answer", status},
		{"update.extend-deadline", ExtendDeadline{action, carriers.Duration(48 * time.Hour)}},
		{"update.extend-deadline.answer", status},
		{"update.release-line", ReleaseLine{action, "dish:order-17"}},
		{"update.release-line.answer", LineStatus{}},
		{"update.release-line.answer", LineStatus{
			Carrier: "dish", Holder: "dish:order-17", Since: at, Waiting: 1, Next: []string{"dish:order-18"}, Released: []ReleasedTurn{{Resolution{action, at}, "dish:order-16"}},
		}},
	}
	for _, o := range Operations() {
		written = append(written, sample{o.Info().Type, samples.Request(t, o.Info().Type)})
		for _, example := range o.Info().Examples {
			written = append(written, sample{o.Info().Type, example.Request})
		}
	}
	met := map[string]bool{}
	for _, sample := range written {
		payload, err := json.Marshal(sample.value)
		require.NoError(t, err)
		requireMeets(t, strict, sample.document, payload)
		met[sample.document] = true
	}
	for _, o := range Operations() {
		if o.Answer() != nil {
			met[resultName(o.Info())] = true // what a carrier answers is in the recorded histories
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(Documents())), slices.Collect(maps.Keys(met)), "every schema was compared with something")
}

func requireMeets(t *testing.T, strict map[string]*validator.Schema, document string, payload []byte) {
	t.Helper()
	value, err := validator.UnmarshalJSON(bytes.NewReader(payload))
	require.NoError(t, err)
	require.Contains(t, strict, document)
	require.NoError(t, strict[document].Validate(value), "%s: %s", document, payload)
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
		id := "urn:carrierflow:schema:" + name
		require.NoError(t, compiler.AddResource(id, document))
		strict[name] = compiler.MustCompile(id)
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
		if o, known := OperationOf(operation); known {
			result = resultName(o.Info())
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

// The schemas name every value that the code has.
func TestOpenEnumsNameEveryValue(t *testing.T) {
	for name, examples := range map[string][]any{
		"FailureType": FailureType("").JSONSchema().Examples, "DecidedBy": DecidedBy("").JSONSchema().Examples,
		"Attention": Attention("").JSONSchema().Examples,
		"Phase":     Phase("").JSONSchema().Examples,
	} {
		named := make([]string, len(examples))
		for i, v := range examples {
			named[i] = fmt.Sprint(v)
		}
		require.ElementsMatch(t, constantsOf(t, name), named, name)
	}
}

// constantsOf are the values of a type's constants in the source of this package.
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

func TestTheUpdatesHaveSchemas(t *testing.T) {
	documents := Documents()
	for _, u := range updates {
		var document map[string]any
		require.NoError(t, json.Unmarshal(documents["update."+u.name], &document))
		require.Equal(t, "urn:carrierflow:schema:update."+u.name, document["$id"])
		require.Contains(t, documents, "update."+u.name+".answer")
		require.NotEmpty(t, u.title)
	}
}
