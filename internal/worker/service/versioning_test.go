package service

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

var stnAlone = []string{"--stn-base-url=http://127.0.0.1:1", "--stn-api-key=k", "--line-key=secret"}

// One of the two alone would be a worker that everybody takes for another: the fault names what is missing.
func TestAVersionHasANameAndABuild(t *testing.T) {
	for name, test := range map[string]struct{ deployment, build, says string }{
		"neither":        {},
		"both":           {deployment: "carrierflow", build: "v1.2.3+4fc8907"},
		"no build":       {deployment: "carrierflow", says: "TEMPORAL_WORKER_BUILD_ID must be set with TEMPORAL_DEPLOYMENT_NAME"},
		"no name":        {build: "v1", says: "TEMPORAL_DEPLOYMENT_NAME must be set with TEMPORAL_WORKER_BUILD_ID"},
		"a dot":          {deployment: "carrier.flow", build: "v1", says: `TEMPORAL_DEPLOYMENT_NAME "carrier.flow" must not contain "." or ":"`},
		"a colon":        {deployment: "carrier:flow", build: "v1", says: `must not contain "." or ":"`},
		"reserved":       {deployment: "carrierflow", build: "__unversioned__", says: `TEMPORAL_WORKER_BUILD_ID "__unversioned__" must not begin with "__"`},
		"a name's limit": {deployment: strings.Repeat("n", 201), build: "v1", says: "TEMPORAL_DEPLOYMENT_NAME must have at most 200 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_DEPLOYMENT_NAME", test.deployment)
			t.Setenv("TEMPORAL_WORKER_BUILD_ID", test.build)
			err := parsed(t, stnAlone...).Check()
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestAWorkerIsVersionedOnlyOnRequest(t *testing.T) {
	require.Zero(t, parsed(t, stnAlone...).Versioning.options())
	require.Equal(t, worker.DeploymentOptions{
		UseVersioning: true, Version: worker.WorkerDeploymentVersion{DeploymentName: "carrierflow", BuildID: "v1"},
		DefaultVersioningBehavior: workflow.VersioningBehaviorPinned,
	}, parsed(t, append(stnAlone, "--temporal-deployment-name=carrierflow", "--temporal-worker-build-id=v1")...).Versioning.options())
}

// A versioned worker starts, says which version it is, and what has to be done before it receives something.
func TestAVersionedWorkerSaysWhatItWaitsFor(t *testing.T) {
	logs, stop := running(t, startTemporal(t), "--temporal-deployment-name=carrierflow", "--temporal-worker-build-id=v1")
	ready := awaitLog(t, logs, "worker is ready")
	require.Equal(t, "carrierflow", ready["deployment"])
	require.Equal(t, "v1", ready["build"])
	hint := awaitLog(t, logs, "when the version is current")
	require.Equal(t, "temporal worker deployment set-current-version --deployment-name carrierflow --build-id v1", hint["to do"])
	require.NoError(t, stop())
}
