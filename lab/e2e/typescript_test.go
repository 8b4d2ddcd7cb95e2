package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// The TypeScript examples compile against the published schemas, and print what their README says.
func TestTypeScriptExamples(t *testing.T) {
	t.Parallel()
	once(t)
	folder := filepath.Join(root, "docs", "examples", "typescript")
	install(t, folder)
	runIn(t, folder, "npm", "run", "--silent", "build")
	readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, block, "the README shows what the examples print")
	require.Equal(t, timeless(string(block[1])), timeless(runIn(t, folder, "node", filepath.Join("dist", "main.js"))))

	// With the keyset of the workers they do the same, and what they send is encrypted.
	s := serverAlone(t)
	s.Keyset = newKeyset(t)
	require.NoError(t, s.StartWorker())
	printed := runFor(t, s, folder, "node", filepath.Join("dist", "main.js"))
	require.Equal(t, timeless(string(block[1])), timeless(printed))
	list, err := withKeys(t, s, s.Keyset).ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "Operation = 'stn.SetServices'"})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetExecutions())
	one := withKeys(t, s, s.Keyset).GetWorkflow(t.Context(), list.GetExecutions()[0].GetExecution().GetWorkflowId(), "")
	require.Equal(t, encryption.Encoding, encodingOf(eventsOf(t, withKeys(t, s, ""), one)[0].GetWorkflowExecutionStartedEventAttributes().GetInput().GetPayloads()[0]))

	// The same line has the same key, in whatever language it is started from.
	const identifier = "89010000000000000017"
	key := runIn(t, folder, "node", "--input-type=module", "--eval", fmt.Sprintf(
		`import { lineKey } from './dist/carrierflow.js'; console.log(lineKey('secret', 'dish.UpdateSubscriptionStatus', '%s'));`, identifier))
	require.Equal(t, workflows.LineKey("secret", "dish", identifier), strings.TrimSpace(key))
}

// timeless is a text with its points in time made alike.
func timeless(text string) string {
	return regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`).ReplaceAllString(text, "TIME")
}

// installing is held while packages are installed.
var installing sync.Mutex

// install installs the packages that the lock file names, unless they are there.
func install(t *testing.T, folder string) {
	t.Helper()
	installing.Lock()
	defer installing.Unlock()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing; this test needs Node.js 20 or newer and npm, which Debian has as: apt-get install nodejs npm", program)
		}
	}
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	require.NoError(t, err)
	sum := sha256.Sum256(lock)
	want := hex.EncodeToString(sum[:])
	mark := filepath.Join(folder, "node_modules", ".installed") // npm ci removes it first, so half an installation has none
	if there, err := os.ReadFile(mark); err == nil && string(there) == want {
		return
	}
	runIn(t, folder, "npm", "ci", "--no-audit", "--no-fund")
	require.NoError(t, os.WriteFile(mark, []byte(want), 0o644))
}
