package encryption

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// silent are keys of a service that does not answer.
type silent struct{}

var errSilent = errors.New("the key service does not answer")

func (silent) Encrypt(_, _ []byte) ([]byte, error) { return nil, errSilent }
func (silent) Decrypt(_, _ []byte) ([]byte, error) { return nil, errSilent }

// What a workflow cannot encrypt fails its task, which is tried again, and never the run. The test environment tries no task again; it
// reports the panic.
func TestWhatCannotBeEncryptedFailsTheTask(t *testing.T) {
	t.Parallel()
	e := &Encryption{aead: silent{}, keys: []Key{{ID: 1, Primary: true}}}
	for name, code := range map[string]any{
		"a result": func(workflow.Context) (string, error) { return "a result", nil },
		"an input": func(ctx workflow.Context) error {
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Second})
			_ = workflow.ExecuteActivity(ctx, "an activity", "an input").Get(ctx, nil)
			return errors.New("the run has failed")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetDataConverter(e.DataConverter(nil))
			env.ExecuteWorkflow(code)
			_, panicked := errors.AsType[*temporal.PanicError](env.GetWorkflowError())
			require.True(t, panicked, "%v", env.GetWorkflowError())
			require.ErrorContains(t, env.GetWorkflowError(), "encrypting a payload: "+errSilent.Error())
		})
	}
}
