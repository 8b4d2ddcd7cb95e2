package kubernetes

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The kinds of operators whose own Go packages would bring their whole programs with them. These types have the fields that our
// manifests may use, as the pages of the operators document them.

// scaledObject is KEDA's: https://keda.sh/docs/2.21/reference/scaledobject-spec/ and, for a trigger of the type temporal,
// https://keda.sh/docs/2.21/scalers/temporal/.
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
			Name       string `json:"name"`
		} `json:"scaleTargetRef"`
		PollingInterval int       `json:"pollingInterval"`
		CooldownPeriod  int       `json:"cooldownPeriod"`
		MinReplicaCount int       `json:"minReplicaCount"`
		MaxReplicaCount int       `json:"maxReplicaCount"`
		Triggers        []trigger `json:"triggers"`
	} `json:"spec"`
}

type trigger struct {
	Type       string            `json:"type"`
	MetricType string            `json:"metricType"`
	Metadata   map[string]string `json:"metadata"`
	Auth       *struct {
		Name string `json:"name"`
	} `json:"authenticationRef"`
}

// connection and workerDeployment are those of Temporal's worker controller:
// https://github.com/temporalio/temporal-worker-controller/tree/main/api/v1alpha1.
type connection struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		HostPort           string                    `json:"hostPort"`
		MutualTLSSecretRef *name                     `json:"mutualTLSSecretRef"`
		APIKeySecretRef    *corev1.SecretKeySelector `json:"apiKeySecretRef"`
	} `json:"spec"`
}

type name struct {
	Name string `json:"name"`
}

type workerDeployment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Replicas      *int32 `json:"replicas"`
		WorkerOptions struct {
			ConnectionRef     name   `json:"connectionRef"`
			TemporalNamespace string `json:"temporalNamespace"`
		} `json:"workerOptions"`
		Rollout struct {
			Strategy string `json:"strategy"`
			Steps    []struct {
				RampPercentage int             `json:"rampPercentage"`
				PauseDuration  metav1.Duration `json:"pauseDuration"`
			} `json:"steps"`
		} `json:"rollout"`
		Sunset struct {
			ScaledownDelay metav1.Duration `json:"scaledownDelay"`
			DeleteDelay    metav1.Duration `json:"deleteDelay"`
		} `json:"sunset"`
		Template corev1.PodTemplateSpec `json:"template"`
	} `json:"spec"`
}
