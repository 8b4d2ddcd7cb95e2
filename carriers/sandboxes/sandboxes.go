// Package sandboxes puts the sandboxes of all carriers on one local server. Each carrier's sandbox is in the carrier's
// folder; internal/sandbox is the engine under them.
package sandboxes

import (
	"maps"
	"strings"

	"github.com/carrierflow/carrierflow/internal/sandbox"
)

// Config holds the settings of a sandbox of all carriers: those that the carriers share, and each carrier's own.
type Config struct {
	sandbox.Config `embed:""`
	Settings       `embed:""`
}

// Program are the settings of the command sandbox: where it listens, and how the sandbox is.
type Program struct {
	Address string `env:"SANDBOX_ADDRESS" default:"127.0.0.1:8088" help:"Where to listen."`
	Config  `embed:"" envprefix:"SANDBOX_"`
}

// New returns a sandbox of all carriers.
func New(cfg Config) *sandbox.Sandbox { return sandbox.New(cfg.Config, cfg.All()...) }

// WorkerEnv returns the environment variables with which a worker serves every carrier of a sandbox, by their names. base is the
// sandbox's URL. secret is what callbacks are signed with, as Standard Webhooks specifies it.
func (s Settings) WorkerEnv(base, secret string) map[string]string {
	env := map[string]string{}
	for _, c := range s.All() {
		maps.Copy(env, c.WorkerEnv(base))
		if c.Callback != nil {
			prefix := strings.ToUpper(string(c.Name)) + "_CALLBACK_"
			env[prefix+"AUTH"], env[prefix+"WEBHOOK_SECRETS"] = "standard-webhooks", secret
		}
	}
	return env
}
