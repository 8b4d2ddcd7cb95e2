package service

import (
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/zap"
)

// Versioning says which version of which worker deployment this worker is. Without it the worker is not versioned: it takes
// tasks of every run, as all workers without it do. The variables are those that Temporal's controller for Kubernetes sets.
type Versioning struct {
	Deployment string `name:"temporal-deployment-name" env:"TEMPORAL_DEPLOYMENT_NAME" help:"Name of the worker deployment that this worker belongs to; with it operations stay on the build that they began on, see docs/upgrading.md." placeholder:"NAME"`
	BuildID    string `name:"temporal-worker-build-id" env:"TEMPORAL_WORKER_BUILD_ID" help:"Id of this build in the worker deployment; another one for every build." placeholder:"ID"`
}

// on reports whether the worker is versioned.
func (v Versioning) on() bool { return v.Deployment != "" && v.BuildID != "" }

// check names the faults. Temporal would refuse every poll with such names; the bound of their length is ours, and lower.
func (v Versioning) check() error {
	var faults []error
	switch {
	case v.Deployment != "" && v.BuildID == "":
		faults = append(faults, errors.New("TEMPORAL_WORKER_BUILD_ID must be set with TEMPORAL_DEPLOYMENT_NAME: the id of this build"))
	case v.Deployment == "" && v.BuildID != "":
		faults = append(faults, errors.New("TEMPORAL_DEPLOYMENT_NAME must be set with TEMPORAL_WORKER_BUILD_ID: the name of the worker deployment, the same for all its builds"))
	}
	if strings.ContainsAny(v.Deployment, ".:") {
		faults = append(faults, fmt.Errorf(`TEMPORAL_DEPLOYMENT_NAME %q must not contain "." or ":"`, v.Deployment))
	}
	for _, one := range []struct{ variable, value string }{{"TEMPORAL_DEPLOYMENT_NAME", v.Deployment}, {"TEMPORAL_WORKER_BUILD_ID", v.BuildID}} {
		if strings.HasPrefix(one.value, "__") {
			faults = append(faults, fmt.Errorf(`%s %q must not begin with "__"`, one.variable, one.value))
		}
		if len(one.value) > maxVersionName {
			faults = append(faults, fmt.Errorf("%s must have at most %d bytes", one.variable, maxVersionName))
		}
	}
	return errors.Join(faults...)
}

// maxVersionName bounds both names, in bytes. Temporal takes less than 500 by default.
const maxVersionName = 200

// options are those of every worker of the process. Carriers' queues belong to the version as well: so the activities of a run go to
// the build that the run is on.
func (v Versioning) options() worker.DeploymentOptions {
	if !v.on() {
		return worker.DeploymentOptions{}
	}
	return worker.DeploymentOptions{
		UseVersioning: true,
		Version:       worker.WorkerDeploymentVersion{DeploymentName: v.Deployment, BuildID: v.BuildID},
		// Every type says its own at registration. This is for runs of types that are not registered, which fail in their first task.
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}
}

// logged is what the log says of it.
func (v Versioning) logged() []zap.Field {
	if !v.on() {
		return nil
	}
	return []zap.Field{zap.String("deployment", v.Deployment), zap.String("build", v.BuildID)}
}

// hint says how a version comes to receive something.
func (v Versioning) hint() string {
	return fmt.Sprintf("temporal worker deployment set-current-version --deployment-name %s --build-id %s", v.Deployment, v.BuildID)
}
