package sandbox_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	iccid   = "89010000000000000017"
	stnID   = "p4RzExampleSub9"
	newCard = "8934030000000000999"
)

// bench is a sandbox of all carriers, with the requests that most tests send.
type bench struct {
	*sandboxtest.Bench
	t *testing.T
}

func start(t *testing.T, cfg sandbox.Config) *bench {
	t.Helper()
	return &bench{sandboxtest.Start(t, cfg, sandboxes.Settings{}.All()...), t}
}

func (b *bench) activate(id, iccid string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/dish/subscription/activate", fmt.Sprintf(
		`{"partnerTransactionId":%q,"subscriberId":"SUB-000042","wholesalePlanId":"PLAN-1","location":{},"iccid":%q}`, id, iccid))
}

func (b *bench) suspend(id, iccid string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/dish/subscription/status", fmt.Sprintf(`{"partnerTransactionId":%q,"iccid":%q,"action":"Suspend"}`, id, iccid))
}

func (b *bench) transaction(id string) any {
	b.t.Helper()
	return b.Get("/dish/transaction/status/" + id).Field("status")
}

func (b *bench) dishStatus(iccid string) any {
	b.t.Helper()
	return b.Get("/dish/subscription?iccid="+iccid).Field("subscriptions", 0, "subscriptionStatus")
}

func (b *bench) setServices(reference, id, services string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post("/stn/api/SetServicesSubscription", fmt.Sprintf(`{"subscriptionId":%q,"services":%s,"referenceNumber":%q}`, id, services, reference))
}

func (b *bench) activation(id any) any {
	b.t.Helper()
	return b.Get(fmt.Sprint("/stn/api/QueryActivation?id=", id)).Field("results", 0, "status")
}

func (b *bench) service(id, name string) any {
	b.t.Helper()
	return b.Get("/stn/api/QuerySubscription?Id="+id).Field("results", 0, "services", name)
}

func masLine(id string) string { return "/masmovil/v2/orgs/yoigo/subscriptions/" + id }

// fraudRequests is the look-up of a line's fraud requests.
func fraudRequests(line string) string {
	return "/masmovil/subscriptions/v1/orgs/yoigo/fraud_requests?subscription_id=" + line
}

func (b *bench) replaceSIM(id, card string) sandboxtest.Answer {
	b.t.Helper()
	return b.Post(masLine(id)+"/sim_replacement", fmt.Sprintf(`{"dealer_id":"D-100","logistic":false,"new_icc":%q}`, card))
}

func (b *bench) card(id string) string {
	b.t.Helper()
	return fmt.Sprint(b.Get(masLine(id)).Field("iccid"))
}

func (b *bench) risk(id string) any {
	b.t.Helper()
	return b.Get(fraudRequests(id)).Field(0, "risk_decision")
}

// notice is the body of DISH's callbacks.
type notice struct {
	EventID              string    `json:"eventId"`
	EventTime            time.Time `json:"eventTime"`
	PartnerTransactionID string    `json:"partnerTransactionId"`
	Status               string    `json:"status"`
}

// notices reads the callbacks that have been received, one notice each.
func notices(t *testing.T, r *sandboxtest.Receiver) []notice {
	t.Helper()
	all := []notice{}
	for _, body := range r.Bodies() {
		var n notice
		require.NoError(t, json.Unmarshal([]byte(body), &n))
		all = append(all, n)
	}
	return all
}

// words are the status words of the callbacks that have been received.
func words(t *testing.T, r *sandboxtest.Receiver) []string {
	t.Helper()
	all := []string{}
	for _, n := range notices(t, r) {
		all = append(all, n.Status)
	}
	return all
}
