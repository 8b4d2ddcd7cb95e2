package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/carrierflow/carrierflow/lab/defaults"
)

// Postgres is two databases of a PostgreSQL with Temporal's tables, as temporal-sql-tool makes them.
type Postgres struct {
	Address    string // host and port
	User       string
	Password   string
	Database   string // holds the workflows
	Visibility string // holds what is listed of them
}

const (
	// postgresShards is how many parts of the work have a lock of their own; docker-compose.yml has as many.
	postgresShards = 4
	// postgresConnections bounds the connections to each of the two databases, as in the image of the server.
	postgresConnections = 20
)

func (p Postgres) store() store {
	database := func(name string) *config.SQL {
		return &config.SQL{
			PluginName: postgresql.PluginName, ConnectProtocol: "tcp", ConnectAddr: p.Address,
			User: p.User, Password: p.Password, DatabaseName: name,
			MaxConns: postgresConnections, MaxIdleConns: postgresConnections, MaxConnLifetime: time.Hour,
		}
	}
	return store{config: database(p.Database), visibility: database(p.Visibility), shards: postgresShards}
}

// registerNamespace creates the namespace unless there is one, and returns when it can be used: the server notices a new one after some
// seconds.
func registerNamespace(ctx context.Context, service workflowservice.WorkflowServiceClient, name string) error {
	_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(defaults.Retention),
	})
	if _, exists := errors.AsType[*serviceerror.NamespaceAlreadyExists](fromStatus(err)); err != nil && !exists {
		return fmt.Errorf("create namespace %q: %w", name, err)
	}
	for {
		if _, err = service.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: name}); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("await namespace %q: %w", name, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// fromStatus is an error of the server with its type.
func fromStatus(err error) error {
	if err == nil {
		return nil
	}
	return serviceerror.FromStatus(status.Convert(err))
}
