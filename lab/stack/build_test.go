package stack

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the programs and the development server have in common is compiled once: both modules require the same version of it. A version
// that differs would also mean that the end-to-end tests run with another one than the worker is released with.
func TestBothModulesHaveTheSameVersions(t *testing.T) {
	t.Parallel()
	lab, err := folder()
	require.NoError(t, err)
	released := versions(t, filepath.Dir(lab), "./worker", "./starter", "./carriers/sandboxes/cmd/sandbox")
	require.NotEmpty(t, released)
	for pkg, version := range versions(t, lab, "./devserver") {
		if there, common := released[pkg]; common && version != there {
			t.Errorf("%s is %s in lab/go.mod and %s in go.mod: go get the later one in both", pkg, version, there)
		}
	}
}

// versions are the versions of the packages of other modules that programs are made of.
func versions(t *testing.T, module string, programs ...string) map[string]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", append([]string{
		"list", "-deps", "-f", `{{.ImportPath}}{{with .Module}} {{if not .Main}}{{if not .Replace}}{{.Version}}{{end}}{{end}}{{end}}`,
	}, programs...)...)
	list.Dir = module
	out, err := list.Output()
	require.NoError(t, err)
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if pkg, version, _ := strings.Cut(strings.TrimSpace(line), " "); version != "" {
			all[pkg] = version
		}
	}
	return all
}
