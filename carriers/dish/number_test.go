package dish

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
)

const (
	askOld  = askLine + "?gpsi=15550100123"
	askNew  = askLine + "?gpsi=15560100123"
	card    = "89010000000000000017"
	another = "89010000000000000090"
	noList  = `200 {"subscriberId":"S-1","subscriptions":null}`
)

// has is the answer about a line with a number on a card. One that is empty is left out.
func has(number, iccid string) string {
	resource := `{"supi":"999990000000017"`
	if number != "" {
		resource += `,"gpsi":"` + number + `"`
	}
	if iccid != "" {
		resource += `,"iccid":"` + iccid + `"`
	}
	return fmt.Sprintf(`200 {"subscriberId":"S-1","subscriptions":[{"subscriptionStatus":"Active","resources":[%s}]}]}`, resource)
}

var onCard = &carriers.Line{ICCID: card}

// The new number shows on the card that had the old one, and the old one shows nothing of the line.
func TestTheEffectOfAChangeOfNumber(t *testing.T) {
	const shown, missing, incomparable = carriers.Shown, carriers.Missing, carriers.Incomparable
	for name, c := range map[string]struct {
		before   *carriers.Line
		new, old string // old is empty where it needs no asking
		want     carriers.Effect
		line     bool // whether the result has the line
	}{
		"changed":                                {onCard, has("15560100123", card), nowhere, shown, true},
		"changed, spelled otherwise":             {onCard, has("+1 556 010 0123", "8901 0000 0000 0000 0017"), nowhere, shown, true},
		"the old number is another line's":       {onCard, has("15560100123", card), has("15550100123", another), shown, true},
		"the old number finds the new one":       {onCard, has("15560100123", card), has("15560100123", card), shown, true},
		"the line has both":                      {onCard, has("15560100123", card), has("15550100123", card), missing, true},
		"the old number's line may be it":        {onCard, has("15560100123", card), has("15550100123", ""), incomparable, true},
		"the old line is silent on its number":   {onCard, has("15560100123", card), has("", card), incomparable, true},
		"the old number's list is missing":       {onCard, has("15560100123", card), noList, incomparable, true},
		"not changed":                            {onCard, nowhere, "", missing, false},
		"the new number is another line's":       {onCard, has("15560100123", another), "", missing, false},
		"the new number may be another line's":   {onCard, has("15560100123", ""), "", incomparable, true},
		"the card is cut off":                    {onCard, has("15560100123", card[:18]), "", incomparable, true},
		"the new line is silent on its number":   {onCard, has("", card), "", incomparable, true},
		"the new number's list is missing":       {onCard, noList, "", incomparable, false},
		"the card was not read before":           {&carriers.Line{}, has("15560100123", card), "", incomparable, true},
		"nothing was read before":                {nil, has("15560100123", card), "", incomparable, true},
		"nothing was read, and nothing is there": {nil, nowhere, "", missing, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, renumber, routes{askStatus: success, askNew: c.new, askOld: c.old})
			ack := recorded
			ack.Before = c.before
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: ack, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, "Success", c.want}, seen(got))
			assert.Equal(t, c.line, got.Line != nil)
			asked := []string{askStatus, askNew, askOld}
			if c.old == "" {
				asked = asked[:2]
			}
			assert.Equal(t, asked, *ledger)
		})
	}

	b, _ := bound(t, renumber, routes{askStatus: success, askNew: has("15560100123", card), askOld: nowhere})
	got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{Before: onCard}, Taken: true, Confirm: true})
	require.NoError(t, err)
	assert.Equal(t, "15560100123", got.Line.Number, "the result names the new number")
	assert.Equal(t, card, got.Line.ICCID)

	for answer, effect := range map[string]carriers.Effect{"500 oops": carriers.NotRead, "403 {}": incomparable} {
		for _, fails := range []routes{
			{askStatus: success, askNew: answer},
			{askStatus: success, askNew: has("15560100123", card), askOld: answer},
		} {
			b, _ := bound(t, renumber, fails)
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: carriers.Acknowledgement{Before: onCard}, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, []any{carriers.Done, "Success", effect}, seen(got), answer)
			assert.NotEmpty(t, got.NotReadable)
			for _, personal := range []string{"15550100123", "15560100123", card} {
				assert.NotContains(t, got.NotReadable, personal)
			}
		}
	}
}

