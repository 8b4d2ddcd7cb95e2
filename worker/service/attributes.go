package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/workflows"
)

// registerAttributes registers the search attributes that the namespace lacks. Without them a workflow could not tell
// the operators that something is wrong, and would hang trying, so a worker that cannot have them does not start. The same
// goes for one that is there with another type: each upsert of it would fail.
func registerAttributes(ctx context.Context, c client.Client, target temporalerr.Target, register bool) error {
	namespace, operator := target.Namespace, c.OperatorService()
	there, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("reading the search attributes of namespace %s: %w; if reading them is not permitted, create them with\n  %s\nand start with --no-register-search-attributes",
			namespace, err, createCommand(target, workflows.SearchAttributes()))
	}
	missing := maps.Clone(workflows.SearchAttributes())
	other := map[string]enumspb.IndexedValueType{}
	for name, has := range there.GetCustomAttributes() {
		if needed, ours := missing[name]; ours && needed != has {
			other[name] = has
		}
		delete(missing, name)
	}
	if len(other) > 0 {
		return otherTypes(target, other)
	}
	if len(missing) == 0 {
		return nil
	}
	if !register {
		return fmt.Errorf("namespace %s lacks search attributes; create them with\n  %s", namespace, createCommand(target, missing))
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("registering search attributes in namespace %s: %w; have somebody who may do it run\n  %s",
			namespace, err, createCommand(target, missing))
	}
	return awaitAttributes(ctx, c, namespace)
}

// otherTypes is the error for attributes that are there with another type. A type cannot be changed, and what somebody else has
// registered may be in use, so this is for a person to decide.
func otherTypes(target temporalerr.Target, has map[string]enumspb.IndexedValueType) error {
	var faults []string
	needed, remove := map[string]enumspb.IndexedValueType{}, []string{"operator", "search-attribute", "remove"}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		needed[name] = workflows.SearchAttributes()[name]
		faults = append(faults, fmt.Sprintf("%s is a %s and has to be a %s", name, has[name], needed[name]))
		remove = append(remove, "--name", name)
	}
	return fmt.Errorf("namespace %s has search attributes of another type: %s; use another namespace, or, if nothing else uses them, replace them with\n  %s\n  %s",
		target.Namespace, strings.Join(faults, ", "), target.Command(append(remove, "--yes")...), createCommand(target, needed))
}

const (
	// attributesWithin is how long newly registered search attributes may take until they can be used; a server with a SQL
	// database takes up to about a minute.
	attributesWithin = 2 * time.Minute
	attributesPause  = 200 * time.Millisecond
)

// awaitAttributes waits until the attributes can be used, so that a worker that calls itself ready is.
func awaitAttributes(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, attributesWithin)
	defer cancel()
	query := workflows.NeedsAttentionAttribute.GetName() + " = 'x' AND " + workflows.LineKeyAttribute.GetName() + " = 'x'"
	for {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: query})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the search attributes of namespace %s were registered, but cannot be used yet: %w", namespace, err)
		case <-time.After(attributesPause):
		}
	}
}

// createCommand is the Temporal CLI command that registers the attributes.
func createCommand(target temporalerr.Target, attributes map[string]enumspb.IndexedValueType) string {
	words := []string{"operator", "search-attribute", "create"}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		words = append(words, "--name", name, "--type", attributes[name].String())
	}
	return target.Command(words...)
}
