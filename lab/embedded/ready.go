package embedded

import (
	"context"
	"fmt"
	"maps"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// startTimeout bounds the wait for a started server to answer.
const startTimeout = 3 * time.Minute

// awaitFrontend returns when the server answers and the search attributes are registered.
func awaitFrontend(ctx context.Context, address string, options Options) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reach the Temporal frontend at %s: %w", address, err)
	}
	defer conn.Close()

	health := &healthpb.HealthCheckRequest{Service: workflowservice.WorkflowService_ServiceDesc.ServiceName}
	if _, err := healthpb.NewHealthClient(conn).Check(ctx, health, grpc.WaitForReady(true)); err != nil {
		return fmt.Errorf("await the Temporal frontend at %s: %w", address, err)
	}
	if options.Postgres != nil {
		if err := registerNamespace(ctx, workflowservice.NewWorkflowServiceClient(conn), options.Namespace); err != nil {
			return err
		}
	}
	return register(ctx, operatorservice.NewOperatorServiceClient(conn), options.Namespace, options.SearchAttributes)
}

// register adds the search attributes the namespace lacks.
func register(
	ctx context.Context,
	operator operatorservice.OperatorServiceClient,
	namespace string,
	wanted map[string]enums.IndexedValueType,
) error {
	if len(wanted) == 0 {
		return nil
	}
	known, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list search attributes of namespace %q: %w", namespace, err)
	}
	missing := maps.Clone(wanted)
	for name, kind := range known.GetCustomAttributes() {
		if want, ok := wanted[name]; ok && want != kind {
			return fmt.Errorf("search attribute %s of namespace %q is a %s in the database, not a %s", name, namespace, kind, want)
		}
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	add := &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing}
	if _, err := operator.AddSearchAttributes(ctx, add); err != nil {
		return fmt.Errorf("register search attributes in namespace %q: %w", namespace, err)
	}
	return nil
}
