package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

// carrierEnv are the environment variables with which a worker serves the sandbox carriers in the compose file.
func carrierEnv() map[string]string {
	return sandboxes.Settings{}.WorkerEnv("http://sandbox:8088", "")
}

// composeEnv lists the worker's variables of the carriers, as lines of the compose file. A secret is in a file.
func composeEnv() string {
	env, secret := carrierEnv(), service.Variables()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if secret[name] {
			fmt.Fprintf(&b, "      %s_FILE: /run/secrets/%s\n", name, secretName(name))
		} else {
			fmt.Fprintf(&b, "      %s: %s\n", name, env[name])
		}
	}
	return b.String()
}

// composeSecrets lists the secrets of the carriers that the worker is given.
func composeSecrets() string { return eachSecret("      - %s\n") }

// composeFiles lists the files of these secrets.
func composeFiles() string {
	return eachSecret("  %[1]s: { file: \"${CARRIERFLOW_SECRETS:-./docs/compose/secrets}/%[1]s\" }\n")
}

func eachSecret(format string) string {
	secret := service.Variables()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(carrierEnv())) {
		if secret[name] {
			fmt.Fprintf(&b, format, secretName(name))
		}
	}
	return b.String()
}

// secretName is the name of the file in which the compose file has a secret: that of its variable, as files are written.
func secretName(variable string) string {
	return strings.ReplaceAll(strings.ToLower(variable), "_", "-")
}
