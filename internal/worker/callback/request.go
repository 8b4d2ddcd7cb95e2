package callback

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/answers"
)

const (
	pathPrefix = "/callbacks/"
	// maxBody bounds a callback's body, in bytes, before and after it is unpacked.
	maxBody = 64 << 10
	// mostDiscarded bounds what is read of a body that is too large.
	mostDiscarded = 1 << 20
)

// receive handles one request and returns the answer.
func (r *Receiver) receive(w http.ResponseWriter, request *http.Request) reply {
	carrier, source, refused := r.route(request)
	if refused != nil {
		return *refused
	}
	answer := r.receiveFrom(source, carrier, w, request)
	answer.carrier = string(carrier)
	return answer
}

func (r *Receiver) receiveFrom(source Source, carrier carriers.Carrier, w http.ResponseWriter, request *http.Request) reply {
	if refused := checkHeader(request); refused != nil {
		if refused.result == TooLarge {
			discard(w, request)
		}
		return *refused
	}
	body, refused := readBody(w, request)
	if refused != nil {
		return *refused
	}
	messageID, err := source.Auth.Authenticate(request.Header, body)
	if err != nil {
		return reply{
			result: Unauthorized, status: http.StatusUnauthorized, message: "the request is not authenticated",
			header: http.Header{"Www-Authenticate": {source.Auth.Challenge()}}, why: err,
		}
	}
	notices, refused := readNotices(source, request.Header, body)
	if refused != nil {
		return *refused
	}
	return r.deliverer.deliverAll(request.Context(), carrier, messageID, notices)
}

// readNotices reads the notices in a body. It runs after authentication, which is about the bytes as they were sent.
func readNotices(source Source, header http.Header, body []byte) ([]Notice, *reply) {
	plain, err := answers.Plain(header, body, maxBody)
	if errors.Is(err, answers.ErrTooLarge) {
		return nil, tooLarge()
	}
	var notices []Notice
	if err == nil {
		notices, err = source.Decode(plain)
	}
	if err == nil {
		err = checkNotices(notices)
	}
	if err != nil {
		why := carriers.Redact(err.Error())
		return nil, &reply{
			result: Malformed, status: http.StatusBadRequest, message: "the body is not a readable callback: " + why, why: errors.New(why),
		}
	}
	return notices, nil
}

// route finds the carrier that a path names. It compares the path as it was sent, because a cleaned or unescaped path could
// be another carrier's. Only a slash at the end is ignored.
func (r *Receiver) route(request *http.Request) (carriers.Carrier, Source, *reply) {
	name, ok := strings.CutPrefix(request.URL.EscapedPath(), pathPrefix)
	carrier := carriers.Carrier(strings.TrimSuffix(name, "/"))
	source, taken := r.options.Sources[carrier]
	if ok && taken {
		return carrier, source, nil
	}
	refused := &reply{result: NoSuchPath, status: http.StatusNotFound, message: "callbacks are accepted at " + pathPrefix + "{carrier}"}
	if ok {
		refused.explain(carrier)
	}
	return "", Source{}, refused
}

// explain says why the callbacks of a known carrier are not accepted here.
func (a *reply) explain(carrier carriers.Carrier) {
	adapter, known := registry.Carrier(carrier)
	switch {
	case !known:
		return
	case adapter.CallsBack():
		a.message = "this worker accepts no callbacks of " + adapter.Name
	default:
		a.message = adapter.Name + " documents no callbacks; the worker asks it for the outcome of its operations"
	}
	a.carrier = string(carrier)
}

// checkHeader refuses what can be refused before the body is read.
func checkHeader(request *http.Request) *reply {
	switch {
	case request.Method != http.MethodPost:
		return &reply{
			result: WrongMethod, status: http.StatusMethodNotAllowed, message: "a callback is sent with POST",
			header: http.Header{"Allow": {http.MethodPost}},
		}
	case !isJSON(request.Header):
		return &reply{
			result: WrongType, status: http.StatusUnsupportedMediaType,
			message: "a callback is application/json",
		}
	case request.ContentLength > maxBody:
		return tooLarge()
	}
	return nil
}

// isJSON reports whether the body is announced as JSON, or not announced. Parameters such as a charset are left to package
// answers.
func isJSON(header http.Header) bool {
	announced := header.Values("Content-Type")
	if len(announced) > 1 {
		return false
	}
	kind, _, _ := strings.Cut(strings.Join(announced, ""), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "" || kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// readBody reads the raw bytes, which a signature is about.
func readBody(w http.ResponseWriter, request *http.Request) ([]byte, *reply) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err == nil {
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		discard(w, request)
		return nil, tooLarge()
	}
	cutOff := &reply{
		result: Incomplete, status: http.StatusBadRequest, message: "the body ended early",
		header: http.Header{"Connection": {"close"}}, why: errors.New("the body could not be read to its end"),
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		cutOff.status, cutOff.message = http.StatusRequestTimeout, "the body took too long"
	}
	return nil, cutOff
}

// discard reads on in a body that is too large, but not without end: a sender that still writes when the connection is closed would see a
// reset instead of the answer. One that waits to be asked for the body has sent nothing.
func discard(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Expect") != "" || http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, request.Body, mostDiscarded)
}

func tooLarge() *reply {
	return &reply{
		result: TooLarge, status: http.StatusRequestEntityTooLarge,
		message: fmt.Sprintf("a callback has at most %d bytes", maxBody),
		header:  http.Header{"Connection": {"close"}},
	}
}
