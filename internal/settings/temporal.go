package settings

import (
	"cmp"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
)

// The variables of the connection to Temporal that are shown. There are more; they are those of the temporal CLI.
const (
	addressVariable     = "TEMPORAL_ADDRESS"
	namespaceVariable   = "TEMPORAL_NAMESPACE"
	apiKeyVariable      = "TEMPORAL_API_KEY"
	tlsVariable         = "TEMPORAL_TLS"
	certificateVariable = "TEMPORAL_TLS_CLIENT_CERT_PATH"
)

const temporalGroup = "Temporal"

// TemporalSettings are the settings of the connection to Temporal, without values.
func TemporalSettings() []Setting {
	return []Setting{
		{Name: addressVariable, Group: temporalGroup, Default: client.DefaultHostPort, Help: "Where Temporal is."},
		{Name: namespaceVariable, Group: temporalGroup, Default: client.DefaultNamespace, Help: "The namespace."},
		{Name: apiKeyVariable, Group: temporalGroup, Secret: true, Help: "API key; it switches TLS on."},
		{Name: tlsVariable, Group: temporalGroup, Help: "Whether the connection uses TLS, unless another setting says so."},
		{Name: certificateVariable, Group: temporalGroup, Help: "Client certificate (mTLS), a PEM file; its key is TEMPORAL_TLS_CLIENT_KEY_PATH."},
	}
}

// Temporal reads how to connect to Temporal: from the TEMPORAL_ variables and the profile file of the temporal CLI, and the API key also
// from a file. It returns the options of a client, and the settings as they are in effect.
func Temporal(env envconfig.EnvLookup) (client.Options, []Setting, error) {
	fail := func(err error) (client.Options, []Setting, error) {
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
		addressVariable: target.Address, namespaceVariable: target.Namespace, apiKeyVariable: isNotSet, tlsVariable: fmt.Sprint(target.TLS), certificateVariable: isNotSet,
	}
	given := map[string]bool{addressVariable: profile.Address != "", namespaceVariable: profile.Namespace != "", apiKeyVariable: profile.APIKey != ""}
	if profile.APIKey != "" {
		values[apiKeyVariable] = isSet
	}
	if tls := profile.TLS; tls != nil {
		given[tlsVariable] = true
		if certificate := cmp.Or(tls.ClientCertPath, string(tls.ClientCertData)); certificate != "" {
			values[certificateVariable], given[certificateVariable] = isSet, true
		}
	}
	all := TemporalSettings()
	for i := range all {
		all[i].Value, all[i].From = values[all[i].Name], temporalOrigin(env, all[i].Name, given[all[i].Name])
	}
	return options, all, nil
}

// temporalOrigin is where a value comes from: what was given, but not by its variable, is in the profile file or follows from another
// setting.
func temporalOrigin(env envconfig.EnvLookup, name string, given bool) string {
	if value, ok := env.LookupEnv(name); ok && value != "" {
		if files, read := env.(*Files); read {
			return files.origin(name)
		}
		return name
	}
	if given {
		return "profile file or another TEMPORAL_ variable"
	}
	return fromDefault
}
