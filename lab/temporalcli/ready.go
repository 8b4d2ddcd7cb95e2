package temporalcli

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

const (
	// startTimeout bounds the wait for the server to answer.
	startTimeout = 3 * time.Minute
	askEvery     = 50 * time.Millisecond
)

// await returns when the namespace can be used. The CLI has no flag for how long closed workflows are kept, so that is set here.
func (p process) await(ctx context.Context, address, name string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("reaching the Temporal server at %s: %w", address, err)
	}
	defer func() { _ = conn.Close() }()
	service := workflowservice.NewWorkflowServiceClient(conn)
	keep := &workflowservice.UpdateNamespaceRequest{
		Namespace: name, Config: &namespace.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(defaults.Retention)},
	}
	for {
		if _, err = service.UpdateNamespace(ctx, keep); err == nil {
			return nil
		}
		select {
		case why := <-p.ended:
			return why
		case <-ctx.Done():
			return fmt.Errorf("waiting for the Temporal server at %s: %w", address, err)
		case <-time.After(askEvery):
		}
	}
}
