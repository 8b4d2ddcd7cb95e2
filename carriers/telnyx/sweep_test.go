package telnyx

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// sweptList is a list of actions as Telnyx serves it, in the order of its rows, and what a sweep of it has told.
type sweptList struct {
	t       *testing.T
	client  *client
	rows    []map[string]any
	cursor  json.RawMessage
	told    map[string]carriers.Decided
	asked   int
	before  func()
	answer  string
	noPages bool
}

func newSweptList(t *testing.T) *sweptList {
	l := &sweptList{t: t, told: map[string]carriers.Decided{}}
	l.client = serve(t, l.serve)
	return l
}

func (l *sweptList) add(n int, status string, at time.Time) {
	for range n {
		id := fmt.Sprintf("0b7c1f2e-1111-4222-8333-%012d", len(l.rows))
		l.rows = append(l.rows, row(id, "enable", status, "updated_at", at.Format(time.RFC3339Nano)))
	}
}

func (l *sweptList) serve(w http.ResponseWriter, r *http.Request) {
	l.asked++
	if l.before != nil {
		l.before()
	}
	if l.answer != "" {
		_, _ = w.Write([]byte(l.answer))
		return
	}
	number, _ := strconv.Atoi(r.URL.Query().Get("page[number]"))
	size, _ := strconv.Atoi(r.URL.Query().Get("page[size]"))
	if l.noPages {
		number = 1
	}
	from := min((number-1)*size, len(l.rows))
	_ = json.NewEncoder(w).Encode(map[string]any{
		"data": append([]map[string]any{}, l.rows[from:min(from+size, len(l.rows))]...), "meta": map[string]any{"total_results": len(l.rows)},
	})
}

func (l *sweptList) page() (carriers.SweepPage, error) {
	page, err := sweep().Page(l.t.Context(), l.client, l.cursor, time.Now())
	for _, d := range page.Decided {
		l.told[d.TransactionID] = d
	}
	if page.Next != nil {
		l.cursor = page.Next
	}
	return page, err
}

// pass reads a whole pass, and returns how many requests it took and how many it told.
func (l *sweptList) pass() (requests, told int) {
	l.t.Helper()
	before := l.asked
	for range 100 {
		page, err := l.page()
		require.NoError(l.t, err)
		told += len(page.Decided)
		if page.Complete {
			return l.asked - before, told
		}
	}
	require.FailNow(l.t, "the pass does not end")
	return 0, 0
}

func TestAPassOfTheSweepReadsTheWholeList(t *testing.T) {
	l := newSweptList(t)
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	l.add(300, "completed", at)
	l.add(200, "in-progress", at)
	l.add(1, "failed", at.Add(time.Minute))
	l.add(1, "interrupted", at.Add(time.Minute))
	l.add(1, "resting", at)
	for pass := range 4 {
		requests, told := l.pass()
		require.Equal(t, 3, requests)
		require.Equal(t, []int{302, 302, 302, 2}[pass], told, "old ones are told by a few passes only")
	}
	require.Equal(t, carriers.Decided{
		Lines: []string{ourCard}, TransactionID: "0b7c1f2e-1111-4222-8333-000000000000",
		Outcome: carriers.Outcome{State: carriers.Done, Status: "completed", Line: &carriers.Line{SubscriptionID: ourCard}},
	}, l.told["0b7c1f2e-1111-4222-8333-000000000000"])
	require.Equal(t, carriers.Failed, l.told["0b7c1f2e-1111-4222-8333-000000000501"].Outcome.State, "interrupted, which the filter of the status would hide")

	l.rows[400]["status"], l.rows[400]["updated_at"] = map[string]any{"value": "completed"}, at.Add(2*time.Minute).Format(time.RFC3339)
	_, told := l.pass()
	require.Equal(t, 3, told)
}

func TestAListWithoutActions(t *testing.T) {
	l := newSweptList(t)
	requests, told := l.pass()
	require.Equal(t, []int{1, 0}, []int{requests, told})
}

// In whatever order the list comes, and however it moves while it is read, what was decided is told by one of the next passes.
func TestTheSweepOfAListThatMovesMissesNothing(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 1))
		l := newSweptList(t)
		at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
		l.add(900, "in-progress", at)
		newest := random.IntN(2) == 0
		l.before = func() {
			for range random.IntN(20) {
				at = at.Add(time.Second)
				l.add(1, "in-progress", at)
				if newest { // the newest come first, and all others move
					last := len(l.rows) - 1
					l.rows = append([]map[string]any{l.rows[last]}, l.rows[:last]...)
				}
				r := l.rows[random.IntN(len(l.rows))]
				r["status"], r["updated_at"] = map[string]any{"value": "completed"}, at.Format(time.RFC3339)
			}
		}
		for range 3 {
			l.pass()
		}
		l.before = nil
		l.pass()
		for _, r := range l.rows {
			if fmt.Sprint(r["status"]) == fmt.Sprint(map[string]any{"value": "completed"}) {
				require.Contains(t, l.told, r["id"], "seed %d", seed)
			}
		}
	}
}

func TestAListThatCannotBeSwept(t *testing.T) {
	t.Run("null", func(t *testing.T) {
		l := newSweptList(t)
		l.answer = `{"data":null,"meta":{"total_results":3}}`
		_, err := l.page()
		require.ErrorContains(t, err, "a list without data")
		require.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
		l.answer = ""
		l.pass()
	})
	t.Run("without pages", func(t *testing.T) {
		l := newSweptList(t)
		l.noPages = true
		l.add(600, "completed", time.Now())
		_, err := l.page()
		require.NoError(t, err)
		_, err = l.page()
		require.ErrorContains(t, err, "does not advance with page[number]")
	})
	t.Run("too long", func(t *testing.T) {
		l := newSweptList(t)
		l.client.config.SweepPages = 2
		l.add(600, "completed", time.Now())
		for range 2 {
			_, err := l.page()
			require.NoError(t, err)
		}
		_, err := l.page()
		require.ErrorContains(t, err, "turn the sweep off with TELNYX_SWEEP=false")
		require.Equal(t, carriers.Rejected, carriers.ClassOf(err))
		l.client.config.SweepPages = 0
		l.pass()
	})
}
