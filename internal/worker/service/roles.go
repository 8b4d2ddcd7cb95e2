package service

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// Role is a part of the worker's work. A process has one or several, so that the parts can be scaled apart, and fail apart.
type Role string

// The roles. A new one is added here and to roles, and its part to [Run].
const (
	All        Role = "all"
	Workflows  Role = "workflows"  // runs the workflows; calls no carrier
	Activities Role = "activities" // calls the carriers: their activities and sweeps
	Callbacks  Role = "callbacks"  // receives the carriers' callbacks
)

// roles are all but [All], in the order in which they are named.
var roles = []Role{Workflows, Activities, Callbacks}

// does reports whether this process has a role.
func (c Config) does(r Role) bool {
	return len(c.Roles) == 0 || slices.Contains(c.Roles, All) || slices.Contains(c.Roles, r)
}

// roles are the roles of this process.
func (c Config) roles() (has []Role) {
	for _, r := range roles {
		if c.does(r) {
			has = append(has, r)
		}
	}
	return has
}

// roleFaults are roles and carriers that do not exist.
func (c Config) roleFaults() (faults []error) {
	for _, r := range c.Roles {
		if r != All && !slices.Contains(roles, r) {
			faults = append(faults, fmt.Errorf("CARRIERFLOW_ROLE: there is no role %q; the roles are %s, %s", r, All, listed(roles)))
		}
	}
	for _, name := range c.Serve {
		if _, ok := registry.Carrier(carriers.Carrier(name)); !ok {
			var known []string
			for _, one := range c.Carriers {
				known = append(known, string(one.Carrier))
			}
			faults = append(faults, fmt.Errorf("CARRIERFLOW_CARRIERS: there is no carrier %q; the carriers are %s", name, strings.Join(known, ", ")))
		}
	}
	return faults
}

// named reports whether a carrier is one of those that this process is told to serve; chosen also when none is named.
func (c Config) named(one CarrierConfig) bool  { return slices.Contains(c.Serve, string(one.Carrier)) }
func (c Config) chosen(one CarrierConfig) bool { return len(c.Serve) == 0 || c.named(one) }

// serves reports whether this process calls a carrier: it has a base URL, or is named, and then it needs one.
func (c Config) serves(one CarrierConfig) bool {
	return c.does(Activities) && c.chosen(one) && (one.Settings.Served() || c.named(one))
}

// served lists the carriers that this process calls.
func (c Config) served() []CarrierConfig { return c.those(c.serves) }

// received lists the carriers whose callbacks this process receives: those that send any and are called, or named, or have a setting that
// says how their callbacks are authenticated.
func (c Config) received() []CarrierConfig {
	return c.those(func(one CarrierConfig) bool {
		return c.does(Callbacks) && one.Callback != nil && c.chosen(one) && (c.named(one) || one.Settings.Served() || one.Callback.IsSet())
	})
}

func (c Config) those(are func(CarrierConfig) bool) (found []CarrierConfig) {
	for _, one := range c.Carriers {
		if are(one) {
			found = append(found, one)
		}
	}
	return found
}

// carriers are the names of the carriers that this process serves in any role.
func (c Config) carriers() (names []string) {
	for _, one := range c.Carriers {
		is := func(other CarrierConfig) bool { return other.Carrier == one.Carrier }
		if slices.ContainsFunc(c.served(), is) || slices.ContainsFunc(c.received(), is) {
			names = append(names, string(one.Carrier))
		}
	}
	return names
}

// identity is the name of this process at Temporal. It ends in its roles, unless it has all: so operators see them, and other processes
// find out who shares a carrier's limit with them (share.go).
func (c Config) identity(given string) string {
	if len(c.roles()) == len(roles) {
		return given
	}
	if given == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "unknown"
		}
		given = fmt.Sprintf("%d@%s", os.Getpid(), host)
	}
	return strings.TrimSuffix(given, "@") + "@" + listed(c.roles())
}

// onlyActivities reports whether a process with this identity calls carriers and runs no workflows.
func onlyActivities(identity string) bool {
	names := strings.Split(identity[strings.LastIndex(identity, "@")+1:], ",")
	return slices.Contains(names, string(Activities)) && !slices.Contains(names, string(Workflows))
}

func listed(of []Role) string {
	names := make([]string, len(of))
	for i, r := range of {
		names[i] = string(r)
	}
	return cmp.Or(strings.Join(names, ","), "none")
}
