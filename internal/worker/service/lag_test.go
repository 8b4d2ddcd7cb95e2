package service

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// How long a check waited for its turn comes from a metric of the SDK's, whose name and tags are not part of its API.
func TestTheLagOfChecksShowsInTheMetrics(t *testing.T) {
	late := activityTask(activities.CheckName("stn.SetServices"), time.Minute)
	late.CurrentAttemptScheduledTime = timestamppb.New(late.StartedTime.AsTime().Add(-45 * time.Second))
	logs, stop := running(t, serveTemporal(t, &temporalServer{
		attributes: workflows.SearchAttributes(), task: late, queue: activities.TaskQueue("stn"),
	}))
	health := awaitLog(t, logs, "worker is ready")["health"].(string)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		page := get(t, "http://"+health+"/metrics")
		assert.Regexp(c, `carrierflow_check_lag_seconds_sum\{carrier="stn"[^}]*\} 45\n`, page)
		assert.Regexp(c, `carrierflow_check_lag_seconds_bucket\{carrier="stn"[^}]*le="30"[^}]*\} 0\n`, page)
		assert.Regexp(c, `carrierflow_check_lag_seconds_bucket\{carrier="stn"[^}]*le="60"[^}]*\} 1\n`, page)
		assert.Regexp(c, `temporal_activity_schedule_to_start_latency_seconds_sum\{[^}]*task_queue="carrierflow-stn"[^}]*\} 45\n`, page)
	}, patience, 10*time.Millisecond)
	require.NoError(t, stop())
}

// lagging runs the monitor on sTN's checks in a synctest bubble. The function gets a way to report the lag of an activity,
// the logs, and a way to let time pass in which one lag is reported every second.
func lagging(t *testing.T, do func(tell func(queue, activity string, lag time.Duration), logs *observer.ObservedLogs, pass func(d, lag time.Duration))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		telemetry, err := newTelemetry()
		require.NoError(t, err)
		defer telemetry.close()
		core, logs := observer.New(zap.InfoLevel)
		l := newLagMonitor(telemetry, []connected{{CarrierConfig: CarrierConfig{Adapter: carriers.Adapter{Carrier: "stn", Name: "sTN"}, Limits: &Limits{PerSecond: 20}}}}, zap.New(core))
		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		go l.watch(ctx)
		time.Sleep(time.Second / 2) // so that each report falls between two ends of a slice
		handler := keepMetrics(lagHandler{MetricsHandler: telemetry.handler, lagMonitor: l})
		tell := func(queue, activity string, lag time.Duration) {
			handler.WithTags(map[string]string{"task_queue": queue, "activity_type": activity}).Timer(scheduleToStart).Record(lag)
		}
		do(tell, logs, func(d, lag time.Duration) {
			for range d / time.Second {
				time.Sleep(time.Second)
				tell(activities.TaskQueue("stn"), activities.CheckName("stn.SetServices"), lag)
			}
			synctest.Wait()
		})
	})
}

// said counts the lines which say that checks come late, and those which say that they are on time again.
func said(logs *observer.ObservedLogs) (late, onTime int) {
	return logs.FilterMessageSnippet("come late").Len(), logs.FilterMessageSnippet("on time again").Len()
}

func TestChecksThatComeLateAreSaidOnce(t *testing.T) {
	lagging(t, func(_ func(string, string, time.Duration), logs *observer.ObservedLogs, pass func(d, lag time.Duration)) {
		pass(49*time.Second, 31*time.Second)
		require.Empty(t, logs.All(), "not for one short wait")
		pass(30*time.Second, 0)
		pass(50*time.Second, 31*time.Second)
		require.Empty(t, logs.All(), "not for two short waits either")
		pass(time.Hour, 31*time.Second)
		late, onTime := said(logs)
		require.Equal(t, 1, late)
		require.Zero(t, onTime)
		line := logs.All()[0]
		require.Equal(t, zap.WarnLevel, line.Level)
		require.Contains(t, line.Message, "sTN")
		require.Equal(t, "stn", line.ContextMap()["carrier"])
		require.Equal(t, 20.0, line.ContextMap()["per second"])
		require.Contains(t, line.ContextMap()["to do"], "STN_PER_SECOND")
		require.Contains(t, line.ContextMap()["to do"], "docs/scaling.md")

		pass(30*time.Second, time.Second)
		pass(10*time.Second, 31*time.Second)
		pass(30*time.Second, time.Second)
		_, onTime = said(logs)
		require.Zero(t, onTime, "not for one short wait")
		pass(time.Hour, time.Second)
		late, onTime = said(logs)
		require.Equal(t, 1, late)
		require.Equal(t, 1, onTime)
		pass(2*time.Minute, time.Minute)
		late, _ = said(logs)
		require.Equal(t, 2, late, "and again when it comes again")
	})
}

func TestChecksAreLateWhenSomethingWaits(t *testing.T) {
	stn := activities.TaskQueue("stn")
	for name, tc := range map[string]struct {
		queue, activity string
		lag             time.Duration
		late            int
	}{
		"a check that waits too long":       {stn, "stn.SetServices.Check", 31 * time.Second, 1},
		"a check that waits as is usual":    {stn, "stn.SetServices.Check", 30 * time.Second, 0},
		"a submit, before which none goes":  {stn, "stn.SetServices.Submit", time.Minute, 1},
		"a check of a carrier not served":   {activities.TaskQueue("dish"), "dish.UpdateBillCycle.Check", time.Hour, 0},
		"something else, with no such name": {"", "", time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			lagging(t, func(tell func(string, string, time.Duration), logs *observer.ObservedLogs, _ func(d, lag time.Duration)) {
				for range 200 {
					time.Sleep(time.Second)
					tell(tc.queue, tc.activity, tc.lag)
				}
				late, onTime := said(logs)
				require.Equal(t, tc.late, late)
				require.Zero(t, onTime)
			})
		})
	}
}

// Extra checks go before polls and are quick; they must not hide that the polls are late.
func TestQuickChecksDoNotHideLateOnes(t *testing.T) {
	lagging(t, func(_ func(string, string, time.Duration), logs *observer.ObservedLogs, pass func(d, lag time.Duration)) {
		for range 20 {
			pass(9*time.Second, 0)
			pass(time.Second, time.Minute)
		}
		late, onTime := said(logs)
		require.Equal(t, 1, late)
		require.Zero(t, onTime)
	})
}

// Without an activity, nothing is known: slices before and after a pause are not counted together, and late checks that
// have ended are not on time.
func TestAPauseSaysNothingAboutChecks(t *testing.T) {
	lagging(t, func(_ func(string, string, time.Duration), logs *observer.ObservedLogs, pass func(d, lag time.Duration)) {
		for range 10 {
			pass(40*time.Second, time.Minute)
			time.Sleep(10 * time.Minute)
		}
		require.Empty(t, logs.All())
		pass(2*time.Minute, time.Minute)
		time.Sleep(time.Hour)
		late, onTime := said(logs)
		require.Equal(t, 1, late)
		require.Zero(t, onTime)
	})
}
