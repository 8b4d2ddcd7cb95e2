package telnyx

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestWhatAStatusMeans(t *testing.T) {
	for word, want := range map[string]carriers.State{
		"in-progress": carriers.Pending, "completed": carriers.Done, "failed": carriers.Failed, "interrupted": carriers.Failed,
		"IN-PROGRESS": carriers.Pending, " Completed\n": carriers.Done, "Failed": carriers.Failed, "INTERRUPTED": carriers.Failed,
		"in_progress": carriers.Unknown, "queued": carriers.Unknown, "": carriers.Unknown, " ": carriers.Unknown, "complete": carriers.Unknown,
	} {
		assert.Equal(t, want, Config{}.vocabulary().StateOf(word), word)
	}
	taught := Config{PendingStatuses: []string{"queued"}, DoneStatuses: []string{"finished"}, FailedStatuses: []string{"cancelled"}}
	for word, want := range map[string]carriers.State{
		"queued": carriers.Pending, "FINISHED": carriers.Done, " cancelled ": carriers.Failed, "completed": carriers.Done, "?": carriers.Unknown,
	} {
		assert.Equal(t, want, taught.vocabulary().StateOf(word), word)
	}
}

func TestEffectOfAStatus(t *testing.T) {
	settled := []string{"enabled", "disabled", "standby"}
	for _, target := range settled {
		for _, status := range append([]string{
			"registering", "enabling", "disabling", "setting_standby", "registered", "data_limit_exceeded", "unauthorized_imei", "blocked", "abolished",
		}, settled...) {
			want := carriers.Missing
			if status == target {
				want = carriers.Shown
			}
			assert.Equal(t, want, effectOf(target, status), "%s for %s", status, target)
		}
		for _, word := range []string{"", "paused", "active"} {
			assert.Equal(t, carriers.Incomparable, effectOf(target, word), "it may be the right one")
		}
	}
	assert.Equal(t, carriers.Shown, effectOf("enabled", " ENABLED "))
}

// Every documented code that a repeat does not help is a refusal, even inside a 2xx; a code that is not documented is looked up.
func TestDocumentedCodesAreRefusals(t *testing.T) {
	config := configured(t, "", "")
	for code, want := range map[string]carriers.Class{
		"10002": carriers.Rejected, "10004": carriers.Rejected, "10005": carriers.Rejected, "10006": carriers.Rejected, "10009": carriers.Rejected,
		"10010": carriers.Rejected, "10013": carriers.Rejected, "10014": carriers.Rejected, "10015": carriers.Rejected, "10017": carriers.Rejected,
		"10021": carriers.Rejected, "10022": carriers.Rejected, "10023": carriers.Rejected,
		"70000": carriers.Rejected, "70001": carriers.Rejected, "70002": carriers.Rejected, "70003": carriers.Rejected, "70004": carriers.Rejected,
		"70005": carriers.Rejected, "70006": carriers.Rejected, "70007": carriers.Rejected, "70008": carriers.Rejected,
		"10012": carriers.Conflict,
		// These say nothing about whether the action exists.
		"10007": carriers.Conflict, "10008": carriers.Conflict, "10011": carriers.Conflict, "70009": carriers.Conflict,
		"0": "", "200": "",
	} {
		class, _, _ := config.classify(200, []byte(errorOf(code)))
		assert.Equal(t, want, class, code)
	}
	config.Codes.Duplicate, config.Codes.Unknown = append(config.Codes.Duplicate, "70050"), append(config.Codes.Unknown, "70051")
	class, _, _ := config.classify(422, []byte(errorOf("70050")))
	assert.Equal(t, carriers.Conflict, class, "what is configured counts too")
	class, _, _ = config.classify(404, []byte(errorOf("70051")))
	assert.Equal(t, carriers.NotFound, class)
}
