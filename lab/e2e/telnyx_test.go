package e2e

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	telnyx "github.com/carrierflow/carrierflow/carriers/telnyx/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// The client that Telnyx publishes finds at the sandbox what it expects of Telnyx. It shares nothing with carrierflow's own client: it
// is generated from Telnyx's OpenAPI.
func TestTelnyxsOwnClientUnderstandsTheSandbox(t *testing.T) {
	t.Parallel()
	takeSeat(t)
	folder := filepath.Join(root, "carriers", "telnyx", "sandbox", "officialclient")
	install(t, folder)

	const key = "key-of-the-official-client"
	s := sandbox.New(sandbox.Config{DecideAfter: 300 * time.Millisecond}, telnyx.New(telnyx.Config{APIKey: key}))
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	printed := runIn(t, folder, "node", "drive.mjs", server.URL+"/telnyx/v2", key)
	require.Equal(t, []string{
		"ok: enable, disable, set to standby",
		"ok: actions are listed, filtered and paged",
		"ok: an action that fails says why",
		"ok: a newer action interrupts the running one",
		"ok: SIM cards are listed and filtered",
		"ok: an eSIM has an activation code, a physical card has none",
		"ok: errors are the classes of the client",
		"ok: a client that resends makes a second action",
	}, strings.Split(strings.TrimSpace(printed), "\n"))

	// With its own retries on, as they are by default, the client has made the action twice.
	var recorded []int
	for _, e := range s.Ledger(sandbox.Filter{Operation: "enable", Line: "5a2d9c10-0000-4000-8000-000000000781"}) {
		require.True(t, e.Recorded)
		recorded = append(recorded, e.DuplicateOf)
	}
	assert.Equal(t, []int{0, 1}, recorded)
	for _, operation := range []string{"enable", "disable", "set-standby", "action", "actions", "sim-card", "sim-cards", "activation-code"} {
		assert.NotZero(t, s.Stats()["telnyx"][operation], "%s was asked", operation)
	}
}
