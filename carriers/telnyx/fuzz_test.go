package telnyx

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/carrierflow/carrierflow/carriers"
)

// FuzzAnswers feeds the readers of answers with anything: they may refuse it, but an answer they take must be whole.
func FuzzAnswers(f *testing.F) {
	action := inJSON(f, row(ourAction, "enable", "completed"))
	for _, seed := range []string{
		`{"data":` + string(action) + `}`, `{"data":[` + string(action) + `],"meta":{"page_number":1,"total_results":1}}`, string(action),
		`{"data":` + string(action) + `,"meta":{"total_results":"1.0"}}`, `{"data":[null,{}],"meta":{"total_results":1e2}}`,
		one(f, simOf("enabled")), one(f, simOf("", "status", "standby")), `{"data":{"id":"` + ourCard + `","status":{"value":7,"reason":["?"]}}}`,
		`{"data":{"activation_code":"LPA:1$x$y"}}`, errorOf("70007"), errorOf("10005", "10012"), `{"errors":{"code":10005}}`, `{"errors":[null,7]}`,
		`{"code":"10005","title":"Not found"}`, `{"errors":"none"}`, `<html>`, `null`, `[]`, `{}`, `{"data":`, ``,
	} {
		f.Add([]byte(seed))
	}
	cfg := configured(f, "", "")
	f.Fuzz(func(t *testing.T, body []byte) {
		if a, err := readAction(body, ourCard, ""); err == nil {
			if a.ID == "" || a.Status.Value == "" {
				t.Errorf("took an action without its handle: %+v", a)
			}
			written(t, a)
		}
		if a, err := readAction(body, ourCard, ourAction); err == nil && lineForm(a.ID.String()) != ourAction {
			t.Errorf("took another action: %+v", a)
		}
		if p, err := readPage(body); err == nil {
			if p.Data == nil || p.total < 0 {
				t.Errorf("took a list that says nothing: %+v", p)
			}
			written(t, *p.Data)
		}
		if s, err := readSIM(body, ourCard); err == nil {
			if lineForm(s.ID.String()) != ourCard {
				t.Errorf("took another SIM card: %+v", s)
			}
			written(t, s)
			written(t, lineOf(s))
			if s.Status.Value == "" && effectOf(simEnabled, s.Status.Value) != carriers.Incomparable {
				t.Error("no status shows something")
			}
		}
		var code ActivationCode
		if data(body, &code) == nil {
			written(t, code)
		}
		checkClasses(t, cfg, body)
	})
}

// written checks that what was read can be written, for a history.
func written(t *testing.T, v any) {
	t.Helper()
	if _, err := json.Marshal(v); err != nil {
		t.Errorf("what was read cannot be written: %v", err)
	}
}

// checkClasses checks what a body may make of a status.
func checkClasses(t *testing.T, cfg Config, body []byte) {
	t.Helper()
	has := func(among []string) bool {
		return slices.ContainsFunc(errorsIn(body), func(e apiError) bool { return carriers.Among(among, e.Code.String()) })
	}
	if class, _, _ := cfg.classify(500, body); class != carriers.Uncertain {
		t.Errorf("a 500 is %q", class)
	}
	if class, _, _ := cfg.classify(429, body); class != carriers.Throttled {
		t.Errorf("a 429 is %q", class)
	}
	if class, code, _ := cfg.classify(404, body); class != carriers.Conflict && (class == carriers.NotFound) != has(cfg.codes().Unknown) {
		t.Errorf("a 404 with code %q is %q", code, class)
	}
	if class, code, _ := cfg.classify(422, body); (class == carriers.Conflict) != has(cfg.codes().Duplicate) || class == "" {
		t.Errorf("a 422 with code %q is %q", code, class)
	}
	switch class, code, _ := cfg.classify(202, body); class {
	case "", carriers.Conflict:
	case carriers.Rejected:
		if !carriers.Among(cfg.codes().Refusal, code) {
			t.Errorf("a 202 with code %q is a refusal", code)
		}
	default:
		t.Errorf("a 202 with code %q is %q", code, class)
	}
}
