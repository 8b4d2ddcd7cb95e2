package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// idForm is the form of every id, a UUID (SIM Cards, SIM Card Actions).
var idForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// idOf is the id in a path, and the refusal of one that is none.
func idOf(r *http.Request) (id string, refused *engine.Reply) {
	id = strings.ToLower(r.PathValue("id"))
	if idForm.MatchString(id) {
		return id, nil
	}
	refusal := refusalAt(statusInvalidID, codeInvalidID, "Invalid id", "The id is not a UUID.", nil)
	return id, &refusal
}

// checkBody refuses a body that is neither none nor a JSON object. An action takes no body; a client may send an empty object.
func checkBody(body []byte) *engine.Reply {
	var object map[string]json.RawMessage
	if len(bytes.TrimSpace(body)) == 0 || json.Unmarshal(body, &object) == nil {
		return nil
	}
	refused := refusalAt(statusInvalidJSON, codeInvalidJSON, "Invalid JSON", "The request body is not a JSON object.", nil)
	return &refused
}

// checkGroup refuses to put a card without a group on the network (SIM Cards: "must be associated with a SIM card group").
func checkGroup(on *card, action string) *engine.Reply {
	if !on.noGroup || action == actionDisable {
		return nil
	}
	refused := refusalAt(statusNoGroup, codeNoGroup, "SIM card without a group",
		"The SIM card must be associated with a SIM card group.", &errorSource{Pointer: "/sim_card_group_id"})
	return &refused
}

// The size of a page (SIM Cards, SIM Card Actions).
const (
	defaultPage = 20
	largestPage = 250
)

// query reads the parameters of a list.
type query struct {
	url.Values
	wrong []string // the parameters that cannot be read
}

func queryOf(r *http.Request) *query { return &query{Values: r.URL.Query()} }

// one is a filter with one value, which has to be one of those allowed, if there are any.
func (q *query) one(name string, allowed ...string) string {
	value := q.Get(name)
	if value != "" && len(allowed) > 0 && !slices.Contains(allowed, value) {
		q.wrong = append(q.wrong, name)
	}
	return value
}

// id is a filter with an id.
func (q *query) id(name string) string {
	value := strings.ToLower(q.Get(name))
	if value != "" && !idForm.MatchString(value) {
		q.wrong = append(q.wrong, name)
	}
	return value
}

// many is a filter with several values: repeated with brackets, as older pages show it, or joined by commas, as the vendor's client
// for Node.js sends it.
func (q *query) many(name string, allowed ...string) (values []string) {
	for _, value := range slices.Concat(q.Values[name+"[]"], q.Values[name]) {
		for part := range strings.SplitSeq(value, ",") {
			if len(allowed) > 0 && !slices.Contains(allowed, part) {
				q.wrong = append(q.wrong, name)
			}
			values = append(values, part)
		}
	}
	return values
}

// number is a whole number within bounds.
func (q *query) number(name string, otherwise, most int) int {
	if !q.Has(name) {
		return otherwise
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 || n > most {
		q.wrong = append(q.wrong, name)
	}
	return n
}

// refusal names the first parameter that cannot be read; nil when all can.
func (q *query) refusal() *engine.Reply {
	if len(q.wrong) == 0 {
		return nil
	}
	refused := refusalAt(statusInvalidQuery, "", "Invalid parameter", "A query parameter has no allowed value.", &errorSource{Parameter: q.wrong[0]})
	return &refused
}
