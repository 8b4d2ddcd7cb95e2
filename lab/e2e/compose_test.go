package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/carrierflow/carrierflow/lab/compose"
	"github.com/carrierflow/carrierflow/lab/stack"
)

// containers runs services of docker-compose.yml as processes of this machine: with the arguments and the environment that the file and
// the images give them, and with addresses of this machine in place of those of containers.
type containers struct {
	*testing.T
	file      *compose.File
	addresses map[string]string
}

// The services of ours, as docker-compose.yml runs them, carry out an operation, and say that they are healthy. The Temporal server is
// another one, in a namespace of its own.
func TestComposeRunsWithoutDocker(t *testing.T) {
	t.Parallel()
	takeSeat(t)
	const namespace = "compose"
	file, err := compose.Read(t.Context(), "../..", map[string]string{"TEMPORAL_NAMESPACE": namespace, "CARRIERFLOW_OPERATOR": "alex"})
	require.NoError(t, err)
	registerNamespace(t, namespace)
	c := containers{t, file, map[string]string{
		"temporal:7233": world.Temporal, "sandbox:8088": stack.FreeAddress(), "worker:8090": stack.FreeAddress(),
	}}

	sandbox := c.up("sandbox", map[string]string{"0.0.0.0:8088": c.addresses["sandbox:8088"]})
	worker, err := file.GetService("worker")
	require.NoError(t, err)
	require.Equal(t, 2, *worker.Deploy.Replicas)
	first := c.up("worker", map[string]string{"0.0.0.0:8090": c.addresses["worker:8090"], "0.0.0.0:8091": stack.FreeAddress()})
	second := c.up("worker", map[string]string{"0.0.0.0:8090": stack.FreeAddress(), "0.0.0.0:8091": stack.FreeAddress()})
	c.checkCodec()

	ref := reference(t)
	for _, one := range []struct {
		args []string
		says string
	}{
		// So late a check that it is the callback that decides.
		{[]string{"dish", "update-status", "--reference", ref, "--iccid", iccid(0), "--action", "Suspend", "--poll-every=1h", "--wait"}, `Decided by +callback`},
		{[]string{"stn", "set-services", "--reference", ref, "--subscription-id", line("SUB-", 6, 0), "--service", "voiceMail=true", "--poll-every=1s", "--wait"}, `completed +stn:` + ref},
		{[]string{"status", "dish:" + ref}, `(?i)completed`},
	} {
		program, env := c.program("starter", nil)
		starter, err := stack.Launch(program.Binary, append(env, "CARRIERFLOW_PATIENCE="+stack.Patience.String()), append(program.Args, one.args...)...)
		require.NoError(t, err)
		t.Cleanup(starter.Kill)
		select {
		case <-starter.Ended():
		case <-stack.Context(t).Done():
			require.Fail(t, "the starter does not end", "it printed:\n%s\nthe worker printed:\n%s", starter.Output(), tail(first.Output()))
		}
		require.Zero(t, starter.Wait(), starter.Output())
		require.Regexp(t, one.says, starter.Output())
	}
	for _, process := range []*stack.Process{first, second} {
		require.NotNil(t, worker.StopGracePeriod)
		require.NoError(t, process.Stop(time.Duration(*worker.StopGracePeriod)), "docker ends a service that takes longer")
	}
	require.NoError(t, sandbox.Stop(stack.Patience))
}

// up starts a service, and returns when its own health check says that it is healthy.
func (c containers) up(service string, listens map[string]string) *stack.Process {
	c.Helper()
	program, env := c.program(service, listens)
	process, err := stack.Launch(program.Binary, env, program.Args...)
	require.NoError(c, err)
	c.Cleanup(process.Kill)
	err = stack.Until(stack.Context(c), service+" is healthy", 100*time.Millisecond, func() (bool, error) {
		select {
		case <-process.Ended():
			return false, fmt.Errorf("%s has ended: %s", service, process.Output())
		default:
		}
		check, err := stack.Launch(program.Binary, env, program.Health...)
		return err == nil && check.Wait() == 0, err
	})
	require.NoError(c, err, process.Output())
	return process
}

