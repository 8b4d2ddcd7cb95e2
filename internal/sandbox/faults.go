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
			on.send(refusal(on.x.carrier, status, refusalText))
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
		answer := refusal(on.x.carrier, http.StatusTooManyRequests, refusalText)
		answer.header = map[string]string{"Retry-After": strconv.Itoa(seconds)}
		on.send(answer)
		return true
	}
}

// conflictOnRepeat refuses what was recorded before.
func conflictOnRepeat(time.Duration) fault {
	return func(on stage) bool {
		if !on.page.repeats() {
			return false
		}
		on.send(refusal(on.x.carrier, http.StatusConflict, refusalText))
		return true
	}
}

// errorInside200 is an error that a client sees only when it reads the body.
func errorInside200(time.Duration) fault {
	return func(on stage) bool {
		answer := refusal(on.x.carrier, http.StatusBadRequest, refusalText)
		answer.status = http.StatusOK
		on.send(answer)
		return true
	}
}

func htmlPage(time.Duration) fault {
	return func(on stage) bool {
		on.page.answered("200 with an HTML page")
		on.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = on.w.Write([]byte(maintenancePage))
		return true
	}
}

// halfBody promises the whole answer and sends half of it; net/http then closes the connection.
func halfBody(time.Duration) fault {
	return func(on stage) bool {
		body := encode(on.answer.body)
		on.page.answered("half body")
		on.w.Header().Set("Content-Type", "application/json")
		on.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		on.w.WriteHeader(on.answer.status)
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
		on.page.answered("held")
		on.s.clock.sleep(on.r.Context(), delay)
		if on.r.Context().Err() != nil {
			on.page.answered("client gone")
			return true
		}
		on.disconnect("reset", true)
		return true
	}
}

// stalled holds the answer until somebody releases it.
func stalled(time.Duration) fault {
	return func(on stage) bool {
		released := on.s.gate.wait(func() { on.page.answered("held") })
		select {
		case <-released:
			return false // and the answer goes out as if nothing had happened
		case <-on.r.Context().Done():
			on.s.gate.leave(released)
			on.page.answered("client gone")
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
	on.page.answered(how)
	connection, _, err := http.NewResponseController(on.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not HTTP/1.1: the server ends the stream instead
	}
	if tcp, ok := connection.(*net.TCPConn); ok && abruptly {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
