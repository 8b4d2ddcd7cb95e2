package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/workflows"
)

// lineKeyVariable names the secret that lines are hashed with.
const lineKeyVariable = "CARRIERFLOW_LINE_KEY"

// startOptions are the flags that every operation has besides its own.
type startOptions struct {
	Input  string `help:"Read the whole input as JSON from a file, - for the standard input; flags given as well override it." placeholder:"FILE|-" group:"Starting:"`
	launch `embed:""`
}

// launch is when an operation begins and how far it is followed.
type launch struct {
	At    string  `help:"Begin later: at a time (2026-12-01 09:00, or with an offset as in RFC 3339) or after a while (+2h, +7d)." placeholder:"TIME|+DURATION" group:"Starting:"`
	Wait  *bool   `help:"Follow the operation until it ends; reads that begin at once do so unless told not to." negatable:"" xor:"until" group:"Starting:"`
	Until *string `help:"Follow the operation until the carrier has taken it (accepted), or until it ends (done, as --wait)." enum:"accepted,done" xor:"until" placeholder:"accepted|done" group:"Starting:"`
}

// app is what the commands work with.
type app struct {
	surroundings
	printer
	conn *connection
}

// connected connects, once.
func (a *app) connected(ctx context.Context) (*connection, error) {
	if a.conn != nil {
		return a.conn, nil
	}
	patience, err := patienceIn(a.env)
	if err != nil {
		return nil, err
	}
	conn, err := a.connect(ctx, a.env, patience)
	if err != nil {
		return nil, err
	}
	conn.now, conn.self, conn.patience = a.now, a.self, patience
	a.conn = conn
	return conn, nil
}

func (a *app) close() {
	if a.conn != nil {
		a.conn.Close()
	}
}

// start checks the input, starts the operation and, if asked to, waits for it.
func (a *app) start(ctx context.Context, c *command) error {
	input, err := c.input(a.stdin, func() string { return newReference(a.now()) })
	if err != nil {
		return err
	}
	return a.launch(ctx, c.definition, input, c.options.launch, nil)
}

// launch starts an operation with a valid input; anew, when another one is started anew by it.
func (a *app) launch(ctx context.Context, d workflows.Definition, input []byte, l launch, anew *retrial) error {
	in := d.NewInput()
	if err := json.Unmarshal(input, in); err != nil {
		return badUsage("the input cannot be read, nothing was started: %v", err)
	}
	now := a.now()
	until, begins, err := l.plan(d.Kind, now)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	options := workflows.StartOptions(in, a.get(lineKeyVariable))
	told := account{Reference: in.Common().Reference, view: view{
		WorkflowID: options.ID, Operation: d.Type, Summary: options.StaticSummary, State: starting, Started: now,
	}, retrial: anew}
	if anew != nil {
		options.Memo, told.RetryOf = anew.memo(), anew.of.WorkflowID
	}
	if !begins.IsZero() {
		options.StartDelay = begins.Sub(now)
		told.State, told.Begins = scheduled, &begins
	}
	if until == accepted {
		return a.startAccepted(ctx, conn, options, input, told)
	}
	bounded, cancel := conn.bounded(ctx)
	defer cancel()
	run, err := conn.ExecuteWorkflow(bounded, options, d.Type, json.RawMessage(input))
	if err != nil {
		return a.notStarted(ctx, conn, told, err)
	}
	told.RunID, told.URL = run.GetRunID(), a.webURL(conn, run.GetID(), run.GetRunID())
	a.retried(ctx, conn, told)
	if until == done {
		return a.wait(ctx, conn, run, told)
	}
	a.tell(told, a.now())
	if !a.json {
		a.row("Next", a.self.command("status", run.GetID())+" shows it\n"+a.self.command("wait", run.GetID())+" follows it")
		if told.State == scheduled {
			a.row("To stop it", a.order("cancel", run.GetID(), anyReason)+"\nNothing is sent before it begins.")
		}
	}
	return nil
}

// How far an operation that was just started is followed.
const (
	accepted = "accepted"
	done     = "done"
)

// plan says how far to follow the operation, "" for not at all, and when it is to begin, zero for now.
func (l launch) plan(kind workflows.Kind, now time.Time) (until string, begins time.Time, err error) {
	if l.At != "" {
		if begins, err = future(l.At, now); err != nil {
			return "", begins, badUsage("--at: %v. Nothing was started.", err)
		}
	}
	switch {
	case l.Until != nil:
		until = *l.Until
	case l.Wait != nil && *l.Wait, l.Wait == nil && kind == workflows.Read && l.At == "":
		until = done
	}
	switch {
	case until == accepted && kind == workflows.Read:
		err = badUsage("--until=accepted is for changes; a read is answered at once. Nothing was started.")
	case until == accepted && l.At != "":
		err = badUsage("--until=accepted does not go with --at: nothing is sent before. Nothing was started.")
	}
	return until, begins, err
}

// notStarted says why an operation was not started. A reference that was used before is the caller's to solve.
func (a *app) notStarted(ctx context.Context, conn *connection, told account, err error) error {
	id, reference := told.WorkflowID, told.Reference
	again := fmt.Sprintf("%q shows whether it was started", a.self.command("status", id))
	safely := fmt.Sprintf("with --reference %s it can safely be started again", reference)
	if told.retrial != nil {
		safely = "the same retry can safely be given again, it never starts twice"
	}
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
	case ctx.Err() != nil:
		return &exit{exitInterrupted, fmt.Sprintf("interrupted while starting %s; %s", id, again)}
	case refused(err):
		return conn.unanswered(ctx, err)
	default:
		return &exit{exitUnreachable, fmt.Sprintf("Temporal at %s did not confirm the start of %s: %v.\n%s; %s.",
			conn.Address, id, err, again, safely)}
	}
	if told.retrial != nil { // somebody else was a moment faster
		if _, later, err := conn.retryReference(ctx, told.RetryOf); err == nil && later != nil {
			return a.retriedBefore(told.RetryOf, *later)
		}
	}
	earlier := "which cannot be described now"
	if v, err := conn.describe(ctx, id, ""); err == nil {
		earlier = fmt.Sprintf("a %s started %s, now %s", v.Operation, a.ago(v.Started, a.now()), v.State)
	}
	return badUsage("reference %s was used before: %s is %s. Nothing was started.\n%q shows it; a new request takes a new --reference.",
		reference, id, earlier, a.self.command("status", id))
}

func (a *app) webURL(conn *connection, id, runID string) string {
	return webURL(a.get("TEMPORAL_UI_URL"), conn.Address, conn.Namespace, id, runID)
}

// newReference makes up a reference of 15 characters, the most that sTN takes unchanged (SetServicesSubscription):
// 48 bits of time in milliseconds, so that references sort by age, and 24 random bits. Should two ever be equal, the
// second start is refused like any other use of a reference that is taken.
func newReference(now time.Time) string {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	var chance [3]byte
	_, _ = rand.Read(chance[:])                                  // never fails
	encoding := base32.HexEncoding.WithPadding(base32.NoPadding) // keeps the order of what it encodes
	return strings.ToLower(encoding.EncodeToString(append(ms[2:], chance[:]...)))
}