// program is what a service runs here, with its whole environment: what the image sets, and over it what the file sets.
func (c containers) program(service string, listens map[string]string) (compose.Program, []string) {
	c.Helper()
	addresses := maps.Clone(c.addresses)
	maps.Copy(addresses, listens)
	program, err := c.file.Program(service, addresses)
	require.NoError(c, err)
	set, err := compose.ImageVariables("../..", program.Binary)
	require.NoError(c, err)
	program.Binary = map[string]string{"worker": world.Binaries.Worker, "sandbox": world.Binaries.Sandbox, "starter": world.Starter}[program.Binary]
	for name, value := range set {
		set[name] = value
		for there, here := range listens {
			set[name] = strings.ReplaceAll(set[name], there, here)
		}
	}
	maps.Copy(set, program.Env)
	if !c.readsSecretFiles(program) {
		for _, name := range slices.Collect(maps.Keys(set)) {
			if setting, ok := strings.CutSuffix(name, compose.FileEnding); ok {
				text, err := os.ReadFile(set[name])
				require.NoError(c, err)
				set[setting] = strings.TrimSpace(string(text))
				delete(set, name)
			}
		}
	}
	var env []string
	for name, value := range set {
		require.True(c, listens == nil || !strings.HasPrefix(value, "0.0.0.0:"), "%s of %s is not replaced", name, service)
		for other := range c.file.Services {
			require.NotContains(c, value, "//"+other+":", "%s of %s is an address of a container", name, service)
		}
		env = append(env, name+"="+value)
	}
	return program, env
}

// readsSecretFiles reports whether a program reads its secrets from the files that variables name: then one that is missing is a fault.
func (c containers) readsSecretFiles(program compose.Program) bool {
	c.Helper()
	for name := range program.Env {
		if !strings.HasSuffix(name, compose.FileEnding) {
			continue
		}
		// Without that fault each ends with another one.
		process, err := stack.Launch(program.Binary, []string{
			name + "=" + filepath.Join(c.TempDir(), "missing"), "TEMPORAL_ADDRESS=" + stack.FreeAddress(), "SANDBOX_ADDRESS=nowhere",
		}, map[string][]string{world.Starter: {"list"}}[program.Binary]...)
		require.NoError(c, err)
		c.Cleanup(process.Kill)
		process.Wait()
		if strings.Contains(process.Output(), name) {
			return true
		}
	}
	return false
}

func (c containers) checkCodec() {
	c.Helper()
	program, _ := c.program("codec", nil)
	help, err := stack.Launch(program.Binary, nil, "--help")
	require.NoError(c, err)
	help.Wait()
	if !strings.Contains(help.Output(), "CARRIERFLOW_CODEC_ADDRESS") {
		c.Log("this worker has no codec server; its service is not run")
		return
	}
	address := stack.FreeAddress()
	// The callbacks and the health of the worker's image are not for this one, but it may listen there.
	codec := c.up("codec", map[string]string{
		"0.0.0.0:8092": address, "127.0.0.1:8092": address, "0.0.0.0:8090": stack.FreeAddress(), "0.0.0.0:8091": stack.FreeAddress(),
	})
	status, text := get(c.T, "http://"+address+"/healthz")
	require.Equal(c, http.StatusOK, status, text)
	require.NoError(c, codec.Stop(stack.Patience))
}

// registerNamespace makes a namespace, and returns when the server knows it everywhere.
func registerNamespace(t *testing.T, name string) {
	t.Helper()
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: world.Temporal})
	require.NoError(t, err)
	defer namespaces.Close()
	require.NoError(t, namespaces.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}))
	c, err := client.NewLazyClient(client.Options{HostPort: world.Temporal, Namespace: name})
	require.NoError(t, err)
	defer c.Close()
	eventually(t, "the namespace is known", func() bool {
		_, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
		return err == nil
	})
}
