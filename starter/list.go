package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/times"
	"github.com/carrierflow/carrierflow/workflows"
)

// listCommand lists operations.
type listCommand struct {
	Carrier        *string       `help:"Only those at one carrier: ${enum}." enum:"${carriers}" placeholder:"NAME"`
	State          []string      `help:"Only those in one of these states: scheduled, running, completed, failed, canceled, terminated, timed-out." enum:"scheduled,running,completed,failed,canceled,terminated,timed-out" placeholder:"STATE"`
	NeedsAttention attentionFlag `help:"Only those that need an operator's attention, for any reason or for one." placeholder:"[REASON]"`
	Line           string        `help:"Only those of one line, named by the identifier that their input gives, in any spelling. It is hashed here and not sent." placeholder:"NUMBER"`
	Since          string        `help:"Only those started since then: 24h, 7d, 2026-11-01. Without it, what was ended by force needs attention for 7d." placeholder:"WHEN"`
	Limit          int           `help:"How many at most (default: ${default})." default:"20" placeholder:"N"`
}

// Run lists operations, those that are running and the newest others, and callbacks for which there is no operation.
func (l listCommand) Run(ctx context.Context, a *app) error {
	asked, err := l.asked(a)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	views, err := l.views(ctx, conn, asked)
	if err != nil {
		return conn.Unanswered(ctx, err)
	}
	switch {
	case a.JSON:
		a.Document(views)
	case len(views) == 0:
		fmt.Fprintf(a.Out, "No operations found in namespace %s.\n", conn.Namespace)
		if l.Line != "" {
			fmt.Fprintf(a.Out, "A line is found by the identifier that the operation was started with, and with the secret that its\n"+
				"caller used: the one of %s here may be another.\n"+
				"After it was replaced, set %s to the one before.\n", lineKeyVariable, previousLineKeyVariable)
		}
	default:
		a.Table(rows(views, a.now()))
	}
	return a.unserved(ctx, conn, carriersNamed(l.Carrier), views)
}

// views are the runs that are asked for, the newest first.
func (l listCommand) views(ctx context.Context, conn *runs.Connection, asked runs.Wanted) ([]runs.View, error) {
	if l.NeedsAttention.given {
		views, err := conn.Worklist(ctx, asked)
		if err != nil {
			return nil, err
		}
		views = slices.DeleteFunc(views, func(v runs.View) bool { return len(l.State) > 0 && !slices.ContainsFunc(l.State, v.Is) })
		slices.Reverse(views)
		return views[:min(len(views), l.Limit)], nil
	}
	conditions := runs.Query{"WorkflowType NOT IN " + runs.Values([]string{workflows.FollowUpType, workflows.LineType, workflows.SweepType})} // they are shown with their operations, or are about none
	if len(asked.At) == 0 {
		conditions = slices.Concat(runs.Query{runs.Ours}, conditions)
	}
	if len(l.State) > 0 {
		conditions = conditions.States(l.State, conn.Now())
	}
	views, err := conn.List(ctx, asked.Query(conditions...), l.Limit)
	if err != nil {
		return nil, err
	}
	return views, conn.AddAttention(ctx, views)
}

// asked reads the flags.
func (l listCommand) asked(a *app) (w runs.Wanted, err error) {
	if l.Limit < 1 {
		return w, badUsage("--limit must be at least 1")
	}
	w = runs.Wanted{Reason: l.NeedsAttention.reason, Since: a.now().Add(-7 * 24 * time.Hour)}
	if l.Carrier != nil {
		w.At = carriersNamed(l.Carrier)
	}
	if l.Line != "" {
		secret := a.get(lineKeyVariable)
		if secret == "" {
			return w, badUsage("--line finds a line by a keyed hash of its number, and the key is missing here.\n"+
				"Set %s to the secret that the operations were started with.", lineKeyVariable)
		}
		w.Narrower = w.Narrower.Lines(l.Line, carriersNamed(l.Carrier), secret, a.get(previousLineKeyVariable))
	}
	if l.Since != "" {
		if w.Since, err = times.Past(l.Since, a.now()); err != nil {
			return w, badUsage("--since: %v", err)
		}
		w.Narrower = append(w.Narrower, "StartTime >= "+runs.Instant(w.Since))
	}
	return w, nil
}

// rows are the list as text, with its heading.
func rows(views []runs.View, now time.Time) [][]string {
	made := [][]string{{"ID", "STATUS", "STARTED", "AGE", "OPERATION", "ATTENTION"}}
	for _, v := range views {
		operation := strings.TrimPrefix(v.Operation, string(carriers.CarrierOf(v.Operation))+".")
		at, age := v.Started, terminal.ShortSpan(now.Sub(v.Started))
		if v.State == runs.Scheduled {
			at, age = v.Begins, "in "+terminal.ShortSpan(v.Begins.Sub(now))
		}
		made = append(made, []string{
			v.WorkflowID, string(v.State), at.In(now.Location()).Format("01-02 15:04"), age, operation, strings.Join(v.Attention, ","),
		})
	}
	return made
}

// carriersNamed are all carriers, or the one with a name.
func carriersNamed(name *string) (named []carriers.Carrier) {
	for _, known := range registry.Carriers() {
		if name == nil || *name == string(known.Carrier) {
			named = append(named, known.Carrier)
		}
	}
	return named
}

// attentionFlag is --needs-attention, which may be given a reason or stand alone for any.
type attentionFlag struct {
	given  bool
	reason workflows.Attention
}

// Decode takes the next word as the reason, unless it is a flag.
func (f *attentionFlag) Decode(ctx *kong.DecodeContext) error {
	if f.given = true; !ctx.Scan.Peek().IsValue() {
		return nil
	}
	typed := ctx.Scan.Pop().String()
	known := make([]string, len(reasons))
	for i, r := range reasons {
		if known[i] = string(r.reason); strings.EqualFold(known[i], typed) {
			f.reason = r.reason
			return nil
		}
	}
	return fmt.Errorf("must be one of %s, or stand alone for any", strings.Join(known, ", "))
}
