package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/internal/temporalerr"
	"github.com/carrierflow/carrierflow/workflows"
)

// registerAttributes registers the search attributes that the namespace lacks. Without them a workflow could not raise
// NeedsAttention: its workflow task would fail again and again. So a worker that cannot register them does not start, nor
// does it when one has another type: each upsert of it would fail.
func registerAttributes(ctx context.Context, c client.Client, target temporalerr.Target, register bool) error {
	namespace, operator := target.Namespace, c.OperatorService()
	there, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if !register && notOffered(err) {
		return usable(ctx, c, target)
	}
	if err != nil {
		return fmt.Errorf("reading the search attributes of namespace %s: %w; if you are not permitted to read them, create them with\n  %s\nand start with --no-register-search-attributes",
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
		return wrongTypes(target, other)
	}
	if len(missing) == 0 {
		return nil
	}
	if !register {
		return fmt.Errorf("namespace %s lacks search attributes; create them with\n  %s", namespace, createCommand(target, missing))
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("registering search attributes in namespace %s: %w; somebody with the permission has to run\n  %s",
			namespace, err, createCommand(target, missing))
	}
	return awaitAttributes(ctx, c, namespace)
}

// notOffered reports whether an error says that this client may not read the search attributes, or that there is no such call: Temporal
// Cloud does not offer these calls to the clients of a namespace.
func notOffered(err error) bool {
	_, denied := errors.AsType[*serviceerror.PermissionDenied](err)
	_, missing := errors.AsType[*serviceerror.Unimplemented](err)
	return denied || missing
}

// usable looks by a query whether all search attributes are there, which needs no further permission. It does not tell their types.
func usable(ctx context.Context, c client.Client, target temporalerr.Target) error {
	var conditions []string
	for _, name := range slices.Sorted(maps.Keys(workflows.SearchAttributes())) {
		conditions = append(conditions, name+" = 'x'")
	}
	_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: target.Namespace, Query: strings.Join(conditions, " AND ")})
	if _, unknown := errors.AsType[*serviceerror.InvalidArgument](err); unknown {
		return fmt.Errorf("namespace %s lacks search attributes: %w; create those that are missing with\n  %s\nor, at Temporal Cloud, as docs/temporal-cloud.md says",
			target.Namespace, err, createCommand(target, workflows.SearchAttributes()))
	}
	if err != nil {
		return fmt.Errorf("looking whether namespace %s has the search attributes: %w", target.Namespace, err)
	}
	return nil
}

// wrongTypes is the error for search attributes that have another type. A type cannot be changed, and another program may
// use the attribute, so a person has to decide.
func wrongTypes(target temporalerr.Target, has map[string]enumspb.IndexedValueType) error {
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
	// attributesTimeout is how long newly registered search attributes may take until they can be used; a server with a SQL
	// database takes up to about a minute.
	attributesTimeout = 2 * time.Minute
	attributesPause   = 200 * time.Millisecond
)

// awaitAttributes waits until the attributes can be used. Only then is the worker ready.
func awaitAttributes(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, attributesTimeout)
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
