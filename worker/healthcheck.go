package main

import (
	"context"

	"github.com/carrierflow/carrierflow/internal/healthcheck"
)

// healthcheckCommand asks the worker that listens at the health address. It needs no other setting.
type healthcheckCommand struct {
	Path string `default:"/readyz" help:"What to ask for: /readyz, or /healthz."`
}

// ask returns an error when the worker does not answer that it is well.
func (c healthcheckCommand) ask(ctx context.Context, address string) error {
	return healthcheck.Ask(ctx, address, c.Path)
}
