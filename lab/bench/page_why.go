package main

// why says where ours costs more than the simplest workflow, and what for.
func (p *page) why() error {
	throughput, latency := p.measure("throughput"), p.measure("latency")
	p.write("## Where it costs more, and what for")
	at50 := func(metric, contestant string) string {
		return ratioText(throughput.ratio(metric, load50.name, contestant, nameTextbook))
	}
	p.write("- **The order of a line.** The workflow of the line is a second workflow, with 4 transitions. With it ours does %s of `textbook`'s operations a second "+
		"at 50 in flight, and without it (`CARRIERFLOW_NO_LINE_ORDER`) %s; of worker CPU an operation takes %s and %s. The line sleeps until its turn is given "+
		"back; awake from the start it had 11 events and 6 transitions. To terminate it instead would spare its only workflow task, but could lose somebody "+
		"who asks at that moment, and every line would look like an accident in the Web UI.",
		at50(metricThroughput, nameNoConfirm), at50(metricThroughput, nameNoOrder), at50(metricCPU, nameNoConfirm), at50(metricCPU, nameNoOrder))
	p.write("- **Start to carrier** is %s of `textbook`. Its activity is in the queue of its workflow, so that its worker starts it without asking the server. Ours is in "+
		"the queue of its carrier, because a rate limit and an outage of one carrier must not delay another, and takes the line's turn before it sends. "+
		"To store the intent before sending, and to take the turn in the workflow, was measured before: both took longer.",
		ratioText(latency.ratio(metricToCarrier, "p50", nameNoConfirm, nameTextbook)))
	p.write("- **Polls.** A poll is one attempt of an activity, which is two transitions: at 5 polls ours does %s of the operations of `timer-poll` a second. The history "+
		"stays flat, the work does not. What helps is fewer polls: callbacks, and the [sweep](scaling.md#the-sweep).",
		ratioText(throughput.ratio(metricThroughput, load300.name, polledName(namePolled, 5), polledName(nameTimerPoll, 5))))
	p.write("- **Where the worker's CPU goes.** A CPU profile of ours at half load (2026-11-26, 12 s, 1.9 s of CPU): calls to Temporal 29 %%, of which 8 are the compression of " +
		"requests, which the SDK turns on; reading and writing their HTTP/2 connection another 12 %%; the code of workflows 8 %%; submits and checks with their calls to the " +
		"carrier 10 %%; the callback receiver with its signal 5 %%; collecting garbage 5 %%. No function of ours stands out: what costs is the number of calls, and the line's " +
		"workflow adds its own.")
	p.write("- **What a sweep tells** is confirmed with one request where the line shows the change, and with the record as well where it does not. " +
		"So a decided operation costs one request, its part of the pages, and its part of the polls that are the safety net.")
	return nil
}
