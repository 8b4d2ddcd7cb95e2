package masmovil

import (
	"context"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// newOperateBarringMasks is the operation OperateBarringMasks.
func newOperateBarringMasks() carriers.Operation {
	return newObserved(observed[OperateBarringMasks]{
		Info: carriers.Info{
			Title: "Apply or remove barring masks of a subscription", Source: "Barrings API v2, Masks", DecidedBy: "observed by reading the line's masks",
			Summary: "Apply or remove barring masks of line", DecidedLater: true,
			Timings: carriers.Timings{Deadline: carriers.Duration(24 * time.Hour)},
			Examples: []carriers.Example{
				{Title: "suspend a line for debt", Request: OperateBarringMasks{
					Reference: "order-36", Line: example(12336), Action: ApplyMasks, Codes: []string{"DEBT_MOBILE_LP"}, Reason: "DEBT",
				}},
			},
		},
		send:    (*client).operateMasks,
		read:    (*client).lineWithMasks,
		effect:  masksEffect,
		taken:   masksChanged,
		unclear: "nothing but the line's masks shows such a request, and they may be changed later",
	})
}

// newListServices is the operation ListServices.
func newListServices() carriers.Operation {
	return carriers.NewRead(carriers.Read[*client, ListServices, Services]{
		Info: carriers.Info{
			Title: "List the services of a subscription that can be barred", Source: "Barrings API v2, Services", DecidedBy: "answer",
			Summary:  "List the services of line",
			Examples: []carriers.Example{{Title: "list a line's services", Request: ListServices{Reference: "read-31", Line: example(12337)}}},
		},
		Line: func(r ListServices) string { return r.id() },
		Get:  (*client).services,
	})
}

// lineWithMasks reads the line with the masks of a request: whether each is applied. When the list is missing, or there is no place
// to ask, it has none of them.
func (c *client) lineWithMasks(ctx context.Context, reference string, r OperateBarringMasks) (*carriers.Line, error) {
	list, known, err := c.masks(ctx, reference, r.Line)
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: r.id(), Services: map[string]any{}}
	if !known || list.Applied == nil {
		return &read, nil
	}
	applied := make([]string, len(list.Applied))
	for i, code := range list.Applied {
		applied[i] = code.String()
	}
	for _, code := range r.Codes {
		read.Services[maskName(code)] = carriers.Among(applied, code)
	}
	return &read, nil
}

// maskName names a mask among what is read of the line.
func maskName(code string) string { return "mask " + code }

// masksEffect compares the masks of the line with those that are wanted: all of them have to be as the action says.
func masksEffect(_ *client, r OperateBarringMasks, _, now *carriers.Line) carriers.Effect {
	effect := carriers.Shown
	for _, code := range r.Codes {
		switch applied, known := now.Services[maskName(code)].(bool); {
		case !known:
			return carriers.Incomparable
		case applied != (r.Action == ApplyMasks):
			effect = carriers.Missing
		}
	}
	return effect
}

// masksChanged reports whether one of the masks is as the action says now, and was not before: MásMóvil has the request.
func masksChanged(r OperateBarringMasks, before, now *carriers.Line) bool {
	for _, code := range r.Codes {
		was, known := before.Services[maskName(code)].(bool)
		is, stillKnown := now.Services[maskName(code)].(bool)
		if wanted := r.Action == ApplyMasks; known && stillKnown && was != wanted && is == wanted {
			return true
		}
	}
	return false
}
