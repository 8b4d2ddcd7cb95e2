package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/lab/subject"
	"github.com/carrierflow/carrierflow/workflows"
)

// planted are personal values and secrets that occur nowhere by chance. They end in 00, an ordinary line at the sandbox.
var planted = map[string]string{
	"gpsi": "15557777777700", "new GPSI": "15568888888800", "iccid": "89017777777777777700", "pei": "358677777777700", "eid": "89049032777777777777777777777700",
	"phone number": "0677777700", "new ICC": "8934077777777777700", "IP address": "198.51.100.77",
	"subscriber": "SUBSCR-PLANTED-00", "reservation": "RESERVATION-PLANTED", "subscription": "SUB-PLANTED-00",
	"SIM card": "5a2d9c10-0000-4777-8777-777777777700",
	"name":     "Jane-Planted", "street": "Planted Street", "e-mail": "jane.planted@example.org", "confirmation code": "CODE-7Q2Z-PLANTED", "eSIM code": "7Q2Z-PLANT", "donor": "DONOR-PLANTED-00",
	"token": "token-PLANTED-4f1a9c", "API key": "stn-key-PLANTED-77b0de", "client secret": "secret-PLANTED-e31c55",
}

// named are the fields of requests that name a line or a device, with what is planted in them.
var named = map[string]string{
	"gpsi": "gpsi", "iccid": "iccid", "pei": "pei", "phoneNumber": "phone number", "simCardNumber": "new ICC", "sim_card_id": "SIM card",
}

// full are requests with everything personal that they can hold.
var full = map[string]string{
	"dish.ActivateSubscription": fields(`"subscriberId":"{subscriber}","wholesalePlanId":"P-1","gpsi":"{gpsi}","iccid":"{iccid}","pei":"{pei}","eid":"{eid}",
		"gpsiReservationId":"{reservation}","location":{"name":"{name}","street":"{street}","email":"{e-mail}"},"products":[{"confirmationCode":"{confirmation code}"}]`),
	"dish.ChangeNumber":   fields(`"gpsi":"{gpsi}","newGpsi":"{new GPSI}","gpsiReservationId":"{reservation}"`),
	"stn.SetServices":     fields(`"subscriptionId":"{subscription}","phoneNumber":"{phone number}","services":{"voiceMail":false}`),
	"stn.SwapSIM":         fields(`"subscriptionId":"{subscription}","eSim":true,"email":"{e-mail}","confirmationCode":"{eSIM code}"`),
	"stn.NewSubscription": fields(`"eSim":true,"email":"{e-mail}","confirmationCode":"{eSIM code}","stnCustomerId":"{subscriber}"`),
	"stn.PortIn": fields(`"phoneNumber":"{phone number}","donorCustomerNumber":"{donor}","donorCustomerName":"{name}","note":"{street}",
		"simCardNumber":"{new ICC}"`),
	"stn.CancelTerminate": fields(`"activationId":"TERMINATE-000034","subscriptionId":"{subscription}","phoneNumber":"{phone number}","note":"{street}"`),
	"stn.CancelPortIn":    fields(`"activationId":"INPORT-000037","phoneNumber":"{phone number}","simCardNumber":"{new ICC}","note":"{street}"`),
	"stn.ChangePortIn":    fields(`"activationId":"INPORT-000038","phoneNumber":"{phone number}","donorCustomerNumber":"{donor}"`),
	"masmovil.AddDevice": fields(`"orgId":"yoigo","subscriptionId":77777700,"sell":{"code":"{confirmation code}"},"client":{"name":"{name}","email":"{e-mail}","phone":"{phone number}"},
		"device":{"imei":"{pei}","eid":"{eid}"},"delivery_info":{"street":"{street}"},"subscription_offer_segment":"RES","ipAddress":"{IP address}"`),
	"masmovil.ReplaceSIM": fields(`"orgId":"yoigo","subscriptionId":77777800,"dealer_id":"D-1","logistic":false,"new_icc":"{new ICC}","ipAddress":"{IP address}"`),
	"masmovil.SetBlock":   fields(`"orgId":"yoigo","subscriptionId":77777900,"blockId":1,"active":true,"reason":"{name} lost the card {iccid}, call {phone number}"`),
}

// personal is a request of an operation, without its reference: the full one, or the first example with a planted line.
func personal(t *testing.T, o carriers.Operation) string {
	t.Helper()
	if request, ok := full[o.Info().Type]; ok {
		return request
	}
	example, err := json.Marshal(o.Info().Examples[0].Request)
	require.NoError(t, err)
	var request map[string]any
	require.NoError(t, json.Unmarshal(example, &request))
	delete(request, "reference")
	for field := range request {
		if value, ok := named[field]; ok {
			request[field] = planted[value]
		}
	}
	text, err := json.Marshal(request)
	require.NoError(t, err)
	return string(text[1 : len(text)-1])
}

