package service

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// How a carrier's limit is shared. The queue of its activities has what direct reads and a sweep leave; Temporal enforces it over all
// workers. The shares of direct reads and of polls are kept by asking Temporal every shareEvery how many workers, and how many operations,
// there are.
//
// Only a process that runs workflows and calls the carrier makes direct reads. A process that only calls the carrier (the role activities
// without workflows) leaves them no share: its queue has the whole limit. Temporal takes the limit of the queue from whichever process
// asked last, so where both kinds of process run, the first kind makes no direct reads, and the limit is kept.
const (
	// directShare is the part of the limit for the reads that the workers of the workflows make themselves.
	directShare = 0.25
	// sweepShare is the part of the limit for the pages of a sweep.
	sweepShare = 0.1
	// pollShare is the part of the limit that polls use at most, so that what somebody waits for never queues behind them. Of operations
	// that a sweep tells about, polls are a safety net, with sweptShare.
	pollShare  = 0.5
	sweptShare = 0.1

	shareEvery = 30 * time.Second
)

// direct lets through the reads that this worker makes outside the carrier's queue.
type direct struct {
	perSecond float64
	limiter   *rate.Limiter
	free      chan struct{}
}

// newDirect allows reads at the whole share, which is for a single worker, on a quarter of the connections. It is nil for a carrier where
// nobody tells of outcomes: there is nothing to confirm.
func newDirect(perSecond float64, told bool, connections int) *direct {
	if !told {
		return nil
	}
	d := &direct{perSecond: perSecond * directShare, free: make(chan struct{}, max(1, connections/4))}
	d.limiter = rate.NewLimiter(rate.Limit(d.perSecond), burst(d.perSecond))
	return d
}

// burst is how many reads may be made at once: those of one second.
func burst(perSecond float64) int { return max(1, int(math.Ceil(perSecond))) }

// ofQueue are the slots and the rate that are left for the queue of the carrier's activities, which has one of each at least.
func (d *direct) ofQueue(connections int, perSecond float64) (slots int, rate float64) {
	if d == nil {
		return connections, perSecond
	}
	return max(1, connections-cap(d.free)), perSecond - d.perSecond
}

// Begin implements [activities.Direct].
func (d *direct) Begin() (end func(), may bool) {
	select {
	case d.free <- struct{}{}:
	default:
		return nil, false
	}
	end = func() { <-d.free }
	if !d.limiter.Allow() {
		end()
		return nil, false
	}
	return end, true
}

// among shares the rate among the processes that make direct reads: those that poll the queue of the carrier's activities, as long as each
// of them leaves the share.
func (d *direct) among(pollers []*taskqueuepb.PollerInfo) {
	if slices.ContainsFunc(pollers, func(p *taskqueuepb.PollerInfo) bool { return onlyActivities(p.GetIdentity()) }) {
		d.limiter.SetLimit(0)
		d.limiter.SetBurst(0)
		return
	}
	share := d.perSecond / float64(max(len(pollers), 1))
	d.limiter.SetLimit(rate.Limit(share))
	d.limiter.SetBurst(burst(share))
}

// polls is how far apart the polls of one operation are, so that the polls of all of a carrier's operations stay within their share of
// its limit.
type polls struct {
	perSecond float64
	open      atomic.Int64
}

// apart is the least time between two polls of one operation.
func (p *polls) apart(swept bool) time.Duration {
	share := pollShare
	if swept {
		share = sweptShare
	}
	return time.Duration(float64(p.open.Load()) / (share * p.perSecond) * float64(time.Second))
}

// share keeps the shares up to date until ctx ends. While Temporal does not answer, they stay as they are.
func (s *served) share(ctx context.Context, temporal client.Client, namespace string, log *zap.Logger) {
	due := time.NewTicker(shareEvery)
	defer due.Stop()
	for {
		s.shareOnce(ctx, temporal, namespace, log)
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
	}
}

// shareOnce asks how many workers and operations there are.
func (s *served) shareOnce(ctx context.Context, temporal client.Client, namespace string, log *zap.Logger) {
	ctx, stop := context.WithTimeout(ctx, shareEvery/2)
	defer stop()
	var all sync.WaitGroup
	for _, c := range s.carriers {
		if c.direct != nil {
			all.Go(func() {
				queue, err := temporal.DescribeTaskQueue(ctx, activities.TaskQueue(c.Carrier), enumspb.TASK_QUEUE_TYPE_ACTIVITY)
				if err != nil {
					log.Debug("counting the workers failed", zap.String("carrier", string(c.Carrier)), zap.Error(err))
					return
				}
				c.direct.among(queue.GetPollers())
			})
		}
		all.Go(func() {
			open, err := temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: openOf(c.Carrier)})
			if err != nil {
				log.Debug("counting the open operations failed", zap.String("carrier", string(c.Carrier)), zap.Error(err))
				return
			}
			c.polls.open.Store(open.GetCount())
		})
	}
	all.Wait()
}

// openOf is the query for a carrier's open operations. Lines do not have the search attribute, follow-ups have it.
func openOf(c carriers.Carrier) string {
	return fmt.Sprintf("%s = '%s' AND ExecutionStatus = 'Running' AND WorkflowType != '%s'", workflows.CarrierAttribute.GetName(), c, workflows.FollowUpType)
}
