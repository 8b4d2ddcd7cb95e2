package settings

// Starter are the settings of the starter besides those of the connection to Temporal. They are variables only: its flags are about one
// operation.
func Starter() []Setting {
	return []Setting{
		{Name: "TEMPORAL_UI_URL", Default: "http://localhost:8233 when the address is local", Help: "where the Web UI is"},
		{Name: "CARRIERFLOW_LINE_KEY", Secret: true, Help: "secret for the search attribute LineKey; without it the attribute is left out"},
		{Name: "CARRIERFLOW_LINE_KEY_PREVIOUS", Secret: true, Help: "the secret before, after it was replaced; list --line then finds what was started with either"},
		{Name: "CARRIERFLOW_OPERATOR", Default: "your user name", Help: "the operator at this terminal"},
		{Name: "CARRIERFLOW_PATIENCE", Default: "5s", Help: "how long Temporal may take to answer one call"},
		{Name: "NO_COLOR", Help: "no colours, if it has any value"},
	}
}

// StarterSecrets are the variables of the starter that may be given as files; see [FromFiles].
func StarterSecrets() []string {
	names := []string{TemporalAPIKey}
	for _, s := range Starter() {
		if s.Secret {
			names = append(names, s.Name)
		}
	}
	return names
}
