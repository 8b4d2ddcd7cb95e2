package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// planCommand are the commands for plans.
type planCommand struct {
	Start    planStartCommand    `cmd:"" help:"Start a plan from a JSON file."`
	Show     planShowCommand     `cmd:"" help:"Show how far a plan and each of its steps is, and what can be done."`
	Confirm  planConfirmCommand  `cmd:"" help:"Let a step begin that waits for its confirmation."`
	Continue planContinueCommand `cmd:"" help:"Repeat what stopped the plan, with a new reference, and go on."`
	Skip     planSkipCommand     `cmd:"" help:"Go on without what stopped the plan."`
	Undo     planUndoCommand     `cmd:"" help:"Undo what can be undone, in reverse order, and end the plan."`
	Leave    planLeaveCommand    `cmd:"" help:"End the plan as it is."`
}

// planStartCommand starts a plan.
type planStartCommand struct {
	File      string   `arg:"" help:"The plan as JSON, - for the standard input."`
	Reference string   `help:"Your own id of the plan, instead of the one in the file; made up when neither is given." placeholder:"TEXT"`
	Value     []string `help:"A value of the plan, instead of the one in the file. Repeat it for each." sep:"none" placeholder:"NAME=VALUE"`
	Wait      bool     `help:"Follow the plan until it ends."`
}

// Run checks the plan, starts it and, if asked to, waits for its end.
func (c planStartCommand) Run(ctx context.Context, a *app) error {
	raw, err := c.read(a)
	if err != nil {
		return err
	}
	p, faults := plans.Read(raw)
	if len(faults) > 0 {
		text := "the plan is not valid, nothing was started:"
		for _, fault := range faults {
			text += "\n  " + fault.String()
		}
		return badUsage("%s", text)
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	r := report{Reference: p.Reference, View: runs.View{
		WorkflowID: plans.WorkflowID(p.Reference), Operation: plans.WorkflowType, Summary: p.Summary(), State: runs.Starting, Started: a.now(),
	}}
	bounded, cancel := conn.Bounded(ctx)
	defer cancel()
	run, err := plans.StartJSON(bounded, conn, raw)
	if err != nil {
		return a.notStarted(ctx, conn, r, err)
	}
	r.RunID, r.URL = run.GetRunID(), a.webURL(conn, run.GetID(), run.GetRunID())
	if c.Wait {
		return a.wait(ctx, conn, run, r)
	}
	if a.report(r, a.now()); !a.JSON {
		a.Row("Next", a.self.Command("plan", "show", run.GetID())+" shows it\n"+a.self.Command("wait", run.GetID())+" follows it")
	}
	return nil
}

// read reads the plan and puts in what the flags say.
func (c planStartCommand) read(a *app) (json.RawMessage, error) {
	data, err := readFile(c.File, a.stdin)
	if err != nil {
		return nil, badUsage("reading the plan: %v", err)
	}
	var plan map[string]json.RawMessage
	if json.Unmarshal(data, &plan) != nil || plan == nil {
		return nil, badUsage("%s is not a JSON object, nothing was started", c.File)
	}
	switch {
	case c.Reference != "":
		plan["reference"] = asText(c.Reference)
	case plan["reference"] == nil:
		plan["reference"] = asText(newReference(a.now()))
	}
	values := map[string]json.RawMessage{}
	if plan["values"] != nil && json.Unmarshal(plan["values"], &values) != nil {
		return nil, badUsage("values is not a JSON object in %s, nothing was started", c.File)
	}
	for _, pair := range c.Value {
		name, text, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, badUsage("--value must be NAME=VALUE, not %q; nothing was started", name)
		}
		before := values[name]
		values[name] = asValue(text, before == nil || before[0] == '"')
	}
	if len(c.Value) > 0 {
		plan["values"] = asJSON(values)
	}
	return asJSON(plan), nil
}

// readFile reads a file, "-" being the standard input.
func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// asValue is what was typed as JSON. What is text stays text, however much it looks like a number.
func asValue(typed string, isText bool) json.RawMessage {
	if !isText && json.Valid([]byte(typed)) {
		return json.RawMessage(typed)
	}
	return asText(typed)
}

func asText(text string) json.RawMessage { return asJSON(text) }

// asJSON writes a value that was read from JSON, or a text.
func asJSON(value any) json.RawMessage {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("encoding a checked value: %v", err))
	}
	return raw
}

// onePlan names a plan.
type onePlan struct {
	ID string `arg:"" name:"id" help:"Reference of the plan, or its workflow id: plan:<reference>."`
}

// workflowID is the workflow id of what was typed.
func (p onePlan) workflowID() string {
	if strings.Contains(p.ID, ":") || !carriers.ValidReference(p.ID) {
		return p.ID
	}
	return plans.WorkflowID(p.ID)
}

// find finds the plan.
func (p onePlan) find(ctx context.Context, a *app) (*runs.Connection, runs.View, error) {
	conn, v, err := a.find(ctx, p.workflowID())
	if err == nil && !runs.IsPlan(v.Operation) {
		err = badUsage("%s is a %s and no plan. Nothing was done.", v.WorkflowID, v.Operation)
	}
	return conn, v, err
}

// planShowCommand shows a plan.
type planShowCommand struct{ onePlan }

// Run shows how far the plan is. It succeeds also when the plan failed.
func (c planShowCommand) Run(ctx context.Context, a *app) error {
	if _, _, err := c.find(ctx, a); err != nil {
		return err
	}
	conn, r, err := a.lookAt(ctx, c.workflowID())
	if err != nil {
		return err
	}
	if r.State.Final() {
		e, err := conn.EndingOf(ctx, r.View)
		if err != nil {
			return conn.Unanswered(ctx, err)
		}
		r.Ending = &e
	}
	if a.report(r, a.now()); !a.JSON && r.Plan != nil {
		a.choices(r.WorkflowID, *r.Plan)
	}
	return unserved(r.View)
}
