package main

import (
	"fmt"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/sandbox"
	"github.com/carrierflow/carrierflow/lab/subject"
)

// kinds are all kinds of changes, in the order of the report. Every operation has its own line, whose last two digits
// choose a scenario of the sandbox.
var kinds = subject.Changes()

// played are the sandboxes of the carriers, in the order of the report.
var played = sandboxes.Settings{}.All()

// served are the carriers, in the same order.
var served = func() (names []carriers.Carrier) {
	for _, c := range played {
		names = append(names, c.Name)
	}
	return names
}()

// playing finds the sandbox of a carrier.
func playing(name carriers.Carrier) sandbox.Carrier {
	for _, c := range played {
		if c.Name == name {
			return c
		}
	}
	panic(fmt.Sprintf("there is no sandbox of %s", name))
}

// callingBack is a carrier that calls back.
func callingBack() sandbox.Carrier {
	for _, c := range played {
		if c.Callback != nil {
			return c
		}
	}
	panic("no carrier calls back")
}
