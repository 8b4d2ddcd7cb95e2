package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/lab/cost"
)

// budgeted are the costs that have a budget, with the contestant that is measured for each. The end-to-end test TestCostOfAnOperation
// compares the same ones.
var budgeted = []struct{ budget, circumstances, contestant string }{
	{"callback, no confirm", caseOperation, nameNoConfirm},
	{"callback, confirmed", caseOperation, nameOurs},
	{"1 poll", caseOperation, polledName(namePolled, 1)},
	{"10 polls", caseOperation, polledName(namePolled, 10)},
	{"the line of an operation", caseLine, nameOurs},
}

// budgetedRatios are the ratios that have a budget, all of the rounds with 50 in flight.
var budgetedRatios = []cost.Ratio{
	{Metric: metricThroughput, Contestant: nameNoConfirm, Baseline: nameTextbook, AtLeast: true, Tolerance: 0.25},
	{Metric: metricThroughput, Contestant: nameOurs, Baseline: nameTextbook, AtLeast: true, Tolerance: 0.25},
	{Metric: metricCPU, Contestant: nameNoConfirm, Baseline: nameTextbook, Tolerance: 0.25},
	{Metric: metricCPU, Contestant: nameOurs, Baseline: nameTextbook, Tolerance: 0.25},
	{Metric: metricInstructions, Contestant: nameNoConfirm, Baseline: nameTextbook, Tolerance: 0.1},
	{Metric: metricInstructions, Contestant: nameOurs, Baseline: nameTextbook, Tolerance: 0.1},
	{Metric: metricAllocated, Contestant: nameNoConfirm, Baseline: nameTextbook, Tolerance: 0.15},
	{Metric: metricAllocated, Contestant: nameOurs, Baseline: nameTextbook, Tolerance: 0.15},
}

// budgetMeasures are measured for the budgets.
var budgetMeasures = []string{"cost", "cpu"}

// check measures what has a budget, and compares. Renewing writes what was measured as the new budgets instead.
func (r runCommand) check(ctx context.Context) error {
	budgets, err := cost.ReadBudgets(r.Budgets)
	if err != nil {
		return err
	}
	r.Measures, r.sizes.Polls = budgetMeasures, []int{1, 10}
	found := document{Measures: map[string]*measured{}}
	err = r.measure(ctx, func(one measure, m *measured) error {
		found.Measures[one.name] = m
		return nil
	})
	if err != nil {
		return err
	}
	if r.Renew {
		return renew(budgets, found, r.Budgets)
	}
	fmt.Println()
	if faults := compare(budgets, found); len(faults) > 0 {
		return fmt.Errorf("not within the budgets of %s: %w; when it is meant to be so, make bench-check ARGS=--renew writes new ones", r.Budgets, errors.Join(faults...))
	}
	fmt.Println("everything is within its budget")
	return nil
}

// compare returns what is not within its budget, and prints all of it.
func compare(budgets cost.Budgets, found document) (faults []error) {
	say := func(ok bool, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if !ok {
			faults = append(faults, errors.New(text))
		}
		fmt.Printf("  %-4s %s\n", map[bool]string{true: "ok", false: "NO"}[ok], text)
	}
	for _, one := range budgeted {
		measured, budget := costIn(found, one.circumstances, one.contestant), budgets.Exact[one.budget]
		say(measured == budget, "%s: %+v, the budget is %+v", one.budget, measured, budget)
	}
	for _, ratio := range budgets.Ratios {
		measured := found.Measures["cpu"].ratio(ratio.Metric, load50.name, ratio.Contestant, ratio.Baseline).Median
		if math.IsNaN(measured) {
			fmt.Printf("  –    %s of %s: not measured on this machine\n", ratio.Metric, ratio.Contestant)
			continue
		}
		bound := "at most"
		if ratio.AtLeast {
			bound = "at least"
		}
		say(ratio.Kept(measured), "%s of %s: %.2f of %s, %s %.2f", ratio.Metric, ratio.Contestant, measured, ratio.Baseline, bound, ratio.Bound())
	}
	return faults
}

// costIn is what was measured of a cost with a budget.
func costIn(found document, circumstances, contestant string) cost.Budget {
	value := func(metric string) int64 {
		if v := found.Measures["cost"].value(metric, circumstances, contestant); !math.IsNaN(v) {
			return int64(v)
		}
		return -1
	}
	return cost.Budget{
		Events: int(value(metricEvents)), Transitions: value(metricTransitions), Actions: int(value(metricActions)), LocalActivities: int(value(metricLocal)),
	}
}

// renew writes what was measured as budgets. A ratio that this machine cannot measure keeps its budget.
func renew(budgets cost.Budgets, found document, file string) error {
	budgets.Exact = map[string]cost.Budget{}
	for _, one := range budgeted {
		budgets.Exact[one.budget] = costIn(found, one.circumstances, one.contestant)
	}
	kept := budgets.Ratios
	budgets.Ratios = []cost.Ratio{}
	for _, ratio := range budgetedRatios {
		ratio.Case = load50.name
		ratio.Budget = math.Round(100*found.Measures["cpu"].ratio(ratio.Metric, load50.name, ratio.Contestant, ratio.Baseline).Median) / 100
		if math.IsNaN(ratio.Budget) {
			i := slices.IndexFunc(kept, func(k cost.Ratio) bool { return k.Metric == ratio.Metric && k.Contestant == ratio.Contestant })
			if i < 0 {
				continue
			}
			ratio = kept[i]
		}
		budgets.Ratios = append(budgets.Ratios, ratio)
	}
	text, err := json.MarshalIndent(budgets, "", " ")
	if err != nil {
		return err
	}
	fmt.Println("new budgets are in", file)
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// measureCPU runs the closed loops with 50 in flight of those that have a budget, and nothing else.
func measureCPU(ctx context.Context, b *bench, m *measured) (err error) {
	t, err := newTemporalContestants(ctx, b, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.closers.closeAll()) }()
	warm := load{load50.name, load50.inFlight, load50.after, time.Second}
	for _, c := range []*contestant{t.ours, t.textbook} {
		if _, err := c.closedLoop(ctx, warm.inFlight, warm.after, warm.during); err != nil {
			return err
		}
	}
	return b.closedLoops(ctx, m, load50, t.noConfirm, t.ours, t.textbook)
}
