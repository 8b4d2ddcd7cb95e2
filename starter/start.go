package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
	"github.com/carrierflow/carrierflow/starter/internal/times"
	"github.com/carrierflow/carrierflow/workflows"
)

// lineKeyVariable names the secret that lines are hashed with, and previousLineKeyVariable the one before: it finds what was started
// with that.
const (
	lineKeyVariable         = "CARRIERFLOW_LINE_KEY"
	previousLineKeyVariable = "CARRIERFLOW_LINE_KEY_PREVIOUS"
)

// startOptions are the flags that every operation has besides its own.
type startOptions struct {
	Input  string `help:"Read the whole input as JSON from a file, - for the standard input; flags given as well override it." placeholder:"FILE|-" group:"Starting:"`
	launch `embed:""`
}

// launch is when an operation begins and how far it is followed.
type launch struct {
	At    string  `help:"Begin later: at a time (2026-12-01 09:00, or with an offset as in RFC 3339) or after a while (+2h, +7d)." placeholder:"TIME|+DURATION" group:"Starting:"`
	Wait  *bool   `help:"Follow the operation until it ends; for reads that begin at once this is the default." negatable:"" xor:"until" group:"Starting:"`
	Until *string `help:"Follow the operation until the carrier has taken it (accepted), or until it ends (done, as --wait)." enum:"accepted,done" xor:"until" placeholder:"accepted|done" group:"Starting:"`
}

// app is what the commands work with.
type app struct {
	surroundings
	printer
	conn *runs.Connection
}

// connected connects, once.
func (a *app) connected(ctx context.Context) (*runs.Connection, error) {
	if a.conn != nil {
		return a.conn, nil
	}
	patience, err := a.patience()
	if err != nil {
		return nil, err
	}
	conn, err := a.connect(ctx, a.env, patience, a.now)
	if err != nil {
		return nil, err
	}
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
	input, err := c.form.Request(c.flags, c.options.Input, a.stdin, func() string { return newReference(a.now()) })
	if err != nil {
		return badUsage("%v\n%q shows every flag.", err, c.line("--help"))
	}
	return a.launch(ctx, c.info, input, c.options.launch, nil)
}

// launch starts an operation with a valid input. retry is what it is a retry of, if it is one.
func (a *app) launch(ctx context.Context, info carriers.Info, input json.RawMessage, l launch, retry *retryOf) error {
	options, err := workflows.StartOptions(info.Type, input, a.get(lineKeyVariable))
	if err != nil {
		return badUsage("the input cannot be read, nothing was started: %v", err)
	}
	now := a.now()
	until, begins, err := l.plan(info.Kind, now)
	if err != nil {
		return err
	}
	conn, err := a.connected(ctx)
	if err != nil {
		return err
	}
	r := report{Reference: carriers.CommonOf(input).Reference, retry: retry, View: runs.View{
		WorkflowID: options.ID, Operation: info.Type, Summary: options.StaticSummary, State: runs.Starting, Started: now,
	}}
	if retry != nil {
		options.Memo, r.RetryOf = retry.memo(), retry.of.WorkflowID
	}
	if !begins.IsZero() {
		options.StartDelay = begins.Sub(now)
		r.State, r.Begins = runs.Scheduled, begins
	}
	bounded, cancel := conn.Bounded(ctx)
	defer cancel()
	run, err := conn.ExecuteWorkflow(bounded, options, info.Type, input)
	if err != nil {
		return a.notStarted(ctx, conn, r, err)
	}
	r.RunID, r.URL = run.GetRunID(), a.webURL(conn, run.GetID(), run.GetRunID())
	a.acknowledgeRetried(ctx, conn, r)
	switch until {
	case accepted:
		return a.awaitAccepted(ctx, conn, run, r)
	case done:
		return a.wait(ctx, conn, run, r)
	}
	if a.report(r, a.now()); a.JSON {
		return nil
	}
	a.Row("Next", a.self.Command("status", run.GetID())+" shows it\n"+a.self.Command("wait", run.GetID())+" follows it")
	if r.State == runs.Scheduled {
		a.Row("To stop it", a.command("cancel", run.GetID(), anyReason)+"\nNothing is sent before it begins.")
	}
	return nil
}

// How far an operation that was just started is followed.
const (
	accepted = "accepted"
	done     = "done"
)

// plan says how far to follow the operation, "" for not at all, and when it is to begin, zero for now.
func (l launch) plan(kind carriers.Kind, now time.Time) (until string, begins time.Time, err error) {
	if l.At != "" {
		if begins, err = times.Future(l.At, now); err != nil {
			return "", begins, badUsage("--at: %v. Nothing was started.", err)
		}
	}
	switch {
	case l.Until != nil:
		until = *l.Until
	case l.Wait != nil && *l.Wait, l.Wait == nil && kind == carriers.KindRead && l.At == "":
		until = done
	}
	switch {
	case until == accepted && kind == carriers.KindRead:
		err = badUsage("--until=accepted is for changes; a read is answered at once. Nothing was started.")
	case until == accepted && l.At != "":
		err = badUsage("--until=accepted does not go with --at: nothing is sent before. Nothing was started.")
	}
	return until, begins, err
}

