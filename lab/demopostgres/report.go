package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// report is what happened.
type report struct {
	operations []*operation
	workers    [2]string // their identities; the first was killed
	took       time.Duration
}

// counts are the numbers of a report.
type counts struct {
	done, lost, twice int
	steps             [2]int // of the workers
}

func (r report) count() (c counts) {
	for _, op := range r.operations {
		lost, twice := judge(op)
		if lost != "" {
			c.lost++
		}
		if twice != "" {
			c.twice++
		}
		if lost == "" && twice == "" {
			c.done++
		}
		for _, by := range op.by() {
			for i, worker := range r.workers {
				if strings.HasPrefix(by, worker) {
					c.steps[i]++
				}
			}
		}
	}
	return c
}

// kept reports whether nothing was lost and nothing sent twice.
func (r report) kept() bool {
	c := r.count()
	return c.lost == 0 && c.twice == 0
}

// print writes the report for people.
func (r report) print(out io.Writer) {
	c := r.count()
	fmt.Fprintf(out, "\n%d operations in %s: %d completed, in effect and sent once; %d lost; %d sent twice\n",
		len(r.operations), r.took.Round(time.Second), c.done, c.lost, c.twice)
	fmt.Fprintf(out, "The worker that was killed did %d steps, the other one %d.\n", c.steps[0], c.steps[1])
	for _, op := range r.operations {
		lost, twice := judge(op)
		for _, line := range []struct{ word, why string }{{"LOST", lost}, {"SENT TWICE", twice}} {
			if line.why != "" {
				fmt.Fprintf(out, "%s %s: %s\n", line.word, op.workflowID(), line.why)
			}
		}
	}
}