// invalid are inputs with personal values where they do not belong.
var invalid = map[string]string{
	"dish.ActivateSubscription":     fields(`"subscriberId":7,"gpsi":"+{gpsi}","iccid":"{e-mail}","location":"{street}","eSIMDeliveryMethod":"{confirmation code}"`),
	"dish.UpdateSubscriptionStatus": fields(`"iccid":"{iccid}","gpsi":"{gpsi}","action":"{name}"`),
	"stn.SetServices":               fields(`"phoneNumber":["{phone number}"],"services":{"simCardNumber":{"a":"{iccid}"}},"confirm":"{confirmation code}"`),
	"masmovil.ReplaceSIM":           fields(`"orgId":"{e-mail}","subscriptionId":"{phone number}","new_icc":{"a":"{new ICC}"},"ipAddress":"{name}"`),
}

// fields fills in the planted values.
func fields(template string) string {
	for name, value := range planted {
		template = strings.ReplaceAll(template, "{"+name+"}", value)
	}
	return template
}

// Whatever a carrier does with what it was sent, nothing personal and no secret leaves the payloads: not in logs at the most
// talkative level, not in metrics, workflow ids, search attributes, summaries, details or failures, not on a terminal.
func TestNothingPersonalLeaks(t *testing.T) {
	t.Parallel()
	for part := range slices.Chunk(reactions, (len(reactions)+1)/2) { // side by side, because it takes longest
		t.Run(string(part[0]), func(t *testing.T) {
			t.Parallel()
			nothingPersonalLeaks(t, part)
		})
	}
}

func nothingPersonalLeaks(t *testing.T, reactions []reaction) {
	t.Helper()
	s := stack.New(world.Binaries) // without a seat, so that it begins first
	require.NoError(t, s.StartServer("--sandbox-decide-after=200ms"))
	t.Cleanup(func() { _ = s.Stop() })
	carrier := newEcho(t, s.Carriers)
	require.NoError(t, s.StartWorker(append(carrier.env(t), forEverything()...)...))
	temporal, err := stack.Dial(s.Temporal)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)

	var terminal output
	runEverything(t, s, temporal, carrier, &terminal, reactions)
	callBack(t, s)
	terminal.run(t, s, "", "list", "--limit", "500")
	terminal.run(t, s, "", "list", "--limit", "500", "--output", "json")
	terminal.run(t, s, "", "attention", "--limit", "500")
	terminal.run(t, s, "", "attention", "--limit", "500", "--output", "json")
	_, metrics := get(t, "http://"+s.Health+"/metrics")
	require.NoError(t, s.Worker.Stop(stack.Within(t)))

	requireClean(t, "the worker's output", s.Worker.Output())
	requireClean(t, "the metrics", metrics)
	requireClean(t, "the starter's output", terminal.String())
	require.Contains(t, s.Worker.Output(), `"level":"debug"`)
	seen, started := 0, len(reactions)*len(workflows.Operations())
	for id, texts := range visible(t, temporal, started) {
		requireClean(t, id, id+"\n"+strings.Join(texts, "\n"))
		if seen++; seen%24 == 0 { // a sample of all kinds: the order is a map's
			var story output
			story.run(t, s, "", "show", id, "--output", []string{"text", "json"}[seen/24%2])
			requireClean(t, "the story of "+id, story.String())
		}
	}
	require.Greater(t, seen, started, "every operation was looked at")
	require.Positive(t, carrier.repeated(), "the carrier did repeat what it was sent")
}

// forEverything are the settings of a worker for runEverything. All requests are about the same lines. One operation takes its line's turn
// all the same, and waits behind itself.
func forEverything() []string {
	changes := subject.Changes()
	inAnyOrder := make([]string, len(changes)-1)
	for i := range inAnyOrder {
		inAnyOrder[i] = changes[i].Type
	}
	return []string{
		"CARRIERFLOW_LOG_LEVEL=debug", "CARRIERFLOW_NO_LINE_ORDER=" + strings.Join(inAnyOrder, ","),
		"STN_SWEEP=true", "STN_SWEEP_EVERY=1s", "TELNYX_SWEEP=true", "TELNYX_SWEEP_EVERY=1s",
	}
}

