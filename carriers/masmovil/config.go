package masmovil

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/transport"
)

// Config is how to reach MásMóvil, and everything the pages leave open, with defaults of ours. The tags are kong's; the
// worker embeds it with the prefix "masmovil-" and the environment prefix "MASMOVIL_".
type Config struct {
	transport.Options `embed:""`

	// The page of the Subscriptions section lists a SIM replacement and the recharges without method and path. The
	// recharges are only read, so their method is GET.
	SIMReplacementMethod string `name:"sim-replacement-method" env:"SIM_REPLACEMENT_METHOD" default:"POST" help:"Method of a SIM replacement (default ours)."`
	SIMReplacementPath   string `name:"sim-replacement-path" env:"SIM_REPLACEMENT_PATH" default:"/orgs/{orgId}/subscriptions/{subscriptionId}/sim_replacement" help:"Path of a SIM replacement (default ours)."`
	RechargesPath        string `name:"recharges-path" env:"RECHARGES_PATH" default:"/orgs/{orgId}/subscriptions/{subscriptionId}/recharges" help:"Path of the list of recharges (default ours)."`

	Codes carriers.Codes `embed:""`

	// FraudRequestsURL is the base of the Subscriptions API v1, where risk decisions can be read.
	FraudRequestsURL string `name:"fraud-requests-url" env:"FRAUD_REQUESTS_URL" placeholder:"URL" help:"Base of the Subscriptions API v1, to ask for risk decisions; when empty, nobody asks."`
	Risk             Risk   `embed:"" prefix:"risk-" envprefix:"RISK_"`

	// ActiveDeviceStatuses are compared with both halves of a device's status. The pages show ACTIVO as a sample value and
	// list no others.
	ActiveDeviceStatuses []string `name:"active-device-statuses" env:"ACTIVE_DEVICE_STATUSES" default:"ACTIVO" placeholder:"WORD" help:"Device statuses, by id or label, that mean the device is on the line (default ours)."`

	Grant `embed:""`

	// RolesHeader is off by default: samples of the Customers API v2 send x-auth-roles, no page explains it.
	RolesHeader string `name:"roles-header" env:"ROLES_HEADER" help:"Value of the header x-auth-roles; not sent when empty."`
}

// Validate names every fault of the configuration together with the variable to set, and repeats no value. A
// configuration without a base URL is not judged: it belongs to a worker that does not serve MásMóvil (kong validates
// whatever is embedded), and New refuses it.
func (c Config) Validate() error {
	if c.BaseURL == "" {
		return nil
	}
	faults := []error{c.Check("MASMOVIL_")}
	fault := func(ok bool, text string) {
		if !ok {
			faults = append(faults, errors.New(text))
		}
	}
	fault(slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, c.SIMReplacementMethod),
		"the method of a SIM replacement is none of POST, PUT, PATCH: set MASMOVIL_SIM_REPLACEMENT_METHOD")
	for name, path := range map[string]string{"SIM_REPLACEMENT_PATH": c.SIMReplacementPath, "RECHARGES_PATH": c.RechargesPath} {
		fault(strings.HasPrefix(path, "/") && strings.Contains(path, orgID) && strings.Contains(path, subscriptionID) && !strings.ContainsAny(path, "?#"),
			fmt.Sprintf("the path must begin with /, name %s and %s, and have no query: set MASMOVIL_%s", orgID, subscriptionID, name))
	}
	fault(c.FraudRequestsURL == "" || c.fraudOptions().Check("") == nil,
		"the base of the fraud requests must be http://… or https://…, without user, query and fragment: set MASMOVIL_FRAUD_REQUESTS_URL")
	fault(transport.ValidHeaderValue(c.RolesHeader), "the value for x-auth-roles is not printable ASCII: set MASMOVIL_ROLES_HEADER")
	return errors.Join(append(faults, c.Risk.fault(), c.Codes.Faults("MASMOVIL_"), c.Grant.fault())...)
}

// fraudOptions are the options for the other API: another place, the same limits.
func (c Config) fraudOptions() transport.Options {
	options := c.Options
	options.BaseURL = c.FraudRequestsURL
	return options
}

// webURL reports whether raw can be posted to.
func webURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https")
}
