package stn

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// sweptRecord is a record of the list that a test sweeps.
type sweptRecord struct {
	id, status string
	changed    time.Time
}

// sweptList is a list of records as QueryActivation serves it, and what a sweep of it has told.
type sweptList struct {
	t       *testing.T
	client  *client
	records []*sweptRecord
	now     time.Time
	cursor  json.RawMessage
	told    map[string]carriers.Decided
	queries []string
	// before changes the list before a page is served; answer replaces the answer where it is not "".
	before func()
	answer func(q map[string]string) string
	// ignores are parameters that are ignored.
	ignores []string
	mostOf  int // of a page
}

func newSweptList(t *testing.T, page int) *sweptList {
	l := &sweptList{t: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), told: map[string]carriers.Decided{}, mostOf: 1 << 30}
	l.client = serve(t, l.serve)
	l.client.cfg.SweepPage = page
	return l
}

// add adds a record that was changed so long before now.
func (l *sweptList) add(status string, ago time.Duration) *sweptRecord {
	r := &sweptRecord{"A" + strconv.Itoa(len(l.records)), status, l.now.Add(-ago)}
	l.records = append(l.records, r)
	return r
}

func (l *sweptList) serve(w http.ResponseWriter, r *http.Request) {
	if l.before != nil {
		l.before()
	}
	q := map[string]string{}
	for name, values := range r.URL.Query() {
		if !slices.Contains(l.ignores, name) {
			q[name] = values[0]
		}
	}
	l.queries = append(l.queries, r.URL.RawQuery)
	if l.answer != nil {
		if text := l.answer(q); text != "" {
			_, _ = w.Write([]byte(text))
			return
		}
	}
	found := slices.DeleteFunc(slices.Clone(l.records), func(r *sweptRecord) bool { return q["status"] != "" && r.status != q["status"] })
	byChange := func(a, b *sweptRecord) int { return cmp.Or(a.changed.Compare(b.changed), cmp.Compare(a.id, b.id)) }
	switch {
	case strings.HasPrefix(q["orderByDesc"], "modifiedAt"):
		slices.SortFunc(found, func(a, b *sweptRecord) int { return byChange(b, a) })
	case strings.HasPrefix(q["orderBy"], "modifiedAt"):
		slices.SortFunc(found, byChange)
	}
	skip, _ := strconv.Atoi(q["skip"])
	take, err := strconv.Atoi(q["take"])
	if err != nil {
		take = len(found)
	}
	found = found[min(skip, len(found)):]
	found = found[:min(take, l.mostOf, len(found))]
	results := []map[string]any{}
	for _, r := range found {
		results = append(results, map[string]any{
			"id": r.id, "status": r.status, "activationType": typeSuspend, "modifiedAt": r.changed.Format(time.RFC3339Nano), "referenceNumber": "ref-" + r.id,
			"subscriptionId": "S-" + r.id, "phoneNumber": "06-10000001", "info": map[string]any{},
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"offset": skip, "total": 0, "results": results})
}

// page reads one page.
func (l *sweptList) page() (carriers.SweepPage, error) {
	page, err := sweep().Page(l.t.Context(), l.client, l.cursor, l.now)
	for _, d := range page.Decided {
		l.told[d.TransactionID] = d
	}
	if page.Next != nil {
		l.cursor = page.Next
	}
	return page, err
}

// pass reads a whole pass, and returns how many requests it took, and why it read more than it had to.
func (l *sweptList) pass() (requests int, why string) {
	l.t.Helper()
	before := len(l.queries)
	for range 5000 {
		page, err := l.page()
		require.NoError(l.t, err)
		why = cmp.Or(page.Why, why)
		if page.Complete {
			return len(l.queries) - before, why
		}
	}
	require.FailNow(l.t, "the pass does not end")
	return 0, ""
}

// toldAll checks that everything decided was told.
func (l *sweptList) toldAll() {
	l.t.Helper()
	for _, r := range l.records {
		if r.status == "DONE" || r.status == "ERROR" {
			require.Contains(l.t, l.told, r.id, "%+v", r)
			require.Equal(l.t, r.status, l.told[r.id].Outcome.Status)
		}
	}
}

func TestAPassOfTheSweepReadsWhatHasChanged(t *testing.T) {
	l := newSweptList(t, 40)
	for i := range 300 {
		l.add([]string{"DONE", "ERROR", "BUSY"}[i%3], time.Duration(i)*time.Minute)
	}
	first, why := l.pass()
	require.Empty(t, why)
	require.Equal(t, 2*(3+2), first, "each list of 100 in pages of 40, of which 10 are asked for again, and its end")
	l.toldAll()
	require.Len(t, l.told, 200)
	require.Contains(t, l.queries[0], "orderByDesc=modifiedAt%2Cid")
	require.Equal(t, carriers.Decided{
		Reference: "ref-A0", Lines: []string{"S-A0", "06-10000001"}, TransactionID: "A0",
		Outcome: carriers.Outcome{State: carriers.Done, Status: "DONE", Line: &carriers.Line{SubscriptionID: "S-A0", Number: "06-10000001"}},
	}, l.told["A0"])

	l.now = l.now.Add(time.Minute)
	old := l.records[299]
	old.status, old.changed = "DONE", l.now
	second, _ := l.pass()
	require.Equal(t, 3, second, "a page of each list, and once the proof of the order")
	l.toldAll()
	third, _ := l.pass()
	require.Equal(t, 2, third)
}

// Whatever happens to the list while it is read, what was decided is told by the next pass at the latest.
func TestTheSweepOfAListThatMovesMissesNothing(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			l := newSweptList(t, 20+random.IntN(40))
			l.client.cfg.SweepReach = 24 * time.Hour
			for range 300 {
				l.add([]string{"DONE", "ERROR", "BUSY", "BUSY"}[random.IntN(4)], time.Duration(random.IntN(600))*time.Minute)
			}
			l.before = func() {
				for range random.IntN(6) {
					if random.IntN(3) > 0 {
						l.now = l.now.Add(time.Duration(random.IntN(20)) * time.Second)
					}
					r := l.records[random.IntN(len(l.records))]
					switch random.IntN(8) {
					case 0: // it leaves its list
						r.status, r.changed = "CANCELLING", l.now
					case 1:
						r.status, r.changed = "ERROR", l.now
					default:
						if r.status == "BUSY" {
							r.status, r.changed = "DONE", l.now
						}
					}
				}
			}
			l.pass()
			l.pass()
			l.before = nil
			l.pass()
			l.toldAll()
		})
	}
}

