package kubernetes

import (
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/carrierflow/carrierflow/internal/worker/service"
)

// pods are the templates of all pods of the example and of the sample for the worker controller, by the name of what makes them.
func pods(t *testing.T) map[string]corev1.PodTemplateSpec {
	t.Helper()
	found := map[string]corev1.PodTemplateSpec{}
	for name, d := range the[*appsv1.Deployment](t) {
		require.Equal(t, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels, name)
		found[name] = d.Spec.Template
	}
	require.ElementsMatch(t, []string{"workflows", "activities-dish", "activities-stn", "callbacks", "codec"}, slices.Collect(maps.Keys(found)))
	controlled := controller(t)
	found["worker controller"] = controlled.Spec.Template
	return found
}

func controller(t *testing.T) *workerDeployment {
	t.Helper()
	text, err := os.ReadFile(folder + "/worker-controller/workflows.yaml")
	require.NoError(t, err)
	all, err := objects(text)
	require.NoError(t, err)
	require.Len(t, all, 2)
	deployment := all[1].(*workerDeployment)
	require.Equal(t, all[0].GetName(), deployment.Spec.WorkerOptions.ConnectionRef.Name)
	return deployment
}

// stopTimeout is how long a worker may take to stop when nothing else is set: the longest carrier timeout and 5s more.
func stopTimeout(t *testing.T) time.Duration {
	t.Helper()
	config, err := service.Parse(nil)
	require.NoError(t, err)
	longest := time.Duration(0)
	for _, one := range config.Carriers {
		longest = max(longest, one.Settings.CallTimeout())
	}
	return longest + 5*time.Second
}

func TestPodsAreConfined(t *testing.T) {
	for name, pod := range pods(t) {
		require.Len(t, pod.Spec.Containers, 1, name)
		c := pod.Spec.Containers[0]
		require.False(t, *pod.Spec.AutomountServiceAccountToken, name)
		require.True(t, *pod.Spec.SecurityContext.RunAsNonRoot, name)
		require.EqualValues(t, 65532, *pod.Spec.SecurityContext.RunAsUser, name)
		require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.Spec.SecurityContext.SeccompProfile.Type, name)
		require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, name)
		require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, name)
		require.Equal(t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
		require.NotZero(t, c.Resources.Requests.Cpu().MilliValue(), name)
		require.NotZero(t, c.Resources.Limits.Memory().Value(), name)
		require.Zero(t, c.Resources.Limits.Cpu().Value(), "%s: a limit of CPU makes a worker late, and protects nobody", name)
	}
}

// Kubernetes kills a pod when its grace period is over, and what runs before the signal counts.
func TestPodsHaveTimeToStop(t *testing.T) {
	for name, pod := range pods(t) {
		needed := stopTimeout(t)
		if hook := pod.Spec.Containers[0].Lifecycle; hook != nil {
			needed += time.Duration(hook.PreStop.Sleep.Seconds) * time.Second
		}
		given := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
		require.Greater(t, given, needed, name)
	}
}

// A restart brings neither Temporal nor a carrier back, and loses what the process has in memory: so only /healthz restarts a pod.
func TestProbes(t *testing.T) {
	for name, pod := range pods(t) {
		c := pod.Spec.Containers[0]
		require.Equal(t, "/healthz", c.LivenessProbe.HTTPGet.Path, name)
		ready := "/readyz"
		if name == "codec" {
			ready = "/healthz"
		}
		require.Equal(t, ready, c.ReadinessProbe.HTTPGet.Path, name)
		for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe} {
			require.Contains(t, ports(c), probe.HTTPGet.Port.StrVal, name)
			require.GreaterOrEqual(t, probe.TimeoutSeconds, int32(3), "%s: a readiness check may take two seconds to hear from Temporal", name)
		}
	}
}

func ports(c corev1.Container) map[string]int32 {
	found := map[string]int32{}
	for _, p := range c.Ports {
		found[p.Name] = p.ContainerPort
	}
	return found
}

// Everything that selects pods selects some, and every port that is named is one of theirs.
func TestSelectors(t *testing.T) {
	selects := func(what string, selector map[string]string, named ...string) {
		t.Helper()
		found := false
		for _, d := range the[*appsv1.Deployment](t) {
			if !matches(selector, d.Spec.Template.Labels) {
				continue
			}
			have := ports(d.Spec.Template.Spec.Containers[0])
			found = found || !slices.ContainsFunc(named, func(p string) bool { return have[p] == 0 })
		}
		require.True(t, found, "%s selects no pods with the ports %v", what, named)
	}
	for name, s := range the[*corev1.Service](t) {
		for _, p := range s.Spec.Ports {
			selects("service "+name, s.Spec.Selector, p.TargetPort.StrVal)
		}
	}
	for name, p := range disruptions(t) {
		selects("disruption budget "+name, p)
		require.Contains(t, the[*appsv1.Deployment](t), name)
		require.Equal(t, the[*appsv1.Deployment](t)[name].Spec.Selector.MatchLabels, p, "each Deployment has a budget of its own")
	}
	for name, p := range policies(t) {
		for _, rule := range p.Spec.Ingress {
			for _, port := range rule.Ports {
				selects("network policy "+name, p.Spec.PodSelector.MatchLabels, port.Port.StrVal)
			}
		}
	}
	for name, p := range monitors(t) {
		for _, endpoint := range p.Spec.PodMetricsEndpoints {
			selects("pod monitor "+name, p.Spec.Selector.MatchLabels, *endpoint.Port)
			require.Equal(t, "/metrics", endpoint.Path)
		}
	}
}

func matches(selector, labels map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return len(selector) > 0
}

// The pods of the sample for the controller are selected by no Deployment.
func TestTheControllersPodsAreItsOwn(t *testing.T) {
	for name, d := range the[*appsv1.Deployment](t) {
		require.False(t, matches(d.Spec.Selector.MatchLabels, controller(t).Spec.Template.Labels), name)
	}
	var _ metav1.Object = controller(t)
}
