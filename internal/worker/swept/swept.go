// Package swept tells the operations that wait what a sweep of their carrier has read: with the same signal that a callback is.
//
// An operation is found by the reference in the carrier's record. Where that finds none, because the carrier has a short form of
// the reference, spells it in another way or has none, it is found by its line. The carrier's id of the request is part of the
// signal, so that another operation of the line ignores it.
package swept

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/worker/callback"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// maxConcurrent bounds how many signals are sent at the same time.
	maxConcurrent = 8
	// keysAtOnce bounds how many lines one look-up is about, and foundAtOnce how many operations one page of its answer has.
	keysAtOnce, foundAtOnce = 100, 1000
)

// Lister is the part of a Temporal client that lists workflows.
type Lister interface {
	ListWorkflow(ctx context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error)
}

// Teller tells the operations of one carrier.
type Teller struct {
	Adapter carriers.Adapter
	// Secret is the secret of [carriers.Adapter.LineKey].
	Secret string
	// Previous is the secret before, while it is being replaced. Optional.
	Previous string
	Sender   interface {
		Send(ctx context.Context, workflowID, requestID string, c workflows.Callback) error
	}
	Lister Lister
	// Turns reads who has the turn of a line, which finds an operation whose caller has not set the search attribute LineKey. Optional.
	Turns interface {
		DescribeWorkflowExecution(ctx context.Context, workflowID, runID string) (*workflowservice.DescribeWorkflowExecutionResponse, error)
	}
}

var _ = Teller{Sender: &callback.Sender{}}

// Tell tells the operations. For each of the decided requests it returns whether that is done, so that it need not be told again: an
// operation was told, or there surely is none. An operation that began a moment ago may not be found by its line yet. told is how
// many signals were sent.
func (t *Teller) Tell(ctx context.Context, decided []carriers.Decided) (done []bool, told int, err error) {
	done = make([]bool, len(decided))
	var mu sync.Mutex
	send := func(i int, workflowID string) error {
		sent, err := t.signal(ctx, workflowID, decided[i])
		mu.Lock()
		defer mu.Unlock()
		if sent {
			done[i] = true
			told++
		}
		return err
	}
	byReference := pool()
	for i, d := range decided {
		if carriers.ValidReference(d.Reference) {
			byReference.Go(func() error { return send(i, workflows.WorkflowID(t.Adapter.Carrier, d.Reference)) })
		}
	}
	if err := byReference.Wait(); err != nil {
		return done, told, err
	}
	keys := map[string][]int{}
	for i, d := range decided {
		if done[i] {
			continue
		}
		done[i] = len(d.Lines) == 0
		for _, line := range d.Lines {
			for _, key := range t.Adapter.LineKeys(line, t.Secret, t.Previous) {
				keys[key] = append(keys[key], i)
			}
		}
	}
	byLine := pool()
	err = t.find(ctx, keys, func(workflowID, key string) {
		for _, i := range keys[key] {
			byLine.Go(func() error { return send(i, workflowID) })
		}
	})
	if err = errors.Join(err, byLine.Wait()); err != nil || t.Turns == nil {
		return done, told, err
	}
	for key, of := range keys {
		keys[key] = slices.DeleteFunc(of, func(i int) bool { return done[i] })
	}
	byTurn := pool()
	for key, of := range keys {
		if len(of) == 0 {
			continue
		}
		byTurn.Go(func() error {
			holder, err := workflows.TurnHolder(ctx, t.Turns, workflows.LineID(t.Adapter.Carrier, key))
			if _, gone := errors.AsType[*serviceerror.NotFound](err); gone || holder == "" && err == nil {
				return nil
			}
			for _, i := range of {
				if err == nil {
					err = send(i, holder)
				}
			}
			return err
		})
	}
	return done, told, byTurn.Wait()
}

// pool runs up to maxConcurrent functions at the same time, all of them, and returns the first error.
func pool() *errgroup.Group {
	var g errgroup.Group
	g.SetLimit(maxConcurrent)
	return &g
}

// signal tells one operation. One that is closed, or that nobody knows, is not told.
func (t *Teller) signal(ctx context.Context, workflowID string, d carriers.Decided) (sent bool, err error) {
	var line *workflows.ListedLine
	if named := d.Outcome.Line; named != nil {
		line = &workflows.ListedLine{SubscriptionID: named.SubscriptionID, Number: named.Number}
	}
	err = t.Sender.Send(ctx, workflowID, requestID(workflowID, d), workflows.Callback{
		State: d.Outcome.State, Status: d.Outcome.Status, Code: d.Outcome.Code, Reason: d.Outcome.Reason, ReceivedAt: time.Now().UTC(),
		Swept: true, TransactionID: d.TransactionID, Line: line,
	})
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("signalling workflow %s: %w", workflowID, err)
	}
	return true, nil
}

// requestID is the same for the same word about the same request, whoever has read it.
func requestID(workflowID string, d carriers.Decided) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{workflowID, d.TransactionID, string(d.Outcome.State), d.Outcome.Status, d.Outcome.Code, d.Outcome.Reason}, "\x00")))
	return "sweep-" + hex.EncodeToString(sum[:])
}

// find finds the open operations of some lines.
func (t *Teller) find(ctx context.Context, keys map[string][]int, found func(workflowID, key string)) error {
	if t.Secret == "" {
		return nil
	}
	var all []string
	for key := range keys {
		all = append(all, key)
	}
	slices.Sort(all)
	for some := range slices.Chunk(all, keysAtOnce) {
		query := fmt.Sprintf("%s IN (%s) AND WorkflowType IN (%s) AND ExecutionStatus = 'Running'",
			workflows.LineKeyAttribute.GetName(), quoted(some), quoted(t.Adapter.Sweep.Operations))
		request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: foundAtOnce}
		for {
			page, err := t.Lister.ListWorkflow(ctx, request)
			if err != nil {
				return fmt.Errorf("looking for the operations of %d lines: %w", len(some), err)
			}
			for _, run := range page.GetExecutions() {
				if key, ok := workflows.LineKeyOf(run.GetSearchAttributes()); ok {
					found(run.GetExecution().GetWorkflowId(), key)
				}
			}
			if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
				break
			}
		}
	}
	return nil
}

// quoted are values in a visibility query. None of them has a quote.
func quoted(values []string) string { return "'" + strings.Join(values, "', '") + "'" }