func TestManyChangesAtOneTimeAreAllRead(t *testing.T) {
	l := newSweptList(t, 10)
	for range 95 {
		l.add("DONE", time.Minute)
	}
	l.pass()
	l.toldAll()
	l.now = l.now.Add(time.Hour)
	for range 95 {
		l.add("DONE", 0)
	}
	l.pass()
	l.toldAll()
}

// A server's own limit makes pages shorter than was asked for.
func TestAShortPageOfTheSweepIsNotTheLast(t *testing.T) {
	l := newSweptList(t, 100)
	l.mostOf = 7
	for i := range 60 {
		l.add("DONE", time.Duration(i)*time.Second)
	}
	l.pass()
	l.toldAll()
}

func TestAListWithoutItsOrderIsReadWhole(t *testing.T) {
	for name, ignores := range map[string][]string{"order": {"orderByDesc", "orderBy"}, "order and status": {"orderByDesc", "orderBy", "status"}} {
		t.Run(name, func(t *testing.T) {
			l := newSweptList(t, 10)
			l.ignores = ignores
			for i := range 100 {
				l.add("DONE", time.Duration(i*37%100)*time.Hour/10)
			}
			_, why := l.pass()
			require.Equal(t, unordered, why)
			l.toldAll()
			l.now = l.now.Add(time.Minute)
			l.records[93].status, l.records[93].changed = "ERROR", l.now
			_, why = l.pass()
			require.Equal(t, unordered, why)
			l.toldAll()

			l.client.cfg.SweepPages = 3
			for range 5 {
				if _, err := l.page(); err != nil {
					require.ErrorContains(t, err, "turn the sweep off with STN_SWEEP=false")
					require.Equal(t, carriers.Rejected, carriers.ClassOf(err))
					return
				}
			}
			require.Fail(t, "no error")
		})
	}
}

