package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/carrierflow/carrierflow/workflows"
)

// One query finds all that needs an operator, with the reason beside it, and nothing else.
func TestWorkList(t *testing.T) { // not parallel, so that its picture shows nothing of the other tests
	fine := start(t, "dish.GetSubscription", fmt.Sprintf("order-%d", unused(100)), `"iccid":"89010000000000010000"`)
	waiting := map[workflows.Attention]client.WorkflowRun{}
	for i, s := range stuck {
		waiting[s.why] = s.start(t, 101+i)
	}
	p := newPage(t)
	p.open("/namespaces/default/workflows")
	p.sees("td", fine.GetID())
	p.click("button", "Configure Columns")
	p.click("button", "Remove Run ID column")
	p.click("button", "Remove End column")
	p.click("button", "Add NeedsAttention column")
	p.click("button", "Move NeedsAttention column up")
	p.click("button", "Close Workflows Table configuration")
	p.gone("h2", "Configure Workflows Table")

	p.click("[data-testid=toggle-manual-query]", "")
	search(p, `NeedsAttention IS NOT NULL`)
	p.gone("td", fine.GetID())
	for why, run := range waiting {
		p.sees("tr", run.GetID(), string(why))
	}
	p.shoot("work-list")

	search(p, `NeedsAttention = "Held"`)
	p.gone("td", waiting[workflows.AttentionOverdue].GetID())
	p.sees("tr", waiting[workflows.AttentionHeld].GetID())
}

// A run's page says what it is to do, how far it is, what it waits for and which updates can be sent: what the run's status says.
func TestRunPage(t *testing.T) {
	t.Parallel()
	for i, s := range stuck {
		t.Run(string(s.why), func(t *testing.T) {
			t.Parallel()
			run := s.start(t, 201+i)
			status := awaitCheck(t, run)
			require.Equal(t, s.phase, status.Phase)
			require.Equal(t, s.word, status.CarrierStatus)
			require.Equal(t, []workflows.Attention{s.why}, status.Attention)
			p := newPage(t)
			p.openRun(run)
			p.click("a", "User Metadata")
			carrier := workflows.CarrierName(status.Carrier)
			p.sees("main", "Summary", "at "+carrier, "Current Details", "at "+carrier)
			p.sees("main li", "Needs attention: "+string(s.why))
			for _, sentence := range append(s.details, s.why.Advice(carrier), status.Message, "If it is still undecided",
				"You can send an update: "+strings.Join(status.Actions, ", ")) {
				p.sees("main li", typeset(sentence))
			}
			p.shoot("run-details-" + string(s.why))

			p.click("a", "Pending Activities 1")
			p.sees("main", s.operation+".Check", "Next Retry", s.pending)
			p.shoot("run-pending-" + string(s.why))
		})
	}
}

// typeset is a text as the Web UI shows it.
func typeset(text string) string { return strings.ReplaceAll(text, "'", "’") }

// An operator closes an operation as done or failed with the menu of its page.
func TestResolve(t *testing.T) {
	t.Parallel()
	for i, end := range []struct{ outcome, reason, status, result string }{
		{"done", "DISH confirmed it, ticket 4711", "COMPLETED", `"reason": "DISH confirmed it, ticket 4711"`},
		{"failed", "DISH dropped it, ticket 4711", "FAILED", "an operator closed it as failed"},
	} {
		t.Run(end.outcome, func(t *testing.T) {
			t.Parallel()
			p := newPage(t)
			p.openRun(overdue.start(t, 301+i))
			argument := fmt.Sprintf(`{"operator":"alex","reason":%q,"outcome":%q}`, end.reason, end.outcome)
			send(p, "resolve", argument, "resolve-"+end.outcome)
			p.sees("[data-testid=execution-status]", end.status)
			p.sees("[data-testid=input-and-result]", end.result)
			p.shoot("resolved-" + end.outcome)
		})
	}
}

// An update that makes no sense is refused where it was typed, with the reason, and changes nothing.
func TestRefusedUpdate(t *testing.T) {
	t.Parallel()
	p := newPage(t)
	p.openRun(overdue.start(t, 401))
	for update, refusal := range map[string]struct {
		argument string
		reason   []string
	}{
		"resolve": {`{"operator":"alex","outcome":"done"}`, []string{"reason", "is required"}},
		"approve": {`{"operator":"alex","reason":"approved by phone"}`, []string{"DISH does not hold this request for a decision"}},
	} {
		send(p, update, refusal.argument)
		p.sees("dialog[open]", refusal.reason...)
		p.shoot("refused-" + update)
		p.click("dialog[open] button", "Cancel")
	}
	p.sees("[data-testid=execution-status]", "RUNNING")
}

// search types a query above the list of workflows.
func search(p *page, query string) {
	p.t.Helper()
	p.enter("[data-testid=workflow-manual-search-input]", query)
	p.click("form button", "Search")
}

// send sends an update with the menu of a run's page. It keeps a picture of the menu and of the form if it gets a name.
func send(p *page, update, argument string, pictures ...string) {
	p.t.Helper()
	p.click("button", "More Actions")
	p.click("[role=menuitem]", "Send an Update")
	p.click("dialog[open] [data-testid=update-select-button]", "")
	p.sees("dialog[open] [role=option]", update)
	for _, name := range pictures {
		p.shoot(name + "-menu")
	}
	p.click("dialog[open] [role=option] span", update)
	p.sees("dialog[open] [data-testid=update-select-button]", update)
	p.enter("dialog[open] [role=textbox][aria-label=Data]", argument)
	p.leave() // the form lays out the JSON anew then, and Submit would move away from under the mouse
	for _, name := range pictures {
		p.shoot(name + "-form")
	}
	p.click("dialog[open] button", "Submit")
}
