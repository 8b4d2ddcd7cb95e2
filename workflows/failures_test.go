package workflows

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

// overTheWire is an error as it arrives from a server.
func overTheWire(err error) error {
	if err == nil {
		return nil
	}
	wire := temporal.GetDefaultFailureConverter()
	return wire.FailureToError(wire.ErrorToFailure(err))
}

func TestAsFailureKnowsOnlyOurs(t *testing.T) {
	for name, err := range map[string]error{
		"nil":                  nil,
		"a lost connection":    errors.New("connection refused"),
		"terminated":           &temporal.TerminatedError{},
		"another application":  temporal.NewApplicationError("x", "Theirs", "details"),
		"details of another":   temporal.NewApplicationError("x", "Theirs", Failure{Type: CarrierFailed}),
		"no details":           temporal.NewApplicationError("x", string(CarrierFailed)),
		"undecodable details":  temporal.NewApplicationError("x", string(CarrierFailed), 7),
		"details without type": temporal.NewApplicationError("x", "", Failure{}),
	} {
		_, ok := AsFailure(overTheWire(err))
		require.False(t, ok, name)
	}
	want := Failure{Type: PartlyTaken, Carrier: "stn", Message: "why", Applied: []string{"a"}, Ignored: []string{"b"}}
	got, ok := AsFailure(overTheWire(temporal.NewApplicationErrorWithOptions(want.Message, string(want.Type), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{want}})))
	require.True(t, ok)
	require.Equal(t, &want, got)
	require.EqualError(t, got, "why")
}

func TestEveryFailureHasAdvice(t *testing.T) {
	for _, kind := range constantsOf(t, "FailureType") {
		require.NotEmpty(t, FailureType(kind).Advice(), kind)
	}
	require.Empty(t, FailureType("?").Advice())
}

func TestEveryAttentionHasAdvice(t *testing.T) {
	for _, reason := range constantsOf(t, "Attention") {
		if Attention(reason) == AttentionPlanStopped { // its steps may be at several carriers
			require.NotEmpty(t, Attention(reason).Advice(""))
			continue
		}
		require.Contains(t, Attention(reason).Advice("DISH"), "DISH", reason)
	}
	require.Empty(t, Attention("?").Advice("DISH"))
}

// The failure for an invalid request names the reference, unless the reference itself is invalid.
func TestAnInvalidRequestsReferenceIsNamed(t *testing.T) {
	for request, want := range map[string]string{
		`{"reference":"r-1"}`: "r-1",
		`{"timings":{"deadline":"never"},"confirm":7,"reference":"r-1"}`: "r-1",
		`{"reference":"+34 612 000 111"}`:                                "",
		`{"reference":7}`:                                                "",
		`{"reference":null}`:                                             "",
		`[]`:                                                             "",
		``:                                                               "",
		`{"reference":"r-1","reference":1}`:                              "",
	} {
		require.Equal(t, want, InvalidInput(suspend, json.RawMessage(request), nil).Reference, request)
	}
}
