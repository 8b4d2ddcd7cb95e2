package sandboxes

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox/sandboxtest"
)

// A sweep of every carrier that has one, against its sandbox: everything that is decided is told, also what is decided while the list is
// read, and whatever manners the list has.
func TestSweepsTellWhatIsDecided(t *testing.T) {
	for name, swept := range map[carriers.Carrier]struct {
		list string
		// send sends a request, and returns the carrier's id of it.
		send func(b *sandboxtest.Bench, n int) any
		env  []string
	}{
		"stn": {"query-activation", func(b *sandboxtest.Bench, n int) any {
			body := fmt.Sprintf(`{"subscriptionId":"SUB-%04d00","services":{"voiceMail":true},"referenceNumber":"r-%d"}`, n, n)
			return b.Post("/stn/api/SetServicesSubscription", body).Field("id")
		}, []string{"--api-key=k", "--sweep-page=20"}},
		"telnyx": {"actions", func(b *sandboxtest.Bench, n int) any {
			return b.Post(fmt.Sprintf("/telnyx/v2/sim_cards/5a2d9c10-0000-4000-8000-%010d00/actions/enable", n), "").Field("data", "id")
		}, []string{"--api-key=k"}},
	} {
		for _, scenario := range []string{"", "other-manners"} {
			t.Run(strings.TrimSpace(string(name)+" "+scenario), func(t *testing.T) {
				t.Parallel()
				adapter, _ := registry.Carrier(name)
				b := sandboxtest.Start(t, sandboxtest.Unhurried(), (Settings{}).All()...)
				settings := adapter.NewSettings()
				parser, err := kong.New(settings)
				require.NoError(t, err)
				base := map[carriers.Carrier]string{"stn": "/stn", "telnyx": "/telnyx/v2"}[name]
				_, err = parser.Parse(append(swept.env, "--base-url="+b.URL+base))
				require.NoError(t, err)
				connection, err := settings.Connect(nil, nil)
				require.NoError(t, err)
				t.Cleanup(connection.Close)
				if scenario != "" {
					b.Set(sandbox.Rule{Carrier: name, Operation: swept.list, Scenario: scenario})
				}
				open, sent := map[string]bool{}, 0
				var cursor json.RawMessage
				passes, pages := 0, 0
				for began := time.Now(); sent < 100 || len(open) > 0; pages++ {
					require.Less(t, time.Since(began), time.Minute, "%d are not told", len(open))
					for range 3 {
						if sent < 100 {
							open[fmt.Sprint(swept.send(b, sent))] = true
							sent++
						}
					}
					page, _ := adapter.Sweep.Page(t.Context(), connection, cursor, time.Now())
					for _, d := range page.Decided {
						require.Equal(t, carriers.Done, d.Outcome.State)
						delete(open, strings.TrimSpace(d.TransactionID))
					}
					if page.Next != nil {
						cursor = page.Next
					}
					if page.Complete {
						passes++
					}
				}
				t.Logf("%d pages, %d passes", pages, passes)
			})
		}
	}
}
