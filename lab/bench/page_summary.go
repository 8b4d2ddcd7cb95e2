package main

import "fmt"

// summary is what most readers want to know.
func (p *page) summary() error {
	p.write("## In short")
	costs, throughput, latency, waiting := p.measure("cost"), p.measure("throughput"), p.measure("latency"), p.measure("waiting")
	ours := []string{nameNoConfirm, nameOurs}
	row := func(what, old string, of func(contestant string) string) []string {
		cells := []string{what}
		for _, c := range ours {
			cells = append(cells, of(c))
		}
		return append(cells, old)
	}
	many := "many in flight"
	for _, circumstances := range waiting.inFlightCases(metricToCarrier) {
		if inFlightOf(circumstances) > 0 {
			many = circumstances
		}
	}
	firstOf := func(metric, circumstances string) string {
		return first(metric, circumstances, nameNoConfirm) + "; " + first(metric, circumstances, nameOurs)
	}
	p.table([]string{"a callback decides", nameNoConfirm, nameOurs, "first version: no confirm; confirmed"}, [][]string{
		row("events / state transitions / actions, and of local activities", "16 / 13 / 5; 22 / 17 / 6", func(c string) string {
			return costText(costs, caseOperation, c)
		}),
		row("the same of its line's workflow", "no such workflow", func(c string) string { return costText(costs, caseLine, c) }),
		row("operations a second ÷ `textbook`, 50 in flight", firstOf(metricThroughput, load50.name), func(c string) string {
			return ratioText(throughput.ratio(metricThroughput, load50.name, c, nameTextbook))
		}),
		row("worker CPU of an operation ÷ `textbook`", firstOf(metricCPU, load50.name), func(c string) string {
			return ratioText(throughput.ratio(metricCPU, load50.name, c, nameTextbook))
		}),
		row("start to carrier, p50 ÷ `textbook`", firstOf(metricToCarrier, "p50"), func(c string) string {
			return ratioText(latency.ratio(metricToCarrier, "p50", c, nameTextbook))
		}),
		row("callback to closed, p50 ÷ `bare`", firstOf(metricToClosed, "p50"), func(c string) string {
			return ratioText(latency.ratio(metricToClosed, "p50", c, nameBare))
		}),
		row(fmt.Sprintf("start to carrier with %s, p50", many), firstWaitingCarrier, func(c string) string {
			return milliText(waiting.value(metricToCarrier, caseOf(many, "p50"), c))
		}),
		row(fmt.Sprintf("callback to closed with %s, p50", many), firstWaitingClosed, func(c string) string {
			return milliText(waiting.value(metricToClosed, caseOf(many, "p50"), c))
		}),
	})
	return nil
}

// costText are the figures that Temporal shows of an operation.
func costText(m *measured, circumstances, contestant string) string {
	if len(m.values(metricEvents, circumstances, contestant)) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s / %s / %s, %s", number(m.value(metricEvents, circumstances, contestant)), number(m.value(metricTransitions, circumstances, contestant)),
		number(m.value(metricActions, circumstances, contestant)), number(m.value(metricLocal, circumstances, contestant)))
}
