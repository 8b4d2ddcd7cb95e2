package plans_test

import (
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

// A plan made in Go: suspend a line, and resume it once somebody has confirmed that. The number stands in one place.
func Example() {
	suspend, resume := plans.RequestOf(stn.Suspend{}), plans.RequestOf(stn.Resume{})
	suspend.From = map[string]string{"phoneNumber": "values.number"}
	resume.From = suspend.From
	p := plans.Plan{
		Reference: "order-81",
		Values:    carriers.Object(`{"number":"0612008100"}`),
		Steps: []plans.Step{
			{Name: "suspend", Call: suspend, Undo: &plans.Undo{Kind: plans.UndoBy, Call: resume}},
			{Name: "resume", Call: resume, Undo: &plans.Undo{Kind: plans.UndoBy, Call: suspend}, RequiresConfirmation: true},
		},
	}
	fmt.Println(plans.Validate(p))

	p.Steps[1].From = map[string]string{"phoneNumber": "values.nummer"}
	p.Steps[1].Undo = nil
	for _, fault := range plans.Validate(p) {
		fmt.Println(fault)
	}
	// Output:
	// []
	// steps[1].from.phoneNumber: the plan has no values.nummer
	// steps[1].undo: is required for a change: an operation, "nothing" or "cannot"
}
