package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	engine "github.com/carrierflow/carrierflow/internal/sandbox"
)

// The statuses of an action (SIM Card Actions).
const (
	wordInProgress  = "in-progress"
	wordCompleted   = "completed"
	wordFailed      = "failed"
	wordInterrupted = "interrupted"
)

// envelope is the answer about one thing.
type envelope struct {
	Data any `json:"data"`
}

// page is the answer of a list.
type page struct {
	Data any      `json:"data"`
	Meta pageMeta `json:"meta"`
}

type pageMeta struct {
	PageNumber   int `json:"page_number"`
	PageSize     int `json:"page_size"`
	TotalPages   int `json:"total_pages"`
	TotalResults int `json:"total_results"`
}

// pageOf is one page of a list, of what view shows of its things.
func pageOf[T, V any](all []T, number, size int, view func(T) V) engine.Reply {
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	shown := []V{}
	for _, one := range all[from:to] {
		shown = append(shown, view(one))
	}
	return engine.Reply{Status: http.StatusOK, Body: page{
		Data: shown,
		Meta: pageMeta{PageNumber: number, PageSize: size, TotalPages: (len(all) + size - 1) / size, TotalResults: len(all)},
	}}
}

// furthestPage bounds the number of a page, so that no page begins beyond what an int holds.
const furthestPage = 1 << 30

// readAction serves the read of one action (SIM Card Actions).
func (c *carrier) readAction(r *http.Request, _ []byte) engine.Request {
	id, refused := idOf(r)
	missing := notFound("SIM card action")
	request := engine.Request{Refusal: refused, Missing: &missing, Read: func() engine.Reply { return missing }}
	a := c.world.actions[id]
	if a == nil {
		return request
	}
	request.Line, request.Derived = a.on.id, true
	if a.change != nil { // so that a rule for a reference meets its look-ups too
		request.Reference = a.change.Reference
	}
	request.Read = func() engine.Reply {
		if !a.shows() {
			return missing
		}
		return engine.Reply{Status: http.StatusOK, Body: envelope{Data: a.view()}}
	}
	return request
}

// listActions serves the list of actions (SIM Card Actions). The filter of the status does not know "interrupted".
func (c *carrier) listActions(r *http.Request, _ []byte) engine.Request {
	q := queryOf(r)
	card, bulk := q.id("filter[sim_card_id]"), q.id("filter[bulk_sim_card_action_id]")
	status := q.one("filter[status]", wordInProgress, wordCompleted, wordFailed)
	kind := q.one("filter[action_type]", actionTypes...)
	number, size := q.number("page[number]", 1, furthestPage), q.number("page[size]", defaultPage, largestPage)
	missing := engine.Reply{Status: http.StatusOK, Body: page{Data: []any{}, Meta: pageMeta{PageNumber: number, PageSize: size}}}
	return engine.Request{
		Line: card, Refusal: q.refusal(), Missing: &missing,
		Read: func() engine.Reply {
			var found []*action
			for _, a := range c.world.of(card) {
				if a.shows() && bulk == "" && // no action here is a part of a bulk one
					(status == "" || status == a.value()) && (kind == "" || kind == a.kind) {
					found = append(found, a)
				}
			}
			if newestFirst {
				slices.Reverse(found)
			}
			return pageOf(found, number, size, (*action).view)
		},
	}
}

// readCard serves the read of a SIM card (SIM Cards). A card that is asked for exists.
func (c *carrier) readCard(r *http.Request, _ []byte) engine.Request {
	return c.aboutCard(r, func(on *card) engine.Reply {
		view := on.view()
		view.cardDetails = &cardDetails{LiveDataSession: "disconnected"}
		if on.status == statusEnabled {
			view.LiveDataSession = "connected"
		}
		if on.status == statusRegistering {
			on.set(registered)
		}
		return engine.Reply{Status: http.StatusOK, Body: envelope{Data: view}}
	})
}

// readActivationCode serves the activation code of an eSIM (SIM Cards).
func (c *carrier) readActivationCode(r *http.Request, _ []byte) engine.Request {
	return c.aboutCard(r, func(on *card) engine.Reply {
		if !on.esim {
			return refusalAt(statusNoActivation, codeNoActivationCode, "No activation code", "Only an eSIM has an activation code.", nil)
		}
		return engine.Reply{Status: http.StatusOK, Body: envelope{Data: engine.Object{
			"record_type": "sim_card_activation_code", "activation_code": "LPA:1$" + activationHost + "$" + strings.ToUpper(on.id),
		}}}
	})
}

// aboutCard serves a read about one card.
func (c *carrier) aboutCard(r *http.Request, show func(*card) engine.Reply) engine.Request {
	id, refused := idOf(r)
	return engine.Request{
		Line: id, Refusal: refused,
		Read: func() engine.Reply {
			on := c.world.card(id)
			if on.absent {
				return notFound("SIM card")
			}
			return show(on)
		},
	}
}

// listCards serves the list of SIM cards (SIM Cards): those that somebody has asked about before.
func (c *carrier) listCards(r *http.Request, _ []byte) engine.Request {
	q := queryOf(r)
	iccid, msisdn, group := q.one("filter[iccid]"), q.one("filter[msisdn]"), q.id("filter[sim_card_group_id]")
	status := q.many("filter[status]", statusEnabled, statusDisabled, statusStandby, statusDataLimitExceeded, statusUnauthorizedIMEI)
	tags := q.many("filter[tags]")
	number, size := q.number("page[number]", 1, furthestPage), q.number("page[size]", defaultPage, largestPage)
	return engine.Request{
		Refusal: q.refusal(),
		Read: func() engine.Reply {
			found := []cardView{}
			for _, on := range c.world.allCards {
				view := on.view()
				inGroup := view.SIMCardGroupID != nil && *view.SIMCardGroupID == group
				if !on.absent && strings.Contains(view.ICCID, iccid) && (msisdn == "" || msisdn == view.MSISDN) && (group == "" || inGroup) &&
					(len(status) == 0 || slices.Contains(status, view.Status.Value)) && hasAll(view.Tags, tags) {
					found = append(found, view)
				}
			}
			return pageOf(found, number, size, func(v cardView) cardView { return v })
		},
	}
}

