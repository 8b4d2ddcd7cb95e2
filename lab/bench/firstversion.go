package main

// The figures of the first version of carrierflow (commit 14c421b, before the changes of one line took turns), measured with the same
// contestants on 2 busy cores. They are kept here, because that version can no longer be measured.

// firstCost are events, state transitions, actions and bytes of one operation.
var firstCost = map[string]string{
	nameNoConfirm:                  "16 / 13 / 5 / 3,161",
	nameOurs:                       "22 / 17 / 6 / 4,634",
	polledName(namePolled, 1):      "17 / 12 / 4 / 3,262",
	polledName(namePolled, 5):      "17 / 20 / 8 / –",
	polledName(namePolled, 20):     "17 / 50 / 23 / –",
	polledName(namePolled, 100):    "17 / 210 / 103 / 3,416",
	nameTextbook:                   "17 / 9 / 4 / 1,812",
	nameBare:                       "9 / 6 / 2 / 1,037",
	polledName(nameTimerPoll, 1):   "22 / 12 / 4 / 2,375",
	polledName(nameTimerPoll, 100): "1,111 / 606 / 202 / 110,745",
}

// firstRatio are ratios to textbook, by metric, case and contestant.
var firstRatio = map[string]string{
	metricThroughput + load50.name + nameNoConfirm:  "0.95 (0.65–1.38)",
	metricThroughput + load50.name + nameOurs:       "0.94 (0.77–1.63)",
	metricThroughput + load300.name + nameNoConfirm: "0.89 (0.83–0.99)",
	metricCPU + load50.name + nameNoConfirm:         "1.47 (1.37–1.72)",
	metricCPU + load50.name + nameOurs:              "1.77 (1.41–2.09)",
	metricCPU + load300.name + nameNoConfirm:        "1.59 (1.51–1.70)",

	metricToCarrier + "p50" + nameNoConfirm: "1.97 (1.54–2.19)",
	metricToCarrier + "p50" + nameOurs:      "2.16",
	metricToClosed + "p50" + nameNoConfirm:  "1.43 (0.84–1.52), to bare",
	metricToClosed + "p50" + nameOurs:       "4.85 (3.04–5.53), to bare",
}

// The other figures of the first version, each where its measure is shown.
const (
	firstAgainstEmpty     = "0.55 (0.32–1.05)"
	firstAgainstTimerPoll = "1.16 (1.14–1.27)"
	firstReceiver         = "0.97 (0.56–1.15)"
	firstMemory           = "66"
	firstIdle             = "37"
	firstReady            = "220"
	firstHelp             = "90"
	firstWaitingCarrier   = "43 s (worst 75 s)"
	firstWaitingClosed    = "38 s (worst 72 s)"
)
