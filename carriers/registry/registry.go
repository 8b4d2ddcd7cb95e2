// Package registry is the list of carriers. It is the only file outside a carrier's own folder that names one.
package registry

import (
	"slices"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/dish"
	"github.com/carrierflow/carrierflow/carriers/masmovil"
	"github.com/carrierflow/carrierflow/carriers/stn"
	"github.com/carrierflow/carrierflow/carriers/telnyx"
)

var adapters = []carriers.Adapter{
	dish.Adapter(),
	stn.Adapter(),
	masmovil.Adapter(),
	telnyx.Adapter(),
}

// Carriers lists every carrier.
func Carriers() []carriers.Adapter { return slices.Clone(adapters) }

// Carrier finds a carrier by its short name; ok is false if there is none.
func Carrier(name carriers.Carrier) (a carriers.Adapter, ok bool) {
	for _, a := range adapters {
		if a.Carrier == name {
			return a, true
		}
	}
	return carriers.Adapter{Carrier: name, Name: string(name)}, false
}

// Operations lists every operation of every carrier.
func Operations() (all []carriers.Operation) {
	for _, a := range adapters {
		all = append(all, a.Operations...)
	}
	return all
}

// Operation finds an operation by its type; ok is false if there is none.
func Operation(operation string) (o carriers.Operation, ok bool) {
	o, ok = operations[operation]
	return o, ok
}

var operations = byType()

func byType() map[string]carriers.Operation {
	found := map[string]carriers.Operation{}
	for _, o := range Operations() {
		found[o.Info().Type] = o
	}
	return found
}
