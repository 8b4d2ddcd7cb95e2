package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

// observing keeps what is reported.
type observing struct {
	checks, lookUps, again []string
	wanted, given          time.Duration
}

func (o *observing) Checked(_, result string) { o.checks = append(o.checks, result) }

func (o *observing) Paced(_ carriers.Carrier, wanted, given time.Duration) {
	o.wanted, o.given = wanted, given
}
func (o *observing) LookedUp(_, finding string) { o.lookUps = append(o.lookUps, finding) }
func (o *observing) SentAgain(operation string) { o.again = append(o.again, operation) }

func TestChecksAreReported(t *testing.T) {
	for want, routes := range map[string]routes{
		Pending:       {askStatus: {`200 {"status":"InProgress"}`}},
		Decided:       {askStatus: {success}, askLine: {line("Suspended")}},
		UnknownStatus: {askStatus: {`200 {"status":"Sideways"}`}},
	} {
		o := &observing{}
		h := newHarnessWith(t, routes, Options{Observer: o, PollsApart: func(bool) time.Duration { return time.Hour }})
		in := suspended()
		_, _ = check(h, dishStatus, in, nil)
		require.Equal(t, []string{want}, o.checks)
		require.Equal(t, in.Every.Std(), o.wanted, "what the timings ask for")
		require.Equal(t, time.Hour, o.given, "what the carrier's limit allows")
	}
}

func TestLookUpsBeforeASecondSendAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		intent *Intent
		want   []string
		again  bool
	}{
		"nothing was sent":                   {nowhere, nil, nil, false},
		"the carrier has it":                 {`200 {"status":"InProgress"}`, sentAndSought(), []string{"present"}, false},
		"absent for the second time":         {nowhere, sentAndSought(), []string{"absent"}, true},
		"absent for the first time":          {nowhere, sent(time.Hour), []string{"absent"}, false},
		"the carrier does not answer it now": {"503 oops", sentAndSought(), []string{NotLookedUp}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := &observing{}
			h := newHarnessWith(t, routes{postStatus: {success}, askStatus: {c.answer}}, Options{Observer: o})
			_, _ = submit(h, dishStatus, suspend(), c.intent)
			require.Equal(t, c.want, o.lookUps)
			require.Equal(t, c.again, len(o.again) == 1)
		})
	}
}
