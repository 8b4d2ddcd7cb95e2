package webhook

// The names of the settings in messages.
const (
	fileVariable    = "CARRIERFLOW_WEBHOOKS_FILE"
	privateVariable = "CARRIERFLOW_WEBHOOKS_ALLOW_PRIVATE"
	httpVariable    = "CARRIERFLOW_WEBHOOKS_ALLOW_HTTP"
)
