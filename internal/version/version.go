// Package version says which build of carrierflow a program is.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// These are set with -ldflags "-X …" where the sources are not in a Git repository, as in the build of the images.
var number, revision string

// Info is one build.
type Info struct {
	// Version is the tag it was built from, or what Go derives from the commit; "dev" where neither is known.
	Version string
	// Revision is the commit, with "-dirty" when the sources were changed after it; "unknown" where it is not known.
	Revision string
	// Go is the version of the Go toolchain.
	Go string
}

// Get returns the build of the running program.
func Get() Info {
	build, _ := debug.ReadBuildInfo()
	return of(build, number, revision)
}

// of is what a build says about itself; what was given to the linker goes first.
func of(build *debug.BuildInfo, number, revision string) Info {
	info := Info{Version: number, Revision: revision, Go: runtime.Version()}
	if build != nil {
		if build.Main.Version != "(devel)" {
			info.Version = cmp.Or(info.Version, build.Main.Version)
		}
		if info.Revision == "" {
			info.Revision = commit(build.Settings)
		}
	}
	info.Version, info.Revision = cmp.Or(info.Version, "dev"), cmp.Or(info.Revision, "unknown")
	return info
}

func commit(settings []debug.BuildSetting) string {
	values := map[string]string{}
	for _, s := range settings {
		values[s.Key] = s.Value
	}
	if values["vcs.revision"] != "" && values["vcs.modified"] == "true" {
		return values["vcs.revision"] + "-dirty"
	}
	return values["vcs.revision"]
}

// String is what --version prints.
func (i Info) String() string {
	return fmt.Sprintf("carrierflow %s (revision %s, %s)", i.Version, i.Revision, i.Go)
}