// hasAll reports whether a card has all the tags asked for.
func hasAll(tags, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(tag string) bool { return !slices.Contains(tags, tag) })
}

// statusView is a status (SIM Cards, SIM Card Actions).
type statusView struct {
	Value  string  `json:"value"`
	Reason *string `json:"reason"`
}

// actionView is the record of an action (SIM Card Actions).
type actionView struct {
	ID         string      `json:"id"`
	RecordType string      `json:"record_type"`
	SIMCardID  string      `json:"sim_card_id"`
	ActionType string      `json:"action_type"`
	Status     *statusView `json:"status,omitempty"`
	Settings   struct{}    `json:"settings"`
	CreatedAt  string      `json:"created_at"`
	UpdatedAt  string      `json:"updated_at"`
}

func (a *action) view() actionView {
	return actionView{
		ID: a.id, RecordType: "sim_card_action", SIMCardID: a.on.id, ActionType: a.kind,
		Status: &statusView{a.value(), a.reason()}, CreatedAt: timestamp(a.created), UpdatedAt: timestamp(a.updated()),
	}
}

// value is Telnyx's present word on the action.
func (a *action) value() string {
	switch {
	case a.change == nil:
		return wordCompleted
	case a.interrupted:
		return wordInterrupted
	}
	switch a.change.State() {
	case engine.StateFailed:
		return wordFailed
	case engine.StateDone:
		return wordCompleted
	case engine.StateUnknownWord:
		return wordUnknown
	default:
		return wordInProgress
	}
}

// reason explains what became of the action, nil where there is nothing to explain.
func (a *action) reason() *string {
	var text string
	switch value := a.value(); {
	case value == wordInterrupted:
		text = interrupted
	case value == wordFailed:
		text = a.change.Failure().Reason
	case value == wordCompleted && oddCard(a.on.id):
		text = sampleReason
	default:
		return nil
	}
	return &text
}

// timestamp writes a time as the samples do: in UTC, with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// cardView is a SIM card (SIM Cards).
type cardView struct {
	ID                             string      `json:"id"`
	RecordType                     string      `json:"record_type"`
	Status                         statusView  `json:"status"`
	Type                           string      `json:"type"`
	ICCID                          string      `json:"iccid"`
	IMSI                           string      `json:"imsi"`
	MSISDN                         string      `json:"msisdn"`
	EID                            *string     `json:"eid"`
	ESIMInstallationStatus         *string     `json:"esim_installation_status"`
	Version                        string      `json:"version"`
	SIMCardGroupID                 *string     `json:"sim_card_group_id"`
	Tags                           []string    `json:"tags"`
	AuthorizedIMEIs                []string    `json:"authorized_imeis"`
	DataLimit                      amount      `json:"data_limit"`
	CurrentBillingPeriodConsumed   amount      `json:"current_billing_period_consumed_data"`
	ActionsInProgress              bool        `json:"actions_in_progress"`
	ResourcesWithInProgressActions []actionRef `json:"resources_with_in_progress_actions"`
	VoiceEnabled                   bool        `json:"voice_enabled"`
	CreatedAt                      string      `json:"created_at"`
	UpdatedAt                      string      `json:"updated_at"`
	*cardDetails
}

// cardDetails are the fields that the read of one card has, and the list has not. PIN and PUK are not served.
type cardDetails struct {
	CurrentIMEI           *string `json:"current_imei"`
	CurrentMCC            *string `json:"current_mcc"`
	CurrentMNC            *string `json:"current_mnc"`
	IPv4                  *string `json:"ipv4"`
	IPv6                  *string `json:"ipv6"`
	LiveDataSession       string  `json:"live_data_session"`
	CurrentDeviceLocation *string `json:"current_device_location"`
}

type amount struct {
	Amount string `json:"amount"`
	Unit   string `json:"unit"`
}

// actionRef is an entry of the resources with running actions. Its fields are not documented, so the list stays empty.
type actionRef struct{}

func (c *card) view() cardView {
	value, reason, running := c.status, "The SIM card is "+c.status+".", c.running()
	if running != nil {
		value = transitions[running.kind].during
		reason = "The action " + running.kind + " is in progress."
	}
	view := cardView{
		ID: c.id, RecordType: "sim_card", Status: statusView{value, &reason}, Type: "physical", ICCID: c.iccid, IMSI: c.imsi, MSISDN: c.msisdn,
		Version: cardVersion, Tags: []string{cardTag}, DataLimit: amount{"2048.0", "MB"}, CurrentBillingPeriodConsumed: amount{"0.0", "MB"},
		ActionsInProgress: running != nil || c.status == statusRegistering, ResourcesWithInProgressActions: []actionRef{},
		CreatedAt: timestamp(c.created), UpdatedAt: timestamp(c.updated),
	}
	if !c.noGroup {
		group := groupID
		view.SIMCardGroupID = &group
	}
	if c.esim {
		released := "released"
		view.Type, view.EID, view.ESIMInstallationStatus = "esim", &c.eid, &released
	}
	return view
}
