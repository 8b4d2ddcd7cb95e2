package version

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	settings := func(revision, modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}, {Key: "vcs.modified", Value: modified}}
	}
	tagged := debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: settings("4fc8907", "false")}
	for name, tc := range map[string]struct {
		build             *debug.BuildInfo
		number, revision  string
		version, ofCommit string
	}{
		"a tag":                   {build: &tagged, version: "v1.2.3", ofCommit: "4fc8907"},
		"changed sources":         {build: &debug.BuildInfo{Settings: settings("4fc8907", "true")}, version: "dev", ofCommit: "4fc8907-dirty"},
		"set by the linker":       {build: &tagged, number: "v2.0.0", revision: "abc", version: "v2.0.0", ofCommit: "abc"},
		"without a repository":    {build: &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, version: "dev", ofCommit: "unknown"},
		"without any information": {version: "dev", ofCommit: "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, Info{Version: tc.version, Revision: tc.ofCommit, Go: runtime.Version()}, of(tc.build, tc.number, tc.revision))
		})
	}
	assert.Equal(t, "carrierflow v1.2.3 (revision 4fc8907, go1.26)", Info{"v1.2.3", "4fc8907", "go1.26"}.String())
}
