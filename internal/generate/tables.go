package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

// pages are the pages with generated tables.
var pages = []struct {
	file   string
	tables map[string]func() string
}{
	{"README.md", map[string]func() string{"operations": operations}},
	{"docs/contract.md", map[string]func() string{"inputs": inputs, "timings": timings}},
	{"docs/configuration.md", map[string]func() string{"worker": workerSettings, "starter": starterSettings, "sandbox": sandboxSettings, "temporal": temporalSettings}},
	{"docs/carriers.md", map[string]func() string{"sources": sources}},
	{"docs/metrics.md", map[string]func() string{"metrics": metricsTable}},
	{"docker-compose.yml", map[string]func() string{"carriers": composeEnv, "secrets of carriers": composeSecrets, "files of secrets": composeFiles}},
}

// operations says what each operation does.
func operations() string {
	var rows [][]string
	for _, a := range registry.Carriers() {
		for _, o := range a.Operations {
			i := o.Info()
			rows = append(rows, []string{code(i.Type), a.Name, carriers.Uncapitalised(i.Title), i.DecidedBy})
		}
	}
	return table([]string{"type", "carrier", "what it does", "decided by"}, rows)
}

// inputs says what each request needs.
func inputs() string {
	var rows [][]string
	for _, o := range registry.Operations() {
		name := o.Info().Type
		rows = append(rows, []string{code(name), fmt.Sprintf("[schema](%s)", filepath.Join("schemas", name+".json")), needs(workflows.RequestSchema(name))})
	}
	return table([]string{"type", "schema", "needs, besides `reference`"}, rows)
}

// needs says which fields a schema requires.
func needs(document []byte) string {
	type alternative struct{ Required []string }
	var schema struct {
		Required     []string
		OneOf, AnyOf []alternative
	}
	if err := json.Unmarshal(document, &schema); err != nil {
		panic(err) // it is one of our own schemas
	}
	var parts []string
	for _, field := range schema.Required {
		if field != "reference" {
			parts = append(parts, code(field))
		}
	}
	oneOf := func(words string, all []alternative) {
		var names []string
		for _, a := range all {
			names = append(names, codes(a.Required))
		}
		if len(names) > 0 {
			parts = append(parts, words+strings.Join(names, " or "))
		}
	}
	oneOf("exactly one of ", schema.OneOf)
	oneOf("at least one of ", schema.AnyOf)
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// timings lists the operations whose timings differ from the defaults.
func timings() string {
	var rows [][]string
	defaults := fields(carriers.DefaultTimings())
	for _, o := range registry.Operations() {
		i := o.Info()
		var other []string
		for name, value := range fields(i.Timings) {
			if value != defaults[name] {
				other = append(other, fmt.Sprintf("`%s` %s", name, value))
			}
		}
		if slices.Sort(other); len(other) > 0 {
			rows = append(rows, []string{code(i.Type), strings.Join(other, ", ")})
		}
	}
	return table([]string{"type", "timings other than the defaults"}, rows)
}

// fields are the timings by their JSON name, in readable form.
func fields(t carriers.Timings) map[string]string {
	text, err := json.Marshal(t)
	var durations map[string]carriers.Duration
	if err == nil {
		err = json.Unmarshal(text, &durations)
	}
	if err != nil {
		panic(err) // durations can be written and read
	}
	written := map[string]string{}
	for name, d := range durations {
		written[name] = d.String()
	}
	return written
}

// sources lists the carrier's page that documents each operation.
func sources() string {
	var rows [][]string
	for _, a := range registry.Carriers() {
		for _, o := range a.Operations {
			i := o.Info()
			callback := "no"
			if i.CallsBack {
				callback = "yes"
			}
			kind := string(i.Kind)
			if i.OutOfTurn {
				kind += ", out of turn"
			}
			rows = append(rows, []string{a.Name, code(i.Type), kind, i.Source, callback, i.DecidedBy})
		}
	}
	return table([]string{"carrier", "type", "kind", "the carrier's page", "callback documented", "decided by"}, rows)
}

func code(s string) string { return "`" + s + "`" }

func codes(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = code(s)
	}
	return strings.Join(quoted, " with ")
}