// runEverything runs all operations with everything personal that they can hold, and plans, at a carrier that reacts in different ways.
func runEverything(t *testing.T, s *stack.Stack, temporal client.Client, carrier *echo, terminal *output, reactions []reaction) {
	t.Helper()
	withPlans := []reaction{passing, refusing, erring, failingLater}
	for _, reaction := range reactions {
		carrier.set(reaction)
		var all sync.WaitGroup
		begin := func(operation, input string, byStarter bool) {
			all.Go(func() {
				ref := reference(t)
				input := fmt.Sprintf(`{"reference":%q,%s}`, ref, input)
				if byStarter {
					terminal.run(t, s, input, operation)
					return
				}
				options, err := workflows.StartOptions(operation, json.RawMessage(input), "secret")
				if err != nil { // an invalid one; whoever does not check starts it all the same
					requireClean(t, "the refusal to start", err.Error())
					options = unchecked(operation, ref)
				}
				run, err := temporal.ExecuteWorkflow(t.Context(), options, operation, json.RawMessage(input))
				if assert.NoError(t, err) {
					_ = run.Get(t.Context(), nil) // how it ends is not the matter here
				}
			})
		}
		const hasty = `"timings":{"pollEvery":"50ms","lookupDelay":"100ms","overdueAfter":"1s","overduePollEvery":"50ms","deadline":"2s","confirmWithin":"500ms","callTimeout":"10s"},`
		for _, o := range workflows.Operations() {
			begin(o.Info().Type, hasty+personal(t, o), o.Info().Kind == carriers.KindChange && (reaction == refusing || reaction == passing))
		}
		if reaction == refusing {
			for operation, input := range invalid {
				begin(operation, input, false)
				begin(operation, input, true)
			}
		}
		all.Wait()
		if slices.Contains(withPlans, reaction) { // afterwards, because each is several operations
			for name := range personalPlans {
				all.Go(func() {
					runPersonalPlan(t, s, temporal, terminal, name, hasty, reaction == refusing || reaction == passing)
				})
			}
			all.Wait()
		}
	}
}

// requireClean fails on any planted value, and on what is left of a number when only its beginning was masked. The last four
// characters may show.
func requireClean(t *testing.T, where, text string) {
	t.Helper()
	for name, value := range planted {
		if found := leftOf(value).FindStringIndex(text); found != nil {
			assert.Fail(t, "something personal in "+where, "%s (%q): …%s…", name, value, text[max(0, found[0]-300):min(len(text), found[1]+100)])
		}
	}
}

// leftOf finds a value, or an end of it of more than four characters that stands alone: five digits inside of a longer number,
// a time or a random id, say, are there by chance.
func leftOf(value string) *regexp.Regexp {
	ends := []string{regexp.QuoteMeta(value)}
	for i := 1; len(value)-i > 4; i++ {
		ends = append(ends, `\b`+regexp.QuoteMeta(value[i:])+`\b`)
	}
	return regexp.MustCompile(strings.Join(ends, "|"))
}

func TestLeftOfFindsWhatAMaskLeaves(t *testing.T) {
	for text, leaks := range map[string]bool{
		"0677777700": true, "x0677777700y": true, "…77777700": true, "***77700": true, "line …7700": false,
		"1795326487.4777001": false, "01a201cc-2510-73aa-b679-184397777001": false, "4777700": false,
	} {
		assert.Equal(t, leaks, leftOf("0677777700").MatchString(text), text)
	}
}

// callBack has DISH call back with personal values in every place.
func callBack(t *testing.T, s *stack.Stack) {
	t.Helper()
	text := fields("{name} {gpsi} {e-mail} Bearer {token}")
	for _, body := range []map[string]any{
		{"partnerTransactionId": planted["e-mail"], "status": "Failed", "reason": planted["e-mail"] + " " + planted["gpsi"]},
		{"partnerTransactionId": "of-nobody", "status": planted["gpsi"], "code": planted["iccid"], "gpsi": planted["gpsi"]},
		{"partnerTransactionId": text + text, "status": "Failed"},
		{"status": text},
	} {
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		_, _, answer := postTo(t, s, string(raw))
		requireClean(t, "the answer to a callback", answer)
	}
}

// visible is, by workflow id of more than so many runs, every text that Temporal stores or shows outside of inputs and results.
func visible(t *testing.T, temporal client.Client, atLeast int) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	eventually(t, "all runs are listed", func() bool {
		count, err := temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
		require.NoError(t, err)
		return count.GetCount() > int64(atLeast)
	})
	var page []byte
	for {
		var list *workflowservice.ListWorkflowExecutionsResponse
		eventually(t, "the runs can be listed", func() (listed bool) { // as below
			var err error
			list, err = temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 100, NextPageToken: page})
			return err == nil
		})
		for _, info := range list.GetExecutions() {
			id, run := info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId()
			eventually(t, "the run can be read", func() (read bool) { // a call may take too long on a busy machine
				found[id], read = readable(t, temporal, id, run)
				return read
			})
			found[id] = append(found[id], textsIn(info.ProtoReflect())...)
		}
		if page = list.GetNextPageToken(); len(page) == 0 {
			return found
		}
	}
}

