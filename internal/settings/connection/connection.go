// Package connection has the settings of the connection to Temporal. They are those of the temporal CLI, read by Temporal's own package. It
// is a package of its own so that a program without Temporal need not contain its client.
package connection

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/temporalerr"
)

// The variables of the connection to Temporal that are shown. There are more; they are those of the temporal CLI.
const (
	addressVariable     = "TEMPORAL_ADDRESS"
	namespaceVariable   = "TEMPORAL_NAMESPACE"
	apiKeyVariable      = settings.TemporalAPIKey
	tlsVariable         = "TEMPORAL_TLS"
	certificateVariable = "TEMPORAL_TLS_CLIENT_CERT_PATH"
)

const group = "Temporal"

// Settings are the settings of the connection to Temporal, without values.
func Settings() []settings.Setting {
	return []settings.Setting{
		{Name: addressVariable, Group: group, Default: client.DefaultHostPort, Help: "Where Temporal is."},
		{Name: namespaceVariable, Group: group, Default: client.DefaultNamespace, Help: "The namespace."},
		{Name: apiKeyVariable, Group: group, Secret: true, Help: "API key; it switches TLS on."},
		{Name: tlsVariable, Group: group, Help: "Whether the connection uses TLS, unless another setting says so."},
		{Name: certificateVariable, Group: group, Help: "Client certificate (mTLS), a PEM file; its key is TEMPORAL_TLS_CLIENT_KEY_PATH."},
	}
}

// Read reads how to connect to Temporal: from the TEMPORAL_ variables and the profile file of the temporal CLI, and the API key also
// from a file. It returns the options of a client, and the settings as they are in effect.
func Read(env settings.Environment) (client.Options, []settings.Setting, error) {
	fail := func(err error) (client.Options, []settings.Setting, error) {
		return client.Options{}, nil, fmt.Errorf("the settings of the connection to Temporal (TEMPORAL_*) cannot be used: %w", err)
	}
	profile, err := envconfig.LoadClientConfigProfile(envconfig.LoadClientConfigProfileOptions{EnvLookup: env})
	if err != nil {
		return fail(err)
	}
	options, err := profile.ToClientOptions(envconfig.ToClientOptionsRequest{})
	if err != nil {
		return fail(err)
	}
	target := temporalerr.Of(options)
	values := map[string]string{
		addressVariable: target.Address, namespaceVariable: target.Namespace, apiKeyVariable: settings.IsNotSet, tlsVariable: fmt.Sprint(target.TLS), certificateVariable: settings.IsNotSet,
	}
	given := map[string]bool{addressVariable: profile.Address != "", namespaceVariable: profile.Namespace != "", apiKeyVariable: profile.APIKey != ""}
	if profile.APIKey != "" {
		values[apiKeyVariable] = settings.IsSet
	}
	if tls := profile.TLS; tls != nil {
		given[tlsVariable] = true
		if certificate := cmp.Or(tls.ClientCertPath, string(tls.ClientCertData)); certificate != "" {
			values[certificateVariable], given[certificateVariable] = settings.IsSet, true
		}
	}
	all := Settings()
	for i := range all {
		all[i].Value, all[i].From = values[all[i].Name], originOf(env, all[i].Name, given[all[i].Name])
	}
	return options, all, nil
}

// originOf is where a value comes from: what was given, but not by its variable, is in the profile file or follows from another
// setting.
func originOf(env settings.Environment, name string, given bool) string {
	if value, ok := env.LookupEnv(name); ok && value != "" {
		if files, read := env.(*settings.Files); read {
			return files.Origin(name)
		}
		return name
	}
	if given {
		return "profile file or another TEMPORAL_ variable"
	}
	return settings.FromDefault
}
