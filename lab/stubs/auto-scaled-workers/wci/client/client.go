// Package client stands for the server's access to what starts and scales workers in a cloud. No deployment version of the lab has that:
// what asks for one is told that there is none, and a new one is refused.
package client

import (
	"context"

	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/auto-scaled-workers/wci/workflow/iface"
	"go.temporal.io/server/common/namespace"
	"go.uber.org/fx"
)

// Client is what the server calls.
type Client interface {
	DescribeWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion) (*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error)
	UpdateWorkerControllerInstance(_ context.Context, _ *namespace.Namespace, _ *deployment.WorkerDeploymentVersion, conflictToken []byte, identity string,
		upserts map[string]iface.ScalingGroupSpecUpdate, removals []string) (*iface.UpdateWorkerControllerInstanceResponse, error)
	ValidateWorkerControllerInstanceSpec(_ context.Context, _ *namespace.Namespace, _ *deployment.WorkerDeploymentVersion, identity string,
		upserts map[string]iface.ScalingGroupSpecUpdate, removals []string) error
	DeleteWorkerControllerInstance(_ context.Context, _ *namespace.Namespace, _ *deployment.WorkerDeploymentVersion, identity string) error
}

// Module provides the client.
var Module = fx.Provide(func() Client { return none{} })

type none struct{}

func (none) DescribeWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion) (*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error) {
	return nil, nil, serviceerror.NewNotFound("this server does not start workers")
}

func (none) UpdateWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion, []byte, string,
	map[string]iface.ScalingGroupSpecUpdate, []string,
) (*iface.UpdateWorkerControllerInstanceResponse, error) {
	return nil, refusal() // of this type, so that the server does not try again
}

func (none) ValidateWorkerControllerInstanceSpec(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion, string,
	map[string]iface.ScalingGroupSpecUpdate, []string,
) error {
	return refusal()
}

func (none) DeleteWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion, string) error {
	return nil // there is nothing to delete
}

func refusal() error {
	return serviceerror.NewInvalidArgument("this server is built without what starts and scales workers; see lab/stubs")
}
