package service

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/carrierflow/carrierflow/carriers"
)

// begun is how many direct reads may be made at once; all of them are ended again.
func begun(d *direct) (n int) {
	var ends []func()
	for {
		end, may := d.Begin()
		if !may {
			break
		}
		ends = append(ends, end)
	}
	for _, end := range ends {
		end()
	}
	return len(ends)
}

// The queue and the direct reads of all workers together stay within the carrier's limit.
func TestDirectReadsHaveAShareOfTheLimit(t *testing.T) {
	d := newDirect(20, true, 32)
	slots, rate := d.ofQueue(32, 20)
	require.Equal(t, []any{24, 15.0}, []any{slots, rate})
	require.InDelta(t, 5, float64(d.limiter.Limit()), 0)
	for _, workers := range []int{0, 1, 2, 10} {
		d.among(pollers(slices.Repeat([]string{"1@host@"}, workers)...))
		require.InDelta(t, 20, rate+float64(d.limiter.Limit())*float64(max(workers, 1)), 1e-9)
	}
}

// A process that runs no workflows gives the queue the whole limit, so the others make no direct reads as long as there is one.
func TestThereAreNoDirectReadsBesideAProcessThatLeavesThemNoShare(t *testing.T) {
	d := newDirect(20, true, 32)
	d.among(pollers("1@a@", "1@b@"+listed([]Role{Activities, Callbacks})))
	require.Zero(t, begun(d))
	d = newDirect(20, true, 32)
	d.among(pollers("1@a@", "1@b@"+listed([]Role{Workflows, Activities})))
	require.Equal(t, 3, begun(d), "half of the share, rounded up")
}

// Who shares a carrier's direct reads is who polls the queue of its activities, whatever processes serve other carriers.
func TestTheShareOfEachCarrierIsAmongWhoServesIt(t *testing.T) {
	server := &temporalServer{pollers: map[string][]*taskqueuepb.PollerInfo{
		"carrierflow-dish": pollers("1@a@", "1@b@"), "carrierflow-stn": pollers("1@a@", "1@c@activities"),
	}}
	temporal, err := client.NewLazyClient(client.Options{HostPort: serveTemporal(t, server)})
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	cfg := parsed(t, append(bothServed, "--dish-base-url=http://127.0.0.1:1")...)
	s := &served{}
	for _, one := range cfg.served() {
		s.carriers = append(s.carriers, connected{CarrierConfig: one, direct: newDirect(20, true, 32), polls: &polls{perSecond: 20}})
	}
	s.shareOnce(t.Context(), temporal, "default", zap.NewNop())
	limits := map[carriers.Carrier]rate.Limit{}
	for _, one := range s.carriers {
		limits[one.Carrier] = one.direct.limiter.Limit()
	}
	require.Equal(t, map[carriers.Carrier]rate.Limit{"dish": 2.5, "stn": 0, "telnyx": 5}, limits)
}

func pollers(identities ...string) (all []*taskqueuepb.PollerInfo) {
	for _, identity := range identities {
		all = append(all, &taskqueuepb.PollerInfo{Identity: identity})
	}
	return all
}

func TestADirectReadNeedsAConnectionAndATurn(t *testing.T) {
	require.Equal(t, 5, begun(newDirect(20, true, 32)), "no more than in a second")
	d := newDirect(1000, true, 8)
	require.Equal(t, 2, begun(d), "no more than a quarter of the connections")
	require.Equal(t, 2, begun(d), "which are free again")
	slots, _ := newDirect(20, true, 1).ofQueue(1, 20)
	require.Equal(t, 1, slots, "the queue has one in any case")
}

// Where nothing is told, there is nothing to confirm, and the queue has all.
func TestACarrierThatTellsNothingHasNoDirectReads(t *testing.T) {
	d := newDirect(20, false, 32)
	require.Nil(t, d)
	slots, rate := d.ofQueue(32, 20)
	require.Equal(t, []any{32, 20.0}, []any{slots, rate})
}

// Polls use at most half of the limit, whatever the number of operations that wait, and a tenth where a sweep tells the outcome.
func TestPollsStayWithinTheirShare(t *testing.T) {
	p := &polls{perSecond: 20}
	require.Zero(t, p.apart(false))
	for _, open := range []int64{1, 300, 1200, 100_000} {
		p.open.Store(open)
		require.InDelta(t, 10, float64(open)/p.apart(false).Seconds(), 0.01)
		require.InDelta(t, 2, float64(open)/p.apart(true).Seconds(), 0.01)
	}
	p.open.Store(300)
	require.Equal(t, 30*time.Second, p.apart(false), "as often as an operation at its default pace asks")
}
