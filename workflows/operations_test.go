package workflows

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

// describe describes an operation's sample, changed by patches.
func describe(t *testing.T, operation string, patches ...string) Description {
	t.Helper()
	d, err := Describe(operation, samples.Request(t, operation, patches...), time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return d
}

func TestOperationsAreDescribed(t *testing.T) {
	for _, o := range Operations() {
		info := o.Info()
		for _, text := range []string{info.Title, info.Source, info.DecidedBy, info.Summary} {
			require.NotEmpty(t, text, info.Type)
		}
		require.Contains(t, []carriers.Kind{carriers.KindChange, carriers.KindRead}, info.Kind)
		require.NotEqual(t, string(info.Carrier()), CarrierName(info.Carrier()))
		found, known := OperationOf(info.Type)
		require.True(t, known)
		require.Equal(t, info.Type, found.Info().Type)
	}
	require.Equal(t, "acme", CarrierName("acme"), "of a carrier that is not known here")
}

// Examples are shown to people: each one is valid, and its description does not show the line.
func TestExamples(t *testing.T) {
	for _, o := range Operations() {
		info := o.Info()
		require.NotEmpty(t, info.Examples, "%s has no example", info.Type)
		for _, example := range info.Examples {
			require.NotEmpty(t, example.Title, info.Type)
			require.Equal(t, info.Type, example.Request.Operation())
			request, err := json.Marshal(example.Request)
			require.NoError(t, err)
			require.Empty(t, Validate(info.Type, request), "%s: %s", info.Type, request)
			require.NotEmpty(t, carriers.CommonOf(request).Reference)

			d, err := Describe(info.Type, request, time.Now())
			require.NoError(t, err)
			require.Contains(t, d.Summary, " at "+CarrierName(info.Carrier()), info.Type)
			require.Greater(t, len(d.Summary), len(" at "+CarrierName(info.Carrier())), "%s has no summary", info.Type)
			if len(d.Line) > 4 {
				require.NotContains(t, d.Summary, d.Line)
				require.Contains(t, d.Summary, "…"+d.Line[len(d.Line)-4:])
			}
			require.Empty(t, Validate(info.Type, d.Request), "what is filled in is valid too")
		}
	}
}

func TestDescribeRefuses(t *testing.T) {
	_, err := Describe("dish.Fly", json.RawMessage(`{}`), time.Now())
	requireInvalid(t, err, "")
	_, err = Describe(suspend, json.RawMessage(`{"reference":"a b","iccid":"12","action":"Pause"}`), time.Now())
	requireInvalid(t, err, "action", "iccid", "reference")
}

// requireInvalid expects a failure that names the fields.
func requireInvalid(t *testing.T, err error, fields ...string) {
	t.Helper()
	failure, ok := AsFailure(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, InvalidRequest, failure.Type)
	var named []string
	for _, fault := range failure.Faults {
		named = append(named, fault.Field)
		require.Contains(t, failure.Message, fault.String())
	}
	require.Equal(t, fields, named)
	samples.RequireNothingPersonal(t, err.Error())
}

func TestSummary(t *testing.T) {
	for operation, want := range map[string]string{
		"dish.ActivateSubscription":     "Activate line …0017 at DISH",
		"dish.UpdateSubscriptionStatus": "Suspend line …0018 at DISH",
		"dish.UpdateBillCycle":          "Set the bill cycle of line …0120 at DISH",
		"dish.ChangeNumber":             "Change the number of line …0126 at DISH",
		"dish.GetTransactionStatus":     "Read a transaction's status at DISH",
		"dish.GetSubscription":          "Read line …0018 at DISH",
		"dish.CheckSIM":                 "Check SIM …0017 at DISH",
		"dish.CheckDevice":              "Check a device at DISH",
		"dish.CheckPortIn":              "Check the port-in of number …0117 at DISH",
		"stn.SetServices":               "Set services of line …0021 at sTN",
		"stn.Suspend":                   "Suspend line …0023 at sTN",
		"stn.SwapSIM":                   "Swap the SIM card of line …0025 at sTN",
		"stn.Terminate":                 "Terminate line …0027 at sTN",
		"stn.NewSubscription":           "Open a subscription on SIM card …0029 at sTN",
		"stn.GetActivation":             "Read an Activation record at sTN",
		"masmovil.GetSubscription":      "Read line …2303 at MásMóvil",
		"masmovil.ListDevices":          "List the devices of line …2305 at MásMóvil",
		"masmovil.AddDevice":            "Add a device to line …2323 at MásMóvil",
		"masmovil.ReplaceSIM":           "Replace the SIM of line …2324 at MásMóvil",
		"masmovil.ListRecharges":        "List the recharges of line …2306 at MásMóvil",
	} {
		require.Equal(t, want, describe(t, operation).Summary, operation)
	}
	require.Equal(t, "Cease line …0018 at DISH", describe(t, suspend, `{"action":"Cease"}`).Summary)
}

func TestLastFour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		identifier := rapid.String().Draw(t, "identifier")
		got := lastFour(identifier)
		shown := strings.TrimPrefix(got, "…")
		if !utf8.ValidString(got) || utf8.RuneCountInString(shown) > 4 || !strings.HasSuffix(identifier, shown) {
			t.Fatalf("%q", got)
		}
	})
}

func TestLineIdentifiers(t *testing.T) {
	for _, c := range []struct{ operation, patch, want string }{
		{"dish.ActivateSubscription", `{"gpsi":"15550100123"}`, "89010000000000000017"},
		{"dish.ActivateSubscription", `{"gpsi":"15550100123","iccid":null}`, "15550100123"},
		{"dish.ActivateSubscription", `{"iccid":null}`, "SUB-000042"},
		{"dish.UpdateSubscriptionStatus", `{"gpsi":"15550100123","iccid":null}`, "15550100123"},
		{"dish.GetTransactionStatus", `{}`, ""},
		{"dish.GetSubscription", `{"iccid":null,"subscriberId":"S-1"}`, "S-1"},
		{"stn.SetServices", `{"phoneNumber":"0612345678"}`, "SUB-000021"},
		{"stn.SetServices", `{"phoneNumber":"0612345678","subscriptionId":null}`, "0612345678"},
		{"stn.Suspend", `{"phoneNumber":"0612345678"}`, "SUB-000023"},
		{"stn.PortIn", `{}`, "0698000032"},
		{"stn.NewSubscription", `{}`, "8931990000000000029"},
		{"masmovil.ReplaceSIM", `{}`, "12324"},
	} {
		require.Equal(t, c.want, describe(t, c.operation, c.patch).Line, "%s %s", c.operation, c.patch)
	}
}
