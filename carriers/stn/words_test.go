package stn

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

func TestWhatAStatusMeans(t *testing.T) {
	for word, want := range map[string]carriers.State{
		"INIT": carriers.Pending, "BUSY": carriers.Pending, "DONE": carriers.Done, "ERROR": carriers.Failed,
		"done": carriers.Done, " Done\n": carriers.Done, "init": carriers.Pending, "Busy": carriers.Pending, "error": carriers.Failed,
		"CANCELLING": carriers.Unknown, "": carriers.Unknown, " ": carriers.Unknown, "FINISHED": carriers.Unknown, "DONE!": carriers.Unknown,
	} {
		assert.Equal(t, want, Config{}.vocabulary().StateOf(word), word)
	}
	taught := Config{PendingStatuses: []string{"CANCELLING"}, DoneStatuses: []string{"FINISHED"}, FailedStatuses: []string{"CANCELLED"}, CancelledStatuses: []string{"Withdrawn"}}
	for word, want := range map[string]carriers.State{
		"CANCELLING": carriers.Pending, "FINISHED": carriers.Done, "CANCELLED": carriers.Failed, "WITHDRAWN": carriers.Failed, "DONE": carriers.Done, "?": carriers.Unknown,
		"finished": carriers.Done, " Cancelled ": carriers.Failed,
	} {
		assert.Equal(t, want, taught.vocabulary().StateOf(word), word)
	}
}

func TestEffectOfServices(t *testing.T) {
	type services = map[string]any
	for name, tc := range map[string]struct {
		requested, actual services
		want              carriers.Effect
	}{
		"all there":                         {services{"a": true, "b": "Limit 50"}, services{"a": true, "b": "Limit 50", "c": 1}, carriers.Shown},
		"booleans as text":                  {services{"a": true, "b": false}, services{"a": "True", "b": "false"}, carriers.Shown},
		"text as booleans":                  {services{"a": "true"}, services{"a": true}, carriers.Shown},
		"access type in its other spelling": {services{"accessType": "INTERNETACCESS"}, services{"accessType": "Internet Access"}, carriers.Shown},
		"that spelling is for access types": {services{"b": "LIMIT50"}, services{"b": "Limit 50"}, carriers.Missing},
		"another value":                     {services{"b": "Limit 50"}, services{"b": "Limit 100"}, carriers.Missing},
		"a boolean turned":                  {services{"a": true}, services{"a": false}, carriers.Missing},
		"one is not reported":               {services{"a": true, "b": true}, services{"a": true}, carriers.Incomparable},
		"one is null":                       {services{"a": false}, services{"a": nil}, carriers.Incomparable},
		"not reported, another differs":     {services{"a": true, "b": true, "c": true}, services{"b": false}, carriers.Missing},
		"no services in the read":           {services{"a": true}, nil, carriers.Incomparable},
		"nothing requested":                 {nil, services{"a": true}, carriers.Incomparable},
		"a number after a detour":           {services{"a": float64(50)}, services{"a": json.Number("50")}, carriers.Shown},
	} {
		t.Run(name, func(t *testing.T) {
			for range 8 { // a map has no order; the verdict must not depend on one
				require.Equal(t, tc.want, effectOf(tc.requested, tc.actual))
			}
		})
	}
}
