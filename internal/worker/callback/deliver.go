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
	// maxNotices bounds the notices in one request.
	maxNotices = 1000
	// maxConcurrent bounds how many of them are stored at the same time.
	maxConcurrent = 8
)

// deliverer stores notices in Temporal.
type deliverer struct {
	*store
	timeout time.Duration
}

// delivery is the result of storing one notice.
type delivery struct {
	result Result
	err    error
}

// deliverAll stores all notices of a request. They are stored concurrently, but those of one reference in their order:
// after one that could not be stored, the later ones of that reference are not tried. The carrier then sends all of them
// again, and the stored ones are not signalled twice.
func (c *deliverer) deliverAll(ctx context.Context, carrier carriers.Carrier, messageID string, notices []Notice) reply {
	// The notices are stored even if the carrier closes the connection early.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	now := time.Now().UTC()
	if len(notices) == 1 { // most requests
		return replyFor(notices, []delivery{c.deliverOne(ctx, carrier, messageID, notices[0], now)})
	}
	ofReference, order := map[string][]int{}, []string{}
	for i, n := range notices {
		if _, seen := ofReference[n.Reference]; !seen {
			order = append(order, n.Reference)
		}
		ofReference[n.Reference] = append(ofReference[n.Reference], i)
	}
	deliveries := make([]delivery, len(notices))
	var all errgroup.Group
	all.SetLimit(maxConcurrent)
	for _, reference := range order {
		all.Go(func() error {
			var err error
			for _, i := range ofReference[reference] {
				if err != nil {
					deliveries[i] = delivery{Unavailable, err}
					continue
				}
				deliveries[i] = c.deliverOne(ctx, carrier, messageID, notices[i], now)
				err = deliveries[i].err
			}
			return nil
		})
	}
	_ = all.Wait()
	return replyFor(notices, deliveries)
}

// deliverOne stores a notice that was received in a message.
func (c *deliverer) deliverOne(ctx context.Context, carrier carriers.Carrier, messageID string, n Notice, received time.Time) delivery {
	if n.ReceivedAt.IsZero() {
		n.ReceivedAt = received
	}
	n.EventID = cmp.Or(n.EventID, messageID)
	result, err := c.deliver(ctx, carrier, n)
	if err != nil {
		result = Unavailable
	}
	return delivery{result, err}
}

// deliver has Temporal store a notice: as a signal to its operation, or, if no such operation is running, in a workflow
// that keeps it for an operator.
func (c *deliverer) deliver(ctx context.Context, carrier carriers.Carrier, n Notice) (Result, error) {
	request := requestID(carrier, n)
	if !carriers.ValidReference(n.Reference) {
		return Unmatched, c.keepUnmatched(ctx, carrier, n, request)
	}
	id := workflows.WorkflowID(carrier, n.Reference)
	for range 2 { // the second signal is for an operation that starts, or is reset, between the signal and the look-up
		err := c.signal(ctx, id, request, n.Callback)
		if err == nil {
			return Stored, nil
		}
		if !isNotFound(err) {
			return Unavailable, fmt.Errorf("signalling workflow %s: %w", id, err)
		}
		// The server returns the same error type for a closed workflow and for one that never existed; only the text differs.
		found, err := c.temporal.DescribeWorkflowExecution(ctx, id, "")
		switch {
		case isNotFound(err):
			return Unmatched, c.keepUnmatched(ctx, carrier, n, request)
		case err != nil:
			return Unavailable, fmt.Errorf("looking up workflow %s: %w", id, err)
		case found.GetWorkflowExecutionInfo().GetCloseTime() != nil:
			return c.deliverLate(ctx, carrier, n, request, found.GetWorkflowExecutionInfo())
		}
	}
	return Unavailable, fmt.Errorf("workflow %s is open but cannot be signalled", id)
}

// keepUnmatched stores a notice whose reference belongs to no operation.
func (c *deliverer) keepUnmatched(ctx context.Context, carrier carriers.Carrier, n Notice, request string) error {
	unmatched := workflows.Unmatched{Carrier: carrier, Reference: n.Reference}
	options := workflows.UnmatchedOptions(unmatched)
	if err := c.keep(ctx, options, workflows.UnmatchedCallbackType, unmatched, request, n.Callback); err != nil {
		return fmt.Errorf("keeping an unmatched callback in workflow %s: %w", options.ID, err)
	}
	return nil
}

// resultsByUrgency are the results of a delivery, the most urgent first. A request with several notices is answered and
// logged as the first of these that occurs.
var resultsByUrgency = []Result{Unavailable, Unmatched, Late, Stored, Finished}

// replyFor turns the results of all deliveries into one answer.
func replyFor(notices []Notice, deliveries []delivery) reply {
	answer := reply{status: http.StatusAccepted, counts: map[Result]int{}}
	for _, d := range deliveries {
		answer.counts[d.result]++
		if answer.why == nil {
			answer.why = d.err
		}
	}
	answer.result = resultsByUrgency[slices.IndexFunc(resultsByUrgency, func(r Result) bool { return answer.counts[r] > 0 })]
	switch answer.result {
	case Unavailable:
		answer.status, answer.message = http.StatusServiceUnavailable, "the callback could not be stored; send it again later"
	case Unmatched:
		answer.message = "no operation has this reference; the callback is kept for an operator"
	case Late:
		answer.message = "the operation is over; the callback is kept for an operator"
	case Stored:
		answer.message = "the callback was delivered to the operation"
	case Finished:
		answer.status, answer.message = http.StatusOK, "the operation is over"
	}
	if len(notices) == 1 {
		answer.reference, answer.state = notices[0].Reference, notices[0].State
		return answer
	}
	answer.message = fmt.Sprintf("%d notices: %s", len(notices), strings.Join(resultTexts(answer.counts), ", "))
	if answer.result == Unavailable {
		answer.message += "; send all of them again later"
	}
	return answer
}

// resultTexts says how often each result occurred.
func resultTexts(counts map[Result]int) []string {
	var parts []string
	for _, result := range resultsByUrgency {
		if n := counts[result]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, result))
		}
	}
	return parts
}

// checkNotices refuses a list of notices that no decoder should return.
func checkNotices(notices []Notice) error {
	switch {
	case len(notices) == 0:
		return errors.New("it holds no notice")
	case len(notices) > maxNotices:
		return fmt.Errorf("it holds more than %d notices", maxNotices)
	}
	return nil
}
