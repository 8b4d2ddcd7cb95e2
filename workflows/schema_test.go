package workflows

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/schema"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

var update = flag.Bool("update", false, "write docs/schemas anew")

// The published schemas are the ones that validate; internal/generate finds those that no longer exist. After a change of a type of the contract:
// go test ./workflows -run Published -update
func TestPublishedSchemas(t *testing.T) {
	const outdated = "docs/schemas is out of date: go test ./workflows -run Published -update"
	folder := filepath.Join("..", "docs", "schemas")
	if *update {
		for name, document := range Documents() {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), document, 0o644))
		}
	}
	for name, document := range Documents() {
		text, err := os.ReadFile(filepath.Join(folder, name+".json"))
		require.NoError(t, err, outdated)
		require.Equal(t, string(document), string(text), outdated)
	}
}

func TestSamplesAreValid(t *testing.T) {
	for _, o := range Operations() {
		operation := o.Info().Type
		sample := samples.Request(t, operation)
		require.Empty(t, Validate(operation, sample), operation)
		request := o.NewRequest()
		require.NoError(t, json.Unmarshal(sample, request))
		require.Equal(t, operation, request.Operation())
		require.Equal(t, "r-1", carriers.CommonOf(sample).Reference)
		again, err := json.Marshal(request)
		require.NoError(t, err)
		require.JSONEq(t, string(sample), string(again), "what is read is what is written")
	}
}

func TestThereIsNoOtherOperation(t *testing.T) {
	require.Equal(t, []carriers.Fault{{Problem: "there is no operation dish.Fly"}}, Validate("dish.Fly", json.RawMessage(`{}`)))
	_, known := OperationOf("dish.Fly")
	require.False(t, known)
}

func TestInputsAreBounded(t *testing.T) {
	large := samples.Request(t, "dish.ActivateSubscription", fmt.Sprintf(`{"location":{"note":%q}}`, strings.Repeat("x", schema.LargestInput)))
	require.Contains(t, Validate("dish.ActivateSubscription", large)[0].Problem, "at most 65536 are taken")
}

const suspend = "dish.UpdateSubscriptionStatus"
