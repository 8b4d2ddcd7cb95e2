package embedded

import (
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

const (
	// clusterName and the number of shards are stored in a database permanently. They are those of the Temporal CLI's dev server, so that
	// each can open the other's file.
	clusterName = "active"
	// sqliteShards is one, because one connection does everything.
	sqliteShards = 1

	storeName, visibilityName = "default", "visibility"
)

// settings are the dynamic configuration.
func settings() dynamicconfig.StaticClient {
	client := dynamicconfig.StaticClient{}
	for key, value := range defaults.Settings() {
		client[dynamicconfig.MakeKey(key)] = value
	}
	return client
}

// newServices runs the frontend, history, matching and worker services in this process. Their addresses are fixed, so they
// need no membership protocol.
func newServices(place place, store store, log log.Logger) (temporal.Server, error) {
	conf := serverConfig(place, store)
	claims, err := authorization.GetClaimMapperFromConfig(&conf.Global.Authorization, log)
	if err != nil {
		return nil, err
	}
	return temporal.NewServer(
		temporal.WithConfig(conf),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(place.address()),
			primitives.HistoryService:  static.SingleLocalHost(join(loopback, place.history)),
			primitives.MatchingService: static.SingleLocalHost(join(loopback, place.matching)),
			primitives.WorkerService:   static.SingleLocalHost(join(loopback, place.worker)),
		}),
		temporal.WithDynamicConfigClient(settings()),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
	)
}

func serverConfig(place place, store store) *config.Config {
	inner := func(port int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopback.String()}}
	}
	off := "disabled"
	listed := storeName
	stores := map[string]config.DataStore{storeName: {SQL: store.config}}
	if store.visibility != nil {
		listed = visibilityName
		stores[visibilityName] = config.DataStore{SQL: store.visibility}
	}
	return &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback.String()}},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  listed,
			NumHistoryShards: store.shards,
			DataStores:       stores,
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: place.address()},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			string(primitives.FrontendService): {RPC: config.RPC{GRPCPort: place.frontend, BindOnIP: place.host.String()}},
			string(primitives.HistoryService):  inner(place.history),
			string(primitives.MatchingService): inner(place.matching),
			string(primitives.WorkerService):   inner(place.worker),
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: off},
			Visibility: config.VisibilityArchival{State: off},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: off},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: off},
		}},
		PublicClient: config.PublicClient{HostPort: place.address()},
	}
}
