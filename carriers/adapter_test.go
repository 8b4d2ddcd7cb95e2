package carriers

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACarrierCallsBackWhenOneOfItsOperationsIsCalledBack(t *testing.T) {
	quiet, notified := rename(), rename()
	notified.CallsBack = true
	require.False(t, Adapter{}.CallsBack())
	require.False(t, Adapter{Operations: []Operation{NewChange(quiet)}}.CallsBack())
	require.True(t, Adapter{Operations: []Operation{NewChange(quiet), NewChange(notified)}}.CallsBack())
}

func TestTheNamesOfACarrier(t *testing.T) {
	require.Equal(t, "ACME_", Adapter{Carrier: "acme"}.EnvPrefix())
	for operation, want := range map[string]Carrier{"acme.Rename": "acme", "acme.a.b": "acme", "acme": "acme", "": ""} {
		require.Equal(t, want, CarrierOf(operation), operation)
		require.Equal(t, want, Info{Type: operation}.Carrier(), operation)
	}
}
