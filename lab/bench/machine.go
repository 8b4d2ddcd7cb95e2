package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// machine is where a measure was run. Absolute figures mean nothing without it.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory string `json:"memory"`
	OS     string `json:"os"`
	Go     string `json:"go"`
	// Load is the load average of a minute at the beginning: what else ran.
	Load string `json:"load"`
	// Instructions tells whether instructions could be counted; else CPU is seconds of /proc.
	Instructions bool `json:"instructions"`
}

func thisMachine() machine {
	load, _, _ := strings.Cut(readText("/proc/loadavg"), " ")
	return machine{
		CPU: field("/proc/cpuinfo", "model name", ":"), Cores: runtime.NumCPU(), Memory: memory(),
		OS: strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`), Go: runtime.Version(), Load: load, Instructions: canCount(),
	}
}

func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s, %s, %s, load %s", m.CPU, m.Cores, m.Memory, m.OS, m.Go, m.Load)
}

// memory is the machine's memory in GiB.
func memory() string {
	kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(field("/proc/meminfo", "MemTotal", ":"), " kB"), 64)
	if err != nil {
		return "unknown memory"
	}
	return fmt.Sprintf("%.0f GiB", kilobytes/(1<<20))
}

// field is the value of the first line of a file that begins with a name; "unknown" if there is none.
func field(file, name, separator string) string {
	for lines := bufio.NewScanner(strings.NewReader(readText(file))); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), separator); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// readText reads a small file; it is empty where there is none.
func readText(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(text)
}

// commit is the commit of the working tree that a folder is in, with a mark when something in it has been changed; what this program
// writes does not count.
func commit(dir string) string {
	git := func(args ...string) (string, error) {
		out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	short, err := git("rev-parse", "--short=7", "HEAD")
	if err != nil {
		return "unknown"
	}
	if changed, err := git("status", "--porcelain", "--untracked-files=no", "--", ":(top)", ":(top,exclude)docs/benchmarks*"); err != nil || changed != "" {
		short += ", with changes"
	}
	return short
}
