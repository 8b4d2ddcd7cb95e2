package masmovil

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	askBlocks = "GET " + linePath + "/blocks"
	sendBlock = "PATCH " + linePath + "/blocks/1"

	oneBlock = `200 {"subscription_id":70011223,"items":[{"id":1,"value":"ROBO","date_last_modified":"2026-02-01T10:00:00Z","description":"lost"}]}`
	other    = `200 {"subscription_id":70011223,"items":[{"id":"2","value":"ROBO"}]}`
	noBlock  = `200 {"subscription_id":70011223,"items":[]}`
)

func setBlock(active bool) SetBlock {
	return SetBlock{Reference: "ref-1", Line: line, BlockID: 1, Active: &active}
}

func TestABlockIsSentAsDocumented(t *testing.T) {
	for body, request := range map[string]SetBlock{
		`{"active":true,"reason":"Ana lost it"}`: {Line: line, BlockID: 2, Active: new(true), Reason: "Ana lost it"},
		`{"active":false}`:                       {Line: line, BlockID: 2, Active: new(false)},
	} {
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			got, _ := io.ReadAll(r.Body)
			assert.Equal(t, "PATCH "+linePath+"/blocks/2", r.Method+" "+r.RequestURI)
			assert.Equal(t, body, string(got))
			answer(http.StatusCreated, "")(w, r)
		})
		ack, err := client.setBlock(t.Context(), asked(request))
		require.NoError(t, err)
		assert.Equal(t, []any{carriers.Done, 201}, []any{ack.Outcome.State, ack.HTTPStatus})
	}
	refusing := serve(t, answer(http.StatusBadRequest, `{"code":"0007","status":"BAD_REQUEST","message":"Ana lost it: unknown"}`))
	_, err := refusing.setBlock(t.Context(), asked(SetBlock{Line: line, BlockID: 1, Active: new(true), Reason: "Ana lost it"}))
	require.ErrorContains(t, err, "set block, reference r-1: rejected, HTTP 400 Bad Request, code 0007: …: unknown")
}

// A line that has the block already shows it although a request was never taken.
func TestABlockThatIsSetAlready(t *testing.T) {
	for name, c := range map[string]struct {
		list    string
		active  bool
		already bool
		sent    bool // without the read, which is deprecated
	}{
		"set, to be set":          {oneBlock, true, true, false},
		"set, to be taken away":   {oneBlock, false, false, false},
		"none, to be set":         {noBlock, true, false, false},
		"none, to be taken away":  {noBlock, false, true, false},
		"only the other one":      {other, true, false, false},
		"no list":                 {"200 {}", true, false, false},
		"the read is gone":        {"410 gone", true, false, true},
		"the read is not allowed": {"403 {}", true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, setBlock(c.active), routes{askBlocks: c.list, sendBlock: "201 "})
			before, err := b.Before(t.Context())
			require.NoError(t, err)
			assert.Equal(t, c.sent, before == nil)
			assert.Equal(t, c.already, b.Precheck(before) != "")
			assert.Equal(t, []string{askBlocks}, *ledger)
		})
	}
	for _, answer := range []string{"500 oops", "401 {}", "429 {}", `200 {"subscription_id":1,"items":[]}`} {
		b, _ := bound(t, setBlock(true), routes{askBlocks: answer})
		_, err := b.Before(t.Context())
		require.Error(t, err, answer)
	}
}

func TestFindingABlock(t *testing.T) {
	state := func(set bool) *carriers.Line { return &carriers.Line{Services: map[string]any{"block 1": set}} }
	for name, c := range map[string]struct {
		active bool
		before *carriers.Line
		now    string
		want   carriers.Presence
		effect carriers.Effect
	}{
		"set":                       {true, state(false), oneBlock, carriers.Present, carriers.Shown},
		"taken away":                {false, state(true), noBlock, carriers.Present, carriers.Shown},
		"not set":                   {true, state(false), noBlock, carriers.Absent, carriers.Missing},
		"only the other one":        {true, state(false), other, carriers.Absent, carriers.Missing},
		"not taken away":            {false, state(true), oneBlock, carriers.Absent, carriers.Missing},
		"no list now":               {true, state(false), "200 {}", carriers.CannotTell, carriers.Incomparable},
		"a block without an id":     {true, state(false), `200 {"items":[{"value":"ROBO"}]}`, carriers.CannotTell, carriers.Incomparable},
		"an id that resembles it":   {true, state(false), `200 {"items":[{"id":"01"}]}`, carriers.CannotTell, carriers.Incomparable},
		"its id as a fraction":      {true, state(false), `200 {"items":[{"id":1.0}]}`, carriers.Present, carriers.Shown},
		"not read before":           {true, nil, oneBlock, carriers.CannotTell, carriers.Shown},
		"not told before":           {true, &carriers.Line{}, oneBlock, carriers.CannotTell, carriers.Shown},
		"not read before, none now": {true, nil, noBlock, carriers.CannotTell, carriers.Missing},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, setBlock(c.active), routes{askBlocks: c.now})
			before := c.before
			if before != nil { // it was stored
				before = new(carriers.Line)
				require.NoError(t, unmarshal(t, c.before, before))
			}
			finding, err := b.Find(t.Context(), before)
			require.NoError(t, err)
			assert.Equal(t, c.want, finding.Presence)
			said := carriers.Acknowledgement{Before: before, Outcome: carriers.Outcome{State: carriers.Done}}
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: said, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, c.effect}, []any{got.State, got.Effect})
		})
	}

	b, _ := bound(t, setBlock(true), routes{askBlocks: "410 gone"})
	_, err := b.Find(t.Context(), state(false))
	require.Error(t, err)
	said := carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}}
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: said, Taken: true, Confirm: true})
	require.NoError(t, err)
	assert.Equal(t, []any{carriers.Done, carriers.Incomparable}, []any{got.State, got.Effect}, "MásMóvil has said 201, and nothing can be compared")
}

// Which value sets a block is a reading of ours, and turned round by a setting.
func TestWhichValueSetsABlock(t *testing.T) {
	client := serve(t, answer(200, ""), func(c *Config) { c.BlockActiveClears = true })
	for active, want := range map[bool]carriers.Effect{true: carriers.Missing, false: carriers.Shown} {
		set := &carriers.Line{Services: map[string]any{"block 1": true}}
		b, err := operation[carriers.ChangeOperation](t, SetBlock{}).Bind(client, "ref-1", time.Now(), inJSON(t, setBlock(active)))
		require.NoError(t, err)
		assert.Equal(t, want == carriers.Shown, b.Precheck(set) != "")
		assert.Equal(t, want, blockEffect(client, setBlock(active), nil, set))
	}
}
