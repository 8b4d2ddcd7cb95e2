package cost

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

func TestWhatIsBilled(t *testing.T) {
	started := &historypb.HistoryEvent{EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED, Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
		ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{Attempt: 7},
	}}
	assert.Equal(t, 7, actions(started), "each attempt")
	for kind, billed := range map[enumspb.EventType]int{
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: 1, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: 1, enumspb.EVENT_TYPE_TIMER_STARTED: 1,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED: 0, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: 0, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 0,
		enumspb.EVENT_TYPE_MARKER_RECORDED: 0,
	} {
		assert.Equal(t, billed, actions(&historypb.HistoryEvent{EventType: kind}), kind)
	}
}

func TestAPollMoreIsAnActionAndTwoTransitions(t *testing.T) {
	measured := Cost{Events: 19, Transitions: 33, Actions: 15, LocalActivities: 2, Attempts: 11}
	assert.Equal(t, Budget{19, 31, 14, 2}, measured.AtPolls(10).Budget())
}

func TestRatiosHaveATolerance(t *testing.T) {
	most, least := Ratio{Budget: 2, Tolerance: 0.1}, Ratio{Budget: 2, Tolerance: 0.1, AtLeast: true}
	assert.True(t, most.Kept(2.19))
	assert.False(t, most.Kept(2.21))
	assert.True(t, least.Kept(1.81))
	assert.False(t, least.Kept(1.79))
}

func TestTheCommittedBudgetsCanBeRead(t *testing.T) {
	b, err := ReadBudgets(filepath.Join("..", "bench", "budgets.json"))
	require.NoError(t, err)
	assert.NotEmpty(t, b.Exact)
	_, err = ReadBudgets("none.json")
	assert.ErrorContains(t, err, "reading the budgets")
}
