// Package stack runs the real programs for tests: the binaries as their users build them, each in its own process, on free
// ports of this machine.
package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Binaries are the paths of built programs.
type Binaries struct {
	Devserver, Worker, Starter, Sandbox string
}

// In are the programs that were built into dir.
func In(dir string) Binaries {
	return Binaries{
		Devserver: filepath.Join(dir, "devserver"), Worker: filepath.Join(dir, "worker"),
		Starter: filepath.Join(dir, "starter"), Sandbox: filepath.Join(dir, "sandbox"),
	}
}

// Build builds every program into dir. The worker, the starter and the sandbox are built with the race detector; the
// development server is not, because it holds the Temporal server, which takes minutes to build a second time.
func Build(dir string) (Binaries, error) {
	b := In(dir)
	lab, err := folder()
	if err != nil {
		return b, err
	}
	root := filepath.Dir(lab)
	for _, program := range []struct {
		in, output, pkg string
		race            bool
	}{
		{lab, b.Devserver, "./devserver", false},
		{root, b.Worker, "./worker", true},
		{root, b.Starter, "./starter", true},
		{root, b.Sandbox, "./carriers/sandboxes/cmd/sandbox", true},
	} {
		args := []string{"build", "-o", program.output}
		if program.race {
			args = append(args, "-race")
		} else {
			args = append(args, "-ldflags=-s -w") // as make builds it
		}
		build := exec.Command("go", append(args, program.pkg)...)
		build.Dir, build.Stderr = program.in, os.Stderr
		if err := build.Run(); err != nil {
			return b, fmt.Errorf("building %s: %w", program.pkg, err)
		}
	}
	return b, nil
}

// BuildWorker builds the worker once more, as another version: what its --version and its metrics say then.
func BuildWorker(output, version string) error {
	lab, err := folder()
	if err != nil {
		return err
	}
	build := exec.Command("go", "build", "-race", "-ldflags=-X github.com/carrierflow/carrierflow/internal/version.number="+version, "-o", output, "./worker")
	build.Dir, build.Stderr = filepath.Dir(lab), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the worker as version %s: %w", version, err)
	}
	return nil
}

// folder is the folder of the lab module.
func folder() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", fmt.Errorf("the sources of the lab cannot be found")
	}
	return filepath.Dir(filepath.Dir(file)), nil
}
