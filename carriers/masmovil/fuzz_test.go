package masmovil

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/carrierflow/carrierflow/carriers"
)

// FuzzAnswers feeds the readers of answers with anything: they may refuse it, but what they take must be about the line
// and must survive being stored.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"id":70011223,"subscription_status":{"id":1,"value":"INSTALADO"},"sell_date":"2024-03-01T09:15:00Z","dealer_id":null,"identification_nr":612000111,"iccid":8934030000000000017}`,
		`{"devices":[{"subscription_terminal_id":55001,"status":{"id":1,"value":"ACTIVO"}},{"status":"ACTIVO"},null]}`,
		`{"risk_decision":"R","subscription_terminal_id":55001}`,
		`{"subscription_id":"70011223","period_date":{},"recharges":[{"amount":1e400}]}`,
		`[{"id":9001,"sell_id":410,"risk_decision":"R","subscriptions":[{"subscription_id":70011223}]}]`,
		`{"code":"0007","status":"BAD_REQUEST","message":"text for humans"}`, `{"code":7}`, `<html>`, `null`, `[]`, `{}`, `{"devices":`, ``,
	} {
		f.Add([]byte(seed))
	}
	cfg := defaults(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if s, err := readSubscription(line, body); err == nil {
			if s.ID != "" && s.ID.String() != line.id() {
				t.Errorf("took subscription %s for %s", s.ID, line.id())
			}
			stored(t, s)
		}
		if r, err := readRecharges(line, body); err == nil {
			stored(t, r)
		}
		if d, err := readDevices(body); err == nil {
			stored(t, d)
		}
		if o, err := readOrder(201, body); err == nil && o.HTTPStatus != 201 {
			t.Error("the HTTP status of an order was lost")
		}
		if _, err := readOrder(200, body); err == nil {
			t.Error("took an order with a status that is not documented")
		}
		if request, found, err := readNewestFraudRequest(line, body); err == nil && found && !bytes.Contains(body, []byte(line.id())) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("took a risk decision of another line: %+v", request)
		}
		if class, _, _ := cfg.classify(503, body); class != carriers.Uncertain {
			t.Errorf("a 503 is %q", class)
		}
		if class, code, message := cfg.classify(404, body); class == carriers.NotFound && code == "" && message == "" {
			t.Error("a 404 in nobody's words says that something is not there")
		}
		switch class, code, _ := cfg.classify(201, body); class {
		case "", carriers.Conflict, carriers.Rejected:
		default:
			t.Errorf("a 201 with code %q is %q", code, class)
		}
	})
}

// stored checks that a value is the same after a detour through JSON.
func stored[T any](t *testing.T, value T) {
	t.Helper()
	first, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("cannot be written: %v", err)
	}
	var back T
	if err := json.Unmarshal(first, &back); err != nil {
		t.Fatalf("cannot be read back: %v", err)
	}
	if second, _ := json.Marshal(back); !bytes.Equal(first, second) {
		t.Errorf("changes on the way: %s, %s", first, second)
	}
}
