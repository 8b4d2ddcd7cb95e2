package dish

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

func FuzzReadCallbacks(f *testing.F) {
	for _, seed := range []string{
		`{"eventId":"e-1","eventTime":"2024-03-15T12:00:00Z","partnerTransactionId":"ref-1","status":"Success"}`,
		`{"event":{"partnerTransactionId":98765432109876543210,"transactionStatus":"Failed","error":{"code":1,"message":"no"}}}`,
		`{"data":{"content":{"data":{"content":{"PARTNERTRANSACTIONID":"x","state":"?"}}}}}`,
		`{"eventId":"e-2","eventType":"TransactionStatus","eventTime":"2024-03-15T12:00:00Z","partnerTransactionId":"ref-2","status":"Failed","code":"E1","reason":"no"}`,
		`[{"partnerTransactionId":"a","status":"Success"},{"data":[{"partnerTransactionId":"b"},{"partnerTransactionId":1}],"status":"Failed","code":0}]`,
		`{"partnerTransactionId":"a","events":[{"status":"InProgress"},{"status":"Success"}]}`,
		`{"partnerTransactionId":null,"status":[]}`, `[]`, `null`, `<html>`, `{"status":`, "",
	} {
		f.Add([]byte(seed))
	}
	words := defaults(f, "").Words
	f.Fuzz(func(t *testing.T, body []byte) {
		read, err := readCallbacks(words, body)
		if err == nil == (len(read) == 0) {
			t.Errorf("%d notices and %v", len(read), err)
		}
		for _, notice := range read {
			if n := utf8.RuneCountInString(notice.Reference); n < 1 || n > longestTransactionID {
				t.Errorf("an id of %d characters", n)
			}
			if notice.Outcome.Status == "" || notice.Outcome.State != words.vocabulary().StateOf(notice.Outcome.Status) {
				t.Errorf("status %q is %s", notice.Outcome.Status, notice.Outcome.State)
			}
			if notice.Outcome.State == carriers.Done && notice.Outcome.Code+notice.Outcome.Reason != "" {
				t.Errorf("a success that explains a failure: %+v", notice)
			}
			// What is written down of a notice is read as the same notice.
			again, err := json.Marshal(map[string]string{
				"partnerTransactionId": notice.Reference, "status": notice.Outcome.Status,
				"code": notice.Outcome.Code, "reason": notice.Outcome.Reason,
			})
			if err != nil {
				t.Fatal(err)
			}
			reread, err := readCallbacks(words, again)
			if err != nil || len(reread) != 1 || reread[0].Reference != notice.Reference || reread[0].Outcome.Status != notice.Outcome.Status {
				t.Errorf("%+v became %+v, %v", notice, reread, err)
			}
		}
	})
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		sample, `{"status":"Success"}`, `{"status":"Failed","code":1,"reason":"no"}`, `{"errors":[{"code":"E"}]}`,
		`{"subscriptions":[{"billCycleStartDay":1e999,"resources":[{}]},{"resources":null}],"subscriberId":1}`,
		`{"subscriptions":[null]}`, deviceSample, portInSample, `{"eligibilityStatus":"Accept","reasonCode":0}`, `{"validationStatus":true}`, `null`, `[]`, `<html>`, ``,
	} {
		f.Add([]byte(seed), "15550100123")
	}
	cfg := defaults(f, "")
	f.Fuzz(func(t *testing.T, body []byte, number string) {
		for _, status := range []int{200, 400, 404, 500} {
			class, code, _ := cfg.classify(status, body)
			switch {
			case status != 200 && class == "":
				t.Errorf("HTTP %d is no error", status)
			case status == 200 && class == carriers.Rejected && !carriers.Among(cfg.Codes.Refusal, code):
				t.Errorf("a 200 with code %q is a refusal", code)
			case status == 404 && class == carriers.NotFound && !carriers.Among(cfg.Codes.Unknown, code):
				t.Errorf("a 404 with code %q says that something is not there", code)
			}
		}
		if status, err := cfg.readTransactionStatus("ref-1", body); err == nil && status.State != cfg.Words.vocabulary().StateOf(status.Status) {
			t.Errorf("status %q is %s", status.Status, status.State)
		}
		if sim, err := readSIMCheck(body); err == nil && sim.Usable && !strings.Contains(string(body), "true") {
			t.Errorf("%s says that a SIM is usable", body)
		}
		if device, err := readDeviceCheck(body); err == nil && len(device.Answer) == 0 {
			t.Errorf("nothing is left of %s", body)
		}
		if port, err := readPortInCheck(cfg.PortInEligibleWords, body); err == nil && (port.EligibilityStatus == "" ||
			port.Eligible != carriers.Among(cfg.PortInEligibleWords, port.EligibilityStatus)) {
			t.Errorf("%q is eligible: %t", port.EligibilityStatus, port.Eligible)
		}
		subscriber, err := readSubscriber(body)
		if err != nil {
			return
		}
		for i := range subscriber.Subscriptions {
			for j := range subscriber.Subscriptions[i].Resources {
				r := &subscriber.Subscriptions[i].Resources[j]
				own := target{gpsi: r.GPSI.String(), iccid: r.ICCID.String()}
				found, its, clear := subscriber.find(own)
				// Another subscription may have the same identifiers; one that is listed is never said to be missing.
				if found == nil && clear || its != nil && its.match(own) == identifiers.Different {
					t.Errorf("looking for %+v found %+v, clear: %t", r, its, clear)
				}
			}
		}
		query := target{gpsi: number}
		found, its, clear := subscriber.find(query)
		if its != nil && its.match(query) == identifiers.Different {
			t.Errorf("looking for %q found %+v", number, its)
		}
		if found == nil && clear {
			onlyOthers(t, subscriber, query)
		}
		_ = lineOf(subscriber, found, its)
	})
}

// onlyOthers checks what it takes to say that a subscription is missing: a list in which all are surely others.
func onlyOthers(t *testing.T, s Subscriber, q target) {
	t.Helper()
	if s.Subscriptions == nil {
		t.Error("a list that is missing says that something is missing")
	}
	for _, subscription := range s.Subscriptions {
		if len(subscription.Resources) == 0 {
			t.Errorf("a subscription without identifiers is taken for another: %+v", subscription)
		}
		for _, r := range subscription.Resources {
			if match := r.match(q); match != identifiers.Different {
				t.Errorf("looking for %+v found nothing, although %+v is %s", q, r, match)
			}
		}
	}
}

func FuzzIdentifiersSurvive(f *testing.F) {
	f.Add("89010000000000000017")
	f.Add("00000000000000000000000000000001")
	f.Fuzz(func(t *testing.T, digits string) {
		if digits == "" || strings.Trim(digits, "0123456789") != "" {
			t.Skip()
		}
		forms := []string{`"` + digits + `"`}
		if digits[0] != '0' {
			forms = append(forms, digits)
		}
		for _, form := range forms {
			s, err := readSubscriber([]byte(`{"subscriptions":[{"resources":[{"iccid":` + form + `,"eid":` + form + `}]}]}`))
			if err != nil {
				t.Fatal(err)
			}
			_, resource, _ := s.find(target{iccid: digits})
			if resource == nil || resource.ICCID != carriers.Text(digits) || resource.EID != carriers.Text(digits) {
				t.Errorf("%s became %+v", form, resource)
			}
		}
	})
}
