package kubernetes

import (
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/workflows"
)

func disruptions(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for name, p := range the[*policyv1.PodDisruptionBudget](t) {
		found[name] = p.Spec.Selector.MatchLabels
	}
	return found
}

func policies(t *testing.T) map[string]*networkingv1.NetworkPolicy {
	t.Helper()
	return the[*networkingv1.NetworkPolicy](t)
}

func monitors(t *testing.T) map[string]*monitoringv1.PodMonitor {
	t.Helper()
	return the[*monitoringv1.PodMonitor](t)
}

// Each Deployment is scaled by one thing only, has a fixed number of replicas otherwise, and is never on one machine alone.
func TestOneAutoscalerEach(t *testing.T) {
	scalers := map[string]int{}
	for _, h := range the[*autoscalingv2.HorizontalPodAutoscaler](t) {
		require.GreaterOrEqual(t, *h.Spec.MinReplicas, int32(2), h.Name)
		scalers[h.Spec.ScaleTargetRef.Name]++
	}
	for _, s := range the[*scaledObject](t) {
		require.GreaterOrEqual(t, s.Spec.MinReplicaCount, 2, s.Name)
		scalers[s.Spec.ScaleTargetRef.Name]++
	}
	for name, d := range the[*appsv1.Deployment](t) {
		if d.Spec.Replicas == nil {
			require.Equal(t, 1, scalers[name], name)
		} else {
			require.Zero(t, scalers[name], name)
			require.GreaterOrEqual(t, *d.Spec.Replicas, int32(2), name)
		}
		delete(scalers, name)
	}
	require.Empty(t, scalers, "something scales what is not there")
}

// What is scaled by a backlog is scaled by that of a task queue that its processes ask.
func TestTaskQueues(t *testing.T) {
	queues := map[string]string{workflows.TaskQueue: "workflow"}
	for _, a := range registry.Carriers() {
		queues[activities.TaskQueue(a.Carrier)] = "activity"
	}
	configs := the[*corev1.ConfigMap](t)
	settings := map[string]string{}
	for name, c := range configs {
		if plain(name) == "settings" {
			settings = c.Data
		}
	}
	for name, s := range the[*scaledObject](t) {
		asks := s.Spec.Triggers[0]
		require.Equal(t, "temporal", asks.Type, name)
		require.Equal(t, queues[asks.Metadata["taskQueue"]], asks.Metadata["queueTypes"], "%s: %s", name, asks.Metadata["taskQueue"])
		require.Equal(t, settings["TEMPORAL_ADDRESS"], asks.Metadata["endpoint"], name)
		require.Equal(t, settings["TEMPORAL_NAMESPACE"], asks.Metadata["namespace"], name)
		target := the[*appsv1.Deployment](t)[s.Spec.ScaleTargetRef.Name]
		if carrier := target.Labels["carrierflow.io/carrier"]; carrier != "" {
			require.Equal(t, activities.TaskQueue(carriers.Carrier(carrier)), asks.Metadata["taskQueue"], name)
		} else {
			require.Equal(t, workflows.TaskQueue, asks.Metadata["taskQueue"], name)
		}
	}
}

// The alerts look for the job by this name.
func TestTheJobHasTheNameOfTheAlerts(t *testing.T) {
	for _, m := range monitors(t) {
		for _, d := range the[*appsv1.Deployment](t) {
			require.Equal(t, "carrierflow", d.Spec.Template.Labels[m.Spec.JobLabel])
		}
	}
	require.Contains(t, the[*monitoringv1.PrometheusRule](t), "carrierflow")
}
