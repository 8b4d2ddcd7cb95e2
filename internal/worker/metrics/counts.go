package metrics

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// CountClient is the part of a Temporal client that counts workflows.
type CountClient interface {
	CountWorkflow(ctx context.Context, request *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error)
}

// plansCarrier is the label of plans, which may have steps at several carriers.
const plansCarrier = "plans"

// countsTooOld is after how long figures are left out, so that nobody takes them for the present ones.
const countsTooOld = 5 * time.Minute

// Counts are the figures that Temporal has counted.
type Counts struct {
	mu    sync.Mutex
	at    time.Time // of the last complete count
	began time.Time

	open, overdue, parked map[string]int64 // by operation
	attention             map[reason]int64
}

// reason is why runs need attention: a kind at a carrier.
type reason struct {
	carrier string
	kind    workflows.Attention
}

// Count counts what the gauges of operations and attention say. It asks for as little as possible: two counts for each carrier,
// and for each operation type and reason only where there is something to count. With an error the figures stay as they are.
//
// All carriers are counted, because what waits for a carrier that no worker serves must not go unnoticed. Of those that served leaves
// out, figures of 0 are left out too.
func (c *Counts) Count(ctx context.Context, temporal CountClient, namespace string, of []carriers.Adapter, served func(carriers.Carrier) bool) error {
	q := &counting{ctx: ctx, temporal: temporal, namespace: namespace}
	now := Counts{open: map[string]int64{}, overdue: map[string]int64{}, parked: map[string]int64{}, attention: map[reason]int64{}}
	for _, a := range of {
		carrier := workflows.CarrierAttribute.GetName() + is(string(a.Carrier))
		open := q.count(carrier, "WorkflowType"+isNot(workflows.SweepType), "WorkflowType"+isNot(workflows.FollowUpType))
		raised := q.kinds(&now, string(a.Carrier), carrier)
		for _, o := range a.Operations {
			operation := o.Info().Type
			ofType := "WorkflowType" + is(operation)
			now.open[operation] = q.countIf(open > 0, ofType)
			now.overdue[operation] = q.countIf(raised[workflows.AttentionOverdue] > 0 && now.open[operation] > 0, ofType, needs(workflows.AttentionOverdue))
			now.parked[operation] = q.countIf(raised[workflows.AttentionOutcomeUnknown] > 0 && now.open[operation] > 0, ofType, needs(workflows.AttentionOutcomeUnknown))
		}
		if !served(a.Carrier) {
			now.leaveOutZeros(string(a.Carrier))
		}
	}
	now.attention[reason{plansCarrier, workflows.AttentionPlanStopped}] = q.count(needs(workflows.AttentionPlanStopped))
	if q.err != nil {
		return fmt.Errorf("counting the operations at Temporal: %w", q.err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.open, c.overdue, c.parked, c.attention = time.Now(), now.open, now.overdue, now.parked, now.attention
	return nil
}

// leaveOutZeros leaves out what there is none of at a carrier.
func (c *Counts) leaveOutZeros(carrier string) {
	for _, figures := range []map[string]int64{c.open, c.overdue, c.parked} {
		maps.DeleteFunc(figures, func(operation string, n int64) bool { return n == 0 && carrierOf(operation) == carrier })
	}
	maps.DeleteFunc(c.attention, func(r reason, n int64) bool { return n == 0 && r.carrier == carrier })
}

// kinds counts the reasons at one carrier. The count of a run that needs attention for a reason that is not known here is left out.
func (q *counting) kinds(into *Counts, name, carrier string) map[workflows.Attention]int64 {
	raised, found := map[workflows.Attention]int64{}, q.count(carrier, workflows.NeedsAttentionAttribute.GetName()+" IS NOT NULL")
	for _, kind := range workflows.Attentions() {
		if kind == workflows.AttentionPlanStopped {
			continue
		}
		raised[kind] = q.countIf(found > 0, carrier, needs(kind))
		into.attention[reason{name, kind}] = raised[kind]
	}
	return raised
}

func is(value string) string { return fmt.Sprintf(" = '%s'", value) }

func isNot(value string) string { return fmt.Sprintf(" != '%s'", value) }

func needs(kind workflows.Attention) string {
	return workflows.NeedsAttentionAttribute.GetName() + is(string(kind))
}

// counting asks Temporal. After an error it asks no more.
type counting struct {
	ctx       context.Context
	temporal  CountClient
	namespace string
	err       error
}

func (q *counting) count(conditions ...string) int64 {
	if q.err != nil {
		return 0
	}
	conditions = append(conditions, "ExecutionStatus = 'Running'")
	var found *workflowservice.CountWorkflowExecutionsResponse
	found, q.err = q.temporal.CountWorkflow(q.ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: q.namespace, Query: strings.Join(conditions, " AND "),
	})
	return found.GetCount()
}

func (q *counting) countIf(worthwhile bool, conditions ...string) int64 {
	if !worthwhile {
		return 0
	}
	return q.count(conditions...)
}

// show makes the gauges.
func (c *Counts) show(m *maker) {
	c.began = time.Now()
	byOperation := func(of Metric, figures func() map[string]int64) {
		m.gauge(of, func(show func(float64, ...string)) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.tooOld() {
				return
			}
			for operation, n := range figures() {
				show(float64(n), carrierOf(operation), operation)
			}
		})
	}
	byOperation(operationsOpen, func() map[string]int64 { return c.open })
	byOperation(operationsOverdue, func() map[string]int64 { return c.overdue })
	byOperation(operationsParked, func() map[string]int64 { return c.parked })
	m.gauge(attention, func(show func(float64, ...string)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.tooOld() {
			return
		}
		for r, n := range c.attention {
			show(float64(n), r.carrier, string(r.kind))
		}
	})
	m.gauge(countsAge, func(show func(float64, ...string)) {
		c.mu.Lock()
		defer c.mu.Unlock()
		show(max(time.Since(c.since()), 0).Seconds())
	})
}

// since is when the figures were counted; when there are none, when the worker has started.
func (c *Counts) since() time.Time {
	if c.at.IsZero() {
		return c.began
	}
	return c.at
}

func (c *Counts) tooOld() bool { return c.at.IsZero() || time.Since(c.at) > countsTooOld }
