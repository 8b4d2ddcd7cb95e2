package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.uber.org/zap"

	"github.com/carrierflow/carrierflow/carriers"
)

// sweepBench runs a sweep of a list of pages that a test makes up.
type sweepBench struct {
	*testsuite.TestActivityEnvironment
	t       *testing.T
	sweeper *Sweeper
	mu      sync.Mutex
	// read are the cursors of the pages that were read, told the requests that were told.
	read []int
	told []string
}

// counter is the cursor: the number of the page.
type counter struct{ Page int }

func newSweepBench(t *testing.T, page func(n int) (carriers.SweepPage, error)) *sweepBench {
	b := &sweepBench{TestActivityEnvironment: (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment(), t: t}
	b.SetTestTimeout(time.Minute)
	sweep := carriers.NewSweep(nil, func(_ carriers.Connection, _ context.Context, at counter, _ time.Time) (carriers.SweepPage, counter, error) {
		b.mu.Lock()
		b.read = append(b.read, at.Page)
		b.mu.Unlock()
		read, err := page(at.Page)
		if err != nil {
			return read, at, err
		}
		return read, counter{at.Page + 1}, nil
	})
	b.sweeper = &Sweeper{
		Adapter: carriers.Adapter{Carrier: "test", Sweep: sweep}, On: true, Every: time.Millisecond, For: 200 * time.Millisecond, Log: zap.NewNop(),
		Tell: func(_ context.Context, decided []carriers.Decided) (done []bool, told int, err error) {
			for _, d := range decided {
				b.told = append(b.told, d.TransactionID)
				done = append(done, true)
			}
			return done, len(decided), nil
		},
	}
	b.sweeper.Register(b)
	return b
}

func (b *sweepBench) run(in SweepInput) (SweepResult, error) {
	value, err := b.ExecuteActivity(SweepName("test"), in)
	var result SweepResult
	if err == nil {
		require.NoError(b.t, value.Get(&result))
	}
	return result, err
}

func decidedAs(ids ...string) (all []carriers.Decided) {
	for _, id := range ids {
		all = append(all, carriers.Decided{TransactionID: id, Outcome: carriers.Outcome{State: carriers.Done, Status: "DONE"}})
	}
	return all
}

// sweepObserved keeps what is reported about a sweep.
type sweepObserved struct {
	pages, told, failures int
	last                  time.Time
}

func (o *sweepObserved) SweepRead(_ carriers.Carrier, told int, err error) {
	o.pages++
	o.told += told
	if err != nil {
		o.failures++
	}
}
func (o *sweepObserved) SweepCompleted(_ carriers.Carrier, at time.Time) { o.last = at }

func TestASweepIsReported(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
		if n == 3 {
			return carriers.SweepPage{}, errors.New("no list")
		}
		return carriers.SweepPage{Decided: decidedAs(fmt.Sprint(n)), Complete: n == 1}, nil
	})
	o := &sweepObserved{}
	b.sweeper.Observer = o
	earlier := time.Now().Add(-time.Hour)
	got, err := b.run(SweepInput{SweepProgress: SweepProgress{LastPass: earlier}})
	require.NoError(t, err)
	require.Equal(t, sweepObserved{pages: 4, told: 3, failures: 1, last: got.LastPass}, *o)
	require.True(t, o.last.After(earlier))
}

func TestTheSweepReadsPassAfterPassAndTellsOnce(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
		return carriers.SweepPage{Decided: decidedAs("A", fmt.Sprint(n/2)), Complete: n%2 == 1, Why: "it is so"}, nil
	})
	got, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.Greater(t, got.Passes, 2)
	require.Equal(t, len(b.read), got.Pages)
	require.Equal(t, len(b.told), got.Told)
	require.WithinDuration(t, time.Now(), got.LastPass, 10*time.Second)
	require.Equal(t, "it is so", got.Costly)
	seen := map[string]bool{}
	for _, id := range b.told {
		require.False(t, seen[id], "%s was told twice", id)
		seen[id] = true
	}
	var next counter
	require.NoError(t, json.Unmarshal(got.Cursor, &next))
	require.Equal(t, len(b.read), next.Page, "the next activity goes on there")
}

func TestAPassWaitsForItsTime(t *testing.T) {
	b := newSweepBench(t, func(int) (carriers.SweepPage, error) { return carriers.SweepPage{Complete: true}, nil })
	b.sweeper.Every = time.Hour
	got, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.Equal(t, []int{0}, b.read)
	again, err := b.run(SweepInput{SweepProgress: got.SweepProgress})
	require.NoError(t, err)
	require.Equal(t, []int{0}, b.read, "another activity does not begin a pass early")
	require.Equal(t, got.NotBefore, again.NotBefore)
}

func TestTheSweepGoesOnFromItsLastHeartbeat(t *testing.T) {
	b := newSweepBench(t, func(int) (carriers.SweepPage, error) { return carriers.SweepPage{}, nil })
	b.SetHeartbeatDetails(SweepProgress{Cursor: json.RawMessage(`{"Page":40}`), Passes: 7})
	got, err := b.run(SweepInput{SweepProgress: SweepProgress{Cursor: json.RawMessage(`{"Page":3}`)}})
	require.NoError(t, err)
	require.Equal(t, 40, b.read[0])
	require.Equal(t, 7, got.Passes)
}

