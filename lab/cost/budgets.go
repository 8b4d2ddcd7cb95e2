package cost

import (
	"encoding/json"
	"fmt"
	"os"
)

// Budgets are what may not be exceeded.
type Budgets struct {
	// Exact are the costs of an operation, by what decides it; see the test that compares them.
	Exact map[string]Budget `json:"exact"`
	// Most are bounds, where a race decides between two ways.
	Most map[string]Budget `json:"most"`
	// Ratios are those of a measure under load, with a tolerance, because they differ from run to run.
	Ratios []Ratio `json:"ratios"`
}

// Budget is what one operation costs, exactly.
type Budget struct {
	Events          int   `json:"events"`
	Transitions     int64 `json:"transitions,omitempty"`
	Actions         int   `json:"actions,omitempty"`
	LocalActivities int   `json:"localActivities,omitempty"`
}

// Ratio is a bound for a figure of one contestant divided by another's.
type Ratio struct {
	Metric     string `json:"metric"`
	Case       string `json:"case"`
	Contestant string `json:"contestant"`
	Baseline   string `json:"baseline"`
	// Budget is the ratio as it was measured last. AtLeast tells that more is better; else less is.
	Budget  float64 `json:"budget"`
	AtLeast bool    `json:"atLeast,omitempty"`
	// Tolerance is the share by which it may be missed.
	Tolerance float64 `json:"tolerance"`
}

// Bound is the least or the most that is accepted.
func (r Ratio) Bound() float64 {
	if r.AtLeast {
		return r.Budget * (1 - r.Tolerance)
	}
	return r.Budget * (1 + r.Tolerance)
}

// Kept reports whether a measured ratio is within the budget.
func (r Ratio) Kept(measured float64) bool {
	if r.AtLeast {
		return measured >= r.Bound()
	}
	return measured <= r.Bound()
}

// Budget is the part of a cost that has a budget.
func (c Cost) Budget() Budget { return Budget{c.Events, c.Transitions, c.Actions, c.LocalActivities} }

// ReadBudgets reads the committed budgets.
func ReadBudgets(file string) (Budgets, error) {
	var b Budgets
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return b, fmt.Errorf("reading the budgets: %w", err)
	}
	return b, nil
}
