package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// control adds the endpoints that steer the sandbox and show what it has seen. They say what the methods of [Sandbox]
// say.
func (s *Sandbox) control() {
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, s.Routes("")) })
	s.mux.HandleFunc("GET /_sandbox/health", func(w http.ResponseWriter, _ *http.Request) {
		write(w, Reply{Status: http.StatusOK, Body: Object{"status": "ok"}})
	})
	s.mux.HandleFunc("GET /_sandbox/scenarios", func(w http.ResponseWriter, _ *http.Request) {
		write(w, Reply{Status: http.StatusOK, Body: Object{"active": s.ActiveScenarios(), "table": s.Scenarios()}})
	})
	s.mux.HandleFunc("POST /_sandbox/scenarios", s.postScenario)
	s.mux.HandleFunc("DELETE /_sandbox/scenarios", s.deleteScenarios)
	s.mux.HandleFunc("POST /_sandbox/release", func(w http.ResponseWriter, _ *http.Request) {
		write(w, Reply{Status: http.StatusOK, Body: Object{"released": s.Release()}})
	})
	s.mux.HandleFunc("POST /_sandbox/decide", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		write(w, Reply{Status: http.StatusOK, Body: Object{"decided": s.Decide(carriers.Carrier(q.Get("carrier")), q.Get("reference"))}})
	})
	s.mux.HandleFunc("GET /_sandbox/ledger", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		write(w, Reply{Status: http.StatusOK, Body: s.Ledger(Filter{
			Carrier: carriers.Carrier(q.Get("carrier")), Operation: q.Get("operation"),
			Reference: q.Get("reference"), Line: q.Get("line"),
		})})
	})
	s.mux.HandleFunc("GET /_sandbox/stats", func(w http.ResponseWriter, _ *http.Request) {
		write(w, Reply{Status: http.StatusOK, Body: s.Stats()})
	})
	s.mux.HandleFunc("GET /_sandbox/callbacks", func(w http.ResponseWriter, r *http.Request) {
		write(w, Reply{Status: http.StatusOK, Body: s.Callbacks(r.URL.Query().Get("reference"))})
	})
}

func (s *Sandbox) postScenario(w http.ResponseWriter, r *http.Request) {
	var rule Rule
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	decoder.DisallowUnknownFields() // a misspelt field would widen the rule
	err := decoder.Decode(&rule)
	if err == nil {
		rule, err = s.SetScenario(rule)
	}
	if err != nil {
		write(w, Reply{Status: http.StatusBadRequest, Body: Object{"error": err.Error()}})
		return
	}
	write(w, Reply{Status: http.StatusCreated, Body: rule})
}

func (s *Sandbox) deleteScenarios(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var id int
	if q.Has("id") {
		var err error
		if id, err = strconv.Atoi(q.Get("id")); err != nil || id < 1 {
			write(w, Reply{Status: http.StatusBadRequest, Body: Object{"error": "id must be the number of a rule"}})
			return
		}
	}
	removed := s.ClearScenarios(Rule{
		ID: id, Carrier: carriers.Carrier(q.Get("carrier")), Operation: q.Get("operation"),
		Reference: q.Get("reference"), Line: q.Get("line"), Scenario: q.Get("scenario"),
	})
	write(w, Reply{Status: http.StatusOK, Body: Object{"removed": removed}})
}

// Routes lists what the sandbox serves, one line each, with base ("http://127.0.0.1:8088") before every path.
func (s *Sandbox) Routes(base string) string {
	var b strings.Builder
	for _, c := range s.carriers {
		fmt.Fprintf(&b, "%s\n", c.Name)
		for _, op := range c.Operations {
			method, path, _ := strings.Cut(op.Route, " ")
			fmt.Fprintf(&b, "  %-4s %s%s  (%s)\n", method, base, path, op.Name)
		}
	}
	fmt.Fprintln(&b, "control")
	for _, route := range []string{
		"GET /_sandbox/scenarios", "POST /_sandbox/scenarios", "DELETE /_sandbox/scenarios", "POST /_sandbox/release",
		"POST /_sandbox/decide", "GET /_sandbox/ledger", "GET /_sandbox/stats", "GET /_sandbox/callbacks", "GET /_sandbox/health",
	} {
		method, path, _ := strings.Cut(route, " ")
		fmt.Fprintf(&b, "  %-6s %s%s\n", method, base, path)
	}
	return b.String()
}
