package webhook

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.yaml.in/yaml/v3"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/transport"
	"github.com/carrierflow/carrierflow/workflows"
)

// Endpoint is where webhooks are sent, and which.
type Endpoint struct {
	// Name is what histories, metrics and logs call it. A delivery that was begun looks its endpoint up by it.
	Name string `yaml:"name"`
	URL  string `yaml:"url"`
	// Secrets are keys, or "file:" and the path of a file with one. Every request has a signature with each.
	Secrets []transport.Secret `yaml:"secrets"`
	// Carriers, Operations and Events say which events it wants; all, where a list is left out.
	Carriers   []carriers.Carrier      `yaml:"carriers"`
	Operations []string                `yaml:"operations"`
	Events     []workflows.WebhookType `yaml:"events"`
	// Disabled tells that nothing is sent to it, also not what is under way.
	Disabled bool `yaml:"disabled"`

	signers []*standardwebhooks.Webhook
}

// wantsOf reports whether it wants any events of an operation type.
func (e Endpoint) wantsOf(operation string) bool {
	return !e.Disabled && (len(e.Carriers) == 0 || slices.Contains(e.Carriers, carriers.CarrierOf(operation))) &&
		(len(e.Operations) == 0 || slices.Contains(e.Operations, operation))
}

// wants reports whether it wants an event.
func (e Endpoint) wants(event workflows.WebhookEvent) bool {
	return e.wantsOf(event.Data.Operation) && (len(e.Events) == 0 || slices.Contains(e.Events, event.Type))
}

const (
	keyPrefix  = "whsec_"
	filePrefix = "file:"
	// minKey and maxKey are the lengths of a key that Standard Webhooks allows, in bytes.
	minKey, maxKey = 24, 64
)

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// parse reads the file's content. It returns every fault at once, each with its path in the file and without a secret.
func parse(text []byte, allowHTTP bool) (endpoints []Endpoint, faults []error) {
	var file struct {
		Endpoints []Endpoint `yaml:"endpoints"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text)) // JSON is YAML
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, readFaults(err)
	}
	if len(file.Endpoints) == 0 {
		return nil, []error{errors.New("endpoints: at least one is needed; leave the setting out to send no webhooks")}
	}
	names := map[string]bool{}
	for i := range file.Endpoints {
		e := &file.Endpoints[i]
		for _, fault := range e.check(allowHTTP) {
			faults = append(faults, fmt.Errorf("endpoints[%d].%w", i, fault))
		}
		if names[e.Name] {
			faults = append(faults, fmt.Errorf("endpoints[%d].name: %q is the name of another one, too", i, e.Name))
		}
		names[e.Name] = true
	}
	return file.Endpoints, faults
}

// readFaults are the faults of a file that is not of the form that is read. The library repeats values, which may be secrets.
func readFaults(err error) (faults []error) {
	wrong := &yaml.TypeError{}
	if !errors.As(err, &wrong) {
		return []error{errors.New("it is neither YAML nor JSON")}
	}
	for _, text := range wrong.Errors {
		if _, known, ok := strings.Cut(text, "not found in type"); ok && known != "" {
			at, name, _ := strings.Cut(text, ": field ")
			name, _, _ = strings.Cut(name, " not found")
			faults = append(faults, fmt.Errorf("%s: there is no field %q", at, name))
			continue
		}
		at, _, _ := strings.Cut(text, ":")
		faults = append(faults, fmt.Errorf("%s: the value is not of the form that docs/webhooks.md describes", at))
	}
	return faults
}

// check returns the faults of an endpoint, and reads its secrets.
func (e *Endpoint) check(allowHTTP bool) (faults []error) {
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(!validName.MatchString(e.Name), "name: must be of the letters a to z, digits and hyphens, at most 40")
	target, err := url.Parse(e.URL)
	switch {
	case err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http":
		fault(true, "url: must be a URL such as https://shop.example/hooks")
	case target.User != nil:
		fault(true, "url: must have no user and password; the signature says who sends it")
	case target.Scheme == "http":
		fault(!allowHTTP, "url: must begin with https; %s=true allows http", httpVariable)
	}
	fault(len(e.Secrets) == 0, "secrets: at least one is needed")
	for i, secret := range e.Secrets {
		signer, err := signerOf(string(secret))
		if fault(err != nil, "secrets[%d]: %v", i, err); err == nil {
			e.signers = append(e.signers, signer)
		}
	}
	for i, c := range e.Carriers {
		_, known := registry.Carrier(c)
		fault(!known, "carriers[%d]: there is no carrier %q", i, c)
	}
	for i, name := range e.Operations {
		o, known := registry.Operation(name)
		fault(!known, "operations[%d]: there is no operation type %q", i, name)
		fault(known && o.Info().Kind != carriers.KindChange, "operations[%d]: %s is a read, and reads send no webhooks", i, name)
	}
	for i, event := range e.Events {
		fault(!slices.Contains(workflows.WebhookTypes(), event), "events[%d]: there is no event type %q; there are %v", i, event, workflows.WebhookTypes())
	}
	return faults
}

// signerOf makes what signs with a secret. Its error does not repeat the secret.
func signerOf(secret string) (*standardwebhooks.Webhook, error) {
	if path, inFile := strings.CutPrefix(secret, filePrefix); inFile {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading the secret: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	encoded, ok := strings.CutPrefix(secret, keyPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("must be %s and the base64 of %d to %d bytes, or %s and the path of a file with that", keyPrefix, minKey, maxKey, filePrefix)
	}
	return standardwebhooks.NewWebhookRaw(key)
}
