package main

import (
	"maps"
	"math"
	"slices"
)

func (p *page) latency() error {
	m := p.measure("latency")
	p.write("## Latency at half load")
	p.write(`Operations are started at the same rate for all contestants. "Start to carrier" is from the call that starts the operation to the arrival of the
request at the carrier. "Callback to closed" is from the carrier's decision, after which it sends its callback, to the last event of the operation;
` + "`bare`" + ` is signalled without a carrier and without a receiver.`)
	p.notes("latency")
	var rows [][]string
	for _, metric := range []string{metricToCarrier, metricToClosed} {
		baseline, firstOf := nameTextbook, "p50"
		if metric == metricToClosed {
			baseline = nameBare
		}
		for _, c := range m.contestants(metric, "p50") {
			row := []string{metric, c}
			for _, share := range latencyShares {
				row = append(row, number(m.value(metric, share.name, c)))
			}
			rows = append(rows, append(row, ratioText(m.ratio(metric, "p50", c, baseline)), ratioText(m.ratio(metric, "p95", c, baseline)),
				ratioText(m.ratio(metric, "p50", c, nameTextbook)), first(metric, firstOf, c)))
		}
	}
	p.table([]string{"", "contestant", "p50, ms", "p95, ms", "p99, ms", "p50 ÷ baseline", "p95 ÷ baseline", "p50 ÷ textbook", "first version, p50"}, rows)
	if m == nil {
		return nil
	}
	p.write("The baseline of \"start to carrier\" is `textbook`, that of \"callback to closed\" is `bare`.")
	shares := []string{}
	for _, s := range latencyShares {
		shares = append(shares, s.name)
	}
	for file, metric := range map[string]string{"latency-start.svg": metricToCarrier, "latency-callback.svg": metricToClosed} {
		var bars []bar
		for _, c := range m.contestants(metric, "p50") {
			b := bar{name: c}
			for _, s := range latencyShares {
				b.values = append(b.values, m.value(metric, s.name, c))
			}
			bars = append(bars, b)
		}
		if err := p.barPlot(file, metric+", ms", "ms", shares, bars); err != nil {
			return err
		}
	}
	p.write("![From start to carrier: p50, p95 and p99 of each contestant](benchmarks/latency-start.svg)")
	p.write("![From callback to closed: p50, p95 and p99 of each contestant](benchmarks/latency-callback.svg)")
	return nil
}

func (p *page) receiver() error {
	m := p.measure("receiver")
	p.write("## The callback receiver")
	p.write(`Callbacks that are not final, each different, sent 16 at a time. Ours checks a signature, reads, and has Temporal store a signal before it answers. The
baseline is a handler of ` + "`net/http`" + ` that decodes the body and signals. Both signal workflows on the same server that nobody works on.`)
	const baseline = "net/http and one signal"
	var rows [][]string
	for _, c := range m.contestants(metricRequests, "") {
		old := "–"
		if isOurs(c) {
			old = firstReceiver
		}
		rows = append(rows, []string{
			c, number(m.value(metricRequests, "", c)), ratioText(m.ratio(metricRequests, "", c, baseline)),
			number(m.value(metricAnswer, "p50", c)), number(m.value(metricAnswer, "p99", c)), ratioText(m.ratio(metricAnswer, "p99", c, baseline)),
			ratioText(m.ratio(metricCPU, "", c, baseline)), old,
		})
	}
	p.table([]string{"receiver", "callbacks a second", "÷ baseline", "answer p50, ms", "answer p99, ms", "p99 ÷ baseline", "CPU ÷ baseline", "first version, ÷ baseline"}, rows)
	return nil
}

func (p *page) waiting() error {
	m := p.measure("waiting")
	p.write("## A fresh operation while many wait")
	p.write("At the rate limits and timings that are the default (20 requests a second and carrier), half of those that wait at a carrier that calls back, half at one that has to be asked. One fresh operation a second, in turn with and without the confirming read, is decided two seconds after its acknowledgement.")
	var rows [][]string
	for _, metric := range []string{metricToCarrier, metricToClosed} {
		old := map[string]string{metricToCarrier: firstWaitingCarrier, metricToClosed: firstWaitingClosed}[metric]
		for _, circumstances := range m.inFlightCases(metric) {
			for _, c := range m.contestants(metric, caseOf(circumstances, "p50")) {
				row := []string{metric, circumstances, c}
				for _, s := range latencyShares[:2] {
					row = append(row, milliText(m.value(metric, caseOf(circumstances, s.name), c)))
				}
				before := "0.04 s"
				if circumstances != inFlightCase(0) {
					before = old
				}
				rows = append(rows, append(row, before))
			}
		}
	}
	p.table([]string{"", "", "contestant", "p50", "p95", "first version, p50"}, rows)
	return nil
}

