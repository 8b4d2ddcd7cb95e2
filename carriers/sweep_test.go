package carriers

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// nowhere is a connection.
type nowhere struct{ Connection }

func TestASweepHandsItsCursorOn(t *testing.T) {
	type cursor struct{ Page int }
	var fails error
	sweep := NewSweep([]string{"test.Change"}, func(c *nowhere, _ context.Context, at cursor, now time.Time) (SweepPage, cursor, error) {
		require.NotNil(t, c)
		require.False(t, now.IsZero())
		return SweepPage{Records: at.Page}, cursor{at.Page + 1}, fails
	})
	read := func(at string) SweepPage {
		page, err := sweep.Page(t.Context(), &nowhere{}, json.RawMessage(at), time.Unix(1, 0))
		require.Equal(t, fails, err)
		return page
	}
	for at, want := range map[string]int{"": 0, `{"Page":4}`: 4, `{"Page":"four"}`: 0, `[]`: 0} {
		require.Equal(t, want, read(at).Records, at)
	}
	fails = errors.New("no answer")
	require.JSONEq(t, `{"Page":5}`, string(read(`{"Page":4}`).Next), "also with an error, where the sweep goes on")

	a := Adapter{Carrier: "test", Sweep: sweep}
	require.True(t, a.Sweeps("test.Change"))
	require.False(t, a.Sweeps("test.Cancel"))
	require.False(t, Adapter{}.Sweeps("test.Change"))
}
