package carriers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestErrorSaysWhatWasAttempted(t *testing.T) {
	for want, e := range map[string]*Error{
		"dish: activate subscription, reference r-1: rejected, HTTP 400 Bad Request, code E1: no such plan": {
			Carrier: "dish", Call: "activate subscription", Reference: "r-1", Class: Rejected, HTTPStatus: 400, Code: "E1", Message: "no such plan",
		},
		"stn: set services, reference r-2: uncertain: EOF": {Carrier: "stn", Call: "set services", Reference: "r-2", Class: Uncertain, Err: io.EOF},
	} {
		assert.Equal(t, want, e.Error())
	}
}

func TestClassOf(t *testing.T) {
	conflict := &Error{Class: Conflict, Err: context.DeadlineExceeded}
	assert.Equal(t, Conflict, ClassOf(fmt.Errorf("looking up: %w", conflict)))
	assert.ErrorIs(t, conflict, context.DeadlineExceeded)
	assert.Equal(t, Uncertain, ClassOf(io.EOF), "what cannot be named may have been sent")
}

func TestClassOfStatus(t *testing.T) {
	named := map[int]Class{
		http.StatusBadRequest: Rejected, http.StatusMethodNotAllowed: Rejected, http.StatusUnprocessableEntity: Rejected,
		http.StatusUnauthorized: Unauthorized, http.StatusForbidden: Unauthorized, http.StatusNotFound: NotFound, http.StatusConflict: Conflict,
		http.StatusTooManyRequests: Throttled, http.StatusRequestTimeout: Uncertain,
	}
	for status, class := range named {
		assert.Equal(t, class, ClassOfStatus(status), status)
	}
	for status := 400; status < 600; status++ {
		if _, ok := named[status]; ok {
			continue
		}
		want := Rejected
		if status >= 500 {
			want = Uncertain // the request may have been recorded
		}
		assert.Equal(t, want, ClassOfStatus(status), status)
	}
}

func TestOnlyDoneAndFailedAreFinal(t *testing.T) {
	for state, final := range map[State]bool{Pending: false, Unknown: false, Done: true, Failed: true, "": false, "DONE": false} {
		assert.Equal(t, final, state.Final(), state)
	}
}
