package sandbox

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

// fault takes the place of an answer. It returns false when it does not concern this request after all.
type fault func(stage) (taken bool)

// refusing answers with a status and an error body in the carrier's shape.
func refusing(status int) func(time.Duration) fault {
	return func(time.Duration) fault {
		return func(on stage) bool {
			on.send(on.x.carrier.Refusal(status, "", refusalText))
			return true
		}
	}
}

// throttled says when to come back.
func throttled(delay time.Duration) fault {
	return func(on stage) bool {
		wait := delay
		if wait == 0 {
			wait = on.s.cfg.RetryAfter
		}
		seconds := max(1, int((wait+time.Second-1)/time.Second)) // the header knows whole seconds only
		answer := on.x.carrier.Refusal(http.StatusTooManyRequests, "", refusalText)
		answer.Header = map[string]string{"Retry-After": strconv.Itoa(seconds)}
		on.send(answer)
		return true
	}
}

// conflictOnRepeat refuses what was recorded before.
func conflictOnRepeat(time.Duration) fault {
	return func(on stage) bool {
		if !on.row.repeats() {
			return false
		}
		on.send(on.x.carrier.Refusal(http.StatusConflict, "", refusalText))
		return true
	}
}

// errorInside200 is an error that a client sees only when it reads the body.
func errorInside200(time.Duration) fault {
	return func(on stage) bool {
		answer := on.x.carrier.Refusal(http.StatusBadRequest, "", refusalText)
		answer.Status = http.StatusOK
		on.send(answer)
		return true
	}
}

func htmlPage(time.Duration) fault {
	return func(on stage) bool {
		on.row.answered("200 with an HTML page")
		on.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = on.w.Write([]byte(maintenancePage))
		return true
	}
}

// halfBody promises the whole answer and sends half of it; net/http then closes the connection.
func halfBody(time.Duration) fault {
	return func(on stage) bool {
		body := Encode(on.answer.Body)
		on.row.answered("half body")
		on.w.Header().Set("Content-Type", jsonType)
		on.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		on.w.WriteHeader(on.answer.Status)
		_, _ = on.w.Write(body[:len(body)/2])
		return true
	}
}

// held gives no answer while the client waits, and resets the connection when it waits too long.
func held(delay time.Duration) fault {
	return func(on stage) bool {
		if delay == 0 {
			delay = on.s.cfg.HoldFor
		}
		on.row.answered("held")
		on.s.clock.sleep(on.r.Context(), delay)
		if on.r.Context().Err() != nil {
			on.row.answered("client gone")
			return true
		}
		on.disconnect("reset", true)
		return true
	}
}

// stalled holds the answer until it is released through the control endpoint.
func stalled(time.Duration) fault {
	return func(on stage) bool {
		released := on.s.gate.wait(func() { on.row.answered("held") })
		select {
		case <-released:
			return false // and the answer is sent as usual
		case <-on.r.Context().Done():
			on.s.gate.leave(released)
			on.row.answered("client gone")
		case <-on.s.clock.ctx.Done():
			on.disconnect("reset", true)
		}
		return true
	}
}

func reset(time.Duration) fault {
	return func(on stage) bool {
		on.disconnect("reset", true)
		return true
	}
}

func closed(time.Duration) fault {
	return func(on stage) bool {
		on.disconnect("closed", false)
		return true
	}
}

// disconnect ends the connection without an answer. With abruptly the client sees a reset instead of an end.
func (on stage) disconnect(how string, abruptly bool) {
	on.row.answered(how)
	connection, _, err := http.NewResponseController(on.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not HTTP/1.1: the server ends the stream instead
	}
	if tcp, ok := connection.(*net.TCPConn); ok && abruptly {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