// inFlightCases are the numbers in flight at which a latency was measured.
func (m *measured) inFlightCases(metric string) (found []string) {
	for _, circumstances := range m.cases(metric) {
		const suffix = ", p50"
		if n := len(circumstances) - len(suffix); n > 0 && circumstances[n:] == suffix {
			found = append(found, circumstances[:n])
		}
	}
	return found
}

func milliText(ms float64) string {
	switch {
	case math.IsNaN(ms):
		return "–"
	case ms >= 1000:
		return number(ms/1000) + " s"
	}
	return number(math.Round(ms)) + " ms"
}

func (p *page) sweep() error {
	m := p.measure("sweep")
	p.write("## The wait at a carrier that has to be asked")
	p.write("At a carrier that answers %d requests a second and does not call back. Some of those that wait are decided at a steady rate. A request is anything that the carrier answers: polls, confirming reads, pages of its list. ", carrierLimit)
	p.notes("sweep")
	var rows [][]string
	costs, times := map[string]*line{}, map[string]*line{}
	for _, circumstances := range m.cases(metricRequestsPerDecided) {
		for _, c := range m.contestants(metricRequestsPerDecided, circumstances) {
			requests := m.value(metricRequestsPerDecided, circumstances, c)
			rows = append(rows, []string{
				circumstances, c, number(requests), number(m.value(metricPages, circumstances, c)), number(m.value(metricRequestsAll, circumstances, c)), number(m.value(metricRefused, circumstances, c)),
				secondsText(m.value(metricDecidedToClosed, caseOf(circumstances, "p50"), c)), secondsText(m.value(metricDecidedToClosed, caseOf(circumstances, "p95"), c)),
				secondsText(m.value(metricSending, circumstances, c)), number(m.value(metricMemory, circumstances, c)),
			})
			n := float64(inFlightOf(circumstances))
			all, pages := m.value(metricRequestsAll, circumstances, c), m.value(metricPages, circumstances, c)
			point(costs, c, n, requests*all/(all-pages))
			point(times, c, n, m.value(metricDecidedToClosed, caseOf(circumstances, "p95"), c))
		}
	}
	p.table([]string{"", "", "requests for each decided, without pages", "pages", "all requests", "above the limit", "decided to closed, p50", "p95", "until all were sent", "worker memory, MiB"}, rows)
	if len(costs) == 0 {
		return nil
	}
	for _, one := range []struct {
		file, title, y string
		lines          map[string]*line
	}{
		{"waiting-requests.svg", "Requests for each operation that is decided, pages included", "requests", costs},
		{"waiting-time.svg", "From the carrier's decision to the end of the operation, p95", "seconds", times},
	} {
		var lines []line
		var bars []bar
		for _, name := range slices.Sorted(maps.Keys(one.lines)) {
			lines = append(lines, *one.lines[name])
			bars = append(bars, bar{name, one.lines[name].y[:1]})
		}
		draw := func() error { return p.linePlot(one.file, one.title, "operations in flight", one.y, lines) }
		if cases := m.cases(metricRequestsPerDecided); len(cases) == 1 { // a point is no line
			draw = func() error { return p.barPlot(one.file, one.title, one.y, cases, bars) }
		}
		if err := draw(); err != nil {
			return err
		}
	}
	p.write("![Requests for each operation that is decided, against the number in flight](benchmarks/waiting-requests.svg)")
	p.write("![From the carrier's decision to the end of the operation, against the number in flight](benchmarks/waiting-time.svg)")
	return nil
}

// point adds a point to a contestant's line.
func point(lines map[string]*line, name string, x, y float64) {
	if lines[name] == nil {
		lines[name] = &line{name: name}
	}
	lines[name].x, lines[name].y = append(lines[name].x, x), append(lines[name].y, y)
}

func secondsText(s float64) string {
	if math.IsNaN(s) {
		return "–"
	}
	return number(s) + " s"
}

func withoutCommas(text string) string {
	kept := []rune{}
	for _, r := range text {
		if r != ',' {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
