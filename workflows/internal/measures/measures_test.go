package measures

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// The last task of a run may be made twice; the run is counted once.
func TestARunEndsOnce(t *testing.T) {
	var e ended
	require.True(t, e.first("run"))
	require.False(t, e.first("run"))
	for i := range remembered {
		require.True(t, e.first(fmt.Sprint(i)))
	}
	require.Len(t, e.known, remembered, "what is remembered is bounded")
	require.True(t, e.first("run"), "it was forgotten")
}
