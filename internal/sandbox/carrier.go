package sandbox

import "github.com/carrierflow/carrierflow/carriers"

// The names of the operations in rules, ledger and stats.
const (
	opActivate     = "activate"
	opStatus       = "status"
	opBillCycle    = "bill-cycle"
	opTransaction  = "transaction"
	opSubscription = "subscription"

	opSetServices       = "set-services"
	opQueryActivation   = "query-activation"
	opQuerySubscription = "query-subscription"

	opSIMReplacement = "sim-replacement"
	opAddDevice      = "add-device"
	opDevices        = "devices"
	opRecharges      = "recharges"
	opFraudRequests  = "fraud-requests"

	opToken = "token"
)

// operation says what a name stands for: a change, or a read that may also be a look-up of an earlier change.
type operation struct {
	name             string
	changes, looksUp bool
	route            string
}

// operations lists everything the sandbox serves.
var operations = map[carriers.Carrier][]operation{
	carriers.DISH: {
		{name: opActivate, changes: true, route: "POST " + dishBase + dishActivatePath},
		{name: opStatus, changes: true, route: "POST " + dishBase + dishStatusPath},
		{name: opBillCycle, changes: true, route: "POST " + dishBase + dishBillCyclePath},
		{name: opSubscription, route: "GET " + dishBase + dishSubscriptionPath},
		// Documented: SPS - Subscriptions (v5), Get Transaction Status.
		{name: opTransaction, looksUp: true, route: "GET " + dishBase + "/transaction/status/{id}"},
		{name: opToken, route: "POST " + dishBase + dishTokenPath},
	},
	carriers.STN: {
		// Documented: SetServicesSubscription, QueryActivation, QuerySubscription.
		{name: opSetServices, changes: true, route: "POST " + stnBase + "/api/SetServicesSubscription"},
		{name: opQueryActivation, looksUp: true, route: "GET " + stnBase + "/api/QueryActivation"},
		{name: opQuerySubscription, route: "GET " + stnBase + "/api/QuerySubscription"},
	},
	carriers.MasMovil: {
		// Documented: Customers API v2, Subscriptions; the paths of the last two are not.
		{name: opSubscription, route: "GET " + masmovilLine},
		{name: opDevices, route: "GET " + masmovilLine + "/devices"},
		{name: opAddDevice, changes: true, route: "POST " + masmovilLine + "/devices"},
		{name: opSIMReplacement, changes: true, route: "POST " + masmovilLine + masmovilSIMPath},
		{name: opRecharges, route: "GET " + masmovilLine + masmovilRechargesPath},
		// Documented: Subscriptions API v1, fraud requests.
		{name: opFraudRequests, looksUp: true, route: "GET " + masmovilFraudBase + "/orgs/{orgId}/fraud_requests"},
		{name: opToken, route: "POST " + masmovilTokenPath},
	},
}
