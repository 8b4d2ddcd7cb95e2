package service

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
)

// Faults are all faults of the configuration, each with the variable to set. A role asks only for what it needs.
func (c Config) Faults() []error {
	faults := c.roleFaults()
	if c.does(Workflows) && c.WorkflowCache < 1 {
		faults = append(faults, errors.New("CARRIERFLOW_WORKFLOW_CACHE must be at least 1"))
	}
	if c.does(Activities) {
		faults = append(faults, c.activityFaults()...)
	}
	if c.does(Callbacks) {
		faults = append(faults, c.callbackFaults()...)
	}
	faults = append(faults, c.lineOrderFaults()...)
	return slices.DeleteFunc(faults, func(err error) bool { return err == nil })
}

// activityFaults are those of the carriers that are called.
func (c Config) activityFaults() (faults []error) {
	if len(c.served()) == 0 {
		faults = append(faults, c.noCarrier())
	}
	for _, one := range c.Carriers {
		if one.Limits.PerSecond <= 0 {
			faults = append(faults, fmt.Errorf("%sPER_SECOND must be above 0", one.EnvPrefix()))
		}
		if one.Sweep != nil && one.Sweep.Every <= 0 {
			faults = append(faults, fmt.Errorf("%sSWEEP_EVERY must be above 0", one.EnvPrefix()))
		}
	}
	for _, one := range c.served() {
		faults = append(faults, one.Settings.Check())
	}
	return faults
}

// noCarrier names what each carrier needs.
func (c Config) noCarrier() error {
	text := "no carrier is configured; at least one of them needs its settings:"
	for _, one := range c.Carriers {
		if c.chosen(one) {
			text += fmt.Sprintf("\n  %s: %s", one.Name, strings.ReplaceAll(fmt.Sprint(one.Settings.Check()), "\n", "; "))
		}
	}
	return errors.New(text)
}

// callbackFaults are those of the carriers whose callbacks are received.
func (c Config) callbackFaults() (faults []error) {
	if len(c.received()) == 0 && !c.does(Activities) {
		var sending []string
		for _, one := range c.Carriers {
			if one.Callback != nil {
				sending = append(sending, string(one.Carrier))
			}
		}
		faults = append(faults, fmt.Errorf("it is not said whose callbacks to receive: set CARRIERFLOW_CARRIERS to carriers that call back (%s)", strings.Join(sending, ", ")))
	}
	for _, one := range c.received() {
		faults = append(faults, one.Callback.Check(one.EnvPrefix()+"CALLBACK_", c.CallbackAddress))
		if !c.serves(one) { // else its settings are checked already
			_, err := one.Settings.(carriers.CallbackSettings).Callbacks()
			faults = append(faults, err)
		}
	}
	return faults
}

// lineOrderFaults checks that the changes of one line can take turns, wherever that is not turned off. Workflows and activities of all
// processes ask for the turn of a line; who runs workflows does so for every carrier.
func (c Config) lineOrderFaults() (faults []error) {
	if !c.does(Workflows) && !c.does(Activities) {
		return nil
	}
	for _, name := range c.NoLineOrder {
		_, carrier := registry.Carrier(carriers.Carrier(name))
		_, operation := registry.Operation(name)
		if !carrier && !operation {
			faults = append(faults, fmt.Errorf("CARRIERFLOW_NO_LINE_ORDER: %q is neither a carrier nor an operation type", name))
		}
	}
	concerned := c.served()
	if len(concerned) == 0 {
		concerned = c.Carriers
	}
	inOrder := slices.ContainsFunc(concerned, func(one CarrierConfig) bool { return !slices.Contains(c.NoLineOrder, string(one.Carrier)) })
	if c.LineKey == "" && inOrder {
		faults = append(faults, errors.New("CARRIERFLOW_LINE_KEY must be set to a secret of your own, the same for all workers: the changes of one line take turns under a hash of its number; "+
			"CARRIERFLOW_NO_LINE_ORDER turns that off for a carrier"))
	}
	if c.LineKeyPrevious != "" && (c.LineKey == "" || c.LineKeyPrevious == c.LineKey) {
		faults = append(faults, errors.New("CARRIERFLOW_LINE_KEY_PREVIOUS is the secret before CARRIERFLOW_LINE_KEY: set that as well, to another secret"))
	}
	return faults
}
