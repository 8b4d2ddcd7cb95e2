package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/starter/internal/runs"
	"github.com/carrierflow/carrierflow/workflows"
)

// listing answers a list with some runs and keeps the query, the first one when there are several. Nothing else is found.
func listing(asked *string, infos ...*workflowpb.WorkflowExecutionInfo) *fakeTemporal {
	*asked = ""
	first := true
	return &fakeTemporal{list: func(r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
		if !first {
			return &workflowservice.ListWorkflowExecutionsResponse{}, nil
		}
		*asked, first = r.Query, false
		return &workflowservice.ListWorkflowExecutionsResponse{Executions: infos}, nil
	}}
}

// After the secret was replaced, a line is found under both.
func TestALineIsFoundUnderThePreviousSecret(t *testing.T) {
	var asked string
	key := func(secret string) string { return "'" + workflows.LineKey(secret, "dish", "15550100123") + "'" }
	got := tryIn(t.Context(), t, listing(&asked), variables{"CARRIERFLOW_LINE_KEY": "new", "CARRIERFLOW_LINE_KEY_PREVIOUS": "old"}, "",
		"list", "--line=15550100123", "--carrier=dish")
	require.Equal(t, int(exitDone), got.code, got.stderr)
	require.Contains(t, asked, "LineKey IN ("+key("new")+", "+key("old")+")")
}

func TestListFilters(t *testing.T) {
	const (
		none = " AND WorkflowType NOT IN ('FollowUp', 'Line', 'Sweep')"
		all  = "TaskQueue = 'carrierflow'" + none
		open = " AND ExecutionStatus = 'Running'"
	)
	line := func(c string) string {
		return "'" + workflows.LineKey("secret", carriers.CarrierOf(c), "15550100123") + "'"
	}
	var everywhere []string
	for _, a := range registry.Carriers() {
		everywhere = append(everywhere, line(string(a.Carrier)))
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, all},
		{[]string{"--carrier=stn"}, "Carrier IN ('stn')" + none},
		{[]string{"--needs-attention"}, "NeedsAttention IS NOT NULL" + open},
		{[]string{"--needs-attention", "--limit=3"}, "NeedsAttention IS NOT NULL" + open},
		{[]string{"--needs-attention", "Overdue"}, "NeedsAttention = 'Overdue'" + open},
		{[]string{"--needs-attention=held"}, "NeedsAttention = 'Held'" + open},
		{[]string{"--state=failed"}, all + " AND (ExecutionStatus = 'Failed')"},
		{
			[]string{"--state=canceled,timed-out", "--state", "scheduled"},
			all + " AND (ExecutionStatus = 'Canceled' OR ExecutionStatus = 'TimedOut' OR (ExecutionStatus = 'Running' AND ExecutionTime > '2026-11-22T12:00:00Z'))",
		},
		{[]string{"--since=24h"}, all + " AND StartTime >= '2026-11-21T12:00:00Z'"},
		{[]string{"--line=15550100123"}, all + " AND LineKey IN (" + strings.Join(everywhere, ", ") + ")"},
		{[]string{"--line=15550100123", "--carrier=dish"}, "Carrier IN ('dish')" + none + " AND LineKey IN (" + line("dish") + ")"},
		{[]string{"--line=+1 555 010-0123", "--carrier=dish"}, "Carrier IN ('dish')" + none + " AND LineKey IN (" + line("dish") + ")"},
		{
			[]string{"--carrier=dish", "--state=running", "--needs-attention", "--since=2026-11-01"},
			"Carrier IN ('dish') AND NeedsAttention IS NOT NULL" + open + " AND StartTime >= '2026-11-01T00:00:00Z'",
		},
	} {
		var asked string
		got := try(t, listing(&asked), append([]string{"list"}, test.args...)...)
		assert.Equal(t, int(exitDone), got.code, got.stderr)
		assert.Equal(t, test.want, asked, "%v", test.args)
		assert.NotContains(t, asked, "15550100123", "a number is never sent")
	}
}

func TestListRefusesWhatItCannotAskFor(t *testing.T) {
	for _, test := range []struct{ flag, says string }{
		{"--needs-attention=Late", "--needs-attention: must be one of OutcomeUnknown, NotInEffect, Unauthorized, UnknownStatus, Held, Overdue, Unconfirmed, NotServed, LineBusy, Contradicted, ManyCallbacks, LateCallback, Terminated, TimedOut, UnknownOperation, UnmatchedCallback"},
		{"--state=gone", `--state must be one of "scheduled","running"`},
		{"--since=soon", `--since: "soon" is neither a duration`},
		{"--since=2027-01-01", "lies in the future"},
	} {
		got := try(t, nil, "list", test.flag)
		assert.Equal(t, int(exitUsage), got.code)
		assert.Contains(t, got.stderr, test.says)
	}
}

func TestLineNeedsItsSecret(t *testing.T) {
	got := tryIn(t.Context(), t, nil, variables{}, "", "list", "--line=15550100123")
	assert.Equal(t, int(exitUsage), got.code)
	assert.Contains(t, got.stderr, "Set CARRIERFLOW_LINE_KEY to the secret that the operations were started with.")
	assert.NotContains(t, got.stderr, "15550100123")

	var asked string
	got = try(t, listing(&asked), "list", "--line=15550100123")
	assert.Contains(t, got.stdout, "the one of CARRIERFLOW_LINE_KEY here may be another")
}

func TestStatusesAreThoseOfTheFlag(t *testing.T) {
	for word := range runs.Statuses {
		var asked string
		assert.Equal(t, int(exitDone), try(t, listing(&asked), "list", "--state", word).code, word)
	}
}
