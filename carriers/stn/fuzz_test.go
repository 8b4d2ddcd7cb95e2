package stn

import (
	"encoding/json"
	"testing"

	"github.com/carrierflow/carrierflow/carriers"
)

// FuzzAnswers feeds the readers of answers with anything: they may refuse it, but an answer they take must be whole.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"id":"m3","activationType":"SETSERVICES","status":"INIT","referenceNumber":"","createdAt":"2026-03-04T10:00:01.2345678+01:00","info":{"services":{"voiceMail":false}}}`,
		`{"offset":0,"total":0,"results":[{"id":"k7","status":"DONE","activationType":"SETSERVICES","info":{}}],"meta":{}}`,
		`[{"id":7,"state":"ACTIVE","phoneNumber":"06-10000001","simCardNumber":8931000000000000001,"services":{"a":1e400}}]`,
		`{"responseStatus":{"errorCode":"BadRequest","message":"an e-mail is needed","errors":[]}}`,
		`{"results":[null,{"info":["?"]}]}`, `<html>`, `null`, `[]`, `{}`, `{"results":`, ``,
		`[{"id":"u","yearMonth":"2025_01","usageHomeVoice":218.13,"isGroupSim":false,"usageDetails":[{"volume":2758969,"amount":1e-4}]}]`,
	} {
		f.Add([]byte(seed))
	}
	cfg := configured(f, "", "")
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := readActivation(body, func(activationType string) bool { return activationType == typeSetServices }); err == nil && (a.ID == "" || a.Status == "" || a.ActivationType != typeSetServices) {
			t.Errorf("took an Activation without its handle: %+v", a)
		}
		if list, err := readList[Activation](body); err == nil {
			for _, a := range list {
				sortOut(map[string]any{"voiceMail": true}, a.Info.Services)
				if fields := fieldsOf(a); a.ModifiedAt.Raw == "" && unchanged(fields, fields) {
					t.Errorf("a record that does not tell when it was modified is said to be unchanged: %v", fields)
				}
				if _, err := json.Marshal(a); err != nil {
					t.Errorf("an Activation that was read cannot be written: %v", err)
				}
			}
		}
		if list, err := readList[Subscription](body); err == nil {
			for _, s := range list {
				effectOf(map[string]any{"voiceMail": true}, s.Services)
				target{id: "k7", number: "0612345678"}.is(s)
			}
		}
		if list, err := readList[UsageMonth](body); err == nil {
			for _, m := range list {
				if _, err := json.Marshal(m.limited()); err != nil {
					t.Errorf("a month that was read cannot be written: %v", err)
				}
			}
		}
		if class, _, _ := cfg.classify(500, body); class != carriers.Uncertain {
			t.Errorf("a 500 is %q", class)
		}
		if class, code, _ := cfg.classify(404, body); (class == carriers.NotFound) != carriers.Among(cfg.Codes.Unknown, code) && class != carriers.Conflict {
			t.Errorf("a 404 with code %q is %q", code, class)
		}
		switch class, code, _ := cfg.classify(200, body); class {
		case "", carriers.Conflict:
		case carriers.Rejected:
			if !carriers.Among(cfg.Codes.Refusal, code) {
				t.Errorf("a 200 with code %q is a refusal", code)
			}
		default:
			t.Errorf("a 200 with code %q is %q", code, class)
		}
	})
}
