package stn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
)

// accessType is the one service sTN writes in two ways: "Internet Access" on a subscription (QuerySubscription),
// INTERNETACCESS in requests (NewSubscription).
const accessType = "accessType"

// EffectOf compares requested services with those a subscription shows: Shown when every requested key reads back with
// its value, Missing when one reads back with another value, Incomparable when the read says nothing about a key (which
// keys it reports is not documented).
func EffectOf(requested, actual map[string]any) carriers.Effect {
	effect := carriers.Shown
	if len(requested) == 0 {
		effect = carriers.Incomparable
	}
	for key, wanted := range requested {
		switch got := actual[key]; {
		case got == nil:
			effect = carriers.Incomparable
		case !same(key, wanted, got):
			return carriers.Missing
		}
	}
	return effect
}

// sortOut lists the requested keys that the carrier took and those it silently left out, because it does not know them
// (SetServicesSubscription) or took them with another value. When the answer has no services at all, it says nothing.
func sortOut(requested, accepted map[string]any) (applied, ignored []string) {
	if accepted == nil {
		return nil, nil
	}
	for _, key := range slices.Sorted(maps.Keys(requested)) {
		if got := accepted[key]; got != nil && same(key, requested[key], got) {
			applied = append(applied, key)
		} else {
			ignored = append(ignored, key)
		}
	}
	return applied, ignored
}

func same(key string, a, b any) bool { return spelling(key, a) == spelling(key, b) }

// spelling is one way to write a value: sTN's values are booleans and strings, and a boolean may come back as a string.
func spelling(key string, value any) string {
	text := fmt.Sprint(value)
	switch {
	case key == accessType:
		return strings.ToUpper(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(text))
	case strings.EqualFold(text, "true"), strings.EqualFold(text, "false"):
		return strings.ToLower(text)
	}
	return text
}
