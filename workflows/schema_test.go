package workflows

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/schemas anew")

// The published schemas are the ones that are enforced and kept to. After a change of a type of the contract:
// go test ./workflows -run Published -update
func TestPublishedSchemas(t *testing.T) {
	const outdated = "docs/schemas is out of date: go test ./workflows -run Published -update"
	folder := filepath.Join("..", "docs", "schemas")
	if *update {
		require.NoError(t, os.RemoveAll(folder))
		require.NoError(t, os.MkdirAll(folder, 0o755))
		for name, document := range Documents() {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), document, 0o644))
		}
	}
	published, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.Len(t, published, len(Documents()), outdated)
	for name, document := range Documents() {
		text, err := os.ReadFile(filepath.Join(folder, name+".json"))
		require.NoError(t, err, outdated)
		require.Equal(t, string(document), string(text), outdated)
	}
}

// inputs are the smallest valid inputs, one per operation; rules_test breaks each rule of them once.
var inputs = map[string]string{
	"dish.ActivateSubscription":     `{"reference":"r-1","subscriberId":"S-1","wholesalePlanId":"P-1","location":{"zip":"80202"},"iccid":"89010000000000000017"}`,
	"dish.UpdateSubscriptionStatus": `{"reference":"r-1","iccid":"89010000000000000017","action":"Suspend"}`,
	"dish.UpdateBillCycle":          `{"reference":"r-1","gpsi":"15550100123","billCycleFrequency":"MONTHLY","billCycleStartDay":15}`,
	"dish.GetTransactionStatus":     `{"reference":"r-1","partnerTransactionId":"act-1"}`,
	"dish.GetSubscription":          `{"reference":"r-1","gpsi":"15550100123"}`,
	"stn.SetServices":               `{"reference":"r-1","subscriptionId":"p4Rz","services":{"voiceMail":true}}`,
	"masmovil.GetSubscription":      `{"reference":"r-1","orgId":"yoigo","subscriptionId":70011223}`,
	"masmovil.ListDevices":          `{"reference":"r-1","orgId":"yoigo","subscriptionId":70011223}`,
	"masmovil.AddDevice":            `{"reference":"r-1","orgId":"yoigo","subscriptionId":70011223,"sell":{},"client":{},"device":{},"subscription_offer_segment":"RES"}`,
	"masmovil.ReplaceSIM":           `{"reference":"r-1","orgId":"yoigo","subscriptionId":70011223,"dealer_id":"D-1","logistic":false,"new_icc":"8934030000000000025"}`,
	"masmovil.ListRecharges":        `{"reference":"r-1","orgId":"yoigo","subscriptionId":70011223,"start_date":"2026-01-01","end_date":"2026-01-31"}`,
}

func TestSmallestInputsAreValid(t *testing.T) {
	for _, d := range Operations() {
		require.Contains(t, inputs, d.Type)
		require.Empty(t, d.Validate([]byte(inputs[d.Type])), d.Type)
		in := d.NewInput()
		require.NoError(t, json.Unmarshal([]byte(inputs[d.Type]), in))
		require.Equal(t, d.Type, in.Type())
		require.Equal(t, "r-1", in.Common().Reference)
		again, err := json.Marshal(in)
		require.NoError(t, err)
		require.JSONEq(t, inputs[d.Type], string(again), "what is read is what is written")
	}
}
