package lifecycle

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/samples"
)

func TestReads(t *testing.T) {
	busy := problem(activities.Retrying, 20*time.Minute, activities.Problem{HTTPStatus: 503})
	for name, c := range map[string]struct {
		answer  error
		failure workflows.FailureType
		status  int
	}{
		"answered":     {nil, "", 0},
		"refused":      {problem(activities.Rejected, 0, activities.Problem{HTTPStatus: 404, Reason: "no such line"}), workflows.CarrierRejected, 404},
		"unauthorized": {problem(activities.Unauthorized, 0, activities.Problem{HTTPStatus: 401}), workflows.CarrierUnauthorized, 401},
		"out of time":  {busy, workflows.DeadlineExceeded, 503},
	} {
		t.Run(name, func(t *testing.T) {
			for _, operation := range typesOf(carriers.KindRead) {
				h := newHarness(t, operation, fakes{nil, nil, func(int, readInput) (map[string]any, error) {
					return map[string]any{"status": "Success", "subscriberId": "S-9", "id": "70011223"}, c.answer
				}}).run()
				require.JSONEq(t, string(samples.Request(t, operation)), string(h.read[0].Request), operation)
				require.Equal(t, "r-1", h.read[0].Reference)
				if c.failure != "" {
					require.Equal(t, c.status, h.failed(c.failure).HTTPStatus)
					continue
				}
				require.NoError(t, h.GetWorkflowError())
				var answer json.RawMessage
				require.NoError(t, h.GetWorkflowResult(&answer))
				require.NotEqual(t, "{}", string(answer))
			}
		})
	}
}

func TestAReadIsRepeated(t *testing.T) {
	h := newHarness(t, "dish.GetTransactionStatus", fakes{nil, nil, func(n int, _ readInput) (map[string]any, error) {
		if n < 3 {
			return nil, problem(activities.Retrying, time.Second, activities.Problem{})
		}
		return map[string]any{"status": "Success", "state": "done"}, nil
	}}).run()
	require.NoError(t, h.GetWorkflowError())
	require.Len(t, h.read, 3)
}

func TestACancelledReadIsNoFailure(t *testing.T) {
	h := newHarness(t, "dish.GetSubscription", fakes{nil, nil, func(int, readInput) (map[string]any, error) {
		return nil, problem(activities.Retrying, time.Minute, activities.Problem{})
	}})
	h.at(30*time.Second, h.CancelWorkflow).run()
	require.ErrorContains(t, h.GetWorkflowError(), "canceled")
}

// An invalid input fails the workflow at once; nothing is executed.
func TestInvalidInputs(t *testing.T) {
	for _, operation := range []string{suspend, "dish.GetSubscription"} {
		for name, c := range map[string]struct {
			input any
			field string
		}{
			"missing":           {nil, ""},
			"empty":             {[]byte(" "), ""},
			"not an object":     {"89010000000000000017", ""},
			"bytes":             {[]byte("not JSON"), ""},
			"field missing":     {json.RawMessage(`{"iccid":"89010000000000000017"}`), "reference"},
			"wrong type":        {samples.Request(t, operation, `{"gpsi":15550100123}`), "gpsi"},
			"unknown field":     {samples.Request(t, operation, `{"iccId":"89010000000000000017"}`), "iccId"},
			"broken timings":    {samples.Request(t, operation, `{"timings":{"deadline":"15550100123"}}`), "timings.deadline"},
			"timings too short": {samples.Request(t, operation, `{"timings":{"pollEvery":"1ms"}}`), "timings.pollEvery"},
			"timings too long":  {samples.Request(t, operation, `{"timings":{"deadline":"2000000h"}}`), "timings.deadline"},
		} {
			t.Run(operation+" "+name, func(t *testing.T) {
				h := newHarness(t, operation, fakes{}) // no answers: an activity would panic
				h.ExecuteWorkflow(operation, c.input)
				f := h.failed(workflows.InvalidRequest)
				fields := make([]string, len(f.Faults))
				for i, fault := range f.Faults {
					fields[i] = fault.Field
					require.Contains(t, f.Message, fault.String())
				}
				require.Contains(t, fields, c.field)
				require.Empty(t, h.sent)
				require.Empty(t, h.read)
				require.Empty(t, h.raised)
			})
		}
	}
}

func TestAnInvalidInputsReferenceIsNamed(t *testing.T) {
	h := newHarness(t, suspend, fakes{})
	h.ExecuteWorkflow(suspend, json.RawMessage(`{"reference":"r-1"}`))
	require.Equal(t, "r-1", h.failed(workflows.InvalidRequest).Reference)
}

func TestACancelledReadCarriesAFailure(t *testing.T) {
	h := newHarness(t, "dish.GetSubscription", fakes{nil, nil, func(int, readInput) (map[string]any, error) {
		return nil, problem(activities.Retrying, time.Minute, activities.Problem{})
	}})
	h.at(30*time.Second, h.CancelWorkflow).run()
	require.Contains(t, h.canceledClean().Message, "the read was cancelled")
}
