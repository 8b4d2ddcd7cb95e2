package plans

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestSelect(t *testing.T) {
	sources := Sources{
		"values": json.RawMessage(`{"card":"8931","big":9007199254740993,"none":null,"list":[{"a":1},[2,3]],"0":"zero"}`),
		"line":   json.RawMessage(`{"line":{"number":"06-1"}}`), "text": json.RawMessage(`"text"`),
	}
	for selector, want := range map[string]string{
		"values.card": `"8931"`, "values.big": "9007199254740993", "values.list.0.a": "1", "values.list.1.1": "3", "values.0": `"zero"`,
		"line.line.number": `"06-1"`, "line.line": `{"number":"06-1"}`,
		// What is missing, and what is no selector.
		"values.none": "", "values.other": "", "values.list.2": "", "values.list.x": "", "values.card.a": "", "text.a": "", "other.a": "",
		"values": "", "values.": "", ".card": "", "values..card": "", "values.card ": "", "Values.card": "",
	} {
		value, ok := sources.Select(selector)
		require.Equal(t, want != "", ok, selector)
		if ok {
			require.Equal(t, want, string(value), selector)
		}
	}
}

// Corrections win over what is given and what is selected, and null takes a field away; the reference stays that of the plan.
func TestComplete(t *testing.T) {
	c := Call{
		Operation: "stn.SetServices", Request: carriers.Object(`{"services":{"voiceMail":true},"subscriptionId":"SUB-1"}`),
		From: map[string]string{"phoneNumber": "line.line.number"},
	}
	sources := Sources{"line": json.RawMessage(`{"line":{"number":"06-1"}}`)}
	request, faults := c.Complete("p-a", sources, nil)
	require.Empty(t, faults)
	require.JSONEq(t, `{"reference":"p-a","services":{"voiceMail":true},"subscriptionId":"SUB-1","phoneNumber":"06-1"}`, string(request))
	request, faults = c.Complete("p-a-2", nil, carriers.Object(`{"phoneNumber":"06-2","subscriptionId":null,"reference":"other"}`))
	require.Empty(t, faults)
	require.JSONEq(t, `{"reference":"p-a-2","services":{"voiceMail":true},"phoneNumber":"06-2"}`, string(request))
	_, faults = c.Complete("p-a", nil, nil)
	require.Equal(t, []carriers.Fault{{Field: "phoneNumber", Problem: "the value that it is taken from is missing: line.line.number"}}, faults)
	_, faults = c.Complete("p-a", sources, carriers.Object(`{"services":null}`))
	require.Equal(t, []carriers.Fault{{Field: "services", Problem: "is required"}}, faults)
}
