package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// exchange is one request as the part that all carriers share sees it.
type exchange struct {
	Request
	carrier   *Carrier
	operation *Operation
	// body is what was sent, to recognise a repeated request that has no reference of the caller's.
	body []byte
}

func (x exchange) changes() bool { return x.operation.Kind == KindChange }

// public calls need no credential.
func (x exchange) public() bool { return x.operation.Kind == KindToken }

// ownReference is the caller's reference, empty if it sent none.
func (x exchange) ownReference() string {
	if x.Derived {
		return ""
	}
	return x.Reference
}

// key is the same for all requests that one operation sends to one place.
func (x exchange) key() string {
	return strings.Join([]string{string(x.carrier.Name), x.operation.Name, cmp.Or(x.ownReference(), x.Line)}, "\x00")
}

// handler serves one operation of a carrier.
func (s *Sandbox) handler(c *Carrier, op *Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := exchange{carrier: c, operation: op}
		if !x.public() { // the form of a token request is read where it is checked
			body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
			if err == nil { // otherwise the carrier sees no body and refuses the request
				x.body = body
			}
		}
		if op.Handle != nil {
			s.locked(func() { x.Request = op.Handle(r, x.body) })
		}
		s.serve(w, r, x)
	}
}

// serve takes one request through its scenarios and keeps the ledger.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request, x exchange) {
	s.ledger.count(x)
	t := s.director.treat(x)
	var kept *row
	if x.changes() {
		kept = s.ledger.add(x, t.scenarios)
	}
	// The ledger knows the answer before the client can read it, whatever way the request ends.
	s.answer(stage{s: s, w: w, r: r, x: x, row: kept, shapes: t.shapes}, t)
}

// answer keeps this order: a fault that comes before anything is recorded, the credential, the carrier's rules, the
// recording, and then the answer or the fault that replaces it.
func (s *Sandbox) answer(on stage, t treatment) {
	if t.before != nil && t.before(on) {
		return
	}
	if refusal := s.unauthorized(on.r, on.x); refusal != nil {
		on.send(*refusal)
		return
	}
	if on.x.Refusal != nil {
		on.send(*on.x.Refusal)
		return
	}
	on.answer = s.perform(on, t)
	if t.after != nil && t.after(on) {
		return
	}
	on.send(on.answer)
}

// perform records, reads, or issues a token.
func (s *Sandbox) perform(on stage, t treatment) (answer Reply) {
	switch {
	case on.x.public():
		return s.issueToken(on.w, on.r, on.x)
	case on.x.changes():
		return s.recordChange(on, t.plan)
	case t.plan.forgotten && on.x.Missing != nil:
		return *on.x.Missing
	}
	s.locked(func() { answer = on.x.Read() })
	return answer
}

// recordChange records a change and lets it take its course.
func (s *Sandbox) recordChange(on stage, p Plan) (answer Reply) {
	made, recorded := s.newChange(on.x, p), false
	s.locked(func() { answer, recorded = on.x.Record(made) })
	if recorded {
		made.row = on.row
		on.row.record()
		s.begin(made)
		s.clock.sleep(on.r.Context(), s.cfg.AcknowledgeAfter)
	}
	return answer
}

// stage is what a fault has to work with.
type stage struct {
	s      *Sandbox
	w      http.ResponseWriter
	r      *http.Request
	x      exchange
	row    *row
	shapes []shaping
	answer Reply // what would be answered; known once the change is recorded
}

// send writes an answer, after noting it in the ledger.
func (on stage) send(answer Reply) {
	on.row.answered(strconv.Itoa(answer.Status))
	if len(on.shapes) > 0 {
		on.sendShaped(answer)
		return
	}
	write(on.w, answer)
}

func write(w http.ResponseWriter, answer Reply) {
	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	if answer.Body == nil {
		w.WriteHeader(answer.Status)
		return
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(answer.Status)
	// The client may be gone, which is no error here.
	_, _ = w.Write(Encode(answer.Body))
}

// Encode writes a body as JSON, as every answer has it.
func Encode(body any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		panic(err) // our own types; they always encode
	}
	return buffer.Bytes()
}

// maxRequest bounds a request's body, in bytes.
const maxRequest = 1 << 20
