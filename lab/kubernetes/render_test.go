package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	sigsyaml "sigs.k8s.io/yaml"
)

const folder = "../../docs/kubernetes"

// kinds are the kinds of objects that the manifests may have, with a fresh object of each.
var kinds = map[string]func() metav1.Object{
	"v1 ConfigMap":                            func() metav1.Object { return new(corev1.ConfigMap) },
	"v1 Secret":                               func() metav1.Object { return new(corev1.Secret) },
	"v1 Service":                              func() metav1.Object { return new(corev1.Service) },
	"v1 ServiceAccount":                       func() metav1.Object { return new(corev1.ServiceAccount) },
	"apps/v1 Deployment":                      func() metav1.Object { return new(appsv1.Deployment) },
	"autoscaling/v2 HorizontalPodAutoscaler":  func() metav1.Object { return new(autoscalingv2.HorizontalPodAutoscaler) },
	"networking.k8s.io/v1 NetworkPolicy":      func() metav1.Object { return new(networkingv1.NetworkPolicy) },
	"policy/v1 PodDisruptionBudget":           func() metav1.Object { return new(policyv1.PodDisruptionBudget) },
	"monitoring.coreos.com/v1 PodMonitor":     func() metav1.Object { return new(monitoringv1.PodMonitor) },
	"monitoring.coreos.com/v1 PrometheusRule": func() metav1.Object { return new(monitoringv1.PrometheusRule) },
	"keda.sh/v1alpha1 ScaledObject":           func() metav1.Object { return new(scaledObject) },
	"temporal.io/v1alpha1 Connection":         func() metav1.Object { return new(connection) },
	"temporal.io/v1alpha1 WorkerDeployment":   func() metav1.Object { return new(workerDeployment) },
}

// decode reads an object strictly: a field that its kind does not have is an error.
func decode(document []byte) (metav1.Object, error) {
	var is metav1.TypeMeta
	if err := sigsyaml.Unmarshal(document, &is); err != nil {
		return nil, err
	}
	kind := is.APIVersion + " " + is.Kind
	fresh := kinds[kind]
	if fresh == nil {
		return nil, fmt.Errorf("%s is no kind that the manifests have", kind)
	}
	object := fresh()
	text, err := sigsyaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	unknown, err := json.UnmarshalStrict(text, object)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return object, nil
}

// objects are those of some documents of YAML.
func objects(text []byte) (found []metav1.Object, err error) {
	documents := yaml.NewYAMLReader(newReader(text))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		object, err := decode(document)
		if err != nil {
			return nil, err
		}
		found = append(found, object)
	}
}

// render renders a kustomization as "kubectl kustomize" does.
func render(path string) ([]byte, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		return nil, fmt.Errorf("rendering %s: %w", path, err)
	}
	return resources.AsYaml()
}

var example = sync.OnceValues(func() ([]metav1.Object, error) {
	text, err := render(folder + "/example")
	if err != nil {
		return nil, err
	}
	return objects(text)
})

// the objects of the example that are of a kind, by name.
func the[T metav1.Object](t *testing.T) map[string]T {
	t.Helper()
	all, err := example()
	require.NoError(t, err)
	found := map[string]T{}
	for _, object := range all {
		if one, is := object.(T); is {
			found[object.GetName()] = one
		}
	}
	require.NotEmpty(t, found)
	return found
}

// plain is a name without the hash that kustomize adds.
func plain(name string) string {
	if at := strings.LastIndex(name, "-"); at > 0 && len(name)-at == 11 {
		return name[:at]
	}
	return name
}

func TestEveryKindIsRead(t *testing.T) {
	all, err := example()
	require.NoError(t, err)
	require.Greater(t, len(all), 25)
	for _, object := range all {
		require.Equal(t, "carrierflow", object.GetNamespace(), object.GetName())
	}
	_, err = decode([]byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 1}"))
	require.ErrorContains(t, err, `unknown field "spec.port"`, "strict reading finds what does not exist")
	_, err = decode([]byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {Type: ClusterIP}"))
	require.ErrorContains(t, err, `unknown field "spec.Type"`, "names are exact")
	_, err = decode([]byte("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {minReplicas: 1}"))
	require.ErrorContains(t, err, `unknown field "spec.minReplicas"`)
}

// The base and the folder of a carrier are rendered without what overlays add, so that both stand alone.
func TestPartsRender(t *testing.T) {
	for _, part := range []string{"base", "carrier"} {
		text, err := render(folder + "/" + part)
		require.NoError(t, err)
		_, err = objects(text)
		require.NoError(t, err)
	}
}

func newReader(text []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(text)) }
