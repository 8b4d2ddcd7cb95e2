package sandbox

import (
	"net/http"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// dishSuccess is the one documented status word of acknowledgements and transactions (SPS - Subscriptions v5).
const dishSuccess = "Success"

// dishStatus is the body of acknowledgements and transaction statuses. Only status is documented.
type dishStatus struct {
	Status string `json:"status,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// dishActivate serves Activate Subscription: acknowledged at once, decided later, told by callback.
func (s *Sandbox) dishActivate(w http.ResponseWriter, r *http.Request) {
	var in dishActivation
	body, err := decode(r, &in)
	wanted := dishLine{
		subscriberID: text(in.SubscriberID), gpsi: text(in.GPSI), iccid: text(in.ICCID), pei: text(in.PEI),
		eid: text(in.EID), plan: text(in.WholesalePlanID),
	}
	if in.BillCycleStartDay != nil {
		wanted.billCycleStartDay = int(*in.BillCycleStartDay)
	}
	s.serve(w, r, exchange{
		carrier: carriers.DISH, operation: opActivate, reference: text(in.PartnerTransactionID), body: body,
		line:   first(wanted.iccid, wanted.gpsi, wanted.subscriberID),
		refuse: checkDISH(r, err, in.check),
		record: func(p plan) (reply, *change) {
			return s.dishTransact(text(in.PartnerTransactionID), "Activate", p, func(c *change) {
				c.line = first(wanted.iccid, wanted.gpsi, wanted.subscriberID)
				s.world.dish.expect(wanted)
				c.apply = func() { s.world.dish.activate(wanted) }
			})
		},
	})
}

// dishUpdateStatus serves Update Subscription Status. Whether the line's state allows the action is asked when the
// transaction is decided; what a wrong state is answered is not documented.
func (s *Sandbox) dishUpdateStatus(w http.ResponseWriter, r *http.Request) {
	var in dishStatusUpdate
	body, err := decode(r, &in)
	key, action := dishKey{iccid: text(in.ICCID), gpsi: text(in.GPSI)}, text(in.Action)
	s.serve(w, r, exchange{
		carrier: carriers.DISH, operation: opStatus, reference: text(in.PartnerTransactionID), body: body,
		line:   first(key.iccid, key.gpsi),
		refuse: checkDISH(r, err, in.check),
		record: func(p plan) (reply, *change) {
			return s.dishTransact(text(in.PartnerTransactionID), action, p, func(c *change) {
				var line *dishLine
				c.line = first(key.iccid, key.gpsi)
				c.rule = func() *failure {
					lines := s.world.dish.lines(key)
					if len(lines) == 0 {
						return &failedNoLine
					}
					if line = lines[0]; line.status != dishTransitions[action].from {
						wrong := failedWrongState(action, line.status)
						return &wrong
					}
					return nil
				}
				c.apply = func() { line.status, line.guessed = dishTransitions[action].to, false }
			})
		},
	})
}

// dishTransact records a transaction and returns its acknowledgement.
func (s *Sandbox) dishTransact(id, action string, p plan, prepare func(*change)) (reply, *change) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if _, repeated := s.world.dish.transactions[id]; repeated && s.cfg.DISHRefusesDuplicates {
		return refusal(carriers.DISH, http.StatusConflict, "this partnerTransactionId has been used"), nil
	}
	c := &change{reference: id, plan: p, usual: s.cfg.DecideAfter, created: time.Now()}
	prepare(c)
	c.onHalfway = func() { s.courier.halfway(c) }
	c.onDecided = func() { s.courier.final(c) }
	s.world.dish.transactions[id] = dishTransaction{change: c, action: action}
	return dishAcknowledgement(p), c
}

func dishAcknowledgement(p plan) reply {
	if p.noWord {
		return reply{status: http.StatusOK, body: dishStatus{}}
	}
	return reply{status: http.StatusOK, body: dishStatus{Status: dishSuccess}}
}

// dishUpdateBillCycle serves the bill cycle update, which has no transaction and is in effect when it is answered
// (SPS - Subscription Profile Management v5: the subscription must exist and be active).
func (s *Sandbox) dishUpdateBillCycle(w http.ResponseWriter, r *http.Request) {
	var in dishBillCycle
	body, err := decode(r, &in)
	gpsi := text(in.GPSI)
	s.serve(w, r, exchange{
		carrier: carriers.DISH, operation: opBillCycle, line: gpsi, body: body,
		refuse: checkDISH(r, err, in.check),
		record: func(p plan) (reply, *change) {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			lines := s.world.dish.lines(dishKey{gpsi: gpsi})
			if len(lines) == 0 || lines[0].status != dishActive {
				return refusal(carriers.DISH, http.StatusNotFound, "no active subscription has this gpsi"), nil
			}
			line, day := lines[0], int(*in.BillCycleStartDay)
			answer := dishAcknowledgement(p)
			if p.fails {
				answer.body = dishStatus{dishFailed, failedByScenario.code, failedByScenario.reason}
			}
			return answer, &change{plan: p, atOnce: true, apply: func() { line.billCycleStartDay, line.guessed = day, false }}
		},
	})
}

// dishTransactionStatus serves Get Transaction Status.
func (s *Sandbox) dishTransactionStatus(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	missing := refusal(carriers.DISH, http.StatusNotFound, "no transaction has this partnerTransactionId")
	s.serve(w, r, exchange{
		carrier: carriers.DISH, operation: opTransaction, reference: id, line: s.world.dishLineOf(id), missing: &missing,
		refuse: checkDISH(r, nil, func(c *checker) { c.text("partnerTransactionId", &id, true, 36, dishAny) }),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			t, known := s.world.dish.transactions[id]
			// Reactivate is missing from the documented list of transaction types that can be queried.
			if !known || s.hides(t.change) || (t.action == "Reactivate" && !s.cfg.DISHReactivateQueryable) {
				return missing
			}
			return reply{status: http.StatusOK, body: t.dishStatus()}
		},
	})
}

// dishLineOf names the line of a transaction, so that a rule for a line meets its look-ups too.
func (w *world) dishLineOf(transaction string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t, known := w.dish.transactions[transaction]; known {
		return t.line
	}
	return ""
}

// dishStatus is DISH's present word on a change. The world's lock is held.
func (c *change) dishStatus() dishStatus {
	switch {
	case c.progress == decided && c.failure != nil:
		return dishStatus{dishFailed, c.failure.code, c.failure.reason}
	case c.progress == decided:
		return dishStatus{Status: dishSuccess}
	case c.progress == working && c.plan.unknownFirst:
		return dishStatus{Status: dishUnknownWord}
	default:
		return dishStatus{Status: dishInProgress}
	}
}
