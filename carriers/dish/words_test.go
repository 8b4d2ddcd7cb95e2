package dish

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestStateOf(t *testing.T) {
	words := defaults(t, "").Words
	for word, want := range map[string]carriers.State{
		"Success": carriers.Done, "SUCCESS": carriers.Done, "success": carriers.Done, " Success\n": carriers.Done,
		"InProgress": carriers.Pending, "inprogress": carriers.Pending, "Pending": carriers.Pending,
		"Accepted": carriers.Pending, "Submitted": carriers.Pending,
		"Failed": carriers.Failed, "Failure": carriers.Failed, "ERROR": carriers.Failed,
		"Rejected": carriers.Failed, "Cancelled": carriers.Failed,
		"": carriers.Unknown, " ": carriers.Unknown, "Succes": carriers.Unknown, "Success!": carriers.Unknown,
		"Successful": carriers.Unknown, "NotFailed": carriers.Unknown, "In Progress": carriers.Unknown,
		"Completed": carriers.Unknown, "200": carriers.Unknown, "null": carriers.Unknown,
	} {
		assert.Equal(t, want, words.StateOf(word), "%q", word)
		assert.Equal(t, carriers.Unknown, Words{}.StateOf(word), "%q without words", word)
	}
	assert.Equal(t, carriers.Unknown, Words{Done: []string{""}}.StateOf(""), "no word is no success")
	assert.Equal(t, carriers.Done, Words{Done: []string{" Completed "}}.StateOf("completed"))
}

func TestEffectOf(t *testing.T) {
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	words := defaults(t, "").Subscription
	statuses := []string{"Active", "Suspended", "Ceased", "aCtIvE ", "Blocked", "", " "}
	for action, want := range map[Action][]carriers.Effect{
		Suspend:     {missing, shown, missing, missing, incomparable, incomparable, incomparable},
		Resume:      {shown, missing, missing, shown, missing, incomparable, incomparable},
		Cease:       {missing, missing, shown, missing, incomparable, incomparable, incomparable},
		Reactivate:  {shown, missing, missing, shown, missing, incomparable, incomparable},
		"Terminate": {incomparable, incomparable, incomparable, incomparable, incomparable, incomparable, incomparable},
		"":          {incomparable, incomparable, incomparable, incomparable, incomparable, incomparable, incomparable},
	} {
		for i, status := range statuses {
			assert.Equal(t, want[i], words.EffectOf(action, status), "%q on %q", action, status)
		}
	}
	for i, want := range []carriers.Effect{shown, missing, missing, shown, missing, incomparable, incomparable} {
		assert.Equal(t, want, words.EffectOfActivation(statuses[i]), "activation and %q", statuses[i])
	}
}
