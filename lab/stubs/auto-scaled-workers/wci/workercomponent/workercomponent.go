// Package workercomponent stands for the workflows with which the server starts and scales workers. The server of the lab has none.
package workercomponent

import "go.uber.org/fx"

// Module adds nothing to the server.
var Module = fx.Options()