// notStarted says why an operation was not started. A reference that was used before is the caller's to solve.
func (a *app) notStarted(ctx context.Context, conn *runs.Connection, r report, err error) error {
	id := r.WorkflowID
	again := fmt.Sprintf("%q shows whether it was started", a.self.Command("status", id))
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
	case ctx.Err() != nil:
		return &exit{exitInterrupted, fmt.Sprintf("interrupted while starting %s; %s", id, again)}
	case runs.Refused(err):
		return conn.Unanswered(ctx, err)
	default:
		safely := fmt.Sprintf("with --reference %s it can safely be started again", r.Reference)
		if r.retry != nil {
			safely = "the same retry can safely be given again, it never starts twice"
		}
		return &exit{exitUnreachable, fmt.Sprintf("Temporal at %s did not confirm the start of %s: %v.\n%s; %s.",
			conn.Address, id, err, again, safely)}
	}
	if r.retry != nil { // somebody else was a moment faster
		if _, later, err := conn.RetryReference(ctx, r.RetryOf); err == nil && later != nil {
			return a.retriedBefore(r.RetryOf, *later)
		}
	}
	earlier := "which cannot be described now"
	if v, err := conn.Describe(ctx, id, ""); err == nil {
		earlier = fmt.Sprintf("a %s started %s, now %s", v.Operation, a.Ago(v.Started, a.now()), v.State)
	}
	return badUsage("reference %s was used before: %s is %s. Nothing was started.\n%q shows it; a new request takes a new --reference.",
		r.Reference, id, earlier, a.self.Command("status", id))
}

func (a *app) webURL(conn *runs.Connection, id, runID string) string {
	return runs.WebURL(a.get("TEMPORAL_UI_URL"), conn.Address, conn.Namespace, id, runID)
}

// newReference makes up a reference of 15 characters, which every carrier takes unchanged: 48 bits of time in milliseconds, so that
// references sort by age, and 24 random bits. Should two ever be equal, the second start is refused like any other use of a
// reference that is taken.
func newReference(now time.Time) string {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	var chance [3]byte
	_, _ = rand.Read(chance[:])                                  // never fails
	encoding := base32.HexEncoding.WithPadding(base32.NoPadding) // keeps the order of what it encodes
	return strings.ToLower(encoding.EncodeToString(append(ms[2:], chance[:]...)))
}

// awaitAccepted waits until it is known whether the carrier takes the request of an operation that was just started, and says so.
// What the carrier refuses has ended with that.
func (a *app) awaitAccepted(ctx context.Context, conn *runs.Connection, run client.WorkflowRun, r report) error {
	taken, cancel := context.WithTimeout(ctx, takenWithin)
	defer cancel()
	handle, err := conn.UpdateWorkflow(taken, client.UpdateWorkflowOptions{
		WorkflowID: run.GetID(), RunID: run.GetRunID(), UpdateName: workflows.AcceptedUpdate.Name, Args: []any{workflows.AcceptedQuestion{}},
		WaitForStage: client.WorkflowUpdateStageAccepted,
	})
	if _, late := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err); late && ctx.Err() == nil {
		return a.notTaken(ctx, conn, r)
	}
	var answer workflows.Accepted
	if err == nil {
		answer, err = follow(ctx, a, conn, run, func() (answer workflows.Accepted, err error) {
			err = handle.Get(ctx, &answer)
			return answer, err
		})
	}
	if _, refused := workflows.AsFailure(err); refused || runs.IsNotFound(err) {
		return a.wait(ctx, conn, run, r) // it is ending with that, or has ended
	}
	if v, err := conn.Describe(ctx, run.GetID(), run.GetRunID()); err == nil {
		r.View = v
	}
	if err != nil {
		if a.JSON {
			a.Document(r)
		}
		return a.lost(ctx, conn, run.GetID(), err)
	}
	r.Accepted = &answer
	a.report(r, a.now())
	return nil
}

// notTaken is the error for a start that no worker has taken up.
func (a *app) notTaken(ctx context.Context, conn *runs.Connection, r report) error {
	if v, err := conn.Describe(ctx, r.WorkflowID, ""); err == nil {
		r.View = v
		r.Unserved = a.unservedRun(ctx, conn, v)
	}
	if a.JSON {
		a.Document(r)
	}
	return &exit{exitUnreachable, fmt.Sprintf("no worker has taken up %s within %s. %s\nIt is started, and goes on when a worker comes: %q shows it.",
		r.WorkflowID, takenWithin, cmp.Or(terminal.Capitalised(r.Unserved), "Is one running?"), a.self.Command("show", r.WorkflowID))}
}
