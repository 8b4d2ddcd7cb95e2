// Package sandboxes puts the sandboxes of all carriers on one local server. Each carrier's sandbox is in the carrier's
// folder; internal/sandbox is the engine under them.
package sandboxes

import "github.com/carrierflow/carrierflow/internal/sandbox"

// Config holds the settings of a sandbox of all carriers: those that the carriers share, and each carrier's own.
type Config struct {
	sandbox.Config `embed:""`
	Settings       `embed:""`
}

// New returns a sandbox of all carriers.
func New(cfg Config) *sandbox.Sandbox { return sandbox.New(cfg.Config, cfg.All()...) }
