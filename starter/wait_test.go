package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
)

// carrierFailed is a failure as a workflow ends with it.
func carrierFailed() error {
	f := workflows.Failure{
		Type: workflows.CarrierFailed, Carrier: "dish", Operation: "dish.UpdateSubscriptionStatus", Reference: "r-1",
		Status: "Failed", Code: "E17", Reason: "no such plan", Message: "DISH ended it", DecidedBy: workflows.ByCallback,
	}
	return temporal.NewApplicationErrorWithOptions(f.Message, string(f.Type), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{f}})
}

func TestWait(t *testing.T) {
	for name, test := range map[string]struct {
		result string
		err    error
		code   exitCode
		says   []string
		not    []string
	}{
		"completed": {
			result: result,
			says:   []string{"completed  dish:r-1", "Success", "callback", "yes, a read at the carrier shows it"},
			not:    []string{"15550100123", "310170000000017"},
		},
		"failed": {
			err: carrierFailed(), code: exitFailed,
			says: []string{"failed  dish:r-1", "CarrierFailed", "E17", "no such plan", "DISH ended it", "a retry takes a new reference"},
		},
		"of another type": {
			err: temporal.NewNonRetryableApplicationError("what", "Odd", nil), code: exitFailed, says: []string{"failed  dish:r-1", "what", "before anything is sent again"},
		},
		"canceled": {err: temporal.NewCanceledError(), code: exitFailed, says: []string{"canceled  dish:r-1", "before anything is sent again"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.err
			if err != nil {
				err = asClientsSeeIt(t, err)
			}
			fake := &fakeTemporal{
				start: started,
				end:   func(context.Context) (string, error) { return test.result, err },
				describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
					return described("dish.UpdateSubscriptionStatus", isComplete), nil
				},
			}
			got := try(t, fake, append(suspend, "--wait")...)
			assert.Equal(t, int(test.code), got.code)
			assert.Empty(t, got.stderr)
			for _, want := range test.says {
				assert.Contains(t, got.stdout, want)
			}
			for _, unwanted := range test.not {
				assert.NotContains(t, got.stdout, unwanted)
			}

			got = try(t, fake, "wait", "dish:r-1", "--output=json")
			assert.Equal(t, int(test.code), got.code)
			var told read
			require.NoError(t, json.Unmarshal([]byte(got.stdout), &told), "one document")
			assert.Equal(t, test.err == nil, told.Result != nil)
			assert.Contains(t, got.stderr, "Following dish:r-1")
			for _, unwanted := range test.not {
				assert.NotContains(t, got.stdout, unwanted)
			}
		})
	}
}

func TestWaitShowsProgress(t *testing.T) {
	over := make(chan struct{})
	looks := 0
	got := try(t, &fakeTemporal{
		start: started,
		end: func(context.Context) (string, error) {
			<-over
			return result, nil
		},
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			const operation = "dish.UpdateSubscriptionStatus"
			check := call("Check", "InProgress", 2, 20*time.Second)
			check.ActivityType.Name = operation + ".Check"
			switch looks++; looks {
			case 1:
				return described(operation, isRunning), nil
			case 2:
				return nil, serviceerror.NewUnavailable("gone")
			case 3:
				return marked(described(operation, isRunning, check), "Overdue"), nil
			case 4:
				close(over)
			}
			return described(operation, isComplete), nil
		},
	}, append(suspend, "--wait")...)
	assert.Equal(t, int(exitDone), got.code)
	for _, want := range []string{
		"12:00:00  running     no worker answers\n", "12:00:00  Temporal does not answer; still trying\n",
		"12:00:00  overdue     needs attention: Overdue  DISH says \"InProgress\"  no worker answers  attempt 2 at 12:00:20 (in 20s)\n",
		"completed  dish:r-1\n",
	} {
		assert.Contains(t, got.stdout, want)
	}
}

// Where a worker answers, the line says what the operation says of itself.
func TestWaitShowsTheStatus(t *testing.T) {
	over := make(chan struct{})
	looks := 0
	status := waitingStatus()
	got := try(t, &fakeTemporal{
		start: started, status: status,
		end: func(context.Context) (string, error) {
			<-over
			return result, nil
		},
		describe: func() (*describedRun, error) {
			switch looks++; {
			case looks == 5:
				close(over)
				fallthrough
			case looks > 5:
				return described(activation, isComplete), nil
			}
			return described(activation, isRunning), nil
		},
	}, append(suspend, "--wait")...)
	assert.Equal(t, int(exitDone), got.code)
	assert.Contains(t, got.stdout, "12:00:00  overdue     needs attention: Overdue  DISH says \"Success\"\n")
	assert.NotContains(t, got.stdout, "no worker answers")
}

func TestInterrupted(t *testing.T) {
	for _, output := range []string{"text", "json"} {
		ctx, interrupt := context.WithCancel(t.Context())
		got := tryWith(ctx, t, &fakeTemporal{
			start: started,
			end: func(ctx context.Context) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			},
			describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
				interrupt()
				return described("dish.UpdateSubscriptionStatus", isRunning), nil
			},
		}, "", append(suspend, "--wait", "--output", output)...)
		assert.Equal(t, int(exitInterrupted), got.code)
		assert.Contains(t, got.stderr, `interrupted; dish:r-1 goes on. Look again with "bin/starter wait dish:r-1"`)
		assert.Equal(t, output == "json", json.Valid([]byte(got.stdout)))
	}
}

func TestLostWhileWaiting(t *testing.T) {
	got := try(t, &fakeTemporal{
		start: started,
		end:   func(context.Context) (string, error) { return "", serviceerror.NewUnavailable("gone") },
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			return nil, serviceerror.NewUnavailable("gone")
		},
	}, append(suspend, "--wait")...)
	assert.Equal(t, int(exitUnreachable), got.code)
	assert.Contains(t, got.stderr, "dish:r-1 goes on")
}

func TestReadsWaitForTheirAnswer(t *testing.T) {
	const answer = `{"subscriberId":"S-1"}`
	fake := &fakeTemporal{
		start: started,
		end:   func(context.Context) (string, error) { return answer, nil },
		describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
			return described("dish.GetSubscription", isComplete), nil
		},
	}
	query := []string{"dish", "get-subscription", "--reference=r-1", "--gpsi=15550100123"}
	assert.Contains(t, try(t, fake, query...).stdout, `"subscriberId": "S-1"`)
	assert.NotContains(t, try(t, fake, append(query, "--no-wait")...).stdout, "S-1")

	got := try(t, fake, "status", "dish:r-1")
	assert.NotContains(t, got.stdout, "S-1", "somebody else's look does not show personal data")
	assert.Contains(t, got.stdout, "--answer")
	assert.Contains(t, try(t, fake, "status", "dish:r-1", "--answer").stdout, `"subscriberId": "S-1"`)
}
