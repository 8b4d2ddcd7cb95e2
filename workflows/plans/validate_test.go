package plans

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/stn"
)

// base is a valid plan: a read, a change that can be undone, one that cannot, and one after that.
const base = `{"reference":"p","values":{"card":"8931990000000000017","next":"8931990000000000025","begins":"2026-03-01T00:00:00+01:00","n":5,"text":{"a":"b"}},"steps":[
	{"name":"sim","operation":"stn.GetSIM","from":{"simCardNumber":"values.card"},"expect":{"sims.0.status":["FREE"]}},
	{"name":"line","operation":"stn.NewSubscription","from":{"simCardNumber":"values.card","wishDate":"values.begins"},
		"undo":{"operation":"stn.Terminate","request":{"immediately":true},"from":{"phoneNumber":"line.line.number"}}},
	{"name":"swap","operation":"stn.SwapSIM","from":{"phoneNumber":"line.line.number","newSimCardNumber":"values.next"},"undo":"cannot"},
	{"name":"more","operation":"stn.SetServices","request":{"services":{"voiceMail":false}},"from":{"phoneNumber":"line.line.number"},"undo":"nothing"}]}`

// faultsOf are the faults of the base plan with some texts replaced.
func faultsOf(t *testing.T, oldNew ...string) (all []string) {
	t.Helper()
	text := base
	for i := 0; i < len(oldNew); i += 2 {
		require.Contains(t, text, oldNew[i])
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	_, faults := Read(json.RawMessage(text))
	for _, f := range faults {
		all = append(all, f.String())
	}
	return all
}

func TestValidate(t *testing.T) {
	require.Empty(t, faultsOf(t))
	for name, tc := range map[string]struct {
		change []string
		want   []string
	}{
		"no JSON":           {[]string{`{"reference"`, `{reference`}, []string{"the input is not JSON"}},
		"bad reference":     {[]string{`"p"`, `"a plan"`}, []string{"reference: must match " + carriers.ReferencePattern}},
		"no steps":          {[]string{base[strings.Index(base, `[`):], `[]}`}, []string{"steps: must have at least 1 items"}},
		"unknown field":     {[]string{`"undo":"nothing"`, `"undo":"nothing","retry":3`}, []string{"steps[3].retry: is not a field of this plan"}},
		"unknown operation": {[]string{`stn.SwapSIM`, `stn.Swap`}, []string{"steps[2].operation: there is no operation stn.Swap"}},
		"no name":           {[]string{`"name":"sim",`, ``}, []string{"steps[0].name: is required"}},
		"name twice":        {[]string{`"name":"more"`, `"name":"sim"`}, []string{"steps[3].name: is the name of steps[0] too"}},
		"bad name":          {[]string{`"name":"more"`, `"name":"More"`}, []string{"steps[3].name: must be of lower-case letters, digits and single dashes"}},
		"name of the values": {
			[]string{`"name":"more"`, `"name":"values"`},
			[]string{`steps[3].name: must not be "values", which stands for the values of the plan`},
		},
		"name like a repetition": {[]string{`"name":"more"`, `"name":"more-2"`}, []string{"steps[3].name: must not end like the reference of a repetition or of an undo (-2, -undo)"}},
		"name like an undo":      {[]string{`"name":"more"`, `"name":"more-undo"`}, []string{"steps[3].name: must not end like the reference of a repetition or of an undo (-2, -undo)"}},
		"long reference": {
			[]string{`"p"`, `"` + strings.Repeat("p", 24) + `"`},
			[]string{"steps[1].name: makes references that are too long: 37 characters with that of the plan, at most 36; shorten one of the two"},
		},
		"a step that selects from itself": {
			[]string{`{"phoneNumber":"line.line.number","newSim`, `{"phoneNumber":"swap.line.number","newSim`},
			[]string{"steps[2].from.phoneNumber: selects from step swap, which is the step itself or comes later: a cycle"},
		},
		"a step that selects from a later one": {
			[]string{`{"simCardNumber":"values.card"},"expect"`, `{"simCardNumber":"line.line.iccid"},"expect"`},
			[]string{"steps[0].from.simCardNumber: selects from step line, which is the step itself or comes later: a cycle"},
		},
		"a step after the point of no return that selects from the step there": {
			[]string{`"from":{"phoneNumber":"line.line.number"},"undo":"nothing"`, `"from":{"phoneNumber":"swap.line.number"},"undo":"nothing"`},
			[]string{"steps[3].from.phoneNumber: selects from step swap; what follows step swap, which cannot be undone, has to be known before it: select from values or from a step before that"},
		},
		"no such step":      {[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"other.line.iccid"`}, []string{"steps[2].from.newSimCardNumber: there is no step other"}},
		"no such value":     {[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"values.other"`}, []string{"steps[2].from.newSimCardNumber: the plan has no values.other"}},
		"no selector":       {[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"next"`}, []string{"steps[2].from.newSimCardNumber: is no selector: write values.NAME, or STEP.PATH such as line.line.number"}},
		"no such path":      {[]string{`"phoneNumber":"line.line.number","newSim`, `"phoneNumber":"line.line.msisdn","newSim`}, []string{"steps[2].from.phoneNumber: stn.NewSubscription returns no line.msisdn of a known type"}},
		"no path in a list": {[]string{`"phoneNumber":"line.line.number","newSim`, `"phoneNumber":"sim.sims.status","newSim`}, []string{"steps[2].from.phoneNumber: stn.GetSIM returns no sims.status of a known type"}},
		"another type":      {[]string{`"phoneNumber":"line.line.number","newSim`, `"phoneNumber":"line.line","newSim`}, []string{"steps[2].from.phoneNumber: is of type object and the field of type string"}},
		"a value of another type": {
			[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"values.n"`},
			[]string{"steps[2].from.newSimCardNumber: is of type integer and the field of type string"},
		},
		"a bad value": {
			[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"values.begins"`},
			[]string{"steps[2].from.newSimCardNumber: must be a SIM card number of 19 or 20 digits"},
		},
		"no such field of the request": {
			[]string{`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"values.next","colour":"values.next"`},
			[]string{"steps[2].from.colour: stn.SwapSIM has no such field that can be selected"},
		},
		"given twice": {
			[]string{`"operation":"stn.SwapSIM",`, `"operation":"stn.SwapSIM","request":{"phoneNumber":"0612345678"},`},
			[]string{"steps[2].from.phoneNumber: is given in request as well"},
		},
		"a reference of its own": {
			[]string{`"request":{"services"`, `"request":{"reference":"mine","services"`},
			[]string{"steps[3].request.reference: is made by the plan: leave it out"},
		},
		"a bad request": {
			[]string{`{"services":{"voiceMail":false}}`, `{"services":{"voiceMail":5},"timings":{"deadline":"1ms"}}`},
			[]string{"steps[3].request.services.voiceMail: must be of type boolean or string", "steps[3].request.timings.deadline: must be at least 1s"},
		},
		"a request without what it needs": {
			[]string{`{"phoneNumber":"line.line.number"},"undo":"nothing"`, `{},"undo":"nothing"`},
			[]string{"steps[3].request: at least one of subscriptionId, phoneNumber is required"},
		},
		"no undo":                     {[]string{`,"undo":"nothing"`, ``}, []string{`steps[3].undo: is required for a change: an operation, "nothing" or "cannot"`}},
		"no such undo":                {[]string{`"undo":"nothing"`, `"undo":"never"`}, []string{`steps[3].undo: must be "nothing", "cannot" or an operation`}},
		"an undo of another type":     {[]string{`"undo":"nothing"`, `"undo":5`}, []string{"steps[3].undo: must be of type string or object"}},
		"an undo that is a read":      {[]string{`stn.Terminate`, `stn.GetSubscription`}, []string{"steps[1].undo.operation: stn.GetSubscription is a read, which undoes nothing"}},
		"an undo that is unknown":     {[]string{`stn.Terminate`, `stn.End`}, []string{"steps[1].undo.operation: there is no operation stn.End"}},
		"an undo with a bad request":  {[]string{`{"immediately":true}`, `{"immediately":false}`}, []string{"steps[1].undo.request.immediately: must be true"}},
		"an undo with unknown fields": {[]string{`{"operation":"stn.Terminate",`, `{"operation":"stn.Terminate","now":true,`}, []string{"steps[1].undo.now: is not a field of this plan"}},
		"an undo that selects from later": {
			[]string{`{"phoneNumber":"line.line.number"}}`, `{"phoneNumber":"more.line.number"}}`},
			[]string{"steps[1].undo.from.phoneNumber: selects from step more, which is the step itself or comes later: a cycle"},
		},
		"an undo of a read":     {[]string{`"expect"`, `"undo":"cannot","expect"`}, []string{"steps[0].undo: a read changes nothing: leave undo out"}},
		"an unknown answer":     {[]string{`sims.0.status`, `sims.0.state`}, []string{"steps[0].expect.sims.0.state: stn.GetSIM answers no such field"}},
		"an answer of no value": {[]string{`sims.0.status`, `sims.0`}, []string{"steps[0].expect.sims.0: is of type object, which cannot be compared"}},
		"nothing expected":      {[]string{`["FREE"]`, `[]`}, []string{"steps[0].expect.sims.0.status: must list at least one value"}},
		"another type expected": {[]string{`["FREE"]`, `["FREE",1]`}, []string{"steps[0].expect.sims.0.status: is of type string, which is not the type of every value that is expected"}},
		"an unknown result": {
			[]string{`{"reference":"p"`, `{"results":{"number":"line.number"},"reference":"p"`},
			[]string{"results.number: stn.NewSubscription returns no number of a known type"},
		},
		"several at once": {
			[]string{`stn.SwapSIM`, `stn.Swap`, `"undo":"nothing"`, `"undo":"never"`, `"values.card","wish`, `"values.cart","wish`, `"name":"sim"`, `"name":"SIM"`},
			[]string{
				`steps[3].undo: must be "nothing", "cannot" or an operation`, "steps[0].name: must be of lower-case letters, digits and single dashes",
				"steps[1].from.simCardNumber: the plan has no values.cart", "steps[2].operation: there is no operation stn.Swap",
			},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, faultsOf(t, tc.change...)) })
	}
}

func TestAPlanIsBounded(t *testing.T) {
	p := Plan{Reference: "p"}
	for i := range MaxSteps + 1 {
		call := RequestOf(stn.GetSIM{SIMCardNumber: "8931990000000000017"})
		p.Steps = append(p.Steps, Step{Name: fmt.Sprintf("s%d", i), Call: call})
	}
	require.Equal(t, []carriers.Fault{{Field: "steps", Problem: "must have at most 50 items"}}, Validate(p))
	p.Steps = p.Steps[:MaxSteps]
	require.Empty(t, Validate(p))
	p.Values = carriers.Object(`{"long":"` + strings.Repeat("x", 70_000) + `"}`)
	require.Contains(t, Validate(p)[0].Problem, "bytes")
}

// No value of a plan is part of a fault.
func TestFaultsHoldNothingPersonal(t *testing.T) {
	all := strings.Join(faultsOf(t, `"8931990000000000017"`, `"89319900000000000178931990000000000017"`,
		`"newSimCardNumber":"values.next"`, `"newSimCardNumber":"8931990000000000025"`), "\n")
	require.NotContains(t, all, "8931990000000000017")
	require.NotContains(t, all, "8931990000000000025")
	require.NotEmpty(t, all)
}

// A plan reads as it was written.
func TestPlansKeepTheirForm(t *testing.T) {
	var p Plan
	require.NoError(t, json.Unmarshal([]byte(base), &p))
	require.Equal(t, []UndoKind{UndoNothing, UndoBy, UndoCannot, UndoNothing}, []UndoKind{
		p.Steps[0].UndoKind(), p.Steps[1].UndoKind(), p.Steps[2].UndoKind(), p.Steps[3].UndoKind(),
	})
	written, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, base, string(written))
	require.Equal(t, carriers.Carrier("stn"), p.Carrier())
	require.Equal(t, "Plan of 4 steps", p.Summary())
	p.Steps[0].Operation = "masmovil.ListDevices"
	require.Empty(t, p.Carrier())
}
