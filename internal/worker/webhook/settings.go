// Package webhook delivers what happens to operations to the endpoints of callers who do not hold a Temporal client: signed HTTP
// requests by Standard Webhooks.
package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
)

// Settings say where webhooks are sent. The tags are kong's; the worker embeds them with the prefixes "webhooks-" and
// "CARRIERFLOW_WEBHOOKS_".
type Settings struct {
	File         string   `env:"FILE" placeholder:"PATH" help:"File with the endpoints that webhooks are sent to, YAML or JSON; docs/webhooks.md describes it. None is sent without it."`
	AllowPrivate []string `env:"ALLOW_PRIVATE" placeholder:"CIDR" help:"Networks, separated by commas, that webhooks may be sent to although they are private: 10.20.0.0/16. Loopback, link-local and private addresses are refused otherwise."`
	AllowHTTP    bool     `env:"ALLOW_HTTP" help:"Allow endpoints with http, whose requests anybody on the way can read."`
}

// Check names every fault of the settings and of the file at once.
func (s Settings) Check() error {
	_, err := s.Load()
	return err
}

// Load reads the file. Its error names every fault at once, and repeats no secret. Without a file there are no endpoints.
func (s Settings) Load() (*Webhooks, error) {
	var faults []error
	allowed := make([]netip.Prefix, 0, len(s.AllowPrivate))
	for _, text := range s.AllowPrivate {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %q is no network such as 10.20.0.0/16 or 127.0.0.1/32", privateVariable, text))
		}
		allowed = append(allowed, network)
	}
	var endpoints []Endpoint
	if s.File != "" {
		text, err := os.ReadFile(s.File)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: reading the endpoints of webhooks: %w", fileVariable, err))
		} else {
			var inFile []error
			endpoints, inFile = parse(text, s.AllowHTTP)
			for _, fault := range inFile {
				faults = append(faults, fmt.Errorf("%s: %s: %w", fileVariable, s.File, fault))
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &Webhooks{endpoints: endpoints, client: newClient(guard{allowed: allowed})}, nil
}
