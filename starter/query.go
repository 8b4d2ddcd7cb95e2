package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// query is a visibility query: conditions that all have to hold. Everything in it is from a fixed list, a time or a hash,
// so nothing needs to be quoted.
type query []string

// String writes the query as Temporal reads it.
func (q query) String() string { return strings.Join(q, " AND ") }

func (q query) at(all []carriers.Carrier) query {
	return append(q, workflows.CarrierAttribute.GetName()+" IN "+values(all))
}

// since keeps what was started at a point in time or later.
func (q query) since(t time.Time) query { return append(q, "StartTime >= "+instant(t)) }

// attention keeps what an operator has to look at, for any reason or for one.
func (q query) attention(reason workflows.Attention) query {
	name := workflows.NeedsAttentionAttribute.GetName()
	if reason == "" {
		return append(q, name+" IS NOT NULL")
	}
	return append(q, name+" = '"+string(reason)+"'")
}

// ours keeps what runs on the queue of our workflows, also what has no search attributes.
const ours = "TaskQueue = '" + workflows.TaskQueue + "'"

// running keeps what is open.
func (q query) running() query { return append(q, "ExecutionStatus = 'Running'") }

// lines keeps what concerns a line. Its number is hashed here and goes no further.
func (q query) lines(secret, number string, all []carriers.Carrier) query {
	keys := make([]string, len(all))
	for i, c := range all {
		keys[i] = workflows.LineKey(secret, c, number)
	}
	return append(q, workflows.LineKeyAttribute.GetName()+" IN "+values(keys))
}

// states keeps what is in one of some states.
func (q query) states(all []string, now time.Time) query {
	var conditions []string
	for _, s := range all {
		condition := "ExecutionStatus = '" + statuses[s] + "'"
		if state(s) == scheduled {
			condition = fmt.Sprintf("(%s AND ExecutionTime > %s)", condition, instant(now))
		}
		conditions = append(conditions, condition)
	}
	return append(q, "("+strings.Join(conditions, " OR ")+")")
}

// statuses are Temporal's words for the states that can be asked for.
var statuses = map[string]string{
	"scheduled": "Running", "running": "Running", "completed": "Completed", "failed": "Failed",
	"canceled": "Canceled", "terminated": "Terminated", "timed-out": "TimedOut",
}

// values lists words for IN.
func values[S ~string](words []S) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + string(w) + "'"
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

func instant(t time.Time) string { return "'" + t.UTC().Format(time.RFC3339Nano) + "'" }

// servedCarriers are the carriers there are operations for.
func servedCarriers() (all []carriers.Carrier) {
	for _, d := range workflows.Operations() {
		if !slices.Contains(all, d.Carrier()) {
			all = append(all, d.Carrier())
		}
	}
	return all
}

// carriersNamed are all carriers, or the one with a name.
func carriersNamed(name string) ([]carriers.Carrier, error) {
	all := servedCarriers()
	switch one := carriers.Carrier(name); {
	case name == "":
		return all, nil
	case slices.Contains(all, one):
		return []carriers.Carrier{one}, nil
	}
	return nil, badUsage("--carrier must be one of %s", strings.Join(texts(all), ", "))
}

func texts[S ~string](words []S) []string {
	made := make([]string, len(words))
	for i, w := range words {
		made[i] = string(w)
	}
	return made
}

// attentionFlag is --needs-attention, which may be given a value or stand alone.
type attentionFlag struct {
	given bool
	value string
}

// Decode takes the next word as the value, unless it is a flag.
func (f *attentionFlag) Decode(ctx *kong.DecodeContext) error {
	f.given, f.value = true, ""
	if ctx.Scan.Peek().IsValue() {
		f.value = ctx.Scan.Pop().String()
	}
	return nil
}

// reason is the reason that was asked for, "" for any.
func (f *attentionFlag) reason() (workflows.Attention, error) {
	known := make([]string, len(reasons))
	for i, r := range reasons {
		if known[i] = string(r.reason); f.value != "" && strings.EqualFold(known[i], f.value) {
			return r.reason, nil
		}
	}
	if f.value == "" {
		return "", nil
	}
	return "", badUsage("--needs-attention must be one of %s, or stand alone for any", strings.Join(known, ", "))
}
