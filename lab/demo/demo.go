// Package demo is a demonstration of carrierflow: four operations at three carriers, each decided in its own way, with the
// outcomes in a table. It starts them as any Go program would, with package workflows.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"text/tabwriter"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// Options say where Temporal, the Web UI and the output are.
type Options struct {
	Address, Namespace string
	// WebUI is the base URL of the links; without it there are none.
	WebUI string
	// Keys encrypt what the demonstration sends.
	Keys *encryption.Encryption
	Out  io.Writer
}

// scene is one operation of the demonstration.
type scene struct {
	about   string
	request carriers.Request
	// expect is the failure type the operation must end with; empty for success.
	expect workflows.FailureType
	by     workflows.DecidedBy
}

// ErrUnexpected tells that an operation did not end as expected.
var ErrUnexpected = errors.New("an outcome was not the expected one")

// Run starts the operations, waits for all of them and prints a table. It returns ErrUnexpected if one of them did not end
// as expected.
func Run(ctx context.Context, o Options) error {
	temporal, err := client.DialContext(ctx, o.Keys.Options(client.Options{HostPort: o.Address, Namespace: o.Namespace, Logger: quiet{}}))
	if err != nil {
		return fmt.Errorf("connecting to Temporal at %s: %w", o.Address, err)
	}
	defer temporal.Close()

	scenes := script(time.Now().UTC().Format("150405"))
	fmt.Fprintf(o.Out, "\nFour operations, each decided in its own way:\n\n")
	for i, s := range scenes {
		fmt.Fprintf(o.Out, "  %d  %s\n", i+1, s.about)
	}
	fmt.Fprintf(o.Out, "\n")

	endings := make([]ending, len(scenes))
	var all sync.WaitGroup
	var printing sync.Mutex
	begun := time.Now()
	for i, s := range scenes {
		all.Go(func() {
			endings[i] = play(ctx, temporal, s)
			printing.Lock()
			defer printing.Unlock()
			fmt.Fprintf(o.Out, "  %5.1fs  %d  %s\n", time.Since(begun).Seconds(), i+1, endings[i].sentence())
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Fprintf(o.Out, "\n%s\n", table(scenes, endings, o))
	for _, e := range endings {
		if !e.expected {
			return ErrUnexpected
		}
	}
	return nil
}

// script is the four operations. Their lines are ordinary ones of the sandbox, except the line of the SIM replacement: the
// last two digits of its subscription id choose a risk review that ends in acceptance.
func script(unique string) []scene {
	every := func(d time.Duration) carriers.Options {
		return carriers.Options{Timings: &carriers.Timings{PollEvery: carriers.Duration(d)}}
	}
	return []scene{
		{
			about: "DISH: activate a SIM. DISH acknowledges at once and calls back when it is done; a read confirms it.",
			request: dish.ActivateSubscription{
				Reference: "demo-activate-" + unique, SubscriberID: "SUB-000042", WholesalePlanID: "PLAN-BASIC",
				Location: carriers.Object(`{"postalCode":"80202"}`), ICCID: "89010000000000000017", Options: every(time.Minute),
			},
			by: workflows.ByCallback,
		},
		{
			about: "sTN: switch a service on. sTN has no callbacks, so its Activation record is polled until it says DONE.",
			request: stn.SetServices{
				Reference: "demo-services-" + unique, SubscriptionID: "SUB-000001", Services: map[string]any{"voiceMail": true},
				Options: every(time.Second),
			},
			by: workflows.ByCheck,
		},
		{
			about: "sTN: ask for a value that does not exist. sTN accepts it, and ends it later with ERROR: the workflow fails.",
			request: stn.SetServices{
				Reference: "demo-error-" + unique, SubscriptionID: "SUB-000002", Services: map[string]any{"dataRoamingLimitation": "Limit 12.5"},
				Options: every(time.Second),
			},
			expect: workflows.CarrierFailed, by: workflows.ByCheck,
		},
		{
			about: "MásMóvil: replace a SIM. It is held for a risk review (202); the line's ICCID shows when it was accepted.",
			request: masmovil.ReplaceSIM{
				Reference: "demo-sim-" + unique, Line: masmovil.Line{OrgID: "masmovil", SubscriptionID: 70011264},
				DealerID: "D-100", Logistic: new(false), NewICC: "89340300000000" + unique, Options: every(time.Second),
			},
			by: workflows.ByCheck,
		},
	}
}

// ending is how one operation ended.
type ending struct {
	id, run  string
	result   workflows.Result
	failure  *workflows.Failure
	err      error
	took     time.Duration
	expected bool
}

// play starts one operation and waits for its end.
func play(ctx context.Context, c client.Client, s scene) (e ending) {
	begun := time.Now()
	run, err := workflows.Start(ctx, c, s.request)
	if err != nil {
		return ending{err: err}
	}
	e.id, e.run = run.GetID(), run.GetRunID()
	e.err = run.Get(ctx, &e.result)
	e.took = time.Since(begun)
	e.failure, _ = workflows.AsFailure(e.err)
	switch {
	case e.failure != nil:
		e.expected = e.failure.Type == s.expect && e.failure.DecidedBy == s.by
	case e.err == nil:
		e.expected = s.expect == "" && e.result.DecidedBy == s.by && e.result.Effect == carriers.Shown
	}
	return e
}

func (e ending) sentence() string {
	switch {
	case e.failure != nil:
		return fmt.Sprintf("failed as %s: the carrier's status is %q", e.failure.Type, e.failure.Status)
	case e.err != nil:
		return "ended in an error: " + e.err.Error()
	}
	return fmt.Sprintf("completed, decided by %s, and a read shows it in effect", e.result.DecidedBy)
}

func (e ending) outcome() string {
	switch {
	case e.failure != nil:
		return "Failed: " + string(e.failure.Type)
	case e.err != nil:
		return "Error"
	}
	return "Completed"
}

// table is the outcomes, one row each, with a link to each run.
func table(scenes []scene, endings []ending, o Options) string {
	var b writer
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OPERATION\tOUTCOME\tDECIDED BY\tTOOK\tAS EXPECTED")
	for i, e := range endings {
		by := e.result.DecidedBy
		if e.failure != nil {
			by = e.failure.DecidedBy
		}
		expected := "yes"
		if !e.expected {
			expected = "NO"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.1fs\t%s\n", scenes[i].request.Operation(), e.outcome(), by, e.took.Seconds(), expected)
	}
	_ = t.Flush() // into memory
	if o.WebUI != "" {
		fmt.Fprintln(&b, "\nLook at the runs:")
		for _, e := range endings {
			fmt.Fprintf(&b, "  %s/namespaces/%s/workflows/%s/%s/history\n", o.WebUI, o.Namespace, url.PathEscape(e.id), e.run)
		}
	}
	return string(b)
}

// writer collects text.
type writer []byte

func (w *writer) Write(p []byte) (int, error) { *w = append(*w, p...); return len(p), nil }

// quiet drops the SDK's log lines, so that the output contains only the demonstration.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
