package stn

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/answers"
)

// UnmarshalJSON reads what it understands. The pages show info of a service change with services only and no record of
// status ERROR at all, so nothing in here may keep the status from being read.
func (i *Info) UnmarshalJSON(data []byte) error {
	*i = Info{}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	var services map[string]any
	if decode(fields["services"], &services) == nil {
		i.Services = services
	}
	i.Reason = reason(fields)
	return nil
}

// explaining finds the fields that would hold an explanation; their names are a guess of ours.
var explaining = regexp.MustCompile(`(?i)error|reason|message`)

func reason(fields map[string]json.RawMessage) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		var text string
		if explaining.MatchString(key) && json.Unmarshal(fields[key], &text) == nil && text != "" {
			texts = append(texts, text)
		}
	}
	return carriers.Redact(strings.Join(texts, "; "))
}

// activation reads the answer to a change: one Activation with its handle and type.
func activation(body []byte) (Activation, error) {
	var a Activation
	switch err := decode(body, &a); {
	case err != nil:
		return a, err
	case a.ID == "" || a.Status == "":
		return a, errors.New("an Activation without id or status")
	case !carriers.Among([]string{ActivationSetServices}, a.ActivationType):
		return a, errors.New("an Activation that is no service change")
	}
	return a, nil
}

// records reads the answer to a query. Getting Started describes an envelope with results, the Quick Start shows a bare
// array; its total is not read, because by sTN's own account it is not always right.
func records[T any](body []byte) ([]T, error) {
	var list []T
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		return list, decode(body, &list)
	}
	var envelope struct {
		Results *[]T `json:"results"`
	}
	if err := decode(body, &envelope); err != nil {
		return nil, err
	}
	if envelope.Results == nil {
		return nil, errors.New("a list without results") // an empty list would read as "sTN does not have it"
	}
	return *envelope.Results, nil
}

// decode reads one JSON value as every answer is read.
func decode(data []byte, into any) error { return answers.Decode(data, into) }
