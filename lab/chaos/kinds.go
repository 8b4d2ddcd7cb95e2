package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/activities"
	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows"
)

// kind is one kind of change. Every operation has a line of its own, whose last two digits tell the sandbox how to play
// it; kinds with the same codes draw from one deck of them.
type kind struct {
	carrier carriers.Carrier
	codes   *[]int
	line    func(number, code int) string
	input   func(line string, common workflows.Operation) workflows.Input
	// unreferenced changes carry no reference at the carrier: only their effect tells whether one has arrived.
	unreferenced bool
}

// The codes that are played at each kind; see internal/sandbox. Left out are those that say nothing there, a review that
// nobody ends, and a missing or late effect where only the effect tells whether a request has arrived: then the carrier
// really cannot be asked.
var (
	callbackCodes = []int{51, 52, 53, 54, 55, 56, 57, 58}
	refusedCodes  = []int{70, 71, 73, 74, 77, 88}
	wireCodes     = []int{75, 76, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 89}

	dishCodes      = slices.Concat(callbackCodes, []int{50, 59, 61, 62, 63, 69}, refusedCodes, wireCodes)
	billCycleCodes = slices.Concat([]int{69}, refusedCodes, wireCodes)
	stnCodes       = slices.Concat([]int{50, 57, 59, 60, 61, 62, 63, 69}, refusedCodes, wireCodes)
	masmovilCodes  = slices.Concat([]int{57, 62, 64, 65, 67}, refusedCodes, wireCodes)
)

// kinds are all kinds of changes, in the order of the report.
var kinds = []kind{
	{
		carrier: carriers.DISH, codes: &dishCodes, line: digits("8901", 13), // an ICCID of 19 digits; the next kind's has 20
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.DishActivateSubscription{Operation: common}
			in.Activation = dish.Activation{
				SubscriberID: "S-" + line, WholesalePlanID: "P-1", Location: carriers.Object(`{"zip":"80202"}`), ICCID: line,
			}
			return in
		},
	},
	{
		carrier: carriers.DISH, codes: &dishCodes, line: digits("8902", 14),
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.DishUpdateSubscriptionStatus{Operation: common}
			in.StatusUpdate = dish.StatusUpdate{ICCID: line, Action: "Suspend"}
			return in
		},
	},
	{
		carrier: carriers.DISH, codes: &billCycleCodes, line: digits("1555", 6), unreferenced: true,
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.DishUpdateBillCycle{Operation: common}
			// Neither the day a line begins with nor the one it would begin with tomorrow.
			day := (dish.DefaultBillCycleStartDay(time.Now())+9)%28 + 1
			in.BillCycle = dish.BillCycle{GPSI: line, BillCycleFrequency: "MONTHLY", BillCycleStartDay: day}
			return in
		},
	},
	{
		carrier: carriers.STN, codes: &stnCodes, line: digits("SUB-", 7),
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.STNSetServices{Operation: common}
			// The sandbox leaves out the first of the two where it ignores a service.
			in.SetServices = stn.SetServices{SubscriptionID: line, Services: map[string]any{"blockData": true, "voiceMail": false}}
			return in
		},
	},
	{
		carrier: carriers.MasMovil, codes: &masmovilCodes, line: digits("71", 7), unreferenced: true,
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.MasMovilAddDevice{Operation: common}
			in.MasMovilNewDevice = activities.MasMovilNewDevice{
				Line: masmovilLine(line),
				NewDevice: masmovil.NewDevice{
					Sell: carriers.Object(`{}`), Client: carriers.Object(`{}`), Device: carriers.Object(`{}`), SubscriptionOfferSegment: "RES",
				},
			}
			return in
		},
	},
	{
		carrier: carriers.MasMovil, codes: &masmovilCodes, line: digits("72", 7), unreferenced: true,
		input: func(line string, common workflows.Operation) workflows.Input {
			in := workflows.MasMovilReplaceSIM{Operation: common}
			logistic := false
			in.MasMovilSIMReplacement = activities.MasMovilSIMReplacement{
				Line:           masmovilLine(line),
				SIMReplacement: masmovil.SIMReplacement{DealerID: "D-1", Logistic: &logistic, NewICC: "89340399" + line},
			}
			return in
		},
	},
}

// operationType is the workflow type of a kind.
func (k kind) operationType() string { return k.input(k.line(0, 0), workflows.Operation{}).Type() }

// digits makes lines of a prefix, a number and the code.
func digits(prefix string, width int) func(number, code int) string {
	return func(number, code int) string { return fmt.Sprintf("%s%0*d%02d", prefix, width, number, code) }
}

func masmovilLine(line string) masmovil.Line {
	id, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		panic(err) // our own digits
	}
	return masmovil.Line{OrgID: "yoigo", SubscriptionID: id}
}
