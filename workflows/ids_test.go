package workflows

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
)

func TestParseWorkflowIDIsTheInverseOfWorkflowID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]carriers.Carrier{carriers.DISH, carriers.STN, carriers.MasMovil}).Draw(t, "carrier")
		reference := rapid.StringMatching(carriers.ReferencePattern).Draw(t, "reference")
		gotCarrier, gotReference, ok := ParseWorkflowID(WorkflowID(c, reference))
		if !ok || gotCarrier != c || gotReference != reference {
			t.Fatalf("%s %s %v", gotCarrier, gotReference, ok)
		}
	})
}

func TestParseWorkflowIDKnowsOnlyOperations(t *testing.T) {
	require.Equal(t, "dish:r-1", WorkflowID(carriers.DISH, "r-1"))
	for _, id := range []string{"", ":", "dish", "dish:", "dish:a b", "dish:a:b", "DISH:a", "acme:a", ":a", "unmatched:dish:a", "dish:" + strings.Repeat("a", 37)} {
		_, _, ok := ParseWorkflowID(id)
		require.False(t, ok, id)
	}
}

func TestCarrierOf(t *testing.T) {
	for _, d := range Operations() {
		require.Contains(t, []carriers.Carrier{carriers.DISH, carriers.STN, carriers.MasMovil}, d.Carrier(), d.Type)
		require.NotEqual(t, string(d.Carrier()), d.Carrier().Name())
	}
	require.Equal(t, carriers.Carrier("acme"), CarrierOf("acme"))
	require.Equal(t, "acme", carriers.Carrier("acme").Name())
}

// A line has one key however the input spells it: the one that the list of operations looks for.
func TestTheLineOfAnInputHasOneKey(t *testing.T) {
	keyOf := func(typed string) string {
		in := DishUpdateSubscriptionStatus{}
		in.Reference, in.ICCID, in.Action = "order-17", typed, dish.Suspend
		key, _ := StartOptions(in, "secret").TypedSearchAttributes.GetKeyword(LineKeyAttribute)
		return key
	}
	for _, typed := range []string{"8901000000000000001", "8901 0000 0000 0000 001F", "8901-0000-0000-0000-001"} {
		require.Equal(t, LineKey("secret", carriers.DISH, "8901000000000000001F"), keyOf(typed), typed)
	}
}

func TestLineKey(t *testing.T) {
	const number = "15550100123"
	key := LineKey("secret", carriers.DISH, number)
	require.Regexp(t, "^[0-9a-f]{32}$", key)
	require.Equal(t, key, LineKey("secret", carriers.DISH, number))
	require.NotContains(t, key, number)
	for _, other := range []string{LineKey("other", carriers.DISH, number), LineKey("secret", carriers.STN, number), LineKey("secret", carriers.DISH, "15550100124")} {
		require.NotEqual(t, key, other)
	}
}

// parse reads an operation's smallest input, changed by patches.
func parse(t *testing.T, operation string, patches ...string) Input {
	t.Helper()
	in := DefinitionOf(operation).NewInput()
	require.NoError(t, json.Unmarshal([]byte(patched(t, inputs[operation], patches...)), in))
	return in
}

func TestSummary(t *testing.T) {
	for operation, want := range map[string]string{
		"dish.ActivateSubscription":     "Activate line …0017 at DISH",
		"dish.UpdateSubscriptionStatus": "Suspend line …0017 at DISH",
		"dish.UpdateBillCycle":          "Set the bill cycle of line …0123 at DISH",
		"dish.GetTransactionStatus":     "Read a transaction's status at DISH",
		"dish.GetSubscription":          "Read line …0123 at DISH",
		"stn.SetServices":               "Set services of line p4Rz at sTN",
		"masmovil.GetSubscription":      "Read line …1223 at MásMóvil",
		"masmovil.ListDevices":          "List the devices of line …1223 at MásMóvil",
		"masmovil.AddDevice":            "Add a device to line …1223 at MásMóvil",
		"masmovil.ReplaceSIM":           "Replace the SIM of line …1223 at MásMóvil",
		"masmovil.ListRecharges":        "List the recharges of line …1223 at MásMóvil",
	} {
		require.Equal(t, want, Summary(parse(t, operation)), operation)
	}
	update := parse(t, suspend, `{"action":"Cease"}`).(*DishUpdateSubscriptionStatus)
	require.Equal(t, "Cease line …0017 at DISH", Summary(*update), "of a value as of a pointer")
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
		{"dish.ActivateSubscription", `{"iccid":null}`, "S-1"},
		{"dish.UpdateSubscriptionStatus", `{"gpsi":"15550100123","iccid":null}`, "15550100123"},
		{"dish.GetTransactionStatus", `{}`, ""},
		{"dish.GetSubscription", `{"gpsi":null,"subscriberId":"S-1"}`, "S-1"},
		{"stn.SetServices", `{"phoneNumber":"0612345678"}`, "p4Rz"},
		{"stn.SetServices", `{"phoneNumber":"0612345678","subscriptionId":null}`, "0612345678"},
		{"masmovil.ReplaceSIM", `{}`, "70011223"},
	} {
		require.Equal(t, c.want, parse(t, c.operation, c.patch).LineIdentifier(), "%s %s", c.operation, c.patch)
	}
}

func TestStartOptions(t *testing.T) {
	options := StartOptions(parse(t, suspend), "secret")
	require.Equal(t, "dish:r-1", options.ID)
	require.Equal(t, TaskQueue, options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, options.WorkflowIDReusePolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, options.WorkflowIDConflictPolicy)
	require.True(t, options.WorkflowExecutionErrorWhenAlreadyStarted)
	require.Equal(t, "Suspend line …0017 at DISH", options.StaticSummary)
	require.Equal(t, temporal.NewSearchAttributes(
		CarrierAttribute.ValueSet("dish"), OperationAttribute.ValueSet(suspend),
		LineKeyAttribute.ValueSet(LineKey("secret", carriers.DISH, "89010000000000000017")),
	), options.TypedSearchAttributes)

	without := temporal.NewSearchAttributes(CarrierAttribute.ValueSet("dish"), OperationAttribute.ValueSet(suspend))
	require.Equal(t, without, StartOptions(parse(t, suspend), "").TypedSearchAttributes, "no secret, no key")
	require.Equal(t, 2, StartOptions(parse(t, "dish.GetTransactionStatus"), "secret").TypedSearchAttributes.Size(), "no line, no key")
}

func TestUnmatchedOptions(t *testing.T) {
	options := UnmatchedOptions(Unmatched{Carrier: carriers.DISH, Reference: "r-1"})
	require.Equal(t, "unmatched:dish:r-1", options.ID)
	_, _, ok := ParseWorkflowID(options.ID)
	require.False(t, ok, "it never takes the place of an operation")
	strange := UnmatchedOptions(Unmatched{Carrier: carriers.DISH, Reference: "+34 612 000 111"})
	require.Regexp(t, "^unmatched:dish:sha256-[0-9a-f]{16}$", strange.ID)
}

func TestSearchAttributes(t *testing.T) {
	require.Equal(t, map[string]enumspb.IndexedValueType{
		"Carrier": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Operation": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"LineKey": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "NeedsAttention": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	}, SearchAttributes())
}
