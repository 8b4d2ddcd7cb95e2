package service

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/workflows"
)

// Search attributes are compared by name and type: with another type, no run could raise NeedsAttention.
func TestAWorkerDoesNotStartWithASearchAttributeOfAnotherType(t *testing.T) {
	attention, line := workflows.NeedsAttentionAttribute.GetName(), workflows.LineKeyAttribute.GetName()
	needed := workflows.SearchAttributes()[attention]
	require.NotEqual(t, enumspb.INDEXED_VALUE_TYPE_TEXT, needed)
	there := maps.Clone(workflows.SearchAttributes())
	there[attention] = enumspb.INDEXED_VALUE_TYPE_TEXT
	for _, register := range []string{"--register-search-attributes", "--no-register-search-attributes"} {
		address := serveTemporal(t, &temporalServer{attributes: there})
		err := failing(t, address, register)
		require.EqualError(t, err, "namespace default has search attributes of another type: "+attention+" is a Text and has to be a "+needed.String()+
			"; use another namespace, or, if nothing else uses them, replace them with\n"+
			"  temporal operator search-attribute remove --namespace default --name "+attention+" --yes --address "+address+"\n"+
			"  temporal operator search-attribute create --namespace default --name "+attention+" --type "+needed.String()+" --address "+address)
	}
	there[line] = enumspb.INDEXED_VALUE_TYPE_DOUBLE
	require.ErrorContains(t, failing(t, serveTemporal(t, &temporalServer{attributes: there})), line+" is a Double and has to be a ", "all are named")
}

// Temporal Cloud does not let a worker read the search attributes. With registration off a query tells whether they are there.
func TestAWorkerThatMayNotReadTheSearchAttributes(t *testing.T) {
	for name, denied := range map[string]error{
		"denied": status.Error(codes.PermissionDenied, "Request unauthorized."), "no such call": status.Error(codes.Unimplemented, "no such method"),
	} {
		t.Run(name, func(t *testing.T) {
			server := &temporalServer{denied: denied}
			address := serveTemporal(t, server)
			temporal, err := client.NewLazyClient(client.Options{HostPort: address})
			require.NoError(t, err)
			t.Cleanup(temporal.Close)
			target := temporalerr.Of(client.Options{HostPort: address})
			var asked string
			server.counts = func(query string) error { asked = query; return nil }
			require.NoError(t, registerAttributes(t.Context(), temporal, target, false))
			for attribute := range workflows.SearchAttributes() {
				require.Contains(t, asked, attribute+" = ")
			}
			require.ErrorContains(t, registerAttributes(t.Context(), temporal, target, true), "--no-register-search-attributes")
			server.counts = func(string) error {
				return status.Error(codes.InvalidArgument, "LineKey is not a valid search attribute")
			}
			err = registerAttributes(t.Context(), temporal, target, false)
			require.ErrorContains(t, err, "LineKey is not a valid search attribute")
			require.ErrorContains(t, err, "temporal operator search-attribute create")
		})
	}
}

func TestAWorkerThatMayNotRegisterSaysWhatIsMissing(t *testing.T) {
	address := serveTemporal(t, &temporalServer{})
	require.ErrorContains(t, failing(t, address, "--no-register-search-attributes"),
		"namespace default lacks search attributes; create them with\n  temporal operator search-attribute create --namespace default --name ")
}
