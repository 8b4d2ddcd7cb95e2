package terminal

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command that is printed runs as it is printed: it names the program as it was called, and is quoted for a shell.
func TestPrintedCommands(t *testing.T) {
	for _, test := range []struct {
		program Program
		words   []string
		want    string
	}{
		{"bin/starter", []string{"show", "dish:r-1"}, "bin/starter show dish:r-1"},
		{"starter", []string{"show", "dish:r-1", "--follow"}, "starter show dish:r-1 --follow"},
		{"./my tools/starter", []string{"resolve", "dish:r-1", "--outcome=done", "--reason=ticket NUMBER"}, "'./my tools/starter' resolve dish:r-1 --outcome=done --reason='ticket NUMBER'"},
		{"starter", []string{"show", "it's $(id)"}, `starter show 'it'\''s $(id)'`},
		{"starter", []string{"retry", "stn:r-1", "--service=a b=c"}, "starter retry stn:r-1 --service='a b=c'"},
		{"starter", []string{"show", ""}, "starter show ''"},
	} {
		got := test.program.Command(test.words...)
		assert.Equal(t, strings.TrimSuffix(string(test.program), "starter")+"worker", string(test.program.Beside("worker")))
		assert.Equal(t, test.want, got)
		// A shell takes it apart into the same words.
		out, err := exec.CommandContext(t.Context(), "sh", "-c", `for word in `+got+`; do printf '%s\n' "$word"; done`).Output()
		require.NoError(t, err)
		assert.Equal(t, append([]string{string(test.program)}, test.words...), strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"))
	}
}
