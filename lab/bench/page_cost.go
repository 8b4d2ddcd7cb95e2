package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

func (p *page) cost() error {
	m := p.measure("cost")
	p.write("## At Temporal: events, transitions, actions")
	p.write(`Measured one operation at a time, so these figures are exact and the same in every run. An action is what Temporal Cloud bills: the start of a
workflow, a signal, a timer, each attempt of an activity, a heartbeat, an update, an upsert of a search attribute. The local activities of one
workflow task are one action together and are counted apart. "Its line" is what the workflow of the operation's line adds; it is open while a
change has the turn.`)
	head := []string{"contestant", "events", "transitions", "actions", "of local activities", "history, bytes", "its line: events / transitions / actions", "first version: events / transitions / actions / bytes"}
	var rows [][]string
	for _, c := range m.contestants(metricEvents, caseOperation) {
		row := []string{c}
		for _, metric := range []string{metricEvents, metricTransitions, metricActions, metricLocal, metricBytes} {
			row = append(row, number(m.value(metric, caseOperation, c)))
		}
		line := "–"
		if events := m.value(metricEvents, caseLine, c); !math.IsNaN(events) {
			line = fmt.Sprintf("%s / %s / %s", number(events), number(m.value(metricTransitions, caseLine, c)), number(m.value(metricActions, caseLine, c)))
		}
		first := firstCost[c]
		if first == "" {
			first = "–"
		}
		rows = append(rows, append(row, line, first))
	}
	p.table(head, rows)
	if m == nil {
		return nil
	}
	p.write("A poll of ours is a retry of one activity: it adds no event. A poll of a timer loop adds eleven.")
	if err := p.eventsPlot(m); err != nil {
		return err
	}
	p.write("![Events in the history against the number of polls: the line of ours is flat](benchmarks/events.svg)")
	return nil
}

// eventsPlot shows events against polls.
func (p *page) eventsPlot(m *measured) error {
	var lines []line
	for _, name := range []string{namePolled, nameTimerPoll} {
		l := line{name: name}
		for _, c := range m.contestants(metricEvents, caseOperation) {
			if polls, ok := pollsOf(c, name); ok {
				l.x, l.y = append(l.x, polls), append(l.y, m.value(metricEvents, caseOperation, c))
			}
		}
		lines = append(lines, l)
	}
	return p.linePlot("events.svg", "Events in the history of one operation", "polls until it is decided", "events", lines)
}

// pollsOf reads the number of polls in a contestant's name.
func pollsOf(contestant, name string) (float64, bool) {
	rest, ok := strings.CutPrefix(contestant, name+", ")
	if !ok {
		return 0, false
	}
	first, _, _ := strings.Cut(rest, " ")
	polls, err := strconv.ParseFloat(first, 64)
	return polls, err == nil
}

func (p *page) throughput() error {
	m := p.measure("throughput")
	p.write("## Throughput")
	p.write("Operations that are in flight all the time: when one ends the next is started. The carrier decides 0.4 s (50 in flight) or 2.5 s (300 in flight) after its acknowledgement. Counted from the first start until 95 %% of all operations of a round have ended.")
	rows := [][]string{}
	for _, circumstances := range m.cases(metricThroughput) {
		for _, c := range m.contestants(metricThroughput, circumstances) {
			rows = append(rows, []string{
				circumstances, c, number(m.value(metricThroughput, circumstances, c)), ratioText(m.ratio(metricThroughput, circumstances, c, nameTextbook)),
				ratioText(m.ratio(metricThroughput, circumstances, c, nameEmpty)), againstTimerPoll(m, circumstances, c), first(metricThroughput, circumstances, c),
			})
		}
	}
	p.table([]string{"", "contestant", "a second", "÷ textbook", "÷ empty", "÷ timer-poll", "first version, ÷ textbook"}, rows)
	if m == nil {
		return nil
	}
	p.write("The first version had %s of `empty` without the confirming read, and %s of `timer-poll` at 5 polls.", firstAgainstEmpty, firstAgainstTimerPoll)
	for _, circumstances := range m.cases(metricThroughput) {
		if share := m.value(metricByCallback, circumstances, nameOurs); share < 1 {
			p.write("%s: %s of the operations of `%s` were decided by a callback, the others by their first check, which met the decision.",
				circumstances, percent(share), nameOurs)
		}
	}
	bars := []bar{}
	for _, c := range m.contestants(metricThroughput, load50.name) {
		if c != nameTextbook {
			bars = append(bars, bar{c, []float64{m.ratio(metricThroughput, load50.name, c, nameTextbook).Median, m.ratio(metricThroughput, load300.name, c, nameTextbook).Median}})
		}
	}
	if err := p.barPlot("throughput.svg", "Throughput ÷ textbook (1 is as fast)", "÷ textbook", []string{load50.name, load300.name}, bars); err != nil {
		return err
	}
	p.write("![Throughput of each contestant divided by that of textbook](benchmarks/throughput.svg)")
	return nil
}

// againstTimerPoll compares a polled contestant with the loop of a timer that makes as many polls.
func againstTimerPoll(m *measured, circumstances, c string) string {
	polls, ok := pollsOf(c, namePolled)
	if !ok {
		return "–"
	}
	return ratioText(m.ratio(metricThroughput, circumstances, c, polledName(nameTimerPoll, int(polls))))
}

func first(metric, circumstances, contestant string) string {
	if text := firstRatio[metric+circumstances+contestant]; text != "" {
		return text
	}
	return "–"
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

func (p *page) cpu() error {
	m := p.measure("throughput")
	if cpu := p.measure("cpu"); cpu != nil && (m == nil || cpu.Date.After(m.Date)) {
		m = cpu
	}
	p.write("## CPU and allocations of the worker")
	p.write("In the same rounds, for each operation, all that its worker process used. The server's CPU is beside it: where both run on one machine, that is what an operation takes most of.")
	metric, unit := metricCPU, "ms"
	if m != nil && len(m.values(metricInstructions, load50.name, nameTextbook)) > 0 {
		metric, unit = metricInstructions, "million instructions"
	}
	rows := [][]string{}
	for _, circumstances := range m.cases(metric) {
		for _, c := range m.contestants(metric, circumstances) {
			baseline := nameTextbook
			for _, name := range []string{namePolled, nameTimerPoll} {
				if polls, ok := pollsOf(c, name); ok {
					baseline = polledName(nameTimerPoll, int(polls))
				}
			}
			rows = append(rows, []string{
				circumstances, c, number(m.value(metric, circumstances, c)), ratioText(m.ratio(metric, circumstances, c, baseline)),
				number(m.value(metricAllocated, circumstances, c)), ratioText(m.ratio(metricAllocated, circumstances, c, baseline)),
				number(m.value(metricServerCPU, circumstances, c)), first(metricCPU, circumstances, c),
			})
		}
	}
	p.table([]string{"", "contestant", "CPU, " + unit, "÷ textbook", "allocated, KiB", "÷ textbook", "server CPU, ms", "first version, CPU ÷ textbook"}, rows)
	if slices.ContainsFunc(m.contestants(metric, load300.name), func(c string) bool { _, ok := pollsOf(c, namePolled); return ok }) {
		p.write("What is polled is divided by `timer-poll` with as many polls, because `textbook` has none.")
	}
	return nil
}
