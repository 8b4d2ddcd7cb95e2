package sweeps

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/workflows"
)

// describe is what the Web UI shows of a sweep. It is as new as the last end of an activity; the heartbeat of the pending activity
// is newer.
func (s *sweep) describe() string {
	name := workflows.CarrierName(s.carrier)
	lines := []string{"**Sweep of " + name + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	say("Reads the list of requests at %s, and tells the operations that wait what was decided.", name)
	if s.LastPass.IsZero() {
		say("No pass was completed yet. Started at %s.", s.Since.Format(time.RFC3339))
	} else {
		say("Last complete pass: %s. Since %s: %d passes, %d pages, %d operations told.",
			s.LastPass.Format(time.RFC3339), s.Since.Format(time.RFC3339), s.Passes, s.Pages, s.Told)
	}
	if s.Costly != "" {
		say("It costs more than usual: %s.", strings.TrimSuffix(s.Costly, "."))
	}
	if problem := cmp.Or(s.Failure, s.Problem); problem != "" {
		say("The last page could not be read: %s", problem)
	}
	if s.Raised {
		say("No pass was completed for %s. %s", failingAfter, workflows.AttentionSweepFailing.Advice(name))
	}
	return strings.Join(lines, "\n")
}

// describeOff is what the Web UI shows of a sweep that was turned off.
func (s *sweep) describeOff() string {
	return "**Sweep of " + workflows.CarrierName(s.carrier) + "**\n\n- It ended, because the workers do not sweep this carrier."
}
