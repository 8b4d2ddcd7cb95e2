package service

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/workflows"
)

var bothServed = []string{
	"--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--telnyx-base-url=http://127.0.0.1:1", "--telnyx-api-key=k", "--no-line-order=stn,telnyx",
}

// What costs no more than what is decided is swept unless it is turned off, everything else only when it is turned on.
func TestWhatIsSwept(t *testing.T) {
	for _, tc := range []struct {
		args        []string
		stn, telnyx bool
	}{
		{[]string{"--line-key=secret"}, true, false},
		{[]string{"--line-key=secret", "--no-stn-sweep", "--telnyx-sweep"}, false, true},
		{nil, false, false}, // the operations of a line could not be found
	} {
		cfg := parsed(t, append(tc.args, bothServed...)...)
		require.NoError(t, cfg.Check())
		require.Equal(t, tc.stn, cfg.Swept("stn.SetServices"), tc.args)
		require.Equal(t, tc.telnyx, cfg.Swept("telnyx.EnableSIM"), tc.args)
		require.False(t, cfg.Swept("stn.CancelTerminate"), "the status of a record does not decide it")
		require.False(t, cfg.Swept("dish.ActivateSubscription"))
	}
	t.Setenv("STN_SWEEP", "false")
	require.False(t, parsed(t, append(bothServed, "--line-key=secret")...).Swept("stn.SetServices"))
	require.False(t, parsed(t, "--line-key=secret").Swept("stn.SetServices"), "it is not served")
	require.ErrorContains(t, parsed(t, append(bothServed, "--stn-sweep-every=0s")...).Check(), "STN_SWEEP_EVERY")
}

// The pages of a sweep are taken from the rate limit that the carrier allows.
func TestASweepKeepsToTheRateLimit(t *testing.T) {
	cfg := parsed(t, append(bothServed, "--line-key=secret", "--stn-per-second=20", "--stn-sweep-every=7s")...)
	var served []connected
	for _, one := range cfg.served() {
		served = append(served, connected{CarrierConfig: one})
		want := 0.0
		if one.Carrier == "stn" {
			want = 2
		}
		require.Equal(t, want, cfg.sweepsPerSecond(one))
	}
	temporal, err := client.NewLazyClient(client.Options{})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	telemetry, err := newTelemetry()
	require.NoError(t, err)
	t.Cleanup(telemetry.close)
	made := newSweeps(cfg, served, temporal, client.Options{}, telemetry, zap.NewNop())
	require.Len(t, made, 2)
	require.True(t, made["stn"].On)
	require.Equal(t, []time.Duration{7 * time.Second, time.Second / 2}, []time.Duration{made["stn"].Every, made["stn"].PerPage})
	require.False(t, made["telnyx"].On, "it ends a sweep that was started before")
}

// A worker starts the sweeps of the carriers that it serves, unless they are open.
func TestAWorkerStartsItsSweeps(t *testing.T) {
	server := &temporalServer{attributes: workflows.SearchAttributes(), started: make(chan *workflowservice.StartWorkflowExecutionRequest, 10)}
	logs, stop := running(t, serveTemporal(t, server), "--telnyx-base-url=http://127.0.0.1:1", "--telnyx-api-key=k")
	awaitLog(t, logs, "worker is ready")
	for queue, limit := range map[string]float64{"carrierflow-stn": 20 - 5 - 2, "carrierflow-dish": 20 - 5} {
		require.Eventually(t, func() bool {
			asked, polled := server.limits.Load(queue)
			return polled && asked == limit
		}, patience, 5*time.Millisecond, "direct reads, and the pages of a sweep, are taken from the limit of the carrier")
	}
	require.NoError(t, stop())
	require.Len(t, server.started, 1)
	request := <-server.started
	require.Equal(t, []string{"sweep:stn", workflows.SweepType, workflows.TaskQueue}, []string{request.GetWorkflowId(), request.GetWorkflowType().GetName(), request.GetTaskQueue().GetName()})
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, request.GetWorkflowIdConflictPolicy())
	require.Contains(t, request.GetSearchAttributes().GetIndexedFields(), "Carrier")
	require.NotContains(t, request.GetSearchAttributes().GetIndexedFields(), "Operation", "it is none")
	c, ok := workflows.ParseSweepID(request.GetWorkflowId())
	require.True(t, ok)
	require.EqualValues(t, "stn", c)
	_, _, operation := workflows.ParseWorkflowID(request.GetWorkflowId())
	require.False(t, operation)
}
