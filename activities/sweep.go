package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// SweepName is the activity type of the sweep of a carrier; see [carriers.Sweep].
func SweepName(c carriers.Carrier) string { return string(c) + ".Sweep" }

const (
	// stillSwept is how often at least a heartbeat says that the activity is alive. Temporal takes one that says nothing for
	// [SweepHeartbeat] for dead.
	stillSwept = 8 * time.Second
	// tellWithin bounds the telling of what one page says.
	tellWithin = 20 * time.Second
	// The wait after a page that could not be read, or told, doubles from the first to the second.
	minSweepRetry, maxSweepRetry = time.Second, time.Minute
)

const (
	// SweepHeartbeat is the heartbeat timeout of the sweep.
	SweepHeartbeat = 30 * time.Second
	// SweepFor is after how long the activity returns.
	SweepFor = 5 * time.Minute
)

// SweepInput is the input of a sweep.
type SweepInput struct {
	// Progress is where the last activity has stopped.
	SweepProgress
}

// SweepProgress is where a sweep is. It is the details of its heartbeats, of its result, and of its failure.
type SweepProgress struct {
	// Cursor is the carrier's; see [carriers.Sweep.Page].
	Cursor json.RawMessage `json:"cursor,omitempty"`
	// Began is when the present pass has begun, and NotBefore when the next page may be read: that of a new pass, or one that could not
	// be read.
	Began     time.Time `json:"began,omitzero"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	// LastPass is when the last complete pass ended.
	LastPass time.Time `json:"lastPass,omitzero"`
	// Passes, Pages and Told count the complete passes, the pages that were read, and the signals that were sent.
	Passes int `json:"passes,omitempty"`
	Pages  int `json:"pages,omitempty"`
	Told   int `json:"told,omitempty"`
	// Problem is why the last page could not be read or told; empty when it could. Costly is why the last pass has read more
	// than what was decided.
	Problem string `json:"problem,omitempty"`
	Costly  string `json:"costly,omitempty"`
}

// SweepResult is what a sweep returns.
type SweepResult struct {
	SweepProgress
	// Off tells that the worker does not sweep the carrier.
	Off bool `json:"off,omitempty"`
}

// Sweeper is the activity that sweeps one carrier.
type Sweeper struct {
	Adapter    carriers.Adapter
	Connection carriers.Connection
	// On tells that the worker sweeps the carrier.
	On bool
	// Every is the time from the beginning of one pass to that of the next, PerPage the least time from one page to the next.
	Every, PerPage time.Duration
	// Tell tells the operations that wait what was decided. It returns for each whether that is done, so that it need not be
	// told again, and how many operations were told.
	Tell func(ctx context.Context, decided []carriers.Decided) (done []bool, told int, err error)
	// Observer is told what the sweep does. Nil means nobody is.
	Observer SweepObserver
	// Log gets what goes wrong.
	Log *zap.Logger
	// For is after how long the activity returns, so that the workflow of the sweep knows how far it is; 0 is [SweepFor].
	For time.Duration

	told toldMemory
}

// Register adds the activity to the worker of the carrier's activities.
func (s *Sweeper) Register(r Registry) {
	r.RegisterActivityWithOptions(s.sweep, activity.RegisterOptions{Name: SweepName(s.Adapter.Carrier)})
}

// sweep reads the carrier's list, page by page and pass after pass, and tells the operations what was decided. After a while it returns.
// A page that cannot be read, or told, is read again, less and less often; a refusal ends the activity. Two sweeps at once do no
// harm: whatever they tell has the same request id.
func (s *Sweeper) sweep(ctx context.Context, in SweepInput) (SweepResult, error) {
	if !s.On {
		return SweepResult{Off: true}, nil
	}
	at := in.SweepProgress
	if activity.HasHeartbeatDetails(ctx) {
		var last SweepProgress
		if activity.GetHeartbeatDetails(ctx, &last) == nil {
			at = last
		}
	}
	failures, end := 0, time.Now().Add(cmp.Or(s.For, SweepFor))
	for time.Now().Before(end) {
		if err := s.pause(ctx, &at, min(time.Until(at.NotBefore), time.Until(end))); err != nil {
			return SweepResult{}, err
		}
		if at.NotBefore.After(time.Now()) {
			break
		}
		told, err := s.page(ctx, &at)
		if s.Observer != nil {
			s.Observer.SweepRead(s.Adapter.Carrier, told, err)
			s.Observer.SweepCompleted(s.Adapter.Carrier, at.LastPass)
		}
		activity.RecordHeartbeat(ctx, at)
		switch {
		case err == nil:
			failures = 0
			err = s.pause(ctx, &at, min(s.PerPage, time.Until(end)))
		case ctx.Err() != nil:
			err = ctx.Err()
		default:
			failures++
			err = s.failed(ctx, &at, err, failures)
		}
		if err != nil {
			return SweepResult{}, err
		}
	}
	return SweepResult{SweepProgress: at}, nil
}

// failed decides what becomes of a page that could not be read, or told: it is read again later, or, when the carrier refuses the list,
// the activity ends with the error that is returned. failures is how many there were in a row.
func (s *Sweeper) failed(ctx context.Context, at *SweepProgress, err error, failures int) error {
	failure := s.carrierError(err)
	s.Log.Warn("a page of the sweep could not be read or told", zap.String("carrier", string(s.Adapter.Carrier)), zap.String("why", failure.Error()), zap.Int("in a row", failures))
	if refusesSweep(failure) {
		return temporal.NewApplicationErrorWithOptions(failure.Error(), refusedAs(failure.Class), temporal.ApplicationErrorOptions{
			NonRetryable: true, Details: []any{*at},
		})
	}
	at.NotBefore = time.Now().UTC().Add(max(failure.RetryAfter, min(minSweepRetry<<min(failures-1, 10), maxSweepRetry)))
	return nil
}

func (s *Sweeper) carrierError(err error) *carriers.Error {
	return asCarrierError(s.Adapter.Carrier, SweepName(s.Adapter.Carrier), "", err)
}

// refusesSweep reports whether the carrier refuses the list, so that asking again soon is of no use.
func refusesSweep(failure *carriers.Error) bool {
	switch failure.Class {
	case carriers.Rejected, carriers.NotFound, carriers.Conflict, carriers.Unauthorized:
		return true
	}
	return false
}

// page reads one page and tells what it says. told is how many operations were told.
func (s *Sweeper) page(ctx context.Context, at *SweepProgress) (told int, err error) {
	now := time.Now().UTC()
	if at.Began.IsZero() {
		at.Began, at.Costly = now, ""
	}
	page, err := s.Adapter.Sweep.Page(ctx, s.Connection, at.Cursor, now)
	at.Pages++
	told, failure := s.tell(ctx, page.Decided)
	at.Told += told
	if failure != nil { // the same page is read again
		err = fmt.Errorf("telling the operations: %w", failure)
	} else if page.Next != nil {
		at.Cursor = page.Next
	}
	if at.Problem = ""; err != nil {
		at.Problem = s.carrierError(err).Error()
		return told, err
	}
	at.Costly = cmp.Or(page.Why, at.Costly)
	if page.Complete {
		at.Passes++
		at.LastPass, at.NotBefore, at.Began = time.Now().UTC(), at.Began.Add(s.Every), time.Time{}
	}
	return told, nil
}

// tell tells what was decided and was not told before.
func (s *Sweeper) tell(ctx context.Context, decided []carriers.Decided) (told int, err error) {
	var fresh []carriers.Decided
	for _, d := range decided {
		if !s.told.has(toldKey(d)) {
			fresh = append(fresh, d)
		}
	}
	if len(fresh) == 0 {
		return 0, nil
	}
	ctx, stop := context.WithTimeout(ctx, tellWithin)
	defer stop()
	done, told, err := s.Tell(ctx, fresh)
	for i, d := range fresh {
		if i < len(done) && (done[i] || err == nil) {
			s.told.add(toldKey(d), done[i])
		}
	}
	return told, err
}

// pause waits, and says meanwhile that the activity is alive. It ends with an error when the worker stops: the next attempt, at another
// worker, goes on from here.
func (s *Sweeper) pause(ctx context.Context, at *SweepProgress, wait time.Duration) error {
	for until := time.Now().Add(wait); ; activity.RecordHeartbeat(ctx, *at) {
		select {
		case <-activity.GetWorkerStopChannel(ctx):
			return applicationError("the worker that sweeps stops", Retrying, false, minSweepRetry, Problem{})
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(time.Until(until), stillSwept)):
		}
		if !time.Now().Before(until) {
			return nil
		}
	}
}
