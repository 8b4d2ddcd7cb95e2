package main

func (p *page) queues() error {
	m := p.measure("queues")
	p.write("## Outside Temporal: a job queue, and a table")
	p.write("The same operation on PostgreSQL: the same requests to the same sandbox, and the same callbacks or polls.")
	p.notes("queues")
	var rows [][]string
	for _, circumstances := range m.cases(metricThroughput) {
		ours := nameNoConfirm
		if circumstances != queuesCallback {
			ours = polledName(namePolled, 5)
		}
		for _, c := range m.contestants(metricThroughput, circumstances) {
			rows = append(rows, []string{
				circumstances, c, number(m.value(metricThroughput, circumstances, c)), ratioText(m.ratio(metricThroughput, circumstances, c, ours)),
				number(m.value(metricCPU, circumstances, c)), ratioText(m.ratio(metricCPU, circumstances, c, ours)), number(m.value(metricServerCPU, circumstances, c)),
			})
		}
	}
	p.table([]string{"", "contestant", "a second", "÷ ours", "worker CPU, ms", "÷ ours", "server CPU, ms"}, rows)
	rows = nil
	for _, metric := range []string{metricToCarrier, metricToClosed} {
		circumstances := caseOf(queuesLatency, "p50")
		for _, c := range m.contestants(metric, circumstances) {
			rows = append(rows, []string{
				metric, c, number(m.value(metric, circumstances, c)), ratioText(m.ratio(metric, circumstances, c, nameNoConfirm)),
				number(m.value(metric, caseOf(queuesLatency, "p95"), c)),
			})
		}
	}
	p.table([]string{"at " + queuesLatency, "contestant", "p50, ms", "p50 ÷ ours", "p95, ms"}, rows)
	if m == nil {
		return nil
	}
	p.write("### Who is faster, and what for")
	for _, kind := range []string{nameRiver, nameTable} {
		speed := m.ratio(metricThroughput, queuesCallback, kind, nameNoConfirm).Median
		if speed != speed { // it was left out
			continue
		}
		polled := m.ratio(metricThroughput, queuesPolls, polledName(kind, 5), polledName(namePolled, 5)).Median
		p.write("`%s` carries out %s times as many operations a second as ours when a callback decides, and %s times as many when five polls do. It takes %s of ours' worker CPU.",
			kind, number(speed), number(polled), percent(m.ratio(metricCPU, queuesCallback, kind, nameNoConfirm).Median))
	}
	p.write("So where only speed counts, and a few lines of SQL can do what is needed, a table or a job queue is the better choice. What they give up, as they are measured here, and what has to be built to get it:")
	p.table([]string{"", "ours", "river", "table"}, [][]string{
		{"a crash between sending and storing the answer", "the carrier is asked before anything is sent again", "the job runs again: sent twice", "the row is free again: sent twice"},
		{"an answer that was lost", "looked up, twice, before a second send", "sent again", "sent again"},
		{"a callback", "stored in the history of its operation before it is answered, with all earlier ones", "a job; nothing if it names nothing that waits", "an update of a row; the earlier state is gone"},
		{"a callback that is lost", "a check decides", "nobody notices", "nobody notices"},
		{"what has happened to an operation", "its whole history, in the Web UI, for as long as it is retained", "the last errors of each job", "the row as it is now"},
		{"its state for callers and operators", "a typed query, search attributes, a list of what needs attention", "to be built", "to be built"},
		{"timeouts and retries of each call", "of Temporal, with a schedule and a reason that people see", "of each job", "to be built"},
		{"changes of one line, one after the other", "yes, for as long as the change takes", "no; a unique job only prevents a second one", "no"},
		{"approve, resolve, cancel, extend by an operator", "updates, validated and recorded", "to be built", "to be built"},
		{"done means in effect", "confirmed by a read", "to be built", "to be built"},
		{"a new version of the code while operations wait", "old histories are replayed by a test", "old jobs have to be read", "old rows have to be read"},
	})
	return nil
}

func (p *page) memory() error {
	m := p.measure("memory")
	p.write("## Memory of operations that wait")
	p.notes("memory")
	var rows [][]string
	for _, circumstances := range m.cases(metricPerWaiting) {
		for _, c := range m.contestants(metricPerWaiting, circumstances) {
			old, oldIdle := "–", "–"
			if isOurs(c) {
				old, oldIdle = firstMemory, firstIdle
			}
			rows = append(rows, []string{
				c, number(m.value(metricMemory, inFlightCase(0), c)), circumstances, number(m.value(metricMemory, circumstances, c)),
				number(m.value(metricPerWaiting, circumstances, c)), number(m.value(metricGoroutines, circumstances, c)),
				number(m.value(metricWaitingCPU, circumstances, c)), oldIdle, old,
			})
		}
	}
	p.table([]string{"contestant", "idle, MiB", "", "MiB", "KiB each", "goroutines", "CPU while they wait, ms/s", "first version: idle, MiB", "first version: KiB each"}, rows)
	if m == nil {
		return nil
	}
	p.write(`A worker keeps at most 10,000 workflows in memory (the SDK's sticky cache, when nothing else is set), and rebuilds the others from their histories when something happens to
them. So what more than 10,000 take is bounded. These figures for larger numbers are computed from "KiB each", not measured:`)
	rows = nil
	largest := 0
	for _, circumstances := range m.cases(metricPerWaiting) {
		largest = max(largest, inFlightOf(circumstances))
	}
	for _, n := range []int{10_000, 100_000} {
		for _, c := range m.contestants(metricPerWaiting, inFlightCase(largest)) {
			if len(m.values(metricPerWaiting, inFlightCase(n), c)) > 0 {
				continue // measured
			}
			each := m.value(metricPerWaiting, inFlightCase(largest), c)
			rows = append(rows, []string{thousands(int64(n)), c, number(m.value(metricMemory, inFlightCase(0), c) + each*float64(min(n, stickyCache))/1024)})
		}
	}
	p.table([]string{"in flight", "contestant", "MiB, computed"}, rows)
	return nil
}

// stickyCache is how many workflows the SDK keeps in memory when nothing else is set.
const stickyCache = 10_000

func (p *page) recovery() error {
	m := p.measure("recovery")
	p.write("## After kill -9, and at the start")
	p.notes("recovery")
	var rows [][]string
	for _, one := range []struct{ metric, baseline string }{{metricCallbackAfterKill, nameTextbook}, {metricCheckAfterKill, nameTimerPoll}} {
		for _, c := range m.contestants(one.metric, "") {
			rows = append(rows, []string{one.metric, c, spreadText(m.values(one.metric, "", c)), ratioText(m.ratio(one.metric, "", c, one.baseline)), "–"})
		}
	}
	s := p.measure("startup")
	for _, one := range []struct{ metric, circumstances, first string }{{metricReady, "worker", firstReady}, {metricHelp, "starter", firstHelp}} {
		for _, c := range s.contestants(one.metric, one.circumstances) {
			old := "–"
			if isOurs(c) {
				old = one.first
			}
			rows = append(rows, []string{
				one.circumstances + ": " + one.metric, c, spreadText(s.values(one.metric, one.circumstances, c)),
				ratioText(s.ratio(one.metric, one.circumstances, c, nameTextbook)), old,
			})
		}
	}
	p.table([]string{"", "contestant", "ms", "÷ textbook or timer-poll", "first version, ms"}, rows)
	if m != nil {
		p.write("The five seconds after a kill are those for which Temporal keeps a workflow's tasks for the worker that had it before. A poll needs no workflow task, so it does not wait for them.")
	}
	return nil
}
