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

	"github.com/carrierflow/carrierflow/workflows"
)

// registerAttributes registers the search attributes that the namespace lacks. Without them a workflow could not tell
// the operators that something is wrong, and would hang trying, so a worker that cannot have them does not start.
func registerAttributes(ctx context.Context, c client.Client, namespace string, register bool) error {
	operator := c.OperatorService()
	there, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("reading the search attributes of namespace %s: %w; if reading them is not permitted, create them with\n  %s\nand start with --no-register-search-attributes",
			namespace, err, createCommand(namespace, workflows.SearchAttributes()))
	}
	missing := maps.Clone(workflows.SearchAttributes())
	for name := range there.GetCustomAttributes() {
		delete(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	if !register {
		return fmt.Errorf("namespace %s lacks search attributes; create them with\n  %s", namespace, createCommand(namespace, missing))
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("registering search attributes in namespace %s: %w; have somebody who may do it run\n  %s",
			namespace, err, createCommand(namespace, missing))
	}
	return awaitAttributes(ctx, c, namespace)
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
func createCommand(namespace string, attributes map[string]enumspb.IndexedValueType) string {
	command := "temporal operator search-attribute create --namespace " + namespace
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		command += fmt.Sprintf(" --name %s --type %s", name, attributes[name])
	}
	return strings.TrimSpace(command)
}
