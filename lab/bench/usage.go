package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// usage is what a process has used since it was started.
type usage struct {
	cpu       time.Duration // of all its threads, user and system
	allocated float64       // bytes on the Go heap; NaN where the process does not tell
}

// ticksPerSecond is the unit of /proc/<pid>/stat, the same on every Linux.
const ticksPerSecond = 100

// cpuOf is the CPU time of a process and of its children. A process that has ended has used nothing.
func cpuOf(pid int) time.Duration {
	total := cpuOfOne(pid)
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range children {
		for _, child := range strings.Fields(readText(file)) {
			if id, err := strconv.Atoi(child); err == nil {
				total += cpuOf(id)
			}
		}
	}
	return total
}

func cpuOfOne(pid int) time.Duration {
	text := readText(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ok := strings.Cut(text, ") ") // the name before may contain spaces
	fields := strings.Fields(rest)
	if !ok || len(fields) < 15 {
		return 0
	}
	ticks := int64(0)
	for _, text := range fields[11:15] { // user and system, of the process and of its children that have ended
		n, _ := strconv.ParseInt(text, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// residentMiB is the memory of a process.
func residentMiB(pid int) float64 {
	kilobytes, err := strconv.ParseFloat(strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS", ":"), " kB"), 64)
	if err != nil {
		return math.NaN()
	}
	return kilobytes / 1024
}

// usageOf is what a worker has used.
func usageOf(pid int, metricsURL string) usage {
	u := usage{cpu: cpuOf(pid), allocated: math.NaN()}
	if values, err := stack.Metrics(context.Background(), metricsURL); err == nil {
		if bytes, ok := values["go_memstats_alloc_bytes_total"]; ok {
			u.allocated = bytes
		}
	}
	return u
}

// canCount reports whether this machine lets perf count the instructions of a process. Many virtual machines do not.
var canCount = sync.OnceValue(func() bool {
	out, err := exec.Command("perf", "stat", "-x,", "-e", "instructions:u", "true").CombinedOutput()
	return err == nil && !math.IsNaN(instructionsIn(out))
})

// counter counts the instructions of a process until it is stopped.
type counter struct {
	perf *exec.Cmd
	out  bytes.Buffer
}

// count begins to count; where it is not possible, the counter counts nothing.
func count(pid int) *counter {
	c := &counter{}
	if !canCount() {
		return c
	}
	c.perf = exec.Command("perf", "stat", "-x,", "-e", "instructions:u", "-p", strconv.Itoa(pid))
	c.perf.Stderr = &c.out
	if err := c.perf.Start(); err != nil {
		c.perf = nil
	}
	return c
}

// stop returns how many instructions the process has carried out; NaN where they could not be counted.
func (c *counter) stop() float64 {
	if c.perf == nil {
		return math.NaN()
	}
	_ = c.perf.Process.Signal(os.Interrupt)
	_ = c.perf.Wait() // it ends with an error because it was interrupted
	return instructionsIn(c.out.Bytes())
}

// instructionsIn reads the output of perf stat -x.
func instructionsIn(out []byte) float64 {
	for _, line := range strings.Split(string(out), "\n") {
		if fields := strings.Split(line, ","); len(fields) > 2 && strings.HasPrefix(fields[2], "instructions") {
			if n, err := strconv.ParseFloat(fields[0], 64); err == nil {
				return n
			}
		}
	}
	return math.NaN()
}
