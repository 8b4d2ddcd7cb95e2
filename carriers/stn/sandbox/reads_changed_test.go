package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// recordsChangedAt are records that were changed at these minutes.
func recordsChangedAt(minutes ...int) (all []*activation) {
	for i, m := range minutes {
		at := time.Unix(0, 0).Add(time.Duration(m) * time.Minute)
		all = append(all, &activation{
			Change: &engine.Change{Created: at, Modified: at}, id: "A" + strconv.Itoa(i), kind: typeSuspend, on: &subscription{}, info: engine.Object{},
		})
	}
	return all
}

func TestTheOrderOfChangeIsKept(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	all := recordsChangedAt(5, 3, 3, 9)
	var o byChange
	for round := range 200 {
		o.update(all)
		require.Len(t, o.all, len(all))
		require.True(t, slices.IsSortedFunc(o.all, newestFirst), "round %d", round)
		for _, c := range o.all {
			require.True(t, c.at.Equal(c.changedAt()))
		}
		for range random.IntN(4) {
			all = append(all, recordsChangedAt(random.IntN(300))[0])
		}
		for range random.IntN(5) {
			a := all[random.IntN(len(all))]
			a.Modified = a.Modified.Add(time.Duration(random.IntN(60)-5) * time.Minute)
		}
	}
}

func TestSTNListsWhatWasChangedLast(t *testing.T) {
	b := start(t, sandboxtest.Quick(), Config{})
	var ids []any
	for i := range 5 {
		ids = append(ids, b.setServices(fmt.Sprint("r", i), fmt.Sprint("SUB-0000", i), `{"voiceRoaming":true}`).Field("id"))
		b.Eventually(func() bool { return b.activation(ids[i]) == "DONE" })
	}
	list := func(query string) (found []any) {
		for i := range 10 {
			if id := b.Get("/stn/api/QueryActivation?"+query).Field("results", i, "id"); id != nil {
				found = append(found, id)
			}
		}
		return found
	}
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	require.Equal(t, newest, list("orderByDesc=modifiedAt,id&status=DONE"))
	require.Equal(t, ids, list("orderBy=ModifiedAt&status=DONE"))
	require.Equal(t, newest[1:3], list("orderByDesc=modifiedAt&skip=1&take=2"))
	require.Empty(t, list("orderByDesc=modifiedAt&status=ERROR"))
	b.Set(engine.Rule{Carrier: "stn", Operation: "query-activation", Scenario: "unordered-list"})
	require.ElementsMatch(t, ids, list("orderByDesc=modifiedAt"))
}

// A page of a list with many records, of which some have changed since the page before.
func BenchmarkAPageInTheOrderOfChange(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			minutes := make([]int, n)
			for i := range minutes {
				minutes[i] = rand.IntN(n)
			}
			c := &carrier{world: newWorld()}
			c.world.activations = recordsChangedAt(minutes...)
			q := query{httptest.NewRequest("GET", "/?orderByDesc=modifiedAt,id&take=100", nil).URL.Query()}
			c.answerInOrderOfChange(q, true)
			for b.Loop() {
				for range 50 {
					c.world.activations[rand.IntN(n)].Modified = time.Now()
				}
				c.answerInOrderOfChange(q, true)
			}
		})
	}
}
