package workflows

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
)

func TestReads(t *testing.T) {
	busy := problem(activities.Retrying, 20*time.Minute, activities.Problem{HTTPStatus: 503})
	for name, c := range map[string]struct {
		answer  error
		failure FailureType
		status  int
	}{
		"answered":     {nil, "", 0},
		"refused":      {problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 404, Reason: "no such line"}), CarrierRejected, 404},
		"unauthorized": {problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401}), CarrierUnauthorized, 401},
		"out of time":  {busy, DeadlineExceeded, 503},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range Operations() {
				if d.Kind != Read {
					continue
				}
				s := newStage(t, d.Type, script{nil, nil, func(int, readInput) (map[string]any, error) {
					return map[string]any{"status": "Success", "subscriberId": "S-9", "id": "70011223"}, c.answer
				}}).run()
				require.JSONEq(t, patched(t, inputs[d.Type], `{"reference":null}`), string(s.read[0].Request), d.Type)
				require.Equal(t, "r-1", s.read[0].Reference)
				if c.failure != "" {
					require.Equal(t, c.status, s.failed(c.failure).HTTPStatus)
					continue
				}
				require.NoError(t, s.GetWorkflowError())
				var answer json.RawMessage
				require.NoError(t, s.GetWorkflowResult(&answer))
				require.NotEqual(t, "{}", string(answer))
			}
		})
	}
}

func TestAReadIsRepeated(t *testing.T) {
	s := newStage(t, activities.DishGetTransactionStatus, script{nil, nil, func(n int, _ readInput) (map[string]any, error) {
		if n < 3 {
			return nil, problem(activities.Retrying, time.Second, activities.Problem{})
		}
		return map[string]any{"status": "Success", "state": "done"}, nil
	}}).run()
	require.NoError(t, s.GetWorkflowError())
	require.Len(t, s.read, 3)
}

func TestACancelledReadIsNoFailure(t *testing.T) {
	s := newStage(t, activities.DishGetSubscription, script{nil, nil, func(int, readInput) (map[string]any, error) {
		return nil, problem(activities.Retrying, time.Minute, activities.Problem{})
	}})
	s.at(30*time.Second, s.CancelWorkflow).run()
	require.ErrorContains(t, s.GetWorkflowError(), "canceled")
}

// An invalid input fails the workflow at once; nothing is executed.
func TestInvalidInputs(t *testing.T) {
	for _, operation := range []string{suspend, activities.DishGetSubscription} {
		for name, c := range map[string]struct {
			input any
			field string
		}{
			"missing":           {nil, ""},
			"empty":             {[]byte(" "), ""},
			"not an object":     {"89010000000000000017", ""},
			"bytes":             {[]byte("not JSON"), ""},
			"field missing":     {json.RawMessage(`{"iccid":"89010000000000000017"}`), "reference"},
			"wrong type":        {json.RawMessage(patched(t, inputs[operation], `{"gpsi":15550100123}`)), "gpsi"},
			"unknown field":     {json.RawMessage(patched(t, inputs[operation], `{"iccId":"89010000000000000017"}`)), "iccId"},
			"broken timings":    {json.RawMessage(patched(t, inputs[operation], `{"timings":{"deadline":"15550100123"}}`)), "timings.deadline"},
			"timings too short": {json.RawMessage(patched(t, inputs[operation], `{"timings":{"pollEvery":"1ms"}}`)), "timings.pollEvery"},
			"timings too long":  {json.RawMessage(patched(t, inputs[operation], `{"timings":{"deadline":"2000000h"}}`)), "timings.deadline"},
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				s := newStage(t, operation, script{}) // no answers: an activity would panic
				s.ExecuteWorkflow(operation, c.input)
				f := s.failed(InvalidRequest)
				fields := make([]string, len(f.Faults))
				for i, fault := range f.Faults {
					fields[i] = fault.Field
					require.Contains(t, f.Message, fault.String())
				}
				require.Contains(t, fields, c.field)
				require.Empty(t, s.sent)
				require.Empty(t, s.read)
				require.Empty(t, s.raised)
			})
		}
	}
}

func TestAnInvalidInputsReferenceIsNamedIfItCanBeOne(t *testing.T) {
	for input, want := range map[string]string{
		`{"reference":"r-1"}`:               "r-1",
		`{"reference":"+34 612 000 111"}`:   "",
		`{"reference":7}`:                   "",
		`{"reference":null}`:                "",
		`[]`:                                "",
		``:                                  "",
		`{"reference":"r-1","reference":1}`: "",
	} {
		require.Equal(t, want, referenceIn([]byte(input)), input)
	}
	s := newStage(t, suspend, script{})
	s.ExecuteWorkflow(suspend, json.RawMessage(`{"reference":"r-1"}`))
	require.Equal(t, "r-1", s.failed(InvalidRequest).Reference)
}
