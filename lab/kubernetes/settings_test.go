package kubernetes

import (
	"maps"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

// temporal are the settings of the connection to Temporal that the manifests use.
var temporal = map[string]bool{"TEMPORAL_ADDRESS": false, "TEMPORAL_NAMESPACE": false}

// known are all settings of the worker by their variables, and whether they are secret.
func known(t *testing.T) map[string]bool {
	t.Helper()
	all := service.Variables()
	maps.Copy(all, temporal)
	return all
}

// environment is that of the container of a pod, with the ConfigMaps and Secrets that the example has for it.
func environment(t *testing.T, pod corev1.PodTemplateSpec) map[string]string {
	t.Helper()
	env := map[string]string{}
	c := pod.Spec.Containers[0]
	for _, from := range c.EnvFrom {
		configs := the[*corev1.ConfigMap](t)
		require.Contains(t, configs, from.ConfigMapRef.Name)
		for name, value := range configs[from.ConfigMapRef.Name].Data {
			require.NotContains(t, env, name, "it is set twice")
			env[name] = value
		}
	}
	for _, one := range c.Env {
		require.NotContains(t, env, one.Name, "it is set twice")
		env[one.Name] = one.Value
	}
	return env
}

// A setting with a mistyped name would be ignored, and its default used.
func TestSettingsExist(t *testing.T) {
	settings := known(t)
	for name, pod := range pods(t) {
		env := environment(t, pod)
		require.NotEmpty(t, env, name)
		for variable := range env {
			_, is := settings[variable]
			secret := settings[strings.TrimSuffix(variable, "_FILE")]
			require.True(t, is || secret, "%s: the worker has no setting %s", name, variable)
			require.False(t, settings[variable], "%s: %s is a secret, and belongs into a file", name, variable)
		}
	}
}

// Every file with a secret is in a Secret that is mounted where the setting says; and every Secret that is mounted is used.
func TestSecretsAreMounted(t *testing.T) {
	for name, pod := range pods(t) {
		if name == "worker controller" {
			continue // its Secrets are those of the example, with their hashes
		}
		used := map[string]bool{"temporal": true} // optional: a key or certificate for Temporal
		for variable, value := range environment(t, pod) {
			if !strings.HasSuffix(variable, "_FILE") {
				continue
			}
			at := slices.IndexFunc(pod.Spec.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path.Dir(value) })
			require.GreaterOrEqual(t, at, 0, "%s: nothing is mounted for %s", name, value)
			mount := pod.Spec.Containers[0].VolumeMounts[at].Name
			used[mount] = true
			in := slices.IndexFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount })
			require.GreaterOrEqual(t, in, 0, "%s: there is no volume %s", name, mount)
			secrets := the[*corev1.Secret](t)
			secret := pod.Spec.Volumes[in].Secret.SecretName
			require.Contains(t, secrets, secret, name)
			require.NotEmpty(t, secrets[secret].Data[path.Base(value)], "%s: the Secret %s has no %s", name, secret, path.Base(value))
		}
		for _, v := range pod.Spec.Volumes {
			require.True(t, used[v.Name], "%s: nothing uses %s", name, v.Name)
			require.EqualValues(t, 0o440, *v.Secret.DefaultMode, name)
		}
	}
}

// A container listens at the ports that it declares, at every address.
func TestPortsAreThoseOfTheSettings(t *testing.T) {
	of := map[string]string{"CARRIERFLOW_HEALTH_ADDRESS": "health", "CARRIERFLOW_CALLBACK_ADDRESS": "callbacks", "CARRIERFLOW_CODEC_ADDRESS": "codec"}
	for name, pod := range pods(t) {
		declared := ports(pod.Spec.Containers[0])
		for variable, value := range environment(t, pod) {
			port, is := of[variable]
			if !is {
				continue
			}
			host, number, err := net.SplitHostPort(value)
			require.NoError(t, err, name)
			require.Equal(t, "0.0.0.0", host, name)
			require.Equal(t, number, strconv.Itoa(int(declared[port])), "%s: %s", name, variable)
			delete(declared, port)
		}
		require.Empty(t, declared, "%s: a port that nothing listens at", name)
	}
}

// The processes of a carrier serve that carrier, and it alone; its callbacks are received where it calls back.
func TestEachCarrierIsServed(t *testing.T) {
	received := environment(t, the[*appsv1.Deployment](t)["callbacks"].Spec.Template)["CARRIERFLOW_CARRIERS"]
	roles := map[string]bool{}
	for name, d := range the[*appsv1.Deployment](t) {
		env := environment(t, d.Spec.Template)
		if name == "codec" {
			require.Equal(t, []string{"codec"}, d.Spec.Template.Spec.Containers[0].Args)
			continue
		}
		role := env["CARRIERFLOW_ROLE"]
		roles[role] = true
		require.Equal(t, d.Labels["app.kubernetes.io/component"], role, name)
		if role != "activities" {
			continue
		}
		carrier, exists := registry.Carrier(carriers.Carrier(env["CARRIERFLOW_CARRIERS"]))
		require.True(t, exists, "%s: %s is no carrier", name, env["CARRIERFLOW_CARRIERS"])
		require.Equal(t, d.Labels["carrierflow.io/carrier"], string(carrier.Carrier), name)
		require.NotEmpty(t, env[carrier.EnvPrefix()+"BASE_URL"], name)
		require.Equal(t, carrier.CallsBack(), slices.Contains(strings.Split(received, ","), string(carrier.Carrier)), name)
	}
	require.Equal(t, map[string]bool{"workflows": true, "activities": true, "callbacks": true}, roles)
}
