package main

import (
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
)

// judge says what is wrong with an operation, by its outcome and the ledger of its carrier; empty if nothing is. Nothing is wrong with an
// ordinary line, so every operation has to be completed and in effect.
func judge(op *operation) (lost, twice string) {
	switch {
	case op.at.Times > 1:
		twice = fmt.Sprintf("recorded %d times", op.at.Times)
	case op.at.Again > 0:
		twice = fmt.Sprintf("sent %d times more after it had been recorded", op.at.Again)
	}
	switch {
	case !op.ended:
		lost = "it has no outcome"
	case op.failure != "":
		lost = fmt.Sprintf("it failed as %s", op.failure)
	case op.at.Times == 0:
		lost = "it is completed, but the carrier has not recorded it"
	case op.effect != carriers.Shown:
		lost = fmt.Sprintf("it is completed, but the effect is %q", op.effect)
	case op.at.InEffectAt.IsZero() || op.at.InEffectAt.After(op.endedAt()):
		lost = "it is completed, but was not in effect then"
	}
	return lost, twice
}
