package embedded_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The server is built without the SDKs of three clouds, which it does not use and which take a third of its build. lab/stubs stands for
// them.
func TestTheServerComesWithoutCloudSDKs(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Dir}}{{end}}", ".")
	out, err := list.Output()
	require.NoError(t, err)
	var stubs int
	for line := range strings.Lines(string(out)) {
		pkg, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.Contains(folder, "/lab/stubs/") {
			stubs++
			continue
		}
		for _, cloud := range []string{"k8s.io/", "github.com/aws/aws-sdk-go", "cloud.google.com/go/storage", "google.golang.org/api/", "github.com/envoyproxy/"} {
			require.False(t, strings.HasPrefix(pkg, cloud), "%s is compiled; see lab/stubs/README.md", pkg)
		}
	}
	require.Positive(t, stubs, "the stubs are not used")
}
