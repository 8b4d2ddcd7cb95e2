package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/carrierflow/carrierflow/carriers"
)

// exchange is one request as the part that all carriers share sees it. It has either record or read.
type exchange struct {
	carrier   carriers.Carrier
	operation string
	// reference is the caller's reference as on the wire; MásMóvil has none.
	reference string
	// line is the identifier whose last two digits choose the scenario.
	line string
	// ip is MásMóvil's x-ip-address.
	ip string
	// body is what was sent, to recognise a repeated request that carries no reference.
	body []byte
	// refuse is what the carrier's documented rules say against the request.
	refuse *reply
	// public calls need no credential: the token endpoints.
	public bool

	// record enters the change into the world and returns the acknowledgement; a nil change was not recorded.
	record func(plan) (reply, *change)
	// read answers a request that changes nothing.
	read func() reply
	// missing is what a look-up answers about a request that never came.
	missing *reply
}

// reply is an answer with a JSON body; a nil body is none.
type reply struct {
	status int
	header map[string]string
	body   any
}

// fields is a JSON object the sandbox answers with.
type fields map[string]any

// serve takes one request through its scenario and keeps the books.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request, x exchange) {
	s.ledger.count(x)
	t := s.director.turn(x)
	var line *page
	if x.record != nil {
		line = s.ledger.open(x, t.scenarios)
	}
	// The books are closed whatever way the handler ends, and they name the answer before it can be read.
	s.play(stage{s: s, w: w, r: r, x: x, page: line, shapes: t.shapes}, t)
}

// play is the order of things: a fault that comes before anything is recorded, the credential, the carrier's rules,
// the recording, and then the answer or the fault that replaces it.
func (s *Sandbox) play(on stage, t turn) {
	if t.before != nil && t.before(on) {
		return
	}
	if refusal := s.unauthorized(on.r, on.x); refusal != nil {
		on.send(*refusal)
		return
	}
	if on.x.refuse != nil {
		on.send(*on.x.refuse)
		return
	}
	on.answer = s.perform(on, t)
	if t.after != nil && t.after(on) {
		return
	}
	on.send(on.answer)
}

// perform records or reads.
func (s *Sandbox) perform(on stage, t turn) reply {
	if on.x.record == nil {
		if t.plan.forgotten && on.x.missing != nil {
			return *on.x.missing
		}
		return on.x.read()
	}
	answer, made := on.x.record(t.plan)
	if made != nil {
		made.page = on.page
		on.page.record()
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
	page   *page
	shapes []shaping
	answer reply // what would be answered; known once the change is recorded
}

// send writes an answer, after noting it in the ledger.
func (on stage) send(answer reply) {
	on.page.answered(strconv.Itoa(answer.status))
	if len(on.shapes) > 0 {
		on.sendShaped(answer)
		return
	}
	write(on.w, answer)
}

func write(w http.ResponseWriter, answer reply) {
	for name, value := range answer.header {
		w.Header().Set(name, value)
	}
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	// The client may be gone; that is its affair.
	_, _ = w.Write(encode(answer.body))
}

func encode(body any) []byte {
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

// decode reads a request's whole body into a wire type. What could be read is there even when it returns an error, so
// that the ledger knows the reference of a bad request.
func decode(r *http.Request, into any) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		return nil, err
	}
	return body, json.Unmarshal(body, into)
}
