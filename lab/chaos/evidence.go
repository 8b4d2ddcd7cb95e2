package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// keepLogs writes the output of the processes into a directory; the workers' in the order in which they ran.
func (sys *system) keepLogs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	workers := sys.killed
	if sys.Worker != nil {
		workers = append(workers, sys.Worker)
	}
	var err error
	for name, processes := range map[string][]*stack.Process{"worker": workers, "temporal": {sys.Server}, "sandbox": {sys.Sandbox}} {
		var text strings.Builder
		for _, p := range processes {
			if p != nil {
				text.WriteString(p.Output())
			}
		}
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name+".log"), []byte(text.String()), 0o644))
	}
	return err
}

// keepEvidence writes the evidence of each breach into a directory: the workflow's history, in the form that the Web UI and
// the replayer read, and the carrier's ledger.
func (sys *system) keepEvidence(ctx context.Context, dir string, breaches []breach) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, b := range breaches {
		entries, err := sys.Ledger(string(kinds[b.kind].Carrier()), "", b.line)
		if err != nil {
			return err
		}
		ledger, err := json.MarshalIndent(entries, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, b.reference+".ledger.json"), ledger, 0o644)
		}
		if err != nil {
			return err
		}
		if !b.found {
			continue // then there is no history
		}
		history, err := sys.history(ctx, b.operation)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, b.reference+".history.json"), history, 0o644)
		}
		if err != nil {
			return fmt.Errorf("keeping the history of %s: %w", b.workflowID(), err)
		}
	}
	return nil
}

func (sys *system) history(ctx context.Context, op operation) ([]byte, error) {
	events, err := sys.events(ctx, op)
	if err != nil {
		return nil, err
	}
	return protojson.MarshalOptions{Indent: "  "}.Marshal(&historypb.History{Events: events})
}

// events reads the history of an operation's workflow.
func (sys *system) events(ctx context.Context, op operation) (events []*historypb.HistoryEvent, err error) {
	err = within(ctx, 10*time.Second, func(ctx context.Context) error {
		events = nil
		iterator := sys.client.GetWorkflowHistory(ctx, op.workflowID(), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for iterator.HasNext() {
			event, err := iterator.Next()
			if err != nil {
				return err
			}
			events = append(events, event)
		}
		return nil
	})
	return events, err
}