// The first page of a list without order can look as if it were in order.
func TestAnOrderThatOnlySeemsToBeObeyedIsFoundOut(t *testing.T) {
	l := newSweptList(t, 10)
	l.ignores = []string{"orderByDesc", "orderBy"}
	for i := range 50 {
		l.add("DONE", time.Duration(i)*5*time.Hour)
	}
	l.records[40].changed = l.now // far behind the page at which the pass would end
	_, why := l.pass()
	require.Equal(t, unordered, why)
	l.toldAll()
}

func TestRecordsWithoutATimeOfChange(t *testing.T) {
	l := newSweptList(t, 10)
	asked := 0
	l.answer = func(q map[string]string) string {
		if asked++; q["status"] != "DONE" || q["skip"] != "0" {
			return `{"results":[]}`
		}
		return `{"results":[{"id":"A1","status":"DONE","modifiedAt":null},{"id":"A2","status":"DONE","modifiedAt":"soon"},{"id":"A3","status":"PARKED"},{"status":"DONE"}]}`
	}
	_, why := l.pass()
	require.Equal(t, unordered, why)
	require.Len(t, l.told, 2)
}

// A time in the future does not hide what is changed before it.
func TestAChangeInTheFuture(t *testing.T) {
	l := newSweptList(t, 10)
	l.add("DONE", -10000*time.Hour)
	l.pass()
	l.now = l.now.Add(time.Hour)
	for range 30 {
		l.add("DONE", time.Minute)
	}
	l.pass()
	l.toldAll()
}

// Records that leave the list while it is read draw the rest of it forward, past the place where the next page begins.
func TestRecordsThatLeaveTheListAreNoGap(t *testing.T) {
	l := newSweptList(t, 40)
	for i := range 200 {
		l.add("DONE", time.Duration(i)*time.Minute)
	}
	l.before = func() {
		if len(l.queries) == 2 {
			for _, r := range l.records[:60] {
				r.status = "CANCELLING"
			}
		}
	}
	l.pass()
	l.toldAll()
}

func TestAListThatCannotBeSwept(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		l := newSweptList(t, 10)
		requests, why := l.pass()
		require.Equal(t, 2, requests)
		require.Empty(t, why)
	})
	t.Run("null", func(t *testing.T) {
		l := newSweptList(t, 10)
		l.answer = func(map[string]string) string { return `{"results":null}` }
		page, err := l.page()
		require.ErrorContains(t, err, "a list without results")
		require.Equal(t, carriers.Uncertain, carriers.ClassOf(err))
		require.False(t, page.Complete)
		l.answer = nil
		l.add("DONE", time.Hour)
		l.pass()
		l.toldAll()
	})
	t.Run("without skip", func(t *testing.T) {
		l := newSweptList(t, 10)
		l.ignores = []string{"skip"}
		for range 30 {
			l.add("DONE", time.Hour)
		}
		for range 20 {
			if _, err := l.page(); err != nil {
				require.ErrorContains(t, err, "does not advance with skip")
				return
			}
		}
		require.Fail(t, "no error")
	})
}

// A cursor of another version begins anew, and fewer lists than before are no problem.
func TestACursorThatCannotBeRead(t *testing.T) {
	l := newSweptList(t, 10)
	l.add("ERROR", time.Hour)
	for _, cursor := range []string{`"x"`, `{"list":7}`, `{"readTo":3}`} {
		l.cursor = json.RawMessage(cursor)
		clear(l.told)
		l.pass()
		l.toldAll()
	}
}