// readable are the texts in the description and the history of a run; read is false when a call took too long.
func readable(t *testing.T, temporal client.Client, id, run string) (texts []string, read bool) {
	t.Helper()
	described, err := temporal.DescribeWorkflowExecution(t.Context(), id, run)
	if err != nil {
		return nil, false
	}
	texts = textsIn(described.ProtoReflect())
	for it := temporal.GetWorkflowHistory(t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
		event, err := it.Next()
		if err != nil {
			return nil, false
		}
		texts = append(texts, textsIn(event.ProtoReflect())...)
	}
	return texts, true
}

// payloads are the fields whose content is personal by nature; a payload codec encrypts them.
var payloads = map[protoreflect.Name]bool{"input": true, "result": true, "heartbeat_details": true, "last_heartbeat_details": true}

// textsIn collects every text inside a message, and what every other payload holds.
func textsIn(m protoreflect.Message) (texts []string) {
	if payload, ok := m.Interface().(*commonpb.Payload); ok {
		return []string{withoutBaseline(payload.GetData())}
	}
	if marker, ok := m.Interface().(*historypb.MarkerRecordedEventAttributes); ok { // what a local activity returns is a payload, too
		marker = proto.CloneOf(marker)
		delete(marker.GetDetails(), "result")
		m = marker.ProtoReflect()
	}
	one := func(field protoreflect.FieldDescriptor, v protoreflect.Value) {
		switch field.Kind() {
		case protoreflect.MessageKind:
			texts = append(texts, textsIn(v.Message())...)
		case protoreflect.StringKind:
			texts = append(texts, v.String())
		case protoreflect.BytesKind:
			texts = append(texts, string(v.Bytes()))
		}
	}
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case payloads[field.Name()]:
		case field.IsMap():
			v.Map().Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
				texts = append(texts, key.String())
				one(field.MapValue(), v)
				return true
			})
		case field.IsList():
			for i := range v.List().Len() {
				one(field, v.List().Get(i))
			}
		default:
			one(field, v)
		}
		return true
	})
	return texts
}

// withoutBaseline leaves the line as it was before the request out of the details of a failed attempt to send. The next attempt compares
// with it, so it has to be kept; it is personal by nature, as a result is.
func withoutBaseline(data []byte) string {
	var details activities.Problem
	if json.Unmarshal(data, &details) != nil || details.Intent == nil || details.Intent.Before == nil {
		return string(data)
	}
	details.Intent.Before = nil
	text, err := json.Marshal(details)
	if err != nil {
		return string(data)
	}
	return string(text)
}

// output is everything the starter printed.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run runs the starter: an operation with its input, or another command.
func (o *output) run(t *testing.T, s *stack.Stack, input, command string, args ...string) {
	if input != "" {
		carrier, name, _ := strings.Cut(command, ".")
		command, args = carrier, []string{dashed(name), "--input", "-", "--wait"}
	}
	o.runWith(t, s, input, append([]string{command}, args...)...)
}

// runWith runs a command with an input.
func (o *output) runWith(t *testing.T, s *stack.Stack, input string, args ...string) {
	cmd := exec.CommandContext(t.Context(), s.Starter, args...)
	cmd.Env = append(append(os.Environ(), s.StarterEnv()...), "CARRIERFLOW_LINE_KEY=secret")
	cmd.Stdin = strings.NewReader(input)
	printed, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		assert.NoError(t, err)
	}
	assert.NotContains(t, string(printed), "unexpected argument")
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(printed)
}

// dashed writes UpdateSubscriptionStatus as update-subscription-status.
func dashed(name string) string {
	var b strings.Builder
	for i, r := range name {
		if upper := r >= 'A' && r <= 'Z'; upper && i > 0 && (name[i-1] >= 'a' || i+1 < len(name) && name[i+1] >= 'a') {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// serviceAccount writes the file of a MásMóvil service account.
func serviceAccount(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	account, err := json.Marshal(map[string]string{
		"private_key_id": "k1", "client_email": planted["e-mail"],
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})),
	})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "account.json")
	require.NoError(t, os.WriteFile(file, account, 0o600))
	return file
}
