package workflows

import (
	"context"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/carrierflow/carrierflow/workflows/encryption"
)

// describer is the part of a Temporal client that has its data converter.
type describer interface {
	DescribeWorkflow(ctx context.Context, workflowID, runID string) (*client.WorkflowExecutionDescription, error)
}

// converterOf reads the payloads in the description of a run as the client c does that it comes from, so that a caller of [GetStatus] need
// not give the keys a second time. The SDK lets a client's data converter be used only for the memo in a description, so an encrypted
// payload is read as the one field of a memo. That takes another call, which is made when there is such a payload.
func converterOf(ctx context.Context, c any, workflowID, runID string) converter.DataConverter {
	d := &described{DataConverter: converter.GetDefaultDataConverter()}
	if withConverter, able := c.(describer); able {
		d.describe = func() (*description, error) { return withConverter.DescribeWorkflow(ctx, workflowID, runID) }
	}
	return d
}

type description = client.WorkflowExecutionDescription

type described struct {
	converter.DataConverter
	describe func() (*description, error) // nil for a client that cannot
	found    *description                 // once it is needed
}

// FromPayload reads one payload.
func (d *described) FromPayload(p *commonpb.Payload, to any) error {
	if string(p.GetMetadata()[converter.MetadataEncoding]) != encryption.Encoding || d.describe == nil {
		return d.DataConverter.FromPayload(p, to)
	}
	if d.found == nil {
		var err error
		if d.found, err = d.describe(); err != nil {
			return err
		}
	}
	const field = "payload"
	d.found.Memo = &commonpb.Memo{Fields: map[string]*commonpb.Payload{field: p}}
	return d.found.GetMemoValue(field, to)
}

// FromPayloads reads several.
func (d *described) FromPayloads(all *commonpb.Payloads, to ...any) error {
	for i, one := range to {
		if i >= len(all.GetPayloads()) {
			return nil // as the SDK has it
		}
		if err := d.FromPayload(all.GetPayloads()[i], one); err != nil {
			return fmt.Errorf("payload %d: %w", i, err)
		}
	}
	return nil
}
