// Package samples holds requests for tests, made of the operations' examples, and the replay of recorded histories.
package samples

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/carrierflow/carrierflow/carriers/registry"
)

// personal are the values of the requests, and of the lines in the tests that use them, that may appear nowhere.
var personal = []string{
	"89010000000000000018", "8934030000000000017", "8934000000000000024", "15550100120", "15550100123", "612000111", "12303", "80202",
	"SUB-000021", "jane@example.com",
}

// Request is the first example of an operation, with the reference r-1, changed field by field by patches: JSON objects in
// which null takes a field away.
func Request(t testing.TB, operation string, patches ...string) json.RawMessage {
	t.Helper()
	o, known := registry.Operation(operation)
	if !known {
		t.Fatalf("there is no operation %s", operation)
	}
	fields := decoded(t, encoded(t, o.Info().Examples[0].Request))
	for _, patch := range append([]string{`{"reference":"r-1"}`}, patches...) {
		maps.Copy(fields, decoded(t, []byte(patch)))
	}
	maps.DeleteFunc(fields, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	return encoded(t, fields)
}

func encoded(t testing.TB, value any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decoded(t testing.TB, object []byte) map[string]json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(object, &fields); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	return fields
}

// RequireNothingPersonal fails the test if a text shows a personal value of the samples.
func RequireNothingPersonal(t testing.TB, text string) {
	t.Helper()
	for _, value := range personal {
		if strings.Contains(text, value) {
			t.Fatalf("%s shows %s", text, value)
		}
	}
}