func TestBeforeAChangeOfNumber(t *testing.T) {
	for name, c := range map[string]struct {
		line  string
		card  string
		fails bool
	}{
		"the line":                    {has("15550100123", card), card, false},
		"a line without a card":       {has("15550100123", ""), "", false},
		"no such line":                {nowhere, "", false},
		"a missing list":              {noList, "", false},
		"the read is refused":         {"403 {}", "", false},
		"a gateway's 404 is repeated": {"404 <html>", "", true},
		"the read fails":              {"500 oops", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, renumber, routes{askOld: c.line})
			assert.True(t, b.ReadsBefore())
			got, err := b.Before(t.Context())
			assert.Equal(t, []string{askOld}, *ledger)
			if c.fails {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.NotNil(t, got)
			assert.Equal(t, &carriers.Line{ICCID: c.card}, got, "nothing personal is kept that is not needed")
			assert.Empty(t, b.Precheck(got))
		})
	}
}

func TestAChangeToTheSameNumberIsNotSent(t *testing.T) {
	for typed, want := range map[string]string{
		"15550100123": "gpsi and newGpsi are the same number", "+1 (555) 010-0123": "gpsi and newGpsi are the same number", "15550100124": "",
	} {
		same := renumber
		same.NewGPSI = typed
		b, _ := bound(t, same, routes{askOld: nowhere})
		before, err := b.Before(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, b.Precheck(before), "whatever was read: %s", typed)
	}
}

// A transaction that DISH does not have is absent, unless the card that had the old number has the new one.
func TestFindingAChangeOfNumber(t *testing.T) {
	for name, c := range map[string]struct {
		status, new string
		before      *carriers.Line
		want        carriers.Presence // "" when nothing can be said
	}{
		"DISH has it":                          {running, "", onCard, carriers.Present},
		"DISH does not have it":                {nowhere, nowhere, onCard, carriers.Absent},
		"the card has the new number":          {nowhere, has("15560100123", card), onCard, carriers.Present},
		"another card has it":                  {nowhere, has("15560100123", another), onCard, carriers.Absent},
		"a card that cannot be compared":       {nowhere, has("15560100123", ""), onCard, carriers.CannotTell},
		"a line that is silent on its number":  {nowhere, has("", card), onCard, carriers.CannotTell},
		"a missing list":                       {nowhere, noList, onCard, carriers.Absent},
		"the card was not read before":         {nowhere, "", &carriers.Line{}, carriers.Absent},
		"nothing was read before":              {nowhere, "", nil, carriers.Absent},
		"the second read is refused":           {nowhere, "403 {}", onCard, carriers.Absent},
		"the second read fails":                {nowhere, "500 oops", onCard, ""},
		"DISH does not answer":                 {"500 oops", "", onCard, ""},
		"a gateway's 404 is asked about again": {"404 <html>", has("15560100123", card), onCard, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, ledger := bound(t, renumber, routes{askStatus: c.status, askNew: c.new})
			found, err := b.Find(t.Context(), c.before)
			assert.Equal(t, c.want == "", err != nil, err)
			assert.Equal(t, c.want, found.Presence)
			assert.Equal(t, c.want == carriers.CannotTell, found.Why != "", "it says what stands in the way")
			assert.LessOrEqual(t, len(*ledger), 2, "with the request itself no more calls than the usual time of a submit allows")
		})
	}
}

// What was found by the line alone has no transaction that DISH knows. The line decides.
func TestAChangeOfNumberThatTheLineShowsIsDone(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		ack    carriers.Acknowledgement
		want   []any
	}{
		"found by the line":                      {nowhere, carriers.FoundAs("ref-1", carriers.Outcome{State: carriers.Done}).Acknowledgement, []any{carriers.Done, "", carriers.Shown}},
		"found by the line, failed all the same": {`200 {"status":"Failed"}`, carriers.FoundAs("ref-1", carriers.Outcome{State: carriers.Done}).Acknowledgement, []any{carriers.Failed, "Failed", carriers.NotRead}},
		"acknowledged, and not visible yet":      {nowhere, recorded, []any{carriers.Pending, "", carriers.NotRead}},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := bound(t, renumber, routes{askStatus: c.status, askNew: has("15560100123", card), askOld: nowhere})
			c.ack.Before = onCard
			got, err := b.Look(t.Context(), carriers.Inquiry{Acknowledgement: c.ack, Taken: true, Confirm: true})
			require.NoError(t, err)
			assert.Equal(t, c.want, seen(got))
		})
	}
}
