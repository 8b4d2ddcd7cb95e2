package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/carrierflow/carrierflow/carriers"
)

// masmovilSubscription serves the subscription read. Its parameter query is a JSON object with lists filter and include.
func (s *Sandbox) masmovilSubscription(w http.ResponseWriter, r *http.Request) {
	var query struct {
		Filter  []string `json:"filter"`
		Include []string `json:"include"`
	}
	var unreadable error
	if raw := r.URL.Query().Get("query"); raw != "" {
		unreadable = json.Unmarshal([]byte(raw), &query)
	}
	s.masmovilRead(w, r, opSubscription, func(c *checker) {
		c.that(unreadable == nil, "query must be a JSON object with lists filter and include")
	}, func(line *masmovilLineState) any {
		include := map[string]bool{}
		for _, name := range query.Include {
			include[name] = true
		}
		return line.view(include)
	})
}

// masmovilDevices serves the list of a subscription's devices.
func (s *Sandbox) masmovilDevices(w http.ResponseWriter, r *http.Request) {
	s.masmovilRead(w, r, opDevices, func(*checker) {}, func(line *masmovilLineState) any {
		return fields{"devices": slices.DeleteFunc(slices.Clone(line.devices), func(d masmovilDevice) bool {
			return d.made != nil && s.hides(d.made)
		})}
	})
}

// masmovilRecharges serves the list of recharges; what is inside its parts is not documented and made up.
func (s *Sandbox) masmovilRecharges(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s.masmovilRead(w, r, opRecharges, func(c *checker) {
		for _, name := range []string{"start_date", "end_date"} {
			_, err := time.Parse(time.DateOnly, query.Get(name))
			c.that(!query.Has(name) || err == nil, name+" must be a date such as 2026-01-31")
		}
	}, func(line *masmovilLineState) any {
		day := first(query.Get("start_date"), line.activated.Format(time.DateOnly))
		return fields{
			"subscription_id": line.id, "identification_nr": json.Number(line.number),
			"period_date": fields{"start_date": day, "end_date": first(query.Get("end_date"), time.Now().UTC().Format(time.DateOnly))},
			"recharges":   []fields{{"date": day + "T10:00:00Z", "amount": 10.00, "channel": "SANDBOX"}},
		}
	})
}

// masmovilRead serves what all reads of a line have in common. show runs under the world's lock.
func (s *Sandbox) masmovilRead(w http.ResponseWriter, r *http.Request, operation string, check func(*checker), show func(*masmovilLineState) any) {
	key, bad := masmovilKeyOf(r)
	s.serve(w, r, exchange{
		carrier: carriers.MasMovil, operation: operation, line: r.PathValue("subscriptionId"),
		refuse: checkMasMovil(func(c *checker) {
			c.that(bad == nil, "subscriptionId must be a number")
			check(c)
		}),
		read: func() reply {
			s.world.mu.Lock()
			defer s.world.mu.Unlock()
			return reply{status: http.StatusOK, body: show(s.world.masmovil.line(key))}
		},
	})
}
