package masmovil

import (
	"context"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/identifiers"
)

// newChangeProduct is the operation ChangeProduct.
func newChangeProduct() carriers.Operation {
	return newObserved(observed[ChangeProduct]{
		Info: carriers.Info{
			Title: "Change the product of a subscription", Source: "Customers API v2, Products", DecidedBy: "201, or observed by reading the line's product",
			Summary: "Change the product of line", Timings: reviewed, MayBeHeld: true,
			Examples: []carriers.Example{
				{Title: "change the tariff now", Request: ChangeProduct{Reference: "order-34", Line: example(12334), ProductID: 202}},
				{Title: "change the tariff on a later day", Request: ChangeProduct{Reference: "order-35", Line: example(12335), ProductID: 202, ScheduledDate: "2027-02-01"}},
			},
		},
		send: (*client).changeProduct,
		read: func(c *client, ctx context.Context, reference string, r ChangeProduct) (*carriers.Line, error) {
			return c.lineWithProduct(ctx, reference, r.Line)
		},
		effect:  productEffect,
		taken:   productScheduled,
		unclear: "nothing but the line's product shows such a request",
	})
}

// What is read of a line's product, by name.
const (
	readProduct   = "product"
	readScheduled = "scheduled product"
	readDay       = "scheduled day"
)

// lineWithProduct reads the line with its product and with the one on its schedule.
func (c *client) lineWithProduct(ctx context.Context, reference string, line Line) (*carriers.Line, error) {
	p, err := c.products(ctx, reference, line)
	if err != nil {
		return nil, err
	}
	read := carriers.Line{SubscriptionID: line.id(), Services: map[string]any{}}
	if p.Product == nil {
		return &read, nil
	}
	read.Services[readProduct] = p.Product.ID.String()
	if s := p.Product.Scheduled; s != nil {
		read.Services[readScheduled], read.Services[readDay] = s.destination(), s.ScheduledDate.Raw
	}
	return &read, nil
}

// productEffect compares the line's product with the one that is wanted. A change on a later day is in effect when it is on the
// schedule; one without a day is not before the line has the product.
func productEffect(_ *client, r ChangeProduct, _, now *carriers.Line) carriers.Effect {
	match := r.compare(now, readProduct)
	if match == identifiers.Equal {
		return carriers.Shown
	}
	if r.ScheduledDate != "" && hasScheduled(now) {
		onSchedule := r.compare(now, readScheduled)
		switch {
		case onSchedule == identifiers.Equal && !anotherDay(r.ScheduledDate, text(now, readDay)):
			return carriers.Shown
		case !onSchedule.Sure():
			return carriers.Incomparable
		}
	}
	if match == identifiers.Different {
		return carriers.Missing
	}
	return carriers.Incomparable
}

// productScheduled reports whether the wanted product is on the schedule now and was not before: MásMóvil has the request.
func productScheduled(r ChangeProduct, before, now *carriers.Line) bool {
	return r.compare(now, readScheduled) == identifiers.Equal && r.ScheduledDate == "" &&
		(!hasScheduled(before) || r.compare(before, readScheduled) == identifiers.Different)
}

// compare compares a product as read with the wanted one.
func (r ChangeProduct) compare(read *carriers.Line, name string) identifiers.Match {
	return identifiers.CompareID(text(read, name), decimal(r.ProductID))
}

func hasScheduled(read *carriers.Line) bool {
	_, has := read.Services[readScheduled]
	return has
}

// text is what is read of a line under a name; "" when it is not known.
func text(read *carriers.Line, name string) string {
	value, _ := read.Services[name].(string)
	return value
}
