package dish

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/carrierflow/carrierflow/carriers"
)

func FuzzDecodeCallback(f *testing.F) {
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
		callbacks, err := decodeCallbacks(words, body)
		if err == nil == (len(callbacks) == 0) {
			t.Errorf("%d callbacks and %v", len(callbacks), err)
		}
		for _, callback := range callbacks {
			if n := utf8.RuneCountInString(callback.PartnerTransactionID); n < 1 || n > longestTransactionID {
				t.Errorf("an id of %d characters", n)
			}
			if callback.Status == "" || callback.State != words.StateOf(callback.Status) {
				t.Errorf("status %q is %s", callback.Status, callback.State)
			}
			if callback.State == carriers.Done && callback.Code+callback.Reason != "" {
				t.Errorf("a success that explains a failure: %+v", callback)
			}
			// What is written down of a callback is read as the same callback.
			again, err := json.Marshal(map[string]string{
				"partnerTransactionId": callback.PartnerTransactionID, "status": callback.Status,
				"code": callback.Code, "reason": callback.Reason,
			})
			if err != nil {
				t.Fatal(err)
			}
			reread, err := decodeCallbacks(words, again)
			if err != nil || len(reread) != 1 || reread[0].PartnerTransactionID != callback.PartnerTransactionID || reread[0].Status != callback.Status {
				t.Errorf("%+v became %+v, %v", callback, reread, err)
			}
		}
	})
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		sample, `{"status":"Success"}`, `{"status":"Failed","code":1,"reason":"no"}`, `{"errors":[{"code":"E"}]}`,
		`{"subscriptions":[{"billCycleStartDay":1e999,"resources":[{}]},{"resources":null}],"subscriberId":1}`,
		`{"subscriptions":[null]}`, `null`, `[]`, `<html>`, ``,
	} {
		f.Add([]byte(seed), "15550100123")
	}
	words := defaults(f, "").Words
	f.Fuzz(func(t *testing.T, body []byte, number string) {
		for _, status := range []int{200, 400, 404, 500} {
			class, _, _ := classify(status, body)
			if status != 200 && class == "" {
				t.Errorf("HTTP %d is no error", status)
			}
		}
		if status, err := transactionStatus(words, body); err == nil && status.State != words.StateOf(status.Status) {
			t.Errorf("status %q is %s", status.Status, status.State)
		}
		subscriber, err := readSubscriber(body)
		if err != nil {
			return
		}
		for i := range subscriber.Subscriptions {
			for j := range subscriber.Subscriptions[i].Resources {
				r := &subscriber.Subscriptions[i].Resources[j]
				found, its := subscriber.Find(SubscriptionQuery{GPSI: r.GPSI.String(), ICCID: r.ICCID.String()})
				if r.GPSI == "" && r.ICCID == "" {
					continue
				}
				// Another subscription may have the same identifiers; one without them may not be found.
				if found == nil || its == nil || r.GPSI != "" && its.GPSI != r.GPSI || r.ICCID != "" && its.ICCID != r.ICCID {
					t.Errorf("looking for %+v found %+v", r, its)
				}
			}
		}
		found, its := subscriber.Find(SubscriptionQuery{GPSI: number})
		if its != nil && number != "" && its.GPSI != "" && its.GPSI.String() != number {
			t.Errorf("looking for %q found %+v", number, its)
		}
		_ = Line(subscriber, found, its)
	})
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
			_, resource := s.Find(SubscriptionQuery{ICCID: digits})
			if resource == nil || resource.ICCID != carriers.Text(digits) || resource.EID != carriers.Text(digits) {
				t.Errorf("%s became %+v", form, resource)
			}
		}
	})
}
