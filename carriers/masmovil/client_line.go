package masmovil

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/transport"
)

// The documented paths below the base URL of the Barrings API v2 (Masks, Services).
const (
	masksPath    = subscriptionPath + "/barrings-masks/operations"
	servicesPath = subscriptionPath + "/services"
)

// addBonus adds a bonus to a line (PUT …/bonuses). 201 means done, and has no body.
func (c *client) addBonus(ctx context.Context, s carriers.Submission[AddBonus]) (carriers.Acknowledgement, error) {
	call := c.call("add bonus", s.Reference, http.MethodPut, bonusesPath, s.Request.Line)
	call.Body = body(s.Request)
	return c.set(ctx, call)
}

// setBlock sets or takes away a block of a line (PATCH …/blocks/{blockId}). 201 means done, and has no body.
func (c *client) setBlock(ctx context.Context, s carriers.Submission[SetBlock]) (carriers.Acknowledgement, error) {
	call := c.call("set block", s.Reference, http.MethodPatch, blockPath, s.Request.Line)
	call.PathParams["blockId"] = strconv.Itoa(s.Request.BlockID)
	call.Body, call.Personal = body(s.Request, "blockId"), []string{s.Request.Reason}
	return c.set(ctx, call)
}

// set makes a change that 201 without a body answers.
func (c *client) set(ctx context.Context, call transport.Call) (carriers.Acknowledgement, error) {
	status, err := transport.Exchange(ctx, c.http, call, func(a transport.Answer) (int, error) { return a.Status, readCreated(a.Status, a.Body) })
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	return carriers.Acknowledgement{Outcome: carriers.Outcome{State: carriers.Done}, HTTPStatus: status, At: time.Now().UTC()}, nil
}

// changeProduct changes the product of a line. 201 means done, 202 that it is held. Path and method are ours, see Config.
func (c *client) changeProduct(ctx context.Context, s carriers.Submission[ChangeProduct]) (carriers.Acknowledgement, error) {
	call := c.call("change product", s.Reference, c.cfg.ProductChangeMethod, c.cfg.ProductChangePath, s.Request.Line)
	call.Body = body(s.Request)
	return c.order(ctx, call)
}

// bonuses lists the bonuses of a line (GET …/bonuses). The filter active leaves out those that begin later; which of the others
// shows them is ours, see Config.
func (c *client) bonuses(ctx context.Context, reference string, line Line) (bonuses, error) {
	call := c.call("list bonuses", reference, http.MethodGet, bonusesPath, line)
	if err := ask(&call, "filter", c.cfg.BonusFilter); err != nil {
		return bonuses{}, err
	}
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (bonuses, error) { return readBonuses(a.Body) })
}

// products reads the product of a line, and the change of it that is on the schedule (GET …/products).
func (c *client) products(ctx context.Context, reference string, line Line) (products, error) {
	call := c.call("read product", reference, http.MethodGet, productsPath, line)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (products, error) { return readProducts(a.Body) })
}

// blocks lists the blocks of a line (GET …/blocks; deprecated since version 2.37.1, and no page names another read of them).
func (c *client) blocks(ctx context.Context, reference string, line Line) (blocks, error) {
	call := c.call("list blocks", reference, http.MethodGet, blocksPath, line)
	return transport.Exchange(ctx, c.http, call, func(a transport.Answer) (blocks, error) { return readBlocks(line, a.Body) })
}

// operateMasks applies barring masks to a line or removes them (POST …/barrings-masks/operations of the Barrings API v2). 202 means
// that the network will be changed.
func (c *client) operateMasks(ctx context.Context, s carriers.Submission[OperateBarringMasks]) (carriers.Acknowledgement, error) {
	call := c.call("operate barring masks", s.Reference, http.MethodPost, masksPath, s.Request.Line)
	call.Body = body(s.Request)
	if c.barrings == nil {
		return carriers.Acknowledgement{}, noBarrings(call)
	}
	made, err := transport.Exchange(ctx, c.barrings, call, func(a transport.Answer) (maskOperation, error) { return readMaskOperation(a.Status, a.Body) })
	if err != nil {
		return carriers.Acknowledgement{}, err
	}
	return carriers.Acknowledgement{
		TransactionID: made.ExternalID.String(), Outcome: carriers.Outcome{State: carriers.Pending}, HTTPStatus: http.StatusAccepted, At: time.Now().UTC(),
	}, nil
}

// masks reads the barring masks that are applied to a line. known is false when Config names no place to ask: the shape of the
// answer is documented for another API (Partners), whose path is not.
func (c *client) masks(ctx context.Context, reference string, line Line) (read masks, known bool, err error) {
	if c.barrings == nil || c.cfg.AppliedMasksPath == "" {
		return masks{}, false, nil
	}
	call := c.call("read barring masks", reference, http.MethodGet, c.cfg.AppliedMasksPath, line)
	read, err = transport.Exchange(ctx, c.barrings, call, func(a transport.Answer) (masks, error) { return readMasks(line, a.Body) })
	return read, err == nil, err
}

// services lists the services of a line (GET …/services of the Barrings API v2).
func (c *client) services(ctx context.Context, reference string, r ListServices) (Services, error) {
	call := c.call("list services", reference, http.MethodGet, servicesPath, r.Line)
	if c.barrings == nil {
		return Services{}, noBarrings(call)
	}
	return transport.Exchange(ctx, c.barrings, call, func(a transport.Answer) (Services, error) { return readServices(a.Body) })
}

// noBarrings is the error of a call for which there is no place.
func noBarrings(call transport.Call) error {
	return &carriers.Error{
		Carrier: carrier, Call: call.Name, Reference: call.Reference, Class: carriers.Rejected,
		Message: "nothing was sent: the worker has no address of the Barrings API, set MASMOVIL_BARRINGS_URL",
	}
}
