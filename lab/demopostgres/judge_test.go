package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/lab/stack"
	"github.com/carrierflow/carrierflow/workflows"
)

func TestJudge(t *testing.T) {
	ended := time.Now()
	for name, test := range map[string]struct {
		change      func(*operation)
		lost, twice string
	}{
		"completed and in effect":    {change: func(*operation) {}},
		"no outcome":                 {change: func(op *operation) { op.ended = false }, lost: "it has no outcome"},
		"failed":                     {change: func(op *operation) { op.failure = workflows.OutcomeUnknown }, lost: "it failed as OutcomeUnknown"},
		"never recorded":             {change: func(op *operation) { op.at = stack.Recorded{} }, lost: "it is completed, but the carrier has not recorded it"},
		"not shown":                  {change: func(op *operation) { op.effect = carriers.Incomparable }, lost: `it is completed, but the effect is "incomparable"`},
		"in effect afterwards":       {change: func(op *operation) { op.at.InEffectAt = ended.Add(time.Second) }, lost: "it is completed, but was not in effect then"},
		"recorded twice":             {change: func(op *operation) { op.at.Times = 2 }, twice: "recorded 2 times"},
		"sent again, though refused": {change: func(op *operation) { op.at.Again = 1 }, twice: "sent 1 times more after it had been recorded"},
		"both": {
			change: func(op *operation) { op.at.Times, op.failure = 2, workflows.CarrierFailed },
			lost:   "it failed as CarrierFailed", twice: "recorded 2 times",
		},
	} {
		t.Run(name, func(t *testing.T) {
			op := &operation{
				subject: kinds()[0], ended: true, effect: carriers.Shown, at: stack.Recorded{Times: 1, InEffectAt: ended.Add(-time.Second)},
				history: []*historypb.HistoryEvent{{EventTime: timestamppb.New(ended)}},
			}
			test.change(op)
			lost, twice := judge(op)
			require.Equal(t, test.lost, lost)
			require.Equal(t, test.twice, twice)
			require.Equal(t, lost == "" && twice == "", report{operations: []*operation{op}}.kept())
		})
	}
}
