package operators

import (
	"encoding/json"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/workflows"
)

// Refusal says why an update is refused: because it makes no sense now, or because of faults in its argument. The zero value
// refuses nothing.
type Refusal struct {
	Why    string
	Faults []carriers.Fault
}

// HandleUpdate sets the handler of one update. validate says why the update is refused, or "".
func HandleUpdate[I, O any](ctx workflow.Context, u workflows.Update[I, O], validate func(ctx workflow.Context, argument I) string, handle func(workflow.Context, I) (O, error)) {
	check := func(ctx workflow.Context, argument I) Refusal {
		if validate == nil {
			return Refusal{}
		}
		return Refusal{Why: validate(ctx, argument)}
	}
	HandleCheckedUpdate(ctx, u, check, handle)
}

// HandleCheckedUpdate is [HandleUpdate] for an update whose argument can also have faults that its schema does not find.
func HandleCheckedUpdate[I, O any](ctx workflow.Context, u workflows.Update[I, O], check func(ctx workflow.Context, argument I) Refusal, handle func(workflow.Context, I) (O, error)) {
	handler := func(ctx workflow.Context, raw json.RawMessage) (O, error) {
		ctx, stop := workflow.NewDisconnectedContext(ctx) // the sender gets an answer also when the run is cancelled
		defer stop()
		argument, _ := u.ParseArgument(raw) // the validator has accepted it
		return handle(ctx, argument)
	}
	validator := func(ctx workflow.Context, raw json.RawMessage) error {
		argument, faults := u.ParseArgument(raw)
		var refusal Refusal
		if len(faults) == 0 {
			refusal = check(ctx, argument)
			faults = refusal.Faults
		}
		switch {
		case len(faults) > 0:
			return temporal.NewNonRetryableApplicationError(u.Name+": "+carriers.FaultsText(faults), string(workflows.InvalidRequest), nil, faults)
		case refusal.Why != "":
			return Refused(u.Name, refusal.Why)
		}
		return nil
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, u.Name, handler, workflow.UpdateHandlerOptions{Validator: validator, Description: u.Title})
	if err != nil {
		panic(err) // a mistake in this file: a handler of the wrong type
	}
}

// Refused is the error of an update that makes no sense now.
func Refused(update, why string) error {
	return temporal.NewNonRetryableApplicationError(update+": "+why, workflows.Refused, nil)
}

// Kept is what is kept of who acts and why. A reason may contain phone numbers; the update in the history keeps it unredacted.
func Kept(by workflows.OperatorAction) workflows.OperatorAction {
	return workflows.OperatorAction{Operator: by.Operator, Reason: carriers.Redact(by.Reason)}
}

// HandleStatus sets the handler of the status query.
func HandleStatus[S any](ctx workflow.Context, description string, status func() S) {
	err := workflow.SetQueryHandlerWithOptions(ctx, workflows.StatusQuery, func() (S, error) { return status(), nil },
		workflow.QueryHandlerOptions{Description: description})
	if err != nil {
		panic(err) // a mistake in this file: a handler of the wrong type
	}
}