func TestEveryPageIsAHeartbeat(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) { return carriers.SweepPage{}, nil })
	var pages []int
	b.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var p SweepProgress
		if details.Get(&p) == nil {
			pages = append(pages, p.Pages)
		}
	})
	b.sweeper.PerPage = 20 * time.Millisecond
	_, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	require.LessOrEqual(t, len(b.read), 11, "pages keep their distance")
}

// What could not be told is told with the page, which is read again.
func TestWhatCouldNotBeToldIsToldAgain(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
		return carriers.SweepPage{Decided: decidedAs("A", "B", "C"), Complete: true}, nil
	})
	b.sweeper.For = 2 * time.Second
	tell, failed := b.sweeper.Tell, false
	b.sweeper.Tell = func(ctx context.Context, decided []carriers.Decided) ([]bool, int, error) {
		if !failed {
			failed = true
			b.told = append(b.told, "A")
			return []bool{true, false, false}, 1, errors.New("Temporal is not there")
		}
		if len(b.told) == 1 { // B is told, of C it is not known whether there is an operation
			_, _, _ = tell(ctx, decided)
			return []bool{true, false}, 2, nil
		}
		return tell(ctx, decided)
	}
	got, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.Equal(t, []string{"A", "B", "C", "C"}, b.told)
	require.Equal(t, []int{0, 0, 1}, b.read[:3])
	require.Empty(t, got.Problem)
}

func TestAPageThatCannotBeReadIsReadAgain(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
		return carriers.SweepPage{}, &carriers.Error{Carrier: "test", Call: "sweep", Class: carriers.Uncertain, Message: "no answer"}
	})
	got, err := b.run(SweepInput{})
	require.NoError(t, err, "the workflow hears of it")
	require.Equal(t, []int{0}, b.read, "not before a second has passed")
	_, err = b.run(SweepInput{SweepProgress: got.SweepProgress})
	require.NoError(t, err)
	require.Equal(t, []int{0}, b.read, "also not by another activity")
	require.Contains(t, got.Problem, "no answer")
	require.True(t, got.LastPass.IsZero())
}

func TestARefusedListEndsTheSweep(t *testing.T) {
	for class, kind := range map[carriers.Class]string{carriers.Unauthorized: Unauthorized, carriers.Rejected: Rejected, carriers.NotFound: Rejected} {
		b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
			if n == 0 {
				return carriers.SweepPage{Complete: true}, nil
			}
			return carriers.SweepPage{}, &carriers.Error{Carrier: "test", Call: "sweep", Class: class, HTTPStatus: http.StatusUnauthorized}
		})
		_, err := b.run(SweepInput{})
		var failure *temporal.ApplicationError
		require.ErrorAs(t, err, &failure)
		require.True(t, failure.NonRetryable())
		require.Equal(t, kind, failure.Type())
		var at SweepProgress
		require.NoError(t, failure.Details(&at))
		require.Equal(t, 1, at.Passes)
	}
}

func TestASweepThatIsTurnedOff(t *testing.T) {
	b := newSweepBench(t, nil)
	b.sweeper.On = false
	got, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.True(t, got.Off)
	require.Empty(t, b.read)
}

func TestTheSweepEndsWithItsWorker(t *testing.T) {
	b := newSweepBench(t, func(int) (carriers.SweepPage, error) { return carriers.SweepPage{Complete: true}, nil })
	b.sweeper.For, b.sweeper.Every = time.Hour, time.Hour
	stop := make(chan struct{})
	close(stop)
	b.SetWorkerStopChannel(stop)
	_, err := b.run(SweepInput{})
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.NonRetryable(), "another worker goes on")
}

func TestWhatWasToldIsForgottenAtLast(t *testing.T) {
	var m toldMemory
	for i := range mostTold + 1 {
		m.add(fmt.Sprint(i), true)
	}
	require.LessOrEqual(t, len(m.recent)+len(m.older), mostTold)
	require.True(t, m.has(fmt.Sprint(mostTold)))
	require.True(t, m.has(fmt.Sprint(mostTold/2)))
	require.False(t, m.has("0"))
}

// An operation that began a moment ago may not be found by its line yet; one that nobody has is not looked for in every pass.
func TestWhoIsNotFoundIsLookedForAFewTimes(t *testing.T) {
	b := newSweepBench(t, func(n int) (carriers.SweepPage, error) {
		return carriers.SweepPage{Decided: decidedAs("A"), Complete: true}, nil
	})
	b.sweeper.Tell = func(_ context.Context, decided []carriers.Decided) ([]bool, int, error) {
		b.told = append(b.told, decided[0].TransactionID)
		return []bool{false}, 0, nil
	}
	_, err := b.run(SweepInput{})
	require.NoError(t, err)
	require.Greater(t, len(b.read), mostTries)
	require.Len(t, b.told, mostTries)
}
