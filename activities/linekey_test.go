package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/carrierflow/carrierflow/carriers/registry"
)

// While the secret is replaced, a change takes the turn under the previous one first, as all others do, and then under the current one.
func TestTheTurnIsTakenUnderBothSecrets(t *testing.T) {
	in := LineRequest{Operation: dishStatus, Line: "89010000000000000017"}
	dish, _ := registry.Carrier("dish")
	under := func(secret string) string { return LineID("dish", dish.LineKey(secret, in.Line)) }
	require.Equal(t, []string{under("earlier"), under("later")}, Turns{Secret: "later", Previous: "earlier"}.LinesOf(in))
	require.Equal(t, under("later"), Turns{Secret: "later", Previous: "earlier"}.LineOf(in))
	require.Equal(t, []string{under("later")}, Turns{Secret: "later"}.LinesOf(in))
	require.Empty(t, Turns{Previous: "earlier"}.LinesOf(in))
	require.Empty(t, Turns{Secret: "later", Previous: "earlier", Without: []string{"dish"}}.LinesOf(in))
}
