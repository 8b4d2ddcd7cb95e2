package sandboxes

import (
	dish "github.com/carrierflow/carrierflow/carriers/dish/sandbox"
	masmovil "github.com/carrierflow/carrierflow/carriers/masmovil/sandbox"
	stn "github.com/carrierflow/carrierflow/carriers/stn/sandbox"
	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// Settings holds the settings of each carrier's sandbox.
type Settings struct {
	DISH     dish.Config     `embed:"" prefix:"dish-" envprefix:"DISH_"`
	STN      stn.Config      `embed:"" prefix:"stn-" envprefix:"STN_"`
	MasMovil masmovil.Config `embed:"" prefix:"masmovil-" envprefix:"MASMOVIL_"`
}

// All returns every carrier, new, for one sandbox.
func (s Settings) All() []sandbox.Carrier {
	return []sandbox.Carrier{
		dish.New(s.DISH),
		stn.New(s.STN),
		masmovil.New(s.MasMovil),
	}
}
