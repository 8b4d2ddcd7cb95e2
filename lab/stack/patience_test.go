package stack

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWaitEndsBeforeTheTestBinary(t *testing.T) {
	require.LessOrEqual(t, Within(t), Patience)
	require.Equal(t, time.Second, Within(until{t, time.Now().Add(time.Second)}), "something is always left")
	require.InDelta(t, time.Minute-spare, Within(until{t, time.Now().Add(time.Minute)}), float64(time.Second))
}

// until is a test with a deadline.
type until struct {
	*testing.T
	deadline time.Time
}

func (u until) Deadline() (time.Time, bool) { return u.deadline, true }
