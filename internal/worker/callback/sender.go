package callback

import (
	"context"

	"github.com/carrierflow/carrierflow/workflows"
)

// Sender stores what is known about operations as signals, as a [Receiver] does, but without HTTP.
type Sender struct{ store *store }

// NewSender returns a sender. Of the options it needs Temporal, Namespace, Identity and Converter.
func NewSender(o Options) *Sender {
	o.setDefaults()
	return &Sender{&store{temporal: o.Temporal, namespace: o.Namespace, identity: o.Identity, converter: o.Converter}}
}

// Send signals the current run of a workflow. The server drops a signal whose request id the run has had. The error is a
// *serviceerror.NotFound when there is no open run that has not had it.
func (s *Sender) Send(ctx context.Context, workflowID, requestID string, c workflows.Callback) error {
	return s.store.signal(ctx, workflowID, requestID, c)
}
