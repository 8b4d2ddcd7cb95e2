package service

import (
	"reflect"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/internal/transport"
)

// Variables are the environment variables of all settings of a worker, by name, and whether they hold secrets. What is written for
// containers is made from them, or compared with them.
func Variables() map[string]bool {
	var c Config
	parser, err := kong.New(&c, c.Flags()...)
	if err != nil {
		panic(err) // the worker could not start either
	}
	found := map[string]bool{}
	for _, flag := range parser.Model.Flags {
		of := flag.Target.Type()
		for _, name := range flag.Envs {
			found[name] = of == reflect.TypeFor[transport.Secret]() || of == reflect.TypeFor[[]transport.Secret]()
		}
	}
	return found
}
