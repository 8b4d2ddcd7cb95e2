package callback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

const (
	// mostNotices bounds the notices of one request.
	mostNotices = 1000
	// mostAtOnce bounds how many of them are stored at the same time.
	mostAtOnce = 8
)

// courier hands notices to Temporal.
type courier struct {
	*store
	timeout time.Duration
}

// delivery is what became of one notice.
type delivery struct {
	result Result
	err    error
}

// take delivers all notices of a request. They are stored at once, except that those of one reference keep their order:
// after one that could not be stored, the later ones of that reference are not tried. The carrier then sends all again,
// which does the stored ones no harm.
func (c *courier) take(ctx context.Context, carrier carriers.Carrier, messageID string, notices []Notice) reply {
	// A carrier that hangs up early has still told us.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	now := time.Now().UTC()
	ofReference, order := map[string][]int{}, []string{}
	for i, n := range notices {
		if _, seen := ofReference[n.Reference]; !seen {
			order = append(order, n.Reference)
		}
		ofReference[n.Reference] = append(ofReference[n.Reference], i)
	}
	deliveries := make([]delivery, len(notices))
	var all errgroup.Group
	all.SetLimit(mostAtOnce)
	for _, reference := range order {
		all.Go(func() error {
			var err error
			for _, i := range ofReference[reference] {
				if err != nil {
					deliveries[i] = delivery{Unavailable, err}
					continue
				}
				n := notices[i]
				if n.ReceivedAt.IsZero() {
					n.ReceivedAt = now
				}
				n.EventID = cmp.Or(n.EventID, messageID)
				deliveries[i].result, err = c.deliver(ctx, carrier, n)
				if err != nil {
					deliveries[i] = delivery{Unavailable, err}
				}
			}
			return nil
		})
	}
	_ = all.Wait()
	return delivered(notices, deliveries)
}

// deliver has Temporal store a notice: as a signal to the operation it is about, or, if there is none that waits for it,
// in a workflow that keeps it for an operator.
func (c *courier) deliver(ctx context.Context, carrier carriers.Carrier, n Notice) (Result, error) {
	request := requestID(carrier, n)
	if !carriers.ValidReference(n.Reference) {
		return Unmatched, c.keepUnmatched(ctx, carrier, n, request)
	}
	id := workflows.WorkflowID(carrier, n.Reference)
	for range 2 { // an operation that starts, or is reset, between the signal and the look-up gets a second signal
		err := c.signal(ctx, id, request, n.Callback)
		if err == nil {
			return Stored, nil
		}
		if !isNotFound(err) {
			return Unavailable, fmt.Errorf("signalling workflow %s: %w", id, err)
		}
		// The server has one error type for workflows that are over and workflows that never were, and tells them apart
		// in the text alone.
		found, err := c.temporal.DescribeWorkflowExecution(ctx, id, "")
		switch {
		case isNotFound(err):
			return Unmatched, c.keepUnmatched(ctx, carrier, n, request)
		case err != nil:
			return Unavailable, fmt.Errorf("looking up workflow %s: %w", id, err)
		case found.GetWorkflowExecutionInfo().GetCloseTime() != nil:
			return c.afterTheEnd(ctx, carrier, n, request, found.GetWorkflowExecutionInfo())
		}
	}
	return Unavailable, fmt.Errorf("workflow %s is open and cannot be signalled", id)
}

// keepUnmatched stores a notice whose reference no operation has.
func (c *courier) keepUnmatched(ctx context.Context, carrier carriers.Carrier, n Notice, request string) error {
	unmatched := workflows.Unmatched{Carrier: carrier, Reference: n.Reference}
	options := workflows.UnmatchedOptions(unmatched)
	if err := c.keep(ctx, options, workflows.UnmatchedCallbackType, unmatched, request, n.Callback); err != nil {
		return fmt.Errorf("keeping an unmatched callback in workflow %s: %w", options.ID, err)
	}
	return nil
}

// told are the results of a delivery, the one that asks most of somebody first: a request with several notices is
// answered and logged as the first that occurs.
var told = []Result{Unavailable, Unmatched, Late, Stored, Finished}

// delivered turns the ends of all deliveries into one answer.
func delivered(notices []Notice, deliveries []delivery) reply {
	answer := reply{status: http.StatusAccepted, counts: map[Result]int{}}
	for _, d := range deliveries {
		answer.counts[d.result]++
		if answer.why == nil {
			answer.why = d.err
		}
	}
	answer.result = told[slices.IndexFunc(told, func(r Result) bool { return answer.counts[r] > 0 })]
	switch answer.result {
	case Unavailable:
		answer.status, answer.message = http.StatusServiceUnavailable, "the callback could not be stored; send it again later"
	case Unmatched:
		answer.message = "no operation has this reference; the callback is kept for an operator"
	case Late:
		answer.message = "the operation is over; the callback is kept for an operator"
	case Stored:
		answer.message = "the operation has been told"
	case Finished:
		answer.status, answer.message = http.StatusOK, "the operation is over"
	}
	if len(notices) == 1 {
		answer.reference, answer.state = notices[0].Reference, notices[0].State
		return answer
	}
	answer.message = fmt.Sprintf("%d notices: %s", len(notices), strings.Join(tally(answer.counts), ", "))
	if answer.result == Unavailable {
		answer.message += "; send all of them again later"
	}
	return answer
}

// tally says how often each result occurred.
func tally(counts map[Result]int) []string {
	var parts []string
	for _, result := range told {
		if n := counts[result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, result))
		}
	}
	return parts
}

// checkNotices refuses what a decoder must not return.
func checkNotices(notices []Notice) error {
	switch {
	case len(notices) == 0:
		return errors.New("it holds no notice")
	case len(notices) > mostNotices:
		return fmt.Errorf("it holds more than %d notices", mostNotices)
	}
	return nil
}
