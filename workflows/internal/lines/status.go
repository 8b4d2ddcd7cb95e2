package lines

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/internal/operators"
)

const (
	// shown is how many of those that wait are named.
	shown = 20
	// keptReleases bounds State.Released.
	keptReleases = 20
)

func (l *line) status() workflows.LineStatus {
	s := workflows.LineStatus{Carrier: l.carrier, Waiting: len(l.Waiting), Released: l.Released}
	if l.Holder != nil {
		s.Holder, s.Since = l.Holder.WorkflowID, l.Since.UTC()
	}
	for _, a := range l.Waiting[:min(len(l.Waiting), shown)] {
		s.Next = append(s.Next, a.WorkflowID)
	}
	return s
}

// describe is what the Web UI shows of a line.
func (l *line) describe() string {
	s := l.status()
	lines := []string{"**Turn of a line at " + workflows.CarrierName(l.carrier) + "**", ""}
	say := func(format string, args ...any) { lines = append(lines, "- "+fmt.Sprintf(format, args...)) }
	say("%s has had the turn since %s.", s.Holder, s.Since.Format(time.RFC3339))
	if s.Waiting > 0 {
		further := ""
		if s.Waiting > len(s.Next) {
			further = fmt.Sprintf(" and %d more", s.Waiting-len(s.Next))
		}
		say("Waiting: %s%s.", strings.Join(s.Next, ", "), further)
		say("To take the turn from who has it: starter release-line %s --reason 'why it must not hold the others up'", l.id)
		say("In the Web UI: Send an Update, %q.", workflows.ReleaseLineUpdate.Name)
	}
	for _, r := range s.Released {
		say("%s took the turn from %s at %s: %s", r.Operator, r.Holder, r.At.Format(time.RFC3339), r.Reason)
	}
	return strings.Join(lines, "\n")
}

// validateRelease refuses what makes no sense. While signals wait to be received, who has the turn is not known: handleRelease decides.
func (l *line) validateRelease(_ workflow.Context, in workflows.ReleaseLine) string {
	if l.unread() {
		return ""
	}
	return l.notHeldBy(in)
}

// unread reports whether there are signals that the state does not contain yet.
func (l *line) unread() bool { return l.fresh || l.signalled() }

// notHeldBy says why a turn cannot be taken from who is named, or "".
func (l *line) notHeldBy(in workflows.ReleaseLine) string {
	switch {
	case l.Holder == nil:
		return "nobody has the turn"
	case l.Holder.WorkflowID != in.Holder:
		return fmt.Sprintf("%s does not have the turn any more; %s has it", in.Holder, l.Holder.WorkflowID)
	}
	return ""
}

// handleRelease takes the turn from its holder.
func (l *line) handleRelease(ctx workflow.Context, in workflows.ReleaseLine) (workflows.LineStatus, error) {
	if err := workflow.Await(ctx, func() bool { return !l.unread() }); err != nil {
		return workflows.LineStatus{}, err
	}
	if why := l.notHeldBy(in); why != "" {
		return workflows.LineStatus{}, operators.Refused(workflows.ReleaseLineUpdate.Name, why)
	}
	taken := workflows.ReleasedTurn{Holder: in.Holder, Resolution: workflows.Resolution{OperatorAction: operators.Kept(in.OperatorAction), At: workflow.Now(ctx).UTC()}}
	l.Released = append(l.Released, taken)
	l.Released = l.Released[max(0, len(l.Released)-keptReleases):]
	l.Holder = nil
	if err := workflow.Await(ctx, func() bool { return l.Holder != nil || len(l.Waiting) == 0 }); err != nil { // until the next one has it
		return workflows.LineStatus{}, err
	}
	return l.status(), nil
}
